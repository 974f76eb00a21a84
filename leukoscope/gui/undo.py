"""What can be undone: a person's label, a cell drawn, taken out or brought back, a removed image, a removed case."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QUndoCommand

from leukoscope.domain.cases import CaseFrame
from leukoscope.domain.findings import Label
from leukoscope.domain.objectives import Objective
from leukoscope.gui import verdicts
from leukoscope.gui.bridge import Bridge
from leukoscope.gui.open_case import OpenCase

if TYPE_CHECKING:
    from leukoscope.workflow.workbench import Workbench


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


class _Handwork(QUndoCommand):
    """A cell comes into its case or leaves it; the case is read again and a cell chosen."""

    def __init__(
        self, bridge: Bridge, case: OpenCase, case_id: int, text: str, reveal: Callable[[int, int], None]
    ) -> None:
        super().__init__(text)
        self._bridge, self._case, self._case_id, self._reveal = bridge, case, case_id, reveal

    def _change(self, work: Callable[[Workbench], None], then_show: int) -> None:
        case, case_id = self._case, self._case_id

        def done(_none: object) -> None:
            if case.id == case_id:
                case.open(case_id, lambda: self._reveal(case_id, then_show))

        self._bridge.ask(work, done, owner=case, failed=case.refused)


class AddCell(_Handwork):
    """A cell that a person drew; it is in the case already when this is pushed."""

    def __init__(
        self, bridge: Bridge, case: OpenCase, case_id: int, cell_id: int, reveal: Callable[[int, int], None]
    ) -> None:
        super().__init__(bridge, case, case_id, _text("draw a cell"), reveal)
        self._cell_id = cell_id
        self._first = True

    def redo(self) -> None:
        """Let it count again."""
        if not self._first:
            self._change(lambda bench: bench.restore_cell(self._cell_id), self._cell_id)
        self._first = False

    def undo(self) -> None:
        """Take it out."""
        self._change(lambda bench: bench.remove_cell(self._cell_id), 0)


class RemoveCell(_Handwork):
    """A cell that is none, taken out; ``cells`` are its id and the one to show then."""

    def __init__(
        self,
        bridge: Bridge,
        case: OpenCase,
        case_id: int,
        cells: tuple[int, int],
        reveal: Callable[[int, int], None],
    ) -> None:
        super().__init__(bridge, case, case_id, _text("remove a cell"), reveal)
        self._cell_id, self._after = cells

    def redo(self) -> None:
        """Take it out."""
        self._change(lambda bench: bench.remove_cell(self._cell_id), self._after)

    def undo(self) -> None:
        """Let it count again."""
        self._change(lambda bench: bench.restore_cell(self._cell_id), self._cell_id)


class BringCellBack(_Handwork):
    """A cell that was taken out counts again; ``cells`` are its id and the one to show then."""

    def __init__(
        self,
        bridge: Bridge,
        case: OpenCase,
        case_id: int,
        cells: tuple[int, int],
        reveal: Callable[[int, int], None],
    ) -> None:
        super().__init__(bridge, case, case_id, _text("bring a cell back"), reveal)
        self._cell_id, self._after = cells

    def redo(self) -> None:
        """Let it count again."""
        self._change(lambda bench: bench.restore_cell(self._cell_id), self._after)

    def undo(self) -> None:
        """Take it out once more."""
        self._change(lambda bench: bench.remove_cell(self._cell_id), self._cell_id)


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


class TakePicture(QUndoCommand):
    """A picture of the camera; it is in the case already when this is pushed."""

    def __init__(self, bridge: Bridge, case_id: int, frame_id: int, name: str) -> None:
        super().__init__(_text("take “{0}”").format(name))
        self._bridge, self._case_id, self._frame_id = bridge, case_id, frame_id
        self._first = True

    def redo(self) -> None:
        """Bring it back."""
        if not self._first:
            self._bridge.ask(lambda bench: bench.restore_frame(self._case_id, self._frame_id))
        self._first = False

    def undo(self) -> None:
        """Take it out."""
        self._bridge.ask(lambda bench: bench.remove_frame(self._case_id, self._frame_id))


class SetScale(QUndoCommand):
    """Another scale for images of a case, which are judged again for it."""

    def __init__(self, bridge: Bridge, case_id: int, formers: tuple[CaseFrame, ...], objective: Objective) -> None:
        super().__init__(_text("scale of “{0}”").format(objective.name))
        self._bridge, self._case_id, self._formers, self._objective = bridge, case_id, formers, objective

    def redo(self) -> None:
        """Judge them again."""
        ids, scale = [former.id for former in self._formers], self._objective.um_per_px
        self._bridge.ask(lambda bench: bench.set_scale(self._case_id, ids, scale))

    def undo(self) -> None:
        """Bring them back as they were."""
        scale = self._objective.um_per_px
        self._bridge.ask(lambda bench: bench.take_scale_back(self._case_id, self._formers, scale))


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

        def back(_: None) -> None:
            if self._was_open:
                self._case.open(self._case_id)

        self._bridge.ask(lambda bench: bench.restore_case(self._case_id), back)
