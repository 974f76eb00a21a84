"""What the workbench tells, said in its place: status line, message bar."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from leukoscope.workflow.events import CopyLeftOut, EngineChanged, Event, Failed, FrameAdded, QueueChanged

if TYPE_CHECKING:
    from leukoscope.gui.main_window import MainWindow

ELSEWHERE = ("export", "import")
"""Failures that their own page says."""


class News(QObject):
    """Listens to the bridge for the window."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._lost: list[tuple[int, int, str]] = []
        self._copies: list[CopyLeftOut] = []
        window.bridge.happened.connect(self._heard)

    def _heard(self, event: Event) -> None:
        window = self._window
        if isinstance(event, EngineChanged):
            window.status.show_engine(event.state.message)
            if event.state.kind.value == "failed":
                window.message.warn(event.state.message)
        elif isinstance(event, QueueChanged):
            window.status.show_queue(event.progress)
            window.update_actions()
            if event.progress is None:
                self._say_lost()
        elif isinstance(event, CopyLeftOut):
            self._say_copies(event)
        elif isinstance(event, FrameAdded) and event.frame.error:
            self._lost.append((event.case_id, event.frame.id, event.frame.error))
        elif isinstance(event, Failed) and event.what not in ELSEWHERE:
            window.message.warn(event.sentence)

    def _say_lost(self) -> None:
        """The queue has run empty: say which images were lost, once."""
        lost, self._lost = self._lost, []
        if not lost:
            return
        case_id, frame_id, first = lost[0]
        words = first if len(lost) == 1 else self.tr("{0} images could not be judged. The first: {1}")
        text = words.format(len(lost), first) if len(lost) > 1 else words
        self._window.message.warn(text, self.tr("Show"), lambda: self._show(case_id, frame_id))

    def _say_copies(self, event: CopyLeftOut) -> None:
        """All copies that were left out since somebody last answered, in one sentence."""
        self._copies = [one for one in self._copies if one.case_id == event.case_id] + [event]
        if len(self._copies) == 1:
            text = self.tr("“{0}” is the same image as “{1}”; it is left out.").format(event.name, event.twin)
        else:
            text = self.tr("{0} images are in this case already; they are left out.").format(len(self._copies))
        self._window.message.warn(text, self.tr("Add anyway"), self._add_copies)

    def _add_copies(self) -> None:
        copies, self._copies = self._copies, []
        if copies:
            case_id, ids = copies[0].case_id, [one.image_id for one in copies]
            warn = self._window.message.warn
            self._window.bridge.write(lambda bench: bench.take_twice(case_id, ids), owner=self, failed=warn)

    def _show(self, case_id: int, frame_id: int) -> None:
        window = self._window
        if window.case.id == case_id and not window.case.is_leaving:
            window.review.show_image(frame_id)
        else:
            window.case.open(case_id, lambda: window.review.show_image(frame_id))
        window.show_page("review")
