"""Rows of a CSV table, one after the other: a quote that nobody closes costs its own row and no other."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

SEPARATORS = (";", ",", "\t", "|")
_BREAK = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True)
class Row:
    """One row.

    Parameters
    ----------
    line
        Where it begins, from 1.
    cells
        Without their quotes, and without blanks around them.
    is_whole
        ``False`` when its quotes do not match.
    after_fault
        Line whose open quote may have begun before this row; 0 for most rows.
    spans
        Whether a line break stands inside a cell.
    """

    line: int
    cells: tuple[str, ...]
    is_whole: bool = True
    after_fault: int = 0
    spans: bool = False


class Table:
    """A text as rows.

    Parameters
    ----------
    text
        With any line ends, also mixed.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._starts = [0, *(found.end() for found in _BREAK.finditer(text))]

    @property
    def lines(self) -> int:
        """How many lines there are."""
        return len(self._starts)

    def line(self, number: int) -> str:
        """A line, from 1, without its end."""
        start = self._starts[number - 1]
        end = self._starts[number] if number < len(self._starts) else len(self._text)
        return self._text[start:end].rstrip("\r\n")

    def cells(self, number: int, between: str) -> tuple[str, ...]:
        """The cells of one line, whatever its quotes are like."""
        found = _record(self.line(number), 0, between)
        return found[0] if found else tuple(cell.strip(' "') for cell in self.line(number).split(between))

    def rows(self, first: int, between: str, width: int, key: int) -> Iterator[Row]:
        """All rows from a line on.

        Parameters
        ----------
        first
            Line, from 1.
        between
            Separator.
        width
            How many cells the titles have.
        key
            Place of the cell that names the row: what has a name of the same shape in a swallowed line is a row.
        """
        number, doubtful_until, fault = first, 0, 0
        while number <= self.lines:
            start = self._starts[number - 1]
            found = _record(self._text, start, between)
            last = self.lines if found is None else self._number_at(max(start, found[1] - 1))
            swallowed = found is not None and last > number and self._swallows(number, last, between, width, key)
            if found is None or swallowed:
                # Nobody knows where the open quote was meant to end: the next line begins anew, and is looked at hard.
                fault, doubtful_until = number, max(doubtful_until, last)
                yield Row(number, self.cells(number, between), is_whole=False)
                number += 1
                continue
            cells, end = found
            doubt = fault if number <= doubtful_until else 0
            yield Row(number, cells, after_fault=doubt, spans=last > number)
            number = last + 1 if end >= len(self._text) else self._number_at(end)

    def _number_at(self, place: int) -> int:
        return bisect_right(self._starts, place)

    def _swallows(self, first: int, last: int, between: str, width: int, key: int) -> bool:
        """Whether the lines inside a quoted cell are rows themselves."""
        own = self.cells(first, between)
        shape = _shape(own[key]) if key < len(own) else ""
        for number in range(first + 1, last + 1):
            cells = self.line(number).split(between)
            if len(cells) == width and key < len(cells) and _shape(cells[key]) == shape:
                return True
        return False


def _shape(text: str) -> str:
    """``A-2`` and ``B-17`` have one shape."""
    return re.sub(r"\d+", "9", re.sub(r"[^\W\d_]+", "A", text.strip().strip('"')))


def _record(text: str, place: int, between: str) -> tuple[tuple[str, ...], int] | None:
    """One record from a place on, and where the next begins; ``None`` when its quotes do not match."""
    cells: list[str] = []
    plain = _plain(between)
    while True:
        opening = _opening(text, place)
        if opening:
            quoted = _quoted(text, opening, between)
            if quoted is None:
                return None
            cell, place = quoted
        else:
            found = plain.match(text, place)
            cell, place = (found[0], found.end()) if found else ("", place)
        cells.append(cell.strip())
        if text.startswith(between, place):
            place += len(between)
            continue
        end = _BREAK.match(text, place)
        return tuple(cells), end.end() if end else len(text)


def _opening(text: str, place: int) -> int:
    """Where the text behind an opening quote begins; 0 without one."""
    while text[place : place + 1] == " ":
        place += 1
    if text.startswith('="', place):
        # How a spreadsheet keeps the zeros of 00123.
        return place + 2
    return place + 1 if text.startswith('"', place) else 0


def _quoted(text: str, place: int, between: str) -> tuple[str, int] | None:
    pieces: list[str] = []
    while True:
        end = text.find('"', place)
        if end < 0:
            return None
        pieces.append(text[place:end])
        if not text.startswith('"', end + 1):
            break
        pieces.append('"')
        place = end + 2
    place = end + 1
    while text[place : place + 1] == " ":
        place += 1
    if place < len(text) and not text.startswith((between, "\r", "\n"), place):
        return None
    return "".join(pieces), place


_PLAIN = {between: re.compile(f"[^{re.escape(between)}\\r\\n]*") for between in SEPARATORS}


def _plain(between: str) -> re.Pattern[str]:
    return _PLAIN.get(between) or re.compile(f"[^{re.escape(between)}\\r\\n]*")
