"""What of a Case follows the result on its report, and what stands beside it from earlier ones."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from leukoscope.domain.cases import Case, CaseCell, CaseState, CaseSummary
from leukoscope.domain.deciding import deciding_cells
from leukoscope.reports.content import EarlierCase
from leukoscope.reports.template import Appendix
from leukoscope.reports.totals import Share

FEW_FIELDS = 6
"""With a choice of cells, so many images with some of them are printed; more would bury the cells."""


def earlier_of(cases: Sequence[CaseSummary]) -> tuple[EarlierCase, ...]:
    """Earlier cases of a patient as the report tells of them."""
    return tuple(
        EarlierCase(
            one.header.number,
            one.created_at.astimezone(),
            Share(one.leukemic, one.cells),
            one.state is CaseState.SIGNED,
        )
        for one in cases
    )


def shown_cells(cells: Sequence[CaseCell], appendix: Appendix) -> frozenset[int]:
    """Keys of the cells whose pictures and maps follow the result."""
    if appendix is Appendix.ALL:
        return frozenset(cell.id for cell in cells)
    return deciding_cells(cells) if appendix is Appendix.DECIDING else frozenset()


def shown_fields(case: Case, shown: Collection[int], appendix: Appendix) -> frozenset[int]:
    """Keys of the images that are printed with boxes: with a choice of cells only few, and those that hold some."""
    fields = [frame for frame in case.frames if frame.width]
    if appendix is not Appendix.ALL:
        fields = [frame for frame in fields if any(cell.id in shown for cell in frame.cells)]
        fields = fields if len(fields) <= FEW_FIELDS else []
    return frozenset(frame.id for frame in fields)
