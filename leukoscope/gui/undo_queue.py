"""What can be undone of the queue: images judged again, waiting images removed."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QUndoCommand

from leukoscope.gui.bridge import Bridge


class JudgeAgain(QUndoCommand):
    """Images of a case judged again; undoing it brings them back as they were judged before."""

    def __init__(self, bridge: Bridge, case_id: int, frame_ids: tuple[int, ...]) -> None:
        super().__init__(QCoreApplication.translate("Undo", "judge again"))
        self._bridge, self._case_id, self._frame_ids = bridge, case_id, frame_ids

    def redo(self) -> None:
        """Judge them again."""
        case_id, ids = self._case_id, self._frame_ids
        self._bridge.write(lambda bench: bench.judge_again(case_id, ids), failed=self._bridge.failed.emit)

    def undo(self) -> None:
        """Bring them back."""
        case_id, ids = self._case_id, self._frame_ids
        self._bridge.write(lambda bench: bench.take_again_back(case_id, ids), failed=self._bridge.failed.emit)


class RemoveWaiting(QUndoCommand):
    """Stopped images taken out of their case."""

    def __init__(self, bridge: Bridge, case_id: int, image_ids: tuple[int, ...]) -> None:
        super().__init__(QCoreApplication.translate("Undo", "remove stopped images"))
        self._bridge, self._case_id, self._image_ids = bridge, case_id, image_ids

    def redo(self) -> None:
        """Take them out."""
        case_id, ids = self._case_id, self._image_ids
        self._bridge.write(lambda bench: bench.remove_waiting(case_id, ids), failed=self._bridge.failed.emit)

    def undo(self) -> None:
        """Bring them back, stopped."""
        case_id, ids = self._case_id, self._image_ids
        self._bridge.write(lambda bench: bench.restore_waiting(case_id, ids), failed=self._bridge.failed.emit)
