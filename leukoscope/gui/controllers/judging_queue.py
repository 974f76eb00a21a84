"""Images that wait, in the window: shown on the Review page, gone on with, removed, judged again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

from leukoscope.domain.waiting import WaitingImage, WaitState
from leukoscope.gui.models.field_list import fields_of
from leukoscope.gui.undo_queue import JudgeAgain, RemoveWaiting
from leukoscope.gui.widgets.field_strip import FieldStrip
from leukoscope.workflow.events import Event, WaitingChanged

if TYPE_CHECKING:
    from leukoscope.gui.main_window import MainWindow

SHOWN_AFTER_MS = 150
"""Changes that come together are shown together."""


class WaitingImages(QObject):
    """Keeps the strip of fields in step, and has the handlers of its actions."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self.strip = FieldStrip()
        self.images: tuple[WaitingImage, ...] = ()
        self._case_id = 0
        self._trouble = ""
        self._asking = self._again_wanted = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._ask)
        window.review.put_below_image(self.strip)
        window.bridge.happened.connect(self._heard)
        window.case.loaded.connect(self._ask)
        window.case.closed.connect(self._closed)
        window.case.frame_added.connect(lambda _id: self._later())
        window.review.focus_changed.connect(self._mark)
        self.strip.chosen.connect(window.review.show_image)

    def handlers(self) -> dict[str, Callable[[], object]]:
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

    def refine_actions(self) -> None:
        """Enable what makes sense for the images that wait."""
        actions, case = self._window.actions_by_id, self._window.case.case
        is_open = case is not None and not case.state.is_sealed
        frames = self._window.case.frames
        actions["judge_again"].setEnabled(actions["judge_again"].isEnabled() and is_open)
        actions["judge_case_again"].setEnabled(is_open and bool(frames))
        actions["judge_failed"].setEnabled(is_open and any(frame.error for frame in frames))
        for name in ("resume_waiting", "remove_waiting"):
            actions[name].setEnabled(is_open and bool(self.stopped))

    # What a person does ----------------------------------------------------------------------------------------

    def judge_image_again(self) -> None:
        """Judge the shown image again with the models of now."""
        frame = self._window.review.frame
        if frame is not None:
            self._again([frame.id])

    def judge_case_again(self) -> None:
        """Judge all images of the case again with the models of now."""
        self._again([frame.id for frame in self._window.case.frames])

    def judge_failed_again(self) -> None:
        """Judge those images again that could not be judged."""
        self._again([frame.id for frame in self._window.case.frames if frame.error])

    def offer_again(self) -> None:
        """Other models judge from now on: offer to judge the open case again."""
        case = self._window.case.case
        if case is not None and not case.state.is_sealed and case.frames:
            self._window.message.tell(
                self.tr("Other models judge from now on; case {0} still has the former judgement.").format(
                    case.header.number
                ),
                self.tr("Judge case again"),
                self.judge_case_again,
            )

    def resume(self) -> None:
        """Go on with what was stopped."""
        window, case = self._window, self._window.case.case
        if case is not None:
            case_id = case.id
            window.bridge.write(lambda bench: bench.resume(case_id), owner=self, failed=window.message.warn)

    def remove(self) -> None:
        """Take what was stopped out of the case."""
        window, case, stopped = self._window, self._window.case.case, self.stopped
        if case is None or not stopped or window.desk.refuses_changes():
            return
        ids = tuple(one.id for one in stopped)
        command = RemoveWaiting(window.bridge, case.id, ids)
        words = self.tr("{0} stopped images are out of the case.").format(len(ids))

        def remove() -> None:
            window.undo_stack.push(command)
            window.message.tell(words, self.tr("Undo"), window.who.undo)

        window.who.decides(remove)

    def _again(self, frame_ids: Sequence[int]) -> None:
        window, case = self._window, self._window.case.case
        if case is None or not frame_ids or window.desk.refuses_changes():
            return
        command = JudgeAgain(window.bridge, case.id, tuple(frame_ids))
        words = self.tr("1 image is judged again; your labels stay.")
        if len(frame_ids) > 1:
            words = self.tr("{0} images are judged again; your labels stay.").format(len(frame_ids))

        def judge() -> None:
            window.undo_stack.push(command)
            window.message.tell(words)

        window.who.decides(judge)

    # What happens ----------------------------------------------------------------------------------------------

    def _heard(self, event: Event) -> None:
        case = self._window.case.case
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
        case = self._window.case.case
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
            window.message.warn(sentence)

        window, self._asking = self._window, True

        # Not in the row of the calls that change something: a list of thousands must not hold a label up.
        self._window.bridge.picture(
            lambda bench: (bench.waiting(case_id), bench.trouble), arrived, owner=self, failed=failed
        )

    def _show(self) -> None:
        window = self._window
        frame = window.review.frame
        self.strip.set_fields(
            fields_of(window.case.frames, self.images, self._trouble), frame.id if frame is not None else 0
        )
        window.review.set_waiting(self.images, self._trouble)
        self.refine_actions()

    def _mark(self) -> None:
        frame = self._window.review.frame
        if frame is not None:
            self.strip.mark(frame.id)
