"""The audit trail leaves the program: CSV for a table, PDF for paper."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path

from leukoscope.domain.audit import AuditCheck, AuditEntry
from leukoscope.reports.partfile import part_file

COLUMNS = ("number", "at", "who", "what", "case", "subject", "old", "new", "reason", "previous", "seal")


def write_trail_csv(entries: Sequence[AuditEntry], path: Path) -> None:
    """Write entries as CSV, so that the seals can be computed again by anybody.

    Raises
    ------
    ReportError
        When it cannot be written.
    """
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\r\n")
    table.writerow(COLUMNS)
    for one in entries:
        case = "" if one.case_id is None else one.case_id
        row = (one.number, one.at, one.who, one.what, case, one.subject, one.old, one.new, one.reason)
        table.writerow((*row, one.previous, one.seal))
    with part_file(path) as stream:
        stream.write(b"\xef\xbb\xbf" + text.getvalue().encode("utf-8", "replace"))


def write_trail_pdf(entries: Sequence[AuditEntry], check: AuditCheck, path: Path, page_size: str = "A4") -> None:
    """Print entries, the outcome of the check first.

    Raises
    ------
    ReportError
        When it cannot be written.
    """
    # Fonts are worth their time only when somebody prints.
    from leukoscope.reports.trail_pdf import write_trail

    write_trail(entries, check, path, page_size)
