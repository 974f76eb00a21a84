"""What can be undone of the queue: images judged again, waiting images removed."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from leukoscope.gui.bridge import Bridge
from leukoscope.gui.undo import WorkbenchCommand


class JudgeAgain(WorkbenchCommand):
    """Images of a case judged again; undoing it brings them back as they were judged before."""

    def __init__(self, bridge: Bridge, case_id: int, frame_ids: tuple[int, ...]) -> None:
        super().__init__(bridge, QCoreApplication.translate("Undo", "judge again"))
        self._case_id, self._frame_ids = case_id, frame_ids

    def redo(self) -> None:
        """Judge them again."""
        self._write(lambda bench: bench.judging.judge_again(self._case_id, self._frame_ids))

    def undo(self) -> None:
        """Bring them back."""
        self._write(lambda bench: bench.judging.take_again_back(self._case_id, self._frame_ids))


class RemoveWaiting(WorkbenchCommand):
    """Stopped images taken out of their case."""

    def __init__(self, bridge: Bridge, case_id: int, image_ids: tuple[int, ...]) -> None:
        super().__init__(bridge, QCoreApplication.translate("Undo", "remove stopped images"))
        self._case_id, self._image_ids = case_id, image_ids

    def redo(self) -> None:
        """Take them out."""
        self._write(lambda bench: bench.judging.remove_waiting(self._case_id, self._image_ids))

    def undo(self) -> None:
        """Bring them back, stopped."""
        self._write(lambda bench: bench.judging.restore_waiting(self._case_id, self._image_ids))
