"""An ``.xz`` file whose blocks are packed each in the way that suits what is in it.

The format allows every block its own filters (The .xz File Format 1.2.1, sections 2 to 4) and every reader knows them;
the command ``xz`` writes all blocks alike. Programs pack smaller with jumps made absolute, weights (float32) with
their four bytes told apart: 8 % of the weights' size.
"""

from __future__ import annotations

import hashlib
import io
import lzma
import platform
import struct
import zlib
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, BinaryIO, Literal

Kind = Literal["programs", "weights", "others"]
Effort = Literal["quick", "usual", "most"]
PRESETS = {"quick": 0, "usual": 6, "most": 9 | lzma.PRESET_EXTREME}

LARGEST_BLOCK = 160 << 20
"""Bytes; a block needs about twelve times its dictionary while it is packed."""
DICTIONARY_BITS = 26
"""64 MiB: what a reader needs of memory."""
THREADS = 2
_CHECK_CRC32 = b"\x00\x01"
_X86, _LZMA2 = 0x04, 0x21


def filters(kind: Kind, effort: Effort) -> list[dict[str, Any]]:
    """Filters of a block, as :mod:`lzma` names them."""
    preset = PRESETS[effort]
    last: dict[str, Any] = {"id": lzma.FILTER_LZMA2, "preset": preset, "dict_size": 1 << DICTIONARY_BITS}
    if kind == "weights":
        # Nothing repeats in weights: searching long finds nothing, only the position in the number counts.
        return [{**last, "preset": min(preset, PRESETS["usual"]), "lc": 0, "lp": 2, "pb": 2}]
    if kind == "programs" and platform.machine() in ("x86_64", "AMD64"):
        return [{"id": lzma.FILTER_X86}, last]
    return [last]


class XzWriter(io.RawIOBase):
    """A file to write to; what is written goes into blocks, packed by threads in the order it came.

    Parameters
    ----------
    out
        Where the ``.xz`` goes.
    kept
        Folder of packed blocks: one with the same content as before is not packed again. Most libraries stay the same
        from one build to the next, and between the editions.
    """

    def __init__(self, out: BinaryIO, kept: Path | None = None) -> None:
        self._out, self._kept = out, kept
        self._way: tuple[Kind, Effort] = "others", "usual"
        self._buffer, self._position = bytearray(), 0
        self._records: list[tuple[int, int]] = []
        self._pool = ThreadPoolExecutor(THREADS)
        self._waiting: deque[Future[tuple[bytes, int, int]]] = deque()
        out.write(b"\xfd7zXZ\x00" + _CHECK_CRC32 + _crc(_CHECK_CRC32))

    def writable(self) -> bool:
        """Always."""
        return True

    def tell(self) -> int:
        """Bytes written so far, before packing."""
        return self._position

    def write(self, data: Any) -> int:
        """Take bytes into the present block."""
        self._buffer += data
        self._position += len(data)
        if len(self._buffer) >= LARGEST_BLOCK:
            self._cut()
        return len(data)

    def switch(self, kind: Kind, effort: Effort) -> None:
        """Say what comes next and how long to search for what repeats; another kind begins a new block.

        "most" takes twice as long as "usual" for 4 % less.
        """
        if (kind, effort) != self._way:
            self._cut()
            self._way = kind, effort

    def close(self) -> None:
        """Pack what is left and finish the file; the file below stays open."""
        if self.closed:
            return
        self._cut()
        while self._waiting:
            self._write_one()
        self._pool.shutdown()
        index = b"\x00" + _number(len(self._records)) + b"".join(_number(a) + _number(b) for a, b in self._records)
        index += bytes(-len(index) % 4)
        index += _crc(index)
        tail = struct.pack("<I", len(index) // 4 - 1) + _CHECK_CRC32
        self._out.write(index + _crc(tail) + tail + b"YZ")
        super().close()

    def _cut(self) -> None:
        if self._buffer:
            data, self._buffer = bytes(self._buffer), bytearray()
            self._waiting.append(self._pool.submit(_block, data, *self._way, self._kept))
        while len(self._waiting) > THREADS:
            self._write_one()

    def _write_one(self) -> None:
        block, unpadded, size = self._waiting.popleft().result()
        self._out.write(block)
        self._records.append((unpadded, size))


def _block(data: bytes, kind: Kind, effort: Effort, kept: Path | None) -> tuple[bytes, int, int]:
    """A whole block, its size without padding, and the size of what is in it."""
    chain = filters(kind, effort)
    packed = _packed(data, chain, kept)
    flags = 0xC0 | (len(chain) - 1)
    words = bytes([flags]) + _number(len(packed)) + _number(len(data))
    if chain[0]["id"] == lzma.FILTER_X86:
        words += bytes([_X86, 0])
    words += bytes([_LZMA2, 1, (DICTIONARY_BITS - 12) * 2])
    length = (1 + len(words) + 4 + 3) // 4 * 4
    header = (bytes([length // 4 - 1]) + words).ljust(length - 4, b"\x00")
    header += _crc(header)
    return header + packed + bytes(-len(packed) % 4) + _crc(data), len(header) + len(packed) + 4, len(data)


def _packed(data: bytes, chain: list[dict[str, Any]], kept: Path | None) -> bytes:
    if kept is None:
        return lzma.compress(data, format=lzma.FORMAT_RAW, filters=chain)
    mark = hashlib.sha256(repr(chain).encode())
    mark.update(data)
    file = kept / mark.hexdigest()
    if not file.is_file():
        part = file.with_suffix(".part")
        part.write_bytes(lzma.compress(data, format=lzma.FORMAT_RAW, filters=chain))
        part.replace(file)
    # Blocks that no build asks for any more are thrown away by their age.
    file.touch()
    return file.read_bytes()


def forget_old(kept: Path, seconds: float) -> None:
    """Remove kept blocks that were not asked for since ``seconds`` of the clock."""
    for file in kept.iterdir():
        if file.stat().st_mtime < seconds:
            file.unlink()


def _number(value: int) -> bytes:
    """Seven bits a byte, the lowest first."""
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def _crc(data: bytes) -> bytes:
    return struct.pack("<I", zlib.crc32(data))
