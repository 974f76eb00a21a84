"""Images that have just been judged come in portions, so that a quick engine does not keep the window busy."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal

from leukoscope.domain.cases import CaseFrame

EVERY_MS = 120


class FrameBatcher(QObject):
    """Collects images for a moment.

    Signals
    -------
    due(object)
        The list of images since the last time.
    """

    due = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._frames: list[CaseFrame] = []
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._tell)

    def add(self, frame: CaseFrame, *, at_once: bool) -> None:
        """One more; ``at_once`` does not wait for others."""
        self._frames.append(frame)
        if not self._timer.isActive():
            self._timer.start(0 if at_once else EVERY_MS)

    def clear(self) -> None:
        """Forget what has not been told."""
        self._frames.clear()

    def _tell(self) -> None:
        frames, self._frames = self._frames, []
        self.due.emit(frames)
