"""A person draws a cell that was missed: it is cut out and judged like any other, and kept as theirs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from leukoscope.domain.cases import CaseCell, CaseFrame
from leukoscope.domain.cells import Box, Cell, overlap
from leukoscope.domain.errors import EngineError, ImageError
from leukoscope.domain.findings import Finding
from leukoscope.domain.frames import Frame
from leukoscope.domain.judgements import CellFault, Judgement
from leukoscope.domain.progress import CancelToken
from leukoscope.domain.quality import QualityReport
from leukoscope.domain.slide_margins import counting_field
from leukoscope.imaging.cellimage import cut_out
from leukoscope.imaging.segment_in_box import cell_at
from leukoscope.inference.decision import decide
from leukoscope.workflow.analyze import Judge
from leukoscope.workflow.case_repository import CaseRepository

SAME_CELL = 0.5
"""Boxes of one picture that overlap so much (intersection over union) are the same cell."""


@dataclass(frozen=True, eq=False)
class Drawn:
    """What became of a box that a person drew.

    Parameters
    ----------
    cell
        The cell in it.
    new
        False when it is one that had been taken out and counts again.
    """

    cell: CaseCell
    new: bool


def draw_cell(
    repository: CaseRepository,
    judge: Judge,
    frame: CaseFrame,
    drawn: Box,
    by: str,
    cancel: CancelToken | None = None,
    *,
    others: Sequence[CaseFrame] = (),
) -> Drawn:
    """Find the cell in a box, cut it out, judge it and keep it.

    Parameters
    ----------
    repository, judge
        Where it is kept, and who gives the opinions.
    frame
        The image with all its cells.
    drawn
        In pixels of the image.
    by
        Who drew it.
    cancel
        Set it to stop; nothing is kept then.
    others
        All images of the case, in its order, and behind them those that wait to be judged.

    Raises
    ------
    ImageError
        When the box is too small, there is a cell at this place already, or another field of the slide counts it.
    StoreError
        When the case is signed or the image is gone.
    EngineError, BundleError, CancelledError
        When it cannot be judged.
    """
    pixels = repository.frame(frame)
    cell = cell_at(pixels, drawn)
    if twin(cell.box, frame.cells) is not None:
        raise ImageError("There is a cell at this place already.")
    refuse_counted_beside(cell.box, frame, others)
    former = twin(cell.box, frame.removed_cells)
    if former is not None:
        repository.store.manual_edits.restore(former.id, by)
        return Drawn(former, new=False)
    (finding,) = judged(judge, frame, pixels, (cell,), cancel)
    return Drawn(repository.store.manual_edits.add(frame.id, finding, by), new=True)


def refuse_counted_beside(box: Box, frame: CaseFrame, others: Sequence[CaseFrame]) -> None:
    """Fields of a slide overlap: a cell that one of them counts is not counted in another once more.

    Raises
    ------
    ImageError
        When another field counts the cell in a box of an image.
    """
    field = counting_field(box, frame, others)
    if field is None:
        return
    judged_ids = [one.id for one in others if one.id]
    if field.id not in judged_ids:
        sentence = "A field beside this one that is not judged yet counts this cell: fields of a slide overlap."
        raise ImageError(sentence, field.source)
    place = judged_ids.index(field.id) + 1
    sentence = f"Image {place} counts this cell already, because fields of a slide overlap; judge it there."
    raise ImageError(sentence, field.source)


def judged(
    judge: Judge, frame: CaseFrame, pixels: Frame, cells: Sequence[Cell], cancel: CancelToken | None
) -> tuple[Finding, ...]:
    """What the models say of cells whose outline a person has given.

    Parameters
    ----------
    judge, frame, pixels
        Who gives the opinions; the image in its case, and as it was kept.
    cells
        Of the image.
    cancel
        Set it to stop.

    Raises
    ------
    EngineError, BundleError, CancelledError
        When one of them cannot be judged.
    """
    images = [cut_out(pixels, cell) for cell in cells]
    judgements = list(judge.judge(images, cancel=cancel))
    if len(judgements) < len(cells):
        judgements += [Judgement()] * (len(cells) - len(judgements))
    fault = next((one.fault or "" for one in judgements if one.is_empty), None)
    if fault is not None:
        if fault in {CellFault.ENDED, CellFault.HUNG}:
            raise EngineError("The engine stops each time it judges this cell; look at it yourself.", fault)
        raise EngineError("The cell could not be judged; draw it again.", fault)
    quality = frame.quality or QualityReport(())
    return tuple(
        decide(cell, judgement, quality, image)
        for cell, judgement, image in zip(cells, judgements, images, strict=True)
    )


def twin(box: Box, cells: tuple[CaseCell, ...]) -> CaseCell | None:
    """The cell whose box is nearly the same, ``None`` when there is none."""
    ranked = [(overlap(box, cell.finding.cell.box), -cell.id, cell) for cell in cells]
    best, _, cell = max(ranked, default=(0.0, 0, None), key=lambda one: one[:2])
    return cell if best >= SAME_CELL else None
