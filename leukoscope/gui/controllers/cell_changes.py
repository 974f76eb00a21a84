"""The outline of cells by hand: a box is moved or resized, a cell parted, several joined. All can be undone."""

from __future__ import annotations

from collections.abc import Callable

from leukoscope.domain.box_edits import Change
from leukoscope.domain.cases import CaseCell, CaseFrame
from leukoscope.domain.cells import Box
from leukoscope.gui.controllers.cell_tools import CellToolsController, Work
from leukoscope.gui.controllers.controller import Actions, Handlers
from leukoscope.gui.controllers.decisions import DecisionController
from leukoscope.gui.review.box_handles import BoxHandles
from leukoscope.gui.review.canvas_tool import CanvasTool
from leukoscope.gui.review.gallery import CellGallery
from leukoscope.gui.review.page import ReviewPage
from leukoscope.gui.review.shown_image import ShownImage
from leukoscope.gui.review.split_line import SplitLine
from leukoscope.gui.session import Session
from leukoscope.gui.undo_cells import ChangeCells
from leukoscope.workflow.events import CellsChanged, Event


class CellChangesController(CellToolsController):
    """Joins the tools on the canvas, the workbench and undo.

    Parameters
    ----------
    session, decisions, review
        What it works on.
    image, gallery
        Of the review page.
    handles, split_line
        Tools on the image.
    put_others_away
        Ends what else is done with the mouse on the image.
    """

    job = "cell change"

    def __init__(
        self,
        session: Session,
        decisions: DecisionController,
        review: ReviewPage,
        image: ShownImage,
        gallery: CellGallery,
        handles: BoxHandles,
        split_line: SplitLine,
        put_others_away: Callable[[], None],
    ) -> None:
        super().__init__(session, decisions, review, image, gallery, (handles, split_line), put_others_away)
        self.handles, self.split_line = handles, split_line
        handles.placed.connect(self._placed)
        split_line.drawn.connect(self._parted)
        self._cell_id = 0

    def handlers(self) -> Handlers:
        """Move and resize, split, merge."""
        return {"change_box": self.change_box, "split_cell": self.split, "merge_cells": self.merge}

    def refine(self, actions: Actions) -> None:
        """Cells that are out keep their box; only several are merged."""
        cell = self._review.cell
        counts = cell is not None and cell.removed is None
        for name in ("change_box", "split_cell"):
            actions[name].setEnabled(actions[name].isEnabled() and counts)
        several = actions["merge_cells"].isEnabled() and len(self._gallery.chosen_ids) > 1
        actions["merge_cells"].setEnabled(several)

    # Tools -----------------------------------------------------------------------------------------------------

    def change_box(self) -> None:
        """Let a person move and resize the box of the chosen cell; once more gives it up."""
        sentence = self.tr(
            "Drag the box to move it, a handle to resize it; arrow keys move, with Shift they resize, and Enter keeps "
            "it. Escape gives up."
        )

        def begin(cell: CaseCell, frame: CaseFrame) -> None:
            self.handles.begin(cell.finding.cell.box, (frame.width, frame.height))

        self._begin(self.handles, begin, sentence, self.change_box)

    def split(self) -> None:
        """Let a person put a line across the chosen cell; once more gives it up."""
        sentence = self.tr(
            "Draw a line between the two cells; or move it with the arrow keys, turn it with Shift, and press Enter. "
            "Escape gives up."
        )

        def begin(cell: CaseCell, _frame: CaseFrame) -> None:
            self.split_line.begin(cell.finding.cell.box)

        self._begin(self.split_line, begin, sentence, self.split)

    def _begin(
        self,
        tool: CanvasTool,
        begin: Callable[[CaseCell, CaseFrame], None],
        sentence: str,
        again: Callable[[], object],
    ) -> None:
        if tool.on or self.judging:
            self.leave()
            return
        cell, frame = self._review.cell, self._review.frame
        if cell is None or cell.removed is not None or frame is None or self._session.refuses_changes():
            return
        if not self._image.has_image:
            self._messages.tell(self.tr("This image is not shown yet; wait for it, or choose another cell."))
            return
        if not self._makes_way(again):
            return
        self._cell_id, self._case_id = cell.id, self._case.id or 0
        begin(cell, frame)
        self._image.focus()
        self._messages.tell(sentence, self.tr("Give up"), self.leave)

    def _focus_changed(self) -> None:
        cell = self._review.cell
        if cell is None or cell.id != self._cell_id:
            self.put_away()

    # Changing --------------------------------------------------------------------------------------------------

    def _placed(self, box: Box) -> None:
        cell_id, case_id, frame = self._cell_id, self._case_id, self._frame_of(self._cell_id)
        if frame is not None:
            self._changing(lambda bench: bench.judging.change_box(case_id, frame, cell_id, box))

    def _parted(self, line: tuple[tuple[float, float], tuple[float, float]]) -> None:
        cell_id, case_id, frame = self._cell_id, self._case_id, self._frame_of(self._cell_id)
        if frame is not None:
            self._changing(lambda bench: bench.judging.split_cell(case_id, frame, cell_id, line))

    def merge(self) -> None:
        """Make one cell of those that are chosen."""
        chosen, case_id = self._gallery.chosen_ids, self._case.id or 0
        if self.judging or len(chosen) < 2 or self._session.refuses_changes():
            return
        frames = {cell.frame_id for cell in map(self._case.cell, chosen) if cell is not None and cell.removed is None}
        frame = self._case.frame(frames.pop()) if len(frames) == 1 else None
        if frame is None:
            self._messages.tell(self.tr("Only cells of one image can be merged; choose such cells."))
            return

        def do() -> None:
            self._put_others_away()
            self._case_id = case_id
            self._changing(lambda bench: bench.judging.merge_cells(case_id, frame, chosen))

        self._decisions.decides(do)

    def _frame_of(self, cell_id: int) -> CaseFrame | None:
        """The image with the cell; what is no longer shown or may not be changed puts the tools away."""
        cell = self._case.cell(cell_id)
        if cell is None or self._case_id != self._case.id or self._session.refuses_changes():
            self._put_down()
            return None
        return self._case.frame(cell.frame_id)

    def _changing(self, work: Work) -> None:
        self._judge(work, self.tr("The changed cell is judged …"), self.tr("Stop"))

    def _is_answer(self, event: Event) -> bool:
        return isinstance(event, CellsChanged) and event.case_id == self._case_id

    def _judged(self, event: Event) -> None:
        assert isinstance(event, CellsChanged)
        case_id, changed, reveal = event.case_id, event.changed, self._review.reveal
        self._undo_stack.push(ChangeCells(self._bridge, self._case, case_id, changed, reveal))
        if self._case.wanted == case_id:
            self._case.open(case_id, lambda: reveal(case_id, changed.cells[0]))
        sentence = {
            Change.BOX: self.tr("The cell has its new box and was judged again."),
            Change.SPLIT: self.tr("The cell is two now; both were judged."),
            Change.MERGE: self.tr("The cells are one now; it was judged."),
        }[changed.what]
        if changed.dropped:
            sentence = f"{sentence} {self.tr('Their labels differed, so it has none; look at it.')}"
        self._decisions.tell_done(sentence)
