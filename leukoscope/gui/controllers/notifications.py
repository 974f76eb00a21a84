"""What the workbench tells, said in its place: status line, message bar."""

from __future__ import annotations

from PySide6.QtCore import QTimer

from leukoscope.gui.chrome.status_line import StatusLine
from leukoscope.gui.controllers.controller import Actions, Controller
from leukoscope.gui.review.page import ReviewPage
from leukoscope.gui.session import Session
from leukoscope.workflow.events import CopyLeftOut, EngineChanged, Event, Failed, FrameAdded, QueueChanged

DISK_EVERY_MS = 60_000
"""How often the free space is looked at."""
ELSEWHERE = ("export", "import", "site", "control")
"""Failures that their own page says."""


class NotificationController(Controller):
    """Says what the workbench tells in the status line and the message bar."""

    def __init__(self, session: Session, review: ReviewPage, status: StatusLine) -> None:
        super().__init__(session)
        self._review, self._status = review, status
        status.show_engine(self.tr("Opening the cases"))
        self._session.usable.connect(lambda: status.show_engine(""))
        self._lost: list[tuple[int, int, str]] = []
        self._copies: list[CopyLeftOut] = []
        self._bridge.happened.connect(self._heard)
        self._bridge.failed.connect(self._messages.warn)
        self._disk_timer = QTimer(self)
        self._disk_timer.timeout.connect(self.look_at_disk)
        self._disk_timer.start(DISK_EVERY_MS)

    def refine(self, actions: Actions) -> None:
        """There is something to stop while the queue runs."""
        actions["cancel"].setEnabled(bool(self._status.queue_text))

    def look_at_disk(self) -> None:
        """Say when the disk has hardly room for the next cases."""
        from leukoscope.workflow.disk_space import disk_warning

        if self._session.is_open:
            self._bridge.read(lambda bench: disk_warning(bench.home.data), self._status.show_disk, owner=self)

    def _heard(self, event: Event) -> None:
        if isinstance(event, EngineChanged):
            self._status.show_engine(event.state.message)
            if event.state.kind.value == "failed":
                self._messages.warn(event.state.message)
        elif isinstance(event, QueueChanged):
            self._status.show_queue(event.progress)
            self._session.changed.emit()
            if event.progress is None:
                self._say_lost()
        elif isinstance(event, CopyLeftOut):
            self._say_copies(event)
        elif isinstance(event, FrameAdded) and event.frame.error:
            self._lost.append((event.case_id, event.frame.id, event.frame.error))
        elif isinstance(event, Failed) and event.what not in ELSEWHERE:
            if event.what == "engine":
                self._status.show_engine(event.sentence)
            self._messages.warn(event.sentence)

    def _say_lost(self) -> None:
        """The queue has run empty: say which images were lost, once."""
        lost, self._lost = self._lost, []
        if not lost:
            return
        case_id, frame_id, first = lost[0]
        words = first if len(lost) == 1 else self.tr("{0} images could not be judged. The first: {1}")
        text = words.format(len(lost), first) if len(lost) > 1 else words
        self._messages.warn(text, self.tr("Show"), lambda: self._show(case_id, frame_id))

    def _say_copies(self, event: CopyLeftOut) -> None:
        """All copies that were left out since somebody last answered, in one sentence."""
        self._copies = [one for one in self._copies if one.case_id == event.case_id] + [event]
        if len(self._copies) == 1:
            text = self.tr("“{0}” is the same image as “{1}”; it is left out.").format(event.name, event.twin)
        else:
            text = self.tr("{0} images are in this case already; they are left out.").format(len(self._copies))
        self._messages.warn(text, self.tr("Add anyway"), self._add_copies)

    def _add_copies(self) -> None:
        copies, self._copies = self._copies, []
        if copies:
            case_id, ids = copies[0].case_id, [one.image_id for one in copies]
            self._bridge.write(
                lambda bench: bench.capture.take_twice(case_id, ids), owner=self, failed=self._messages.warn
            )

    def _show(self, case_id: int, frame_id: int) -> None:
        if self._case.id == case_id and not self._case.is_leaving:
            self._review.show_image(frame_id)
        else:
            self._case.open(case_id, lambda: self._review.show_image(frame_id))
        self._navigation.show("review")
