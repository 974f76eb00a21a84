"""Cases from a list: CSV as any table writes it, or HL7 orders."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from leukoscope.cases.store import CaseStore
from leukoscope.domain.cases import CaseHeader, Priority
from leukoscope.domain.errors import ExchangeError
from leukoscope.exchange.hl7_orders import LabOrder, read_orders

LARGEST = 50_000_000
_NAMES = {
    "number": ("number", "case", "case number", "accession", "accession number", "barcode"),
    "patient": ("patient", "name", "patient name"),
    "patient_id": ("patient id", "patient_id", "patient number", "patient identifier", "mrn", "pid"),
    "specimen": ("specimen", "material", "sample"),
    "stain": ("stain", "staining"),
    "operator": ("operator", "technician"),
    "notes": ("notes", "note", "comment", "remarks"),
    "priority": ("priority", "urgency"),
}
"""Titles of columns that are understood, in any case of letters."""


def import_orders(store: CaseStore, path: Path) -> int:
    """Make a case of each order whose number is not there yet.

    Returns
    -------
    int
        How many are new.

    Raises
    ------
    ExchangeError
        When the file cannot be read or understood; nothing is changed then.
    """
    text = _read(path)
    orders = read_orders(text) if text.lstrip("\x0b\ufeff \r\n").startswith("MSH") else read_table(text)
    added = 0
    for order in orders:
        if not store.find(order.header.number):
            store.create(order.header, order.priority)
            added += 1
    return added


def read_table(text: str) -> tuple[LabOrder, ...]:
    """Orders of a CSV table with a line of titles; comma, semicolon or tab between columns.

    Raises
    ------
    ExchangeError
        Without a column of numbers.
    """
    lines = text.lstrip("\ufeff")
    first = lines.splitlines()[0] if lines.strip() else ""
    between = max(",;\t", key=first.count)
    rows = csv.DictReader(io.StringIO(lines), delimiter=between)
    titles = {(title or "").strip().casefold(): title for title in rows.fieldnames or ()}
    columns = {field: next((titles[name] for name in names if name in titles), None) for field, names in _NAMES.items()}
    if columns["number"] is None:
        raise ExchangeError("The list needs a column named “number” in its first line.")
    orders = []
    for row in rows:
        values = {name: (row.get(title) or "").strip() if title else "" for name, title in columns.items()}
        priority = values.pop("priority").casefold()
        if values["number"]:
            known = next((one for one in Priority if one.value == priority), Priority.ROUTINE)
            orders.append(LabOrder(CaseHeader(**values), known))
    return tuple(orders)


def _read(path: Path) -> str:
    try:
        if path.stat().st_size > LARGEST:
            raise ExchangeError("This file is too large for a list of cases; choose another.")
        data = path.read_bytes()
    except OSError as error:
        raise ExchangeError("The list cannot be read; check that the file is there.", repr(error)) from error
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")
