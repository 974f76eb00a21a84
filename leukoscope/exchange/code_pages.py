"""Old code pages: which of them a table can be written in, where the file does not say it.

A byte beyond ASCII is another letter in each code page. A reading counts only when every word of the table is possible
in it; a cell counts only when all readings that are left agree on it. Nobody guesses between Ñ and Ń.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

PAGES = (
    "cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp1257", "iso8859_2", "iso8859_15", "iso8859_5", "koi8_r",
    "cp850",
)  # fmt: skip
"""What Windows and laboratory systems of Europe write."""
MAC_PAGES = ("mac_roman", "mac_latin2", "mac_cyrillic")
"""Possible as well where lines end as they did on old Macs."""
_INSIDE = "’'´`-‐·.‘"
"""Signs that stand between letters of a name."""
_BEFORE = "„“”«»‚‘’¿¡(–—-°ºª…§•"
"""Signs that stand before or after a word."""


def possible_pages(cells: Iterable[bytes], pages: Iterable[str] = PAGES) -> tuple[str, ...]:
    """The code pages in which every cell can be read as words of some language."""
    beyond = {cell for cell in cells if not _is_utf8(cell)}
    return tuple(page for page in pages if all(_is_possible(cell, page) for cell in beyond))


def agreed(cell: bytes, pages: Iterable[str]) -> str | None:
    """The text of a cell where all code pages give the same; ``None`` where they differ, or none is left."""
    if _is_utf8(cell):
        return cell.decode("utf-8")
    readings = {_decoded(cell, page) for page in pages}
    return readings.pop() if len(readings) == 1 else None


def _decoded(cell: bytes, page: str) -> str | None:
    try:
        return cell.decode(page)
    except UnicodeDecodeError:
        return None


def _is_utf8(cell: bytes) -> bool:
    # Letters of a code page are no UTF-8 but by a chance of one in many thousands.
    try:
        cell.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _is_possible(cell: bytes, page: str) -> bool:
    text = _decoded(cell, page)
    if text is None:
        return False
    padded = f" {text} "
    return all(
        ord(one) < 128 or _fits(padded[place - 1], one, padded[place + 1])
        for place, one in enumerate(padded)
        if 0 < place < len(padded) - 1
    )


def _fits(before: str, one: str, after: str) -> bool:
    category = unicodedata.category(one)
    if category == "Lu" and before.isalpha() and (before.islower() or (before.isupper() and after.islower())):
        return False
    if category in {"Lu", "Ll", "Lo"} and one not in "ªºµ":
        return all(_script(other) == _script(one) for other in (before, after) if other.isalpha())
    if category in {"Cc", "Cn", "Co"}:
        return False
    if before.isalpha() and after.isalpha():
        return one in _INSIDE
    if one in "µ°":
        return True
    # A sign such as £ or ³ right before or behind a letter is a letter read wrongly.
    return one in _BEFORE or one in _INSIDE or one == "\xa0" or not (before.isalpha() or after.isalpha())


def _script(letter: str) -> str:
    """LATIN, CYRILLIC, GREEK ...: the first word of the letter's name."""
    return unicodedata.name(letter, "?").split(" ", 1)[0]
