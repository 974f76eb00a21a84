"""Messages out of a line, however it is cut into pieces."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leukoscope.exchange.mllp_frames import GARBAGE, HEAD, Frames, NoMessagesError, TooLarge

_BODIES = st.lists(st.binary(max_size=60).map(lambda one: one.translate(None, b"\x0b\x1c")), max_size=5)


@given(_BODIES, st.lists(st.integers(1, 30), min_size=1), st.sampled_from((b"\r", b"", b"\r\n", b"\n\0")))
def test_messages_come_out_whole_wherever_the_line_is_cut(bodies: list[bytes], cuts: list[int], after: bytes) -> None:
    line = b"".join(b"\x0b" + one + b"\x1c" + after for one in bodies)
    frames, found, at, turn = Frames(100), [], 0, 0
    while at < len(line):
        size = cuts[turn % len(cuts)]
        found += frames.feed(line[at : at + size])
        at, turn = at + size, turn + 1
    assert found == bodies and not frames.is_open


def test_a_half_message_is_dropped_when_another_begins() -> None:
    assert Frames(100).feed(b"\x0bhalf\x0bwhole\x1c\r") == [b"whole"]


@pytest.mark.parametrize("pieces", [1, 7, 10_000])
def test_a_message_that_is_too_large_costs_no_memory_and_the_next_one_is_read(pieces: int) -> None:
    frames = Frames(5000)
    line = b"\x0bMSH|" + b"x" * 50_000 + b"\x1c\r\x0bnext\x1c\r"
    found = [one for at in range(0, len(line), pieces) for one in frames.feed(line[at : at + pieces])]
    assert [type(one) for one in found] == [TooLarge, bytes] and found[1] == b"next"
    assert isinstance(found[0], TooLarge) and found[0].head.startswith(b"MSH|") and len(found[0].head) == HEAD
    assert frames.held == 0


def test_what_is_no_mllp_is_given_up() -> None:
    frames = Frames(100)
    frames.feed(b"GET / HTTP/1.1\r\n\r\n")
    with pytest.raises(NoMessagesError):
        frames.feed(b"x" * GARBAGE)
