"""Damaging inputs, the same way for the same seed: bits, lengths, pieces, and what trips up readers of a format."""

from __future__ import annotations

import random
import struct
import zlib
from collections.abc import Callable, Sequence

_NUMBERS = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x10000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFE, 0xFFFFFFFF)
_WORDS = (
    b"", b"\0", b"\xff\xfe", b"\xef\xbb\xbf", b"null", b"NaN", b"-1", b"1e999", b"\"", b"\\", b"{", b"}", b"[", b"]",
    b"<", b"&#0;", b"\r", b"\n", b"\r\n", b"\t", b"|", b"^", b"~", b"&", b";", b",", b"%s{0}", b"\xc3\x28", b"true",
    b"../../x", b"\xf0\x9f\x92\xa9", b"9" * 400, b"A" * 3000, b"\x0b", b"\x1c\x0d", b"MSH|", b"H" * 9,
)  # fmt: skip
DEEP = 3000
"""So many brackets in each other."""


def mutated(seeds: Sequence[bytes], rng: random.Random, repair: Callable[[bytearray], bytes] = bytes) -> bytes:
    """One of the seeds, damaged one to eight times; ``repair`` makes checksums right again, in half of all cases."""
    data = bytearray(rng.choice(seeds))
    for _ in range(rng.choice((1, 1, 1, 2, 3, 5, 8))):
        rng.choice(_DAMAGES)(data, rng, seeds)
    return repair(data) if rng.random() < 0.5 else bytes(data)


def _flip(data: bytearray, rng: random.Random, seeds: Sequence[bytes]) -> None:
    if data:
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)


def _number(data: bytearray, rng: random.Random, seeds: Sequence[bytes]) -> None:
    width, kind = rng.choice(((1, "B"), (2, "<H"), (2, ">H"), (4, "<I"), (4, ">I")))
    if len(data) > width:
        at = rng.randrange(len(data) - width)
        data[at : at + width] = struct.pack(kind, rng.choice(_NUMBERS) & ((1 << 8 * width) - 1))


def _cut(data: bytearray, rng: random.Random, seeds: Sequence[bytes]) -> None:
    at = rng.randrange(len(data) + 1)
    del data[at : at + rng.choice((1, 2, 8, 64, len(data)))]


def _repeat(data: bytearray, rng: random.Random, seeds: Sequence[bytes]) -> None:
    at = rng.randrange(len(data) + 1)
    data[at:at] = data[at : at + rng.choice((1, 4, 40, 400))] * rng.choice((1, 2, 20))


def _word(data: bytearray, rng: random.Random, seeds: Sequence[bytes]) -> None:
    at = rng.randrange(len(data) + 1)
    data[at : at + rng.choice((0, 1, 4))] = rng.choice(_WORDS)


def _splice(data: bytearray, rng: random.Random, seeds: Sequence[bytes]) -> None:
    other = rng.choice(seeds)
    at = rng.randrange(len(data) + 1)
    data[at:] = other[rng.randrange(len(other) + 1) :]


def _nest(data: bytearray, rng: random.Random, seeds: Sequence[bytes]) -> None:
    if rng.random() < 0.3:
        at = rng.randrange(len(data) + 1)
        data[at:at] = rng.choice((b"[", b'{"a":', b"<a>", b"(")) * DEEP


_DAMAGES = (_flip, _flip, _number, _number, _cut, _repeat, _word, _word, _splice, _nest)


def png_again(data: bytearray) -> bytes:
    """A PNG whose chunks have right checksums, as far as it has chunks; else as it is."""
    at = 8
    while at + 12 <= len(data):
        length = int.from_bytes(data[at : at + 4], "big")
        end = at + 8 + length
        if end + 4 > len(data):
            break
        data[end : end + 4] = zlib.crc32(data[at + 4 : end]).to_bytes(4, "big")
        at = end + 4
    return bytes(data)
