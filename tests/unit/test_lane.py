"""The one worker thread: order, haste, and what is kept at the end."""

from __future__ import annotations

import threading

from leukoscope.gui.lane import Errand, Lane

PATIENCE_S = 20.0


def _lane(order: list[str]) -> tuple[Lane, threading.Event]:
    """A lane that is held by its first errand."""
    lane, gate, held = Lane("test"), threading.Event(), threading.Event()

    def hold() -> None:
        held.set()
        gate.wait(PATIENCE_S)
        order.append("first")

    lane.begin(Errand(hold, writes=True))
    assert held.wait(PATIENCE_S)
    return lane, gate


def _note(order: list[str], word: str, *, writes: bool) -> Errand:
    return Errand(lambda: order.append(word), writes)


def test_what_comes_before_the_beginning_waits_for_it() -> None:
    order: list[str] = []
    lane = Lane("test")
    lane.add(_note(order, "write", writes=True))
    lane.add(_note(order, "read", writes=False))
    lane.begin(_note(order, "open", writes=True))
    assert lane.close(PATIENCE_S)
    assert order[:2] == ["open", "write"]


def test_closing_writes_what_waits_and_drops_what_is_only_asked_for() -> None:
    order: list[str] = []
    lane, gate = _lane(order)
    for word, writes in (("read", False), ("label", True), ("read", False), ("header", True)):
        lane.add(_note(order, word, writes=writes))
    threading.Timer(0.2, gate.set).start()
    assert lane.close(PATIENCE_S)
    assert order == ["first", "label", "header"]
    assert not lane.add(_note(order, "late", writes=True))


def test_in_a_hurry_writes_go_first_and_nothing_is_lost() -> None:
    order: list[str] = []
    lane, gate = _lane(order)
    done = threading.Event()
    for word, writes in (("read 1", False), ("write 1", True), ("read 2", False), ("write 2", True)):
        lane.add(_note(order, word, writes=writes))
    lane.add(Errand(done.set, writes=False))
    lane.hurry(True)
    gate.set()
    assert done.wait(PATIENCE_S)
    assert order == ["first", "write 1", "write 2", "read 1", "read 2"]
    assert lane.close(PATIENCE_S)


def test_one_that_fails_does_not_stop_the_next() -> None:
    order: list[str] = []
    lane = Lane("test")

    def fails() -> None:
        raise ValueError("no")

    lane.begin(Errand(fails, writes=True))
    lane.add(_note(order, "next", writes=True))
    assert lane.close(PATIENCE_S)
    assert order == ["next"]


def test_who_leaves_without_saving_does_not_wait_for_what_hangs() -> None:
    order: list[str] = []
    lane, gate = _lane(order)
    lane.add(_note(order, "label", writes=True))
    assert not lane.close(0.0, abandon=True)
    gate.set()
    assert lane.close(PATIENCE_S)
    assert order == ["first"]
