"""Tables of ICU's data that nothing reads become zeros; the others stay byte for byte."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

TABLES = {"icudt73l/coll/de.res": b"order", "icudt73l/curr/de.res": b"money", "icudt73l/zoneinfo64.res": b"clock"}


def library(path: Path) -> bytes:
    """Bytes of a library with ICU's common data inside, as ``ucmndata.h`` describes it."""
    names, contents, table = b"", b"", b""
    first = 4 + 8 * len(TABLES)
    for name in TABLES:
        table += struct.pack("<I", first + len(names)) + b"@@@@"
        names += name.encode() + b"\0"
    for number, content in enumerate(TABLES.values()):
        at = struct.pack("<I", first + len(names) + len(contents))
        table = table[: 8 * number + 4] + at + table[8 * number + 8 :]
        contents += content
    header = struct.pack("<H", 32) + b"\xda\x27" + struct.pack("<HHBBBB", 20, 0, 0, 0, 2, 0) + b"CmnD"
    data = b"\x7fELF" * 9 + header.ljust(32, b"\0") + struct.pack("<I", len(TABLES)) + table + names + contents
    path.write_bytes(data)
    return data


def test_money_goes_and_order_and_clocks_stay(packaging: Callable[[str], ModuleType], tmp_path: Path) -> None:
    file = tmp_path / "libicudata.so.73"
    before = library(file)
    assert packaging("icu_data").empty_tables(file) == len(b"money")
    assert file.read_bytes() == before.replace(b"money", bytes(5))


def test_another_file_stays_as_it_is(packaging: Callable[[str], ModuleType], tmp_path: Path) -> None:
    file = tmp_path / "libicudata.so.99"
    file.write_bytes(b"something new")
    assert packaging("icu_data").empty_tables(file) == 0
    assert file.read_bytes() == b"something new"
