"""The audit trail on paper: landscape, one line for each entry, any script."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from leukoscope.domain.audit import AuditCheck, AuditEntry
from leukoscope.reports.painter import INK, QUIET, WASH, Painter
from leukoscope.reports.part_file import part_file
from leukoscope.reports.shaping import Typesetter
from leukoscope.reports.wrapping import fit_lines

SIZES = {"A4": (841.89, 595.28), "Letter": (792.0, 612.0)}
MARGIN, SIZE, LINE = 36.0, 8.0, 10.5
SHARES = (("No.", 0.05), ("When (UTC)", 0.13), ("Who", 0.13), ("What", 0.11), ("Case", 0.05),
          ("Part", 0.12), ("Before", 0.12), ("After", 0.13), ("Reason", 0.16))  # fmt: skip
LINES_PER_CELL = 3
"""A value of 2,000 characters is cut on paper; the CSV holds it whole."""


def write_trail(entries: Sequence[AuditEntry], check: AuditCheck, path: Path, page_size: str) -> None:
    """Write the PDF.

    Raises
    ------
    ReportError
        When it cannot be written.
    """
    with part_file(path) as stream:
        painter = Painter(stream, SIZES.get(page_size, SIZES["A4"]), Typesetter())
        painter.describe("Audit trail", "LeukoScope", "Who changed what, when and why")
        _Trail(painter).write(entries, check)
        painter.save()


class _Trail:
    def __init__(self, painter: Painter) -> None:
        self._painter = painter
        room = painter.width - 2 * MARGIN
        self._columns = [(name, share * room) for name, share in SHARES]
        self._y = 0.0
        self._page = 0

    def write(self, entries: Sequence[AuditEntry], check: AuditCheck) -> None:
        painter = self._painter
        self._begin()
        painter.text(MARGIN, self._y + 14, "Audit trail", 18, style="Medium")
        self._y += 32
        sound = f"{check.count} entries checked: none was changed, removed or put in another order."
        for sentence in [sound] if check.sound else [fault.sentence for fault in check.faults]:
            painter.text(MARGIN, self._y, sentence, 10)
            self._y += 14
        self._y += 6
        self._head()
        for index, entry in enumerate(entries):
            self._row(entry, shaded=index % 2 == 1)
        self._end()

    def _begin(self) -> None:
        self._page += 1
        self._y = MARGIN

    def _end(self) -> None:
        foot = self._painter.height - MARGIN / 2
        words = "LeukoScope audit trail. Decision support for research and evaluation, not a medical device."
        self._painter.text(MARGIN, foot, words, 7, color=QUIET)
        self._painter.text(self._painter.width - MARGIN - 30, foot, f"Page {self._page}", 7, color=QUIET)
        self._painter.end_page()

    def _head(self) -> None:
        x = MARGIN
        for name, width in self._columns:
            self._painter.text(x + 2, self._y + 8, name, SIZE, color=QUIET, style="Medium")
            x += width
        self._y += 12
        self._painter.line(MARGIN, self._y, self._painter.width - MARGIN, self._y)
        self._y += 2

    def _row(self, entry: AuditEntry, shaded: bool) -> None:
        case = "" if entry.case_id is None else str(entry.case_id)
        part = "(erased)" if entry.erased else entry.subject
        texts = (str(entry.number), entry.at[:19].replace("T", " "), entry.who, entry.what, case, part,
                 entry.old, entry.new, entry.reason)  # fmt: skip
        cells = [
            fit_lines(text, width - 5, LINES_PER_CELL, lambda part: self._painter.text_width(part, SIZE))
            for text, (_, width) in zip(texts, self._columns, strict=True)
        ]
        height = LINE * max(1, *(len(lines) for lines in cells)) + 3
        if self._y + height > self._painter.height - MARGIN:
            self._end()
            self._begin()
            self._head()
        if shaded:
            self._painter.rect(MARGIN, self._y, self._painter.width - 2 * MARGIN, height, fill=WASH)
        x = MARGIN
        for lines, (_, width) in zip(cells, self._columns, strict=True):
            for place, line in enumerate(lines):
                self._painter.text(x + 2, self._y + LINE * (place + 1) - 1.5, line, SIZE, color=INK)
            x += width
        self._y += height
