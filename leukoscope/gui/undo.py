"""What can be undone: a person's label, a removed image, a removed case."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QUndoCommand

from leukoscope.domain.findings import Label
from leukoscope.gui import verdicts
from leukoscope.gui.bridge import Bridge
from leukoscope.gui.open_case import OpenCase


def _text(text: str) -> str:
    return QCoreApplication.translate("Undo", text)


class LabelCell(QUndoCommand):
    """A person's label on a cell."""

    def __init__(
        self,
        case: OpenCase,
        cell_id: int,
        label: Label | None,
        reveal: Callable[[int, int], None] | None = None,
    ) -> None:
        what = _text("label “{0}”").format(verdicts.word(label)) if label else _text("take label back")
        super().__init__(what)
        self._case, self._cell_id, self._label, self._reveal = case, cell_id, label, reveal
        cell = case.cell(cell_id)
        self._before = cell.decision.label if cell and cell.decision else None
        self._case_id = case.id or 0
        self._first = True

    def redo(self) -> None:
        """Set the label."""
        self._set(self._label)
        self._first = False

    def undo(self) -> None:
        """Put back what was there before."""
        self._set(self._before)

    def _set(self, label: Label | None) -> None:
        self._case.decide(self._cell_id, label)
        if self._reveal is not None and not self._first:
            self._reveal(self._case_id, self._cell_id)


class RemoveFrame(QUndoCommand):
    """An image taken out of its case."""

    def __init__(self, bridge: Bridge, case_id: int, frame_id: int, name: str) -> None:
        super().__init__(_text("remove “{0}”").format(name))
        self._bridge, self._case_id, self._frame_id = bridge, case_id, frame_id

    def redo(self) -> None:
        """Take it out."""
        self._bridge.ask(lambda bench: bench.remove_frame(self._case_id, self._frame_id))

    def undo(self) -> None:
        """Bring it back."""
        self._bridge.ask(lambda bench: bench.restore_frame(self._case_id, self._frame_id))


class RemoveCase(QUndoCommand):
    """A case taken off the list."""

    def __init__(self, bridge: Bridge, case: OpenCase, case_id: int, number: str) -> None:
        super().__init__(_text("remove case “{0}”").format(number))
        self._bridge, self._case, self._case_id = bridge, case, case_id
        self._was_open = case.id == case_id

    def redo(self) -> None:
        """Take it off the list."""
        if self._case.id == self._case_id:
            self._case.close_case()
        self._bridge.ask(lambda bench: bench.remove_case(self._case_id))

    def undo(self) -> None:
        """Bring it back."""
        self._bridge.ask(lambda bench: bench.restore_case(self._case_id))
        if self._was_open:
            self._case.open(self._case_id)
