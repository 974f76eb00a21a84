"""Cells by hand: one that was missed is drawn, one that is none is taken out. Both can be undone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt

from leukoscope.domain.cells import Box
from leukoscope.gui.undo import AddCell, BringCellBack, RemoveCell
from leukoscope.gui.widgets.box_pen import BoxPen
from leukoscope.workflow.events import CaseChanged, CellAdded, Event, Failed, Stopped

if TYPE_CHECKING:
    from leukoscope.gui.main_window import MainWindow

JOB = "cell"
"""What the workbench calls the search for a drawn cell."""


class Handwork(QObject):
    """Joins the pen on the canvas, the workbench and undo."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self.pen = BoxPen(window.review.canvas)
        self.pen.drawn.connect(self._drawn)
        self.pen.given_up.connect(self.leave)
        window.bridge.happened.connect(self._heard)
        window.review.focus_changed.connect(self._focus_changed)
        self._frame_id = self._case_id = 0
        self.judging = False

    # Drawing ---------------------------------------------------------------------------------------------------

    def begin(self) -> None:
        """Let a person draw a box on the image; once more gives it up, and stops the search under way."""
        window = self._window
        if self.pen.on or self.judging:
            self.leave()
            return
        if window.desk.refuses_changes() or not self._can_be_drawn_on():
            return
        if window.bridge.bench.desk.needs_name:
            window.who.decides(self.begin)
            return
        window.show_page("review")
        window.review.show_gallery_only(False)
        window.scaling.leave()
        frame, case = window.review.frame, window.case.case
        self._frame_id = frame.id if frame is not None else 0
        self._case_id = case.id if case is not None else 0
        self.pen.switch(True)
        window.review.canvas.setFocus()
        window.message.tell(
            self.tr("Draw a box around the whole cell; Escape gives up."), self.tr("Give up"), self.leave
        )

    def _can_be_drawn_on(self) -> bool:
        """Whether there is an image to draw on; one that is on its way is waited for."""
        review = self._window.review
        if review.canvas.has_image:
            return True
        if review.shown_image.is_there:
            review.shown_image.shown.connect(self._begin_now, Qt.ConnectionType.SingleShotConnection)
        else:
            self._window.message.tell(self.tr("This image cannot be shown, so nothing can be drawn on it."))
        return False

    def _begin_now(self) -> None:
        if not self.pen.on and not self.judging:
            self.begin()

    def leave(self) -> None:
        """Put the pen away and stop a search under way."""
        if self.judging:
            self._window.bridge.bench.stop(JOB)
            return
        if self.pen.on:
            self._window.message.hide()
        self.pen.switch(False)

    def _drawn(self, box: Box) -> None:
        window = self._window
        frame, case_id = window.review.frame, self._case_id
        if frame is None or frame.id != self._frame_id or case_id != window.case.id or window.desk.refuses_changes():
            self.pen.switch(False)
            return
        self.judging = True
        window.message.tell(self.tr("The cell in the box is judged …"), self.tr("Stop"), self.leave)
        current = window.case.frame(frame.id) or frame
        window.bridge.write(lambda bench: bench.draw_cell(case_id, current, box), owner=self, failed=self._not_begun)

    def _not_begun(self, sentence: str) -> None:
        self.judging = False
        self.pen.switch(False)
        self._window.message.warn(sentence)

    def _focus_changed(self) -> None:
        frame = self._window.review.frame
        if self.pen.on and (frame is None or frame.id != self._frame_id):
            self.leave()

    def _heard(self, event: Event) -> None:
        ended = isinstance(event, Failed | Stopped) and event.what == JOB
        came = isinstance(event, CellAdded | CaseChanged) and event.case_id == self._case_id
        if not self.judging or not (ended or came):
            return
        self.judging = False
        self.pen.switch(False)
        if isinstance(event, CellAdded):
            self._added(event)
        elif not isinstance(event, Failed):
            self._window.message.hide()

    def _added(self, event: CellAdded) -> None:
        window = self._window
        command = AddCell(window.bridge, window.case, event.case_id, event.cell.id, window.review.reveal)
        window.undo_stack.push(command)
        window.review.reveal(event.case_id, event.cell.id)
        window.message.tell(self.tr("The cell is in the case."), self.tr("Undo"), window.who.undo)

    # Taking out ------------------------------------------------------------------------------------------------

    def remove(self) -> None:
        """Take the chosen cell out, or bring it back where it is out; the next one is chosen."""
        window = self._window
        cell, case_id = window.review.cell, window.case.id
        if cell is None or case_id is None or window.desk.refuses_changes():
            return
        after = window.review.gallery.neighbor(cell.id)
        reveal = window.review.reveal
        command: RemoveCell | BringCellBack
        if cell.removed is None:
            words = self.tr("The cell is out of the case.")
            command = RemoveCell(window.bridge, window.case, case_id, (cell.id, after), reveal)
        else:
            words = self.tr("The cell counts again.")
            command = BringCellBack(window.bridge, window.case, case_id, (cell.id, after or cell.id), reveal)

        def change() -> None:
            window.undo_stack.push(command)
            window.message.tell(words, self.tr("Undo"), window.who.undo)

        window.who.decides(change)
