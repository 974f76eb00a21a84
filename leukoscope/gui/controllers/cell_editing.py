"""Cells by hand: one that was missed is drawn, one that is none is taken out. Both can be undone."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt

from leukoscope.domain.cells import Box
from leukoscope.gui.actions import words
from leukoscope.gui.controllers.cell_tools import CellToolsController
from leukoscope.gui.controllers.controller import Actions, Handlers
from leukoscope.gui.controllers.decisions import DecisionController
from leukoscope.gui.review.box_tool import BoxTool
from leukoscope.gui.review.gallery import CellGallery
from leukoscope.gui.review.page import ReviewPage
from leukoscope.gui.review.shown_image import ShownImage
from leukoscope.gui.session import Session
from leukoscope.gui.undo import AddCell, RemoveCell, RestoreCell
from leukoscope.workflow.events import CaseChanged, CellAdded, Event


class CellEditingController(CellToolsController):
    """Joins the tool that draws boxes on the canvas, the workbench and undo.

    Parameters
    ----------
    session, decisions, review
        What it works on.
    image, gallery
        Of the review page.
    box_tool
        Draws on the image.
    put_others_away
        Ends what else is done with the mouse on the image.
    """

    job = "cell"

    def __init__(
        self,
        session: Session,
        decisions: DecisionController,
        review: ReviewPage,
        image: ShownImage,
        gallery: CellGallery,
        box_tool: BoxTool,
        put_others_away: Callable[[], None],
    ) -> None:
        super().__init__(session, decisions, review, image, gallery, (box_tool,), put_others_away)
        self.box_tool = box_tool
        box_tool.drawn.connect(self._drawn)
        self._frame_id = 0

    def handlers(self) -> Handlers:
        """Draw, take out."""
        return {"add_cell": self.begin, "remove_cell": self.remove}

    def refine(self, actions: Actions) -> None:
        """A cell that is out is brought back."""
        cell = self._review.cell
        removed = cell is not None and cell.removed is not None
        actions["remove_cell"].setText(self.tr("Bring cell back") if removed else words("Remove cell"))

    # Drawing ---------------------------------------------------------------------------------------------------

    def begin(self) -> None:
        """Let a person draw a box on the image; once more gives it up, and stops the search under way."""
        if self.box_tool.on or self.judging:
            self.leave()
            return
        if self._session.refuses_changes() or not self._can_be_drawn_on():
            return
        if not self._makes_way(self.begin):
            return
        frame, case = self._review.frame, self._case.case
        self._frame_id = frame.id if frame is not None else 0
        self._case_id = case.id if case is not None else 0
        self.box_tool.switch(True)
        self._image.focus()
        self._messages.tell(
            self.tr("Draw a box around the whole cell; Escape gives up."), self.tr("Give up"), self.leave
        )

    def _can_be_drawn_on(self) -> bool:
        """Whether there is an image to draw on; one that is on its way is waited for."""
        if self._image.has_image:
            return True
        if self._image.is_there:
            self._image.shown.connect(self._begin_now, Qt.ConnectionType.SingleShotConnection)
        else:
            self._messages.tell(self.tr("This image cannot be shown, so nothing can be drawn on it."))
        return False

    def _begin_now(self) -> None:
        if not self.box_tool.on and not self.judging:
            self.begin()

    def _drawn(self, box: Box) -> None:
        frame, case_id = self._review.frame, self._case_id
        if frame is None or frame.id != self._frame_id or case_id != self._case.id or self._session.refuses_changes():
            self.box_tool.switch(False)
            return
        current = self._case.frame(frame.id) or frame
        sentence = self.tr("The cell in the box is judged …")
        self._judge(lambda bench: bench.judging.draw_cell(case_id, current, box), sentence, self.tr("Stop"))

    def _focus_changed(self) -> None:
        frame = self._review.frame
        if self.box_tool.on and (frame is None or frame.id != self._frame_id):
            self.leave()

    def _is_answer(self, event: Event) -> bool:
        return isinstance(event, CellAdded | CaseChanged) and event.case_id == self._case_id

    def _judged(self, event: Event) -> None:
        if not isinstance(event, CellAdded):
            self._messages.hide()
            return
        command = AddCell(self._bridge, self._case, event.case_id, event.cell.id, self._review.reveal)
        self._undo_stack.push(command)
        self._review.reveal(event.case_id, event.cell.id)
        self._decisions.tell_done(self.tr("The cell is in the case."))

    # Taking out ------------------------------------------------------------------------------------------------

    def remove(self) -> None:
        """Take the chosen cell out, or bring it back where it is out; the next one is chosen."""
        cell, case_id = self._review.cell, self._case.id
        if cell is None or case_id is None or self._session.refuses_changes():
            return
        after = self._gallery.neighbor(cell.id)
        reveal = self._review.reveal
        command: RemoveCell | RestoreCell
        if cell.removed is None:
            sentence = self.tr("The cell is out of the case.")
            command = RemoveCell(self._bridge, self._case, case_id, (cell.id, after), reveal)
        else:
            sentence = self.tr("The cell counts again.")
            command = RestoreCell(self._bridge, self._case, case_id, (cell.id, after or cell.id), reveal)
        self._decisions.push(command, sentence)
