"""Orders of a table: CSV as Excel, a laboratory system or a script writes it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from leukoscope.domain.cases import CaseHeader
from leukoscope.domain.errors import ExchangeError
from leukoscope.domain.keys import case_key
from leukoscope.domain.patients import birth_date_of, sex_of
from leukoscope.exchange.code_pages import MAC_PAGES, PAGES, agreed, possible_pages
from leukoscope.exchange.csv_rows import SEPARATORS, Row, Table
from leukoscope.exchange.hl7_charsets import is_readable, unwrapped
from leukoscope.exchange.order_columns import GIVEN, NUMBER, PATIENT, columns_of, is_title
from leukoscope.exchange.orders import (
    BIRTH_DATE_UNREAD,
    SEX_UNREAD,
    LabOrder,
    OrderList,
    Remark,
    priority_of,
    unknown_priority,
)

TITLE_LINES = 30
"""So many lines may stand above the titles."""
_SEP = re.compile(r'"?sep=(.)"?[;,\t|]*', re.IGNORECASE)
_ROUNDED = re.compile(r"[+-]?\d+([.,]\d+)?E\+?\d{2,3}", re.IGNORECASE)
_FAILED = re.compile(
    r"#+|#(NAME|NOM|NOMBRE|WERT|VALUE|VALEUR|VALOR|REF|BEZUG|N/A|NV|DIV/0|NUM|ZAHL)[?!]?[¿¡]?", re.IGNORECASE
)
_MONTH = (
    r"(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|mrz|mär|mai|okt|dez|janv|févr|mars|avr|juin|juil|août|sept|déc|"
    r"ene|abr|ago|dic)\w*\.?"
)
_DATE = re.compile(
    rf"(?P<y>\d{{4}})-(?P<m>\d{{2}})-(?P<d>\d{{2}})( .*)?|(?P<a>\d{{1,2}})[./](?P<b>\d{{1,2}})[./](?P<c>\d{{4}})( .*)?"
    rf"|(?P<named>\d{{1,2}}[-. ]+{_MONTH}([-. ]+\d{{2,4}})?|{_MONTH}[-. ]+\d{{2,4}})",
    re.IGNORECASE,
)
_BINARY = (
    (b"PK\x03\x04", "This is a workbook (Excel, LibreOffice); save it as CSV and choose that file."),
    (b"\xd0\xcf\x11\xe0", "This is a workbook (Excel, LibreOffice); save it as CSV and choose that file."),
    (b"%PDF", "This is a PDF; choose a list as CSV or HL7."),
)


@dataclass(frozen=True)
class _Head:
    """Where the titles stand."""

    line: int
    between: str
    titles: tuple[str, ...]
    columns: dict[str, int]


class _RefusedError(Exception):
    """Why one row is not taken."""

    def __init__(self, sentence: str, kind: str) -> None:
        super().__init__(sentence)
        self.sentence, self.kind = sentence, kind


def read_table(data: bytes, here: str = "") -> OrderList:
    """Orders of a table with a line of titles.

    Parameters
    ----------
    data
        The file. Any line end; UTF-8, UTF-16 or an old code page; a line ``sep=``; lines above the titles; comma,
        semicolon, tab or bar between columns.
    here
        Code page of this computer, in which a table that names none was probably written; empty when it has none.

    Returns
    -------
    OrderList
        In the order of the file. What cannot be taken is refused with its line, the rest is there.

    Raises
    ------
    ExchangeError
        When it is no table, or has no column of numbers.
    """
    for mark, sentence in _BINARY:
        if data.startswith(mark):
            raise ExchangeError(sentence, f"begins with {mark!r}")
    data, codec = unwrapped(data)
    is_utf8 = bool(codec) or _is_utf8(data)
    # An old code page is read byte by byte first: separators and quotes are the same in all of them.
    table = Table(data.decode("utf-8", "replace") if is_utf8 else data.decode("latin-1"))
    head = _head(table)
    rows = list(table.rows(head.line + 1, head.between, len(head.titles), head.columns[NUMBER]))
    letters = _Letters(rows, is_utf8, here, mac=b"\n" not in data[:65536])
    return _orders(rows, head, letters)


class _Letters:
    """What the cells say, where the file does not tell its code page."""

    def __init__(self, rows: list[Row], is_utf8: bool, here: str, mac: bool) -> None:
        self._is_utf8 = is_utf8
        self.note = ""
        self._pages: tuple[str, ...] = ()
        if is_utf8:
            return
        cells = [cell.encode("latin-1") for row in rows for cell in row.cells]
        if here and possible_pages(cells, (here,)):
            self._pages = (here,)
        else:
            self._pages = possible_pages(cells, (*PAGES, *MAC_PAGES) if mac else PAGES)
        self.note = (
            f"The file does not say how its letters are written; they were read as {_shown(self._pages[0])}. Look at "
            "names with accents, or save the list as “CSV UTF-8”."
            if self._pages
            else ""
        )

    def title(self, cell: str) -> str:
        """A title as far as it can be read."""
        said = cell if self._is_utf8 else agreed(cell.encode("latin-1"), self._pages)
        return cell.encode("ascii", "replace").decode() if said is None else said

    def text(self, cell: str) -> str:
        """A cell as it was meant.

        Raises
        ------
        _RefusedError
            When nobody can know.
        """
        said = cell if self._is_utf8 else agreed(cell.encode("latin-1"), self._pages)
        if said is None:
            raise _RefusedError(
                "Its letters can be read in more than one way; save the list as “CSV UTF-8” and take it again.",
                "letters",
            )
        if not is_readable(said) or "\0" in said:
            raise _RefusedError("It holds characters that cannot be read; save the list again.", "letters")
        return said


def _shown(page: str) -> str:
    return page.replace("cp125", "Windows-125").replace("iso8859_", "ISO 8859-").replace("_", " ")


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _head(table: Table) -> _Head:
    """The line of titles: of the first lines the one in which most titles are known."""
    first, told = 1, ""
    found = _SEP.fullmatch(table.line(1).strip())
    if found:
        first, told = 2, found[1]
    best: _Head | None = None
    for number in range(first, min(table.lines, first + TITLE_LINES) + 1):
        for between in (told,) if told else SEPARATORS:
            titles = table.cells(number, between)
            columns = columns_of(titles)
            if NUMBER in columns and (best is None or len(columns) > len(best.columns)):
                best = _Head(number, between, titles, columns)
    if best is None:
        raise ExchangeError("The list needs a column named “number” in its line of titles.", "no column of numbers")
    if best.between != "," and len(best.titles) == 1 and not told:
        return _Head(best.line, _likely(table, best.line), best.titles, best.columns)
    return best


def _likely(table: Table, line: int) -> str:
    """What stands between the columns of a table whose titles are one column."""
    following = [table.line(number) for number in range(line + 1, min(line + 20, table.lines) + 1)]
    return max((",", ";", "\t", "|"), key=lambda one: sum(one in text for text in following))


def _orders(rows: list[Row], head: _Head, letters: _Letters) -> OrderList:
    orders: list[LabOrder] = []
    refused: list[Remark] = []
    notes: list[Remark] = []
    unknown = [title for place, title in enumerate(head.titles) if title and place not in head.columns.values()]
    strange = [title for title in unknown if not is_title(title)]
    if strange:
        shown = ", ".join(f"“{letters.title(title)[:40]}”" for title in strange[:8])
        notes.append(Remark(head.line, "", f"These columns are not known and were left out: {shown}.", "columns"))
    guessed = False
    lines: dict[str, int] = {}
    for row in rows:
        if not any(row.cells):
            continue
        number = ""
        try:
            cells = dict(_cells(row, head))
            number = letters.text(cells[NUMBER])
            guessed = guessed or any(not cell.isascii() for cell in cells.values())
            cells = {name: letters.text(cell) for name, cell in cells.items()}
            cells, unread = _patient_facts(cells)
            order = _order(row, head, cells)
            notes.extend(Remark(row.line, number, sentence, "patient") for sentence in unread)
            orders.append(order)
            key = case_key(order.header.number)
            if key in lines:
                sentence = f"This number stands in line {lines[key]} already; a list names each case once."
                notes.append(Remark(row.line, number, sentence, "twice"))
            lines.setdefault(key, row.line)
        except _RefusedError as error:
            refused.append(Remark(row.line, number, error.sentence, error.kind))
    if guessed and letters.note:
        notes.append(Remark(0, "", letters.note, "code page guessed"))
    return OrderList(tuple(orders), tuple(refused), tuple(notes))


def _patient_facts(cells: dict[str, str]) -> tuple[dict[str, str], list[str]]:
    """Date of birth and sex in the program's form; what cannot be read stays empty, and costs no order."""
    cells, unread = dict(cells), []
    if said := cells.get("birth_date", "").strip():
        cells["birth_date"] = birth_date_of(said, date.today()) or ""
        unread += [] if cells["birth_date"] else [BIRTH_DATE_UNREAD]
    if said := cells.get("sex", "").strip():
        cells["sex"] = sex_of(said)
        unread += [] if cells["sex"] else [SEX_UNREAD]
    return cells, unread


