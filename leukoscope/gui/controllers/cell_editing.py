"""Cells by hand: one that was missed is drawn, one that is none is taken out. Both can be undone."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt

from leukoscope.domain.cells import Box
from leukoscope.gui.actions import words
from leukoscope.gui.controllers.controller import Actions, Controller, Handlers
from leukoscope.gui.controllers.decisions import DecisionController
from leukoscope.gui.review.box_tool import BoxTool
from leukoscope.gui.review.gallery import CellGallery
from leukoscope.gui.review.page import ReviewPage
from leukoscope.gui.review.shown_image import ShownImage
from leukoscope.gui.session import Session
from leukoscope.gui.undo import AddCell, RemoveCell, RestoreCell
from leukoscope.workflow.events import CaseChanged, CellAdded, Event, Failed, Stopped

JOB = "cell"
"""What the workbench calls the search for a drawn cell."""


class CellEditingController(Controller):
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
        super().__init__(session)
        self._decisions, self._review, self._put_others_away = decisions, review, put_others_away
        self._image, self._gallery, self.box_tool = image, gallery, box_tool
        self.box_tool.drawn.connect(self._drawn)
        self.box_tool.given_up.connect(self.leave)
        self._bridge.happened.connect(self._heard)
        self._review.focus_changed.connect(self._focus_changed)
        self._frame_id = self._case_id = 0
        self.judging = False

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
        if self._session.operator.needs_name:
            self._decisions.decides(self.begin)
            return
        self._navigation.show("review")
        self._review.show_gallery_only(False)
        self._put_others_away()
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

    def leave(self) -> None:
        """Put the tool away and stop a search under way."""
        if self.judging:
            self._bridge.bench.stop(JOB)
            return
        if self.box_tool.on:
            self._messages.hide()
        self.box_tool.switch(False)

    def put_away(self) -> None:
        """Another tool is taken: this one is put down where it was only held."""
        if self.box_tool.on:
            self.leave()

    def _drawn(self, box: Box) -> None:
        frame, case_id = self._review.frame, self._case_id
        if frame is None or frame.id != self._frame_id or case_id != self._case.id or self._session.refuses_changes():
            self.box_tool.switch(False)
            return
        self.judging = True
        self._messages.tell(self.tr("The cell in the box is judged …"), self.tr("Stop"), self.leave)
        current = self._case.frame(frame.id) or frame
        self._bridge.write(
            lambda bench: bench.judging.draw_cell(case_id, current, box), owner=self, failed=self._not_begun
        )

    def _not_begun(self, sentence: str) -> None:
        self.judging = False
        self.box_tool.switch(False)
        self._messages.warn(sentence)

    def _focus_changed(self) -> None:
        frame = self._review.frame
        if self.box_tool.on and (frame is None or frame.id != self._frame_id):
            self.leave()

    def _heard(self, event: Event) -> None:
        ended = isinstance(event, Failed | Stopped) and event.what == JOB
        came = isinstance(event, CellAdded | CaseChanged) and event.case_id == self._case_id
        if not self.judging or not (ended or came):
            return
        self.judging = False
        self.box_tool.switch(False)
        if isinstance(event, CellAdded):
            self._added(event)
        elif not isinstance(event, Failed):
            self._messages.hide()

    def _added(self, event: CellAdded) -> None:
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
