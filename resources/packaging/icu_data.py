"""Empty those tables of Qt's ICU library that nothing here reads: half of what it takes in the installer.

Qt asks ICU for the order of words, for old encodings and for the rules and names of clocks; names of countries, money
and units, and the dictionaries that break lines of Khmer or Thai, it has from elsewhere or not at all. The tables
become zeros where they lie, so that the library keeps its form; zeros pack to nothing.
"""

from __future__ import annotations

import struct
from itertools import pairwise
from pathlib import Path

EMPTIED = ("brkitr", "curr", "lang", "rbnf", "region", "translit", "unit")
"""Folders inside the data (ICU user guide, "ICU Data")."""
_FORMAT = b"CmnD"
_FORMAT_AT = 12
"""Position of the format's name in the header (ICU ``ucmndata.h``, ``udata.h``)."""
_TABLE = struct.Struct("<II")


def empty_tables(library: Path) -> int:
    """Empty the tables of one ``libicudata``.

    Returns
    -------
    int
        Bytes that are zeros now; 0 when the library holds no data of the known form.
    """
    data = bytearray(library.read_bytes())
    begin = data.find(_FORMAT) - _FORMAT_AT
    if begin < 0 or data[begin + 2 : begin + 4] != b"\xda\x27":
        return 0
    base = begin + int.from_bytes(data[begin : begin + 2], "little")
    count = int.from_bytes(data[base : base + 4], "little")
    entries = [_TABLE.unpack_from(data, base + 4 + _TABLE.size * number) for number in range(count)]
    emptied = 0
    # The last one has no neighbor that says where it ends; it stays.
    for (name_at, start), (_, end) in pairwise(entries):
        name = bytes(data[base + name_at : data.index(b"\0", base + name_at)]).decode("ascii")
        if name.split("/")[1] in EMPTIED and start < end:
            data[base + start : base + end] = bytes(end - start)
            emptied += end - start
    library.write_bytes(data)
    return emptied
