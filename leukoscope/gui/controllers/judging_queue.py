"""Images that wait, in the window: shown on the Review page, gone on with, removed, judged again."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QTimer

from leukoscope.domain.waiting import WaitingImage, WaitState
from leukoscope.gui.controllers.controller import Actions, Controller, Handlers
from leukoscope.gui.controllers.decisions import DecisionController
from leukoscope.gui.review.field_list import fields_of
from leukoscope.gui.review.field_strip import FieldStrip
from leukoscope.gui.review.page import ReviewPage
from leukoscope.gui.session import Session
from leukoscope.gui.undo_queue import JudgeAgain, RemoveWaiting
from leukoscope.workflow.events import Event, WaitingChanged

COUNTED_AFTER_MS = 250
"""Cells that are labeled quickly one after the other are counted together."""
SHOWN_AFTER_MS = 150
"""Changes that come together are shown together."""


class JudgingQueueController(Controller):
    """Keeps the strips of fields in step, and lets images be judged again, go on or leave the queue.

    Parameters
    ----------
    session, decisions, review
        What it works on.
    strip, taken
        Below the image of the Review page, and below the live picture: there an image is shown as soon as it is taken.
    """

    def __init__(
        self,
        session: Session,
        decisions: DecisionController,
        review: ReviewPage,
        strip: FieldStrip,
        taken: FieldStrip,
    ) -> None:
        super().__init__(session)
        self._decisions, self._review, self.strip, self.taken = decisions, review, strip, taken
        self.images: tuple[WaitingImage, ...] = ()
        self._case_id = 0
        self._trouble = ""
        self._asking = self._again_wanted = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._ask)
        review.put_below_image(strip)
        self._bridge.happened.connect(self._heard)
        self._case.loaded.connect(self._ask)
        self._case.closed.connect(self._closed)
        self._case.frame_added.connect(lambda _id: self._later())
        review.focus_changed.connect(self._mark)
        strip.chosen.connect(review.show_image)
        taken.chosen.connect(self._look_at)
        self._counted = QTimer(self)
        self._counted.setSingleShot(True)
        self._counted.timeout.connect(self._show_fields)
        for signal in (self._case.cell_changed, self._case.cells_changed, self._case.cell_added):
            signal.connect(lambda _what: self._counted.start(COUNTED_AFTER_MS))

    def handlers(self) -> Handlers:
        """One handler for each action."""
        return {
            "judge_again": self.judge_image_again,
            "judge_case_again": self.judge_case_again,
            "judge_failed": self.judge_failed_again,
            "resume_waiting": self.resume,
            "remove_waiting": self.remove,
        }

    @property
    def stopped(self) -> tuple[WaitingImage, ...]:
        """Images of the open case that a person has stopped."""
        return tuple(one for one in self.images if one.state is WaitState.STOPPED)

    def refine(self, actions: Actions) -> None:
        """Enable what makes sense for the images that wait."""
        case = self._case.case
        is_open = case is not None and not case.state.is_read_only
        frames = self._case.frames
        actions["judge_again"].setEnabled(actions["judge_again"].isEnabled() and is_open)
        actions["judge_case_again"].setEnabled(is_open and bool(frames))
        actions["judge_failed"].setEnabled(is_open and any(frame.error for frame in frames))
        for name in ("resume_waiting", "remove_waiting"):
            actions[name].setEnabled(is_open and bool(self.stopped))

    # What a person does ----------------------------------------------------------------------------------------

    def judge_image_again(self) -> None:
        """Judge the shown image again with the models of now."""
        frame = self._review.frame
        if frame is not None:
            self._again([frame.id])

    def judge_case_again(self) -> None:
        """Judge all images of the case again with the models of now."""
        self._again([frame.id for frame in self._case.frames])

    def judge_failed_again(self) -> None:
        """Judge those images again that could not be judged."""
        self._again([frame.id for frame in self._case.frames if frame.error])

    def offer_again(self) -> None:
        """Other models judge from now on: offer to judge the open case again."""
        case = self._case.case
        if case is not None and not case.state.is_read_only and case.frames:
            self._messages.tell(
                self.tr("Other models judge from now on; case {0} still has the former judgement.").format(
                    case.header.number
                ),
                self.tr("Judge case again"),
                self.judge_case_again,
            )

    def resume(self) -> None:
        """Go on with what was stopped."""
        case = self._session.shown_case()
        if case is not None:
            case_id = case.id
            self._bridge.write(lambda bench: bench.judging.resume(case_id), owner=self, failed=self._messages.warn)

    def remove(self) -> None:
        """Take what was stopped out of the case."""
        case, stopped = self._case.case, self.stopped
        if case is None or not stopped or self._session.refuses_changes():
            return
        ids = tuple(one.id for one in stopped)
        command = RemoveWaiting(self._bridge, case.id, ids)
        words = self.tr("{0} stopped images are out of the case.").format(len(ids))
        self._decisions.push(command, words)

    def _again(self, frame_ids: Sequence[int]) -> None:
        case = self._case.case
        if case is None or not frame_ids or self._session.refuses_changes():
            return
        command = JudgeAgain(self._bridge, case.id, tuple(frame_ids))
        words = self.tr("1 image is judged again; your labels stay.")
        if len(frame_ids) > 1:
            words = self.tr("{0} images are judged again; your labels stay.").format(len(frame_ids))
        self._decisions.push(command, words, offers_undo=False)

    # What happens ----------------------------------------------------------------------------------------------

    def _heard(self, event: Event) -> None:
        case = self._case.case
        if isinstance(event, WaitingChanged) and case is not None and event.case_id in {0, case.id}:
            self._later()

    def _later(self) -> None:
        # A long row costs more: it is shown anew less often, and never while the last answer is on its way.
        if not self._timer.isActive() and not self._asking:
            self._timer.start(SHOWN_AFTER_MS + len(self.images) // 2)
        self._again_wanted = self._asking

    def _closed(self) -> None:
        self.images, self._case_id = (), 0
        self._show()

    def _ask(self) -> None:
        case = self._case.case
        if case is None:
            return
        case_id = case.id
        if case_id != self._case_id:
            self.images, self._case_id = (), case_id
        self._show()

        def arrived(found: tuple[tuple[WaitingImage, ...], str]) -> None:
            self._asking = False
            if self._case_id == case_id:
                self.images, self._trouble = found
                self._show()
            if self._again_wanted:
                self._later()

        def failed(sentence: str) -> None:
            self._asking = False
            self._messages.warn(sentence)
            if self._again_wanted:
                self._later()

        self._asking = True

        # Not in the row of the calls that change something: a list of thousands must not hold a label up.
        self._bridge.read_in_pool(
            lambda bench: (bench.judging.waiting(case_id), bench.judging.trouble), arrived, owner=self, failed=failed
        )

    def _show(self) -> None:
        self._show_fields()
        self._review.set_waiting(self.images, self._trouble)
        self._session.changed.emit()

    def _show_fields(self) -> None:
        frame = self._review.frame
        fields = fields_of(self._case.frames, self.images, self._trouble, self._case.cell)
        for one in (self.strip, self.taken):
            one.set_fields(fields, frame.id if frame is not None else 0)

    def _look_at(self, frame_id: int) -> None:
        """From the live picture to an image that was taken."""
        self._navigation.show(self._review.name)
        self._review.show_image(frame_id)

    def _mark(self) -> None:
        frame = self._review.frame
        if frame is not None:
            self.strip.mark(frame.id)
