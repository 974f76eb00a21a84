"""The audit trail leaves the program: CSV for a table, PDF for paper."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from leukoscope.domain.audit import AuditCheck, AuditEntry
from leukoscope.reports.part_file import part_file
from leukoscope.reports.spreadsheets import BOM, csv_line, safe_text

COLUMNS = (
    "number", "at", "who", "what", "case", "subject", "old", "new", "reason", "previous", "seal", "salt", "erased",
    "digests", "signer", "signature",
)  # fmt: skip


def write_trail_csv(entries: Sequence[AuditEntry], path: Path) -> None:
    """Write entries as CSV, so that the seals can be computed again by anybody.

    A text that a spreadsheet would run as a formula gets an apostrophe in front, which ``unguarded`` takes away again.

    Raises
    ------
    ReportError
        When it cannot be written.
    """
    with part_file(path) as stream:
        stream.write(BOM + csv_line(COLUMNS))
        for one in entries:
            case = "" if one.case_id is None else str(one.case_id)
            texts = (one.at, one.who, one.what, case, one.subject, one.old, one.new, one.reason, one.previous, one.seal)
            stream.write(
                csv_line(
                    (
                        str(one.number),
                        *map(safe_text, texts),
                        one.salt,
                        str(one.erased),
                        one.digests,
                        one.signer,
                        one.signature,
                    )
                )
            )


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
