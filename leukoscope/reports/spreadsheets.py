"""Tables for spreadsheets: one way to write a line, and texts that no spreadsheet runs as a formula."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Sequence

BOM = b"\xef\xbb\xbf"
"""Without it Excel takes UTF-8 for something else."""
_CONTROLS = ("\t", "\r", "\n")
_SIGNS = frozenset("=+-@")
_GUARDED = re.compile(r"'+")


def csv_line(fields: Sequence[str]) -> bytes:
    """One line of a table (RFC 4180) in UTF-8."""
    buffer = io.StringIO(newline="")
    csv.writer(buffer, lineterminator="\r\n").writerow(fields)
    return buffer.getvalue().encode("utf-8", "replace")


def safe_text(text: str) -> str:
    """Text that no spreadsheet runs as a formula: with an apostrophe in front where one might.

    A text that begins with apostrophes before such a start gets one more, so that :func:`unguarded` gives back every
    text as it was.
    """
    return f"'{text}" if _is_risky(_GUARDED.sub("", text, count=1) if text.startswith("'") else text) else text


def unguarded(text: str) -> str:
    """Inverse of :func:`safe_text`."""
    return text[1:] if text.startswith("'") and safe_text(text[1:]) == text else text


def _is_risky(text: str) -> bool:
    """Whether it begins with a sign of a formula, full-width forms too, behind what a spreadsheet passes over."""
    if text.startswith(_CONTROLS):
        return True
    for char in text:
        category = unicodedata.category(char)
        if not char.isspace() and category not in {"Cc", "Cf"}:
            return bool(_SIGNS & set(unicodedata.normalize("NFKC", char)[:1])) or char == "\u2212"
    return False
