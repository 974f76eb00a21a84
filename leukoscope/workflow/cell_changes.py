"""A person changes the outline of cells: another box, two cells in the place of one, one in the place of several."""

from __future__ import annotations

from collections.abc import Sequence

from leukoscope.domain.box_edits import Change, Changed, lie_together
from leukoscope.domain.cases import CaseCell, CaseFrame
from leukoscope.domain.cells import Box, Cell
from leukoscope.domain.errors import ImageError
from leukoscope.domain.frames import Frame
from leukoscope.domain.progress import CancelToken
from leukoscope.imaging.changed_cells import Point, cell_in, joined, parted
from leukoscope.workflow.analyze import Judge
from leukoscope.workflow.case_repository import CaseRepository
from leukoscope.workflow.manual_edits import judged, refuse_counted_beside, twin


class CellChanger:
    """Cuts changed cells out, lets them be judged like drawn ones, and keeps them in the place of the former ones.

    Every method raises ImageError where the change makes no sense, StoreError when the case is signed or the cell is
    gone, and EngineError, BundleError or CancelledError when a cell cannot be judged: nothing is changed then.

    Parameters
    ----------
    repository, judge
        Where cells are kept, and who gives the opinions.
    frame
        The image with all its cells.
    by
        Who changes it.
    cancel
        Set it to stop; nothing is kept then.
    others
        All images of the case, in its order, and behind them those that wait to be judged.
    """

    def __init__(
        self,
        repository: CaseRepository,
        judge: Judge,
        frame: CaseFrame,
        by: str,
        cancel: CancelToken | None = None,
        *,
        others: Sequence[CaseFrame] = (),
    ) -> None:
        self._others = others
        self._repository, self._judge, self._frame = repository, judge, frame
        self._by, self._cancel = by, cancel

    def change_box(self, cell_id: int, box: Box) -> Changed:
        """Put the box of a cell somewhere else, in pixels of the image."""
        former = self._cells([cell_id])
        pixels = self._repository.frame(self._frame)
        cell = cell_in(pixels, box)
        others = tuple(one for one in self._frame.cells if one.id != cell_id)
        if twin(cell.box, others) is not None:
            raise ImageError("There is a cell at this place already.")
        refuse_counted_beside(cell.box, self._frame, self._others)
        return self._replace(Change.BOX, pixels, former, (cell,))

    def split(self, cell_id: int, line: tuple[Point, Point]) -> Changed:
        """Make two cells of one, on both sides of a line through two points of the image."""
        former = self._cells([cell_id])
        pixels = self._repository.frame(self._frame)
        return self._replace(Change.SPLIT, pixels, former, parted(pixels, former[0].finding.cell, line))

    def merge(self, cell_ids: Sequence[int]) -> Changed:
        """Make one cell of several, in the box around all of them."""
        former = self._cells(cell_ids)
        if len(former) < 2:
            raise ImageError("Choose at least two cells of one image to merge them.")
        if not lie_together([one.finding.cell.box for one in former]):
            raise ImageError("These cells lie too far apart to be pieces of one; choose cells that nearly touch.")
        pixels = self._repository.frame(self._frame)
        return self._replace(Change.MERGE, pixels, former, (joined(pixels, [one.finding.cell for one in former]),))

    def _cells(self, cell_ids: Sequence[int]) -> tuple[CaseCell, ...]:
        cells = tuple(cell for cell in self._frame.cells if cell.id in cell_ids)
        if len(cells) != len(set(cell_ids)):
            raise ImageError("Choose cells of one image that count; others cannot be changed together.")
        return cells

    def _replace(self, what: Change, pixels: Frame, former: Sequence[CaseCell], cells: Sequence[Cell]) -> Changed:
        findings = judged(self._judge, self._frame, pixels, cells, self._cancel)
        ids = [one.id for one in former]
        return self._repository.store.cell_changes.replace(ids, findings, what, self._by)
