"""What can be undone of cells whose outline a person has changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from PySide6.QtCore import QCoreApplication

from leukoscope.domain.box_edits import Change, Changed
from leukoscope.gui.bridge import Bridge
from leukoscope.gui.open_case import OpenCase
from leukoscope.gui.undo import CellCommand


class ChangeCells(CellCommand):
    """Another box, a cell that is two, cells that are one; it is kept already when this is pushed."""

    def __init__(
        self,
        bridge: Bridge,
        case: OpenCase,
        case_id: int,
        changed: Changed,
        reveal: Callable[[int, int], None],
    ) -> None:
        self._what, self._changed = changed.what, changed
        words = {
            Change.BOX: QCoreApplication.translate("Undo", "change a box"),
            Change.SPLIT: QCoreApplication.translate("Undo", "split a cell"),
            Change.MERGE: QCoreApplication.translate("Undo", "merge cells"),
        }
        super().__init__(bridge, case, case_id, words[self._what], reveal)
        self._first = True

    def redo(self) -> None:
        """Put the new cells in the place of the former ones."""
        if not self._first:
            self._exchange(self._changed.former, self._changed.cells)
        self._first = False

    def undo(self) -> None:
        """Let the former ones count again."""
        self._exchange(self._changed.cells, self._changed.former)

    def _exchange(self, gone: Sequence[int], back: Sequence[int]) -> None:
        self._change(lambda bench: bench.judging.exchange_cells(gone, back, self._what), back[0])


class CountOnce(CellCommand):
    """Cells that other images of the case show too; they stay in the record."""

    def __init__(self, bridge: Bridge, case: OpenCase, case_id: int, same: Mapping[int, int]) -> None:
        text = QCoreApplication.translate("Undo", "count cells once")
        super().__init__(bridge, case, case_id, text, lambda _case_id, _cell_id: None)
        self._same = dict(same)

    def redo(self) -> None:
        """Take them out."""
        self._change(lambda bench: bench.judging.count_once(self._same), 0)

    def undo(self) -> None:
        """Let them count again."""
        self._change(lambda bench: bench.judging.restore_cells(tuple(self._same)), 0)