def _cells(row: Row, head: _Head) -> Iterator[tuple[str, str]]:
    for field, place in head.columns.items():
        yield field, _bare(row.cells[place]) if place < len(row.cells) else ""


def _bare(cell: str) -> str:
    """Without the guard that keeps a spreadsheet from taking a text as a formula."""
    return cell[1:].strip() if len(cell) > 1 and cell[0] == "'" and cell[1] in "=+-@\t\r'" else cell


def _order(row: Row, head: _Head, cells: dict[str, str]) -> LabOrder:
    if not row.is_whole:
        raise _RefusedError("A quote is opened and not closed in this line.", "quotes")
    width = len(head.titles)
    if row.after_fault and len(row.cells) != width:
        raise _RefusedError(f"This line may belong to the open quote in line {row.after_fault}.", "quotes")
    if any(row.cells[width:]):
        raise _RefusedError(
            f"It has {len(row.cells)} cells, the titles have {width}: put texts that hold the separator in quotes.",
            "cells",
        )
    cells = {name: text if name == "notes" else " ".join(text.split()) for name, text in cells.items()}
    number, given, said = cells.pop(NUMBER), cells.pop(GIVEN, ""), cells.pop("priority", "")
    _check_number(number, cells.get("patient_id", ""))
    if given:
        cells[PATIENT] = ", ".join(part for part in (cells[PATIENT], given) if part)
    priority = priority_of(said) if said else None
    if said and priority is None:
        raise _RefusedError(unknown_priority(row.line, number, said[:40]).sentence, "priority")
    return LabOrder(CaseHeader(number, **cells), priority, line=row.line)


def _check_number(number: str, patient_id: str) -> None:
    if not number:
        raise _RefusedError("It has no case number.", "no number")
    for text in (number, patient_id):
        if _ROUNDED.fullmatch(text):
            raise _RefusedError(
                f"“{text}” was rounded by a spreadsheet; format the column as text and save the list again.", "rounded"
            )
        if _FAILED.fullmatch(text):
            raise _RefusedError(f"“{text}” is an error of a spreadsheet, not a number.", "spreadsheet error")
    if _is_date(number):
        raise _RefusedError(
            f"“{number}” is a date, perhaps made by a spreadsheet; format the column as text and save the list again.",
            "date",
        )


def _is_date(text: str) -> bool:
    found = _DATE.fullmatch(text)
    if found is None:
        return False
    if found["named"]:
        return True
    year, month, day = (int(found[one]) for one in (("y", "m", "d") if found["y"] else ("c", "b", "a")))
    for one, other in ((month, day), (day, month)):
        try:
            date(year, one, other)
        except ValueError:
            continue
        return True
    return False
