"""The cells of a case with their opinions, as a table and as JSON."""

from __future__ import annotations

from pathlib import Path

from leukoscope.domain.cases import Case
from leukoscope.reports.findings import ImageFindings
from leukoscope.reports.findings_csv import FindingsCsv
from leukoscope.reports.findings_json import FindingsJson


def write_table(case: Case, path: Path) -> None:
    """Write one row for each cell of a case as CSV.

    Raises
    ------
    ReportError
        When it cannot be written.
    """
    models = dict.fromkeys(opinion.bundle.name for cell in case.cells for opinion in cell.finding.opinions)
    with FindingsCsv(path, tuple(models), case.header.number) as table:
        for frame in case.frames:
            table.add(ImageFindings.of_frame(frame))


def write_findings(case: Case, path: Path) -> None:
    """Write every image of a case with its cells and opinions as JSON.

    Raises
    ------
    ReportError
        When it cannot be written.
    """
    with FindingsJson(path, case.header.number) as document:
        for frame in case.frames:
            document.add(ImageFindings.of_frame(frame))
