"""``findings.csv``: one row for each cell, for spreadsheets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from leukoscope.domain.cases import Decision, ManualEdit
from leukoscope.domain.comments import Comment
from leukoscope.domain.differential import place_in_count
from leukoscope.domain.findings import Finding
from leukoscope.domain.labels import counted_class
from leukoscope.domain.morphology import FIGURES
from leukoscope.reports.findings import ImageFindings
from leukoscope.reports.part_file import growing_file, part_file
from leukoscope.reports.spreadsheets import BOM, csv_line, safe_text

_BEFORE = (
    "path",
    "sha256",
    "quality",
    "error",
    "cell",
    "x",
    "y",
    "width",
    "height",
    "label",
    "probability",
    "unsure",
    "class",
    "class probability",
)
_AFTER = (
    "decision",
    "decided_class",
    "decided_by",
    "decided_at",
    "counted_class",
    "counted",
    "by_hand",
    "by_hand_who",
    "by_hand_when",
    "comment",
    "comment_by",
    "comment_at",
)
_FIGURES = tuple(f"{figure.code} [{figure.unit}]" if figure.unit else figure.code for figure in FIGURES)
_CASE = "case"


class FindingsCsv:
    """Writer of ``findings.csv``; use it in a ``with`` block.

    RFC 4180 in UTF-8, with the byte order mark without which Excel takes it for something else. An image without
    cells gets one row, so that its error is not lost. Cells that a person took out come last, without a number. A
    text that a spreadsheet would run as a formula gets an apostrophe in front.

    Parameters
    ----------
    path
        The file; it appears when the block ends well.
    models
        Names of the bundles that get columns of their own, in this order.
    case
        Number of the case they are all of, for a last column that says so; ``None`` leaves the column out.
    growing
        Whether the file can be read while it grows, and stays whatever happens.

    Raises
    ------
    ReportError
        When the disk is full or the folder cannot be written.
    """

    def __init__(self, path: Path, models: Sequence[str], case: str | None = None, *, growing: bool = False) -> None:
        self._stack = ExitStack()
        self._path, self._growing = path, growing
        self._models = tuple(models)
        self._last = () if case is None else (safe_text(case),)
        self._stream: BinaryIO | None = None

    def __enter__(self) -> Self:
        """Open the part file and write the head line."""
        self._stream = self._stack.enter_context((growing_file if self._growing else part_file)(self._path))
        per_model = [f"{name} {what}" for name in self._models for what in ("version", "probability", "label")]
        columns = [*_BEFORE, *per_model, *_AFTER, *_FIGURES, *(_CASE for _ in self._last)]
        self._stream.write(BOM + csv_line(columns))
        return self

    def add(self, image: ImageFindings) -> None:
        """Append the rows of one image."""
        self.add_rows(self.rows(image))

    def rows(self, image: ImageFindings) -> bytes:
        """The rows of one image as they stand in the file."""
        quality = image.quality.verdict.word if image.quality else ""
        about = [safe_text(image.path), image.sha256 or "", quality, safe_text(image.error or "")]
        return b"".join(csv_line([*about, *rest, *self._last]) for rest in self._cells(image))

    def add_rows(self, rows: bytes) -> None:
        """Append rows that :meth:`rows` made."""
        assert self._stream is not None, "use FindingsCsv in a with block"
        self._stream.write(rows)
        if self._growing:
            self._stream.flush()

    def _cells(self, image: ImageFindings) -> Iterator[list[str]]:
        if not image.findings and not image.removed:
            yield [""] * (len(_BEFORE) - 4 + 3 * len(self._models) + len(_AFTER) + len(_FIGURES))
        for index, finding in enumerate(image.findings):
            rest = (*_manual_edit("drawn", image.drawn(index)), *_commented(image.comment(index)), *_measured(finding))
            decision = image.decision(index)
            yield [str(index + 1), *self._finding(finding), *_decided(decision), *_counted(finding, decision), *rest]
        for cell in image.removed:
            rest = (*_manual_edit("removed", cell.removed), *_commented(cell.comment), *_measured(cell.finding))
            yield ["", *self._finding(cell.finding), *_decided(cell.decision), "", "removed", *rest]

    def _finding(self, finding: Finding) -> Iterator[str]:
        box = finding.cell.box
        yield from (str(number) for number in (box.x, box.y, box.width, box.height))
        yield from (finding.label.value, "" if finding.probability is None else f"{finding.probability:.4f}")
        yield " ".join(reason.value for reason in finding.unsure)
        naming = finding.naming
        yield from ("", "") if naming is None else (naming.code, f"{naming.probability:.4f}")
        yield from self._opinions(finding)

    def _opinions(self, finding: Finding) -> Iterator[str]:
        by_name = {opinion.bundle.name: opinion for opinion in finding.opinions}
        for name in self._models:
            opinion = by_name.get(name)
            if opinion is None:
                yield from ("", "", "")
            else:
                yield from (safe_text(opinion.bundle.version), f"{opinion.probability:.4f}", opinion.label.value)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool | None:
        """Give the file its name, or take it away after an exception."""
        return self._stack.__exit__(kind, error, trace)


def _decided(decision: Decision | None) -> tuple[str, str, str, str]:
    if decision is None:
        return "", "", "", ""
    return decision.label.value, decision.code or "", safe_text(decision.by), decision.at.isoformat()


def _counted(finding: Finding, decision: Decision | None) -> tuple[str, str]:
    """The class that counts, and whether the differential counts the cell, or why not."""
    said = decision.said if decision else None
    return counted_class(finding, said) or "", place_in_count(finding, said).value


def _measured(finding: Finding) -> Iterator[str]:
    """Figures of shape; empty where nothing was measured."""
    values = {one.code: one.value for one in finding.figures}
    for figure in FIGURES:
        yield f"{values[figure.code]:.4g}" if figure.code in values else ""


def _commented(comment: Comment | None) -> tuple[str, str, str]:
    return ("", "", "") if comment is None else (safe_text(comment.text), safe_text(comment.by), comment.at.isoformat())


def _manual_edit(what: str, work: ManualEdit | None) -> tuple[str, str, str]:
    return ("", "", "") if work is None else (what, safe_text(work.by), work.at.isoformat())
