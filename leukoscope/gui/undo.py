"""What can be undone: a person's label, a cell drawn, taken out or brought back, a removed image, a case put away."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QUndoCommand
from shiboken6 import isValid

from leukoscope.domain.cases import CaseFrame
from leukoscope.domain.objectives import Objective
from leukoscope.gui.bridge import Bridge
from leukoscope.gui.open_case import OpenCase

if TYPE_CHECKING:
    from leukoscope.workflow.workbench import Workbench


def _text(text: str) -> str:
    return QCoreApplication.translate("Undo", text)


class WorkbenchCommand(QUndoCommand):
    """A change that the workbench keeps; one that failed is said, and is nothing to be undone or done again."""

    def __init__(self, bridge: Bridge, text: str) -> None:
        super().__init__(text)
        self._bridge = bridge

    def _write(
        self,
        work: Callable[[Workbench], object],
        done: Callable[[object], None] | None = None,
        *,
        owner: OpenCase | None = None,
        failed: Callable[[str], None] | None = None,
    ) -> None:
        say = failed or self._bridge.failed.emit

        def not_kept(sentence: str) -> None:
            if isValid(self):
                self.setObsolete(True)
            say(sentence)

        self._bridge.write(work, done, owner=owner, failed=not_kept)


class CellCommand(WorkbenchCommand):
    """A cell comes into its case or leaves it; the case is read again and a cell chosen."""

    def __init__(
        self, bridge: Bridge, case: OpenCase, case_id: int, text: str, reveal: Callable[[int, int], None]
    ) -> None:
        super().__init__(bridge, text)
        self._case, self._case_id, self._reveal = case, case_id, reveal

    def _change(self, work: Callable[[Workbench], None], then_show: int) -> None:
        case, case_id = self._case, self._case_id

        def done(_none: object) -> None:
            if case.wanted == case_id:
                case.open(case_id, lambda: self._reveal(case_id, then_show))

        self._write(work, done, owner=case, failed=case.refused)


class AddCell(CellCommand):
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
            self._change(lambda bench: bench.judging.restore_cell(self._cell_id), self._cell_id)
        self._first = False

    def undo(self) -> None:
        """Take it out."""
        self._change(lambda bench: bench.judging.remove_cell(self._cell_id), 0)


class RemoveCell(CellCommand):
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
        self._change(lambda bench: bench.judging.remove_cell(self._cell_id), self._after)

    def undo(self) -> None:
        """Let it count again."""
        self._change(lambda bench: bench.judging.restore_cell(self._cell_id), self._cell_id)


class RestoreCell(CellCommand):
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
        self._change(lambda bench: bench.judging.restore_cell(self._cell_id), self._after)

    def undo(self) -> None:
        """Take it out once more."""
        self._change(lambda bench: bench.judging.remove_cell(self._cell_id), self._cell_id)


class RemoveFrame(WorkbenchCommand):
    """An image taken out of its case."""

    def __init__(self, bridge: Bridge, case_id: int, frame_id: int, name: str) -> None:
        super().__init__(bridge, _text("remove “{0}”").format(name))
        self._case_id, self._frame_id = case_id, frame_id

    def redo(self) -> None:
        """Take it out."""
        self._write(lambda bench: bench.cases.remove_frame(self._case_id, self._frame_id))

    def undo(self) -> None:
        """Bring it back."""
        self._write(lambda bench: bench.cases.restore_frame(self._case_id, self._frame_id))


class TakeFrame(WorkbenchCommand):
    """A picture of the camera; it is in the case already when this is pushed."""

    def __init__(self, bridge: Bridge, case_id: int, frame_id: int, name: str) -> None:
        super().__init__(bridge, _text("take “{0}”").format(name))
        self._case_id, self._frame_id = case_id, frame_id
        self._first = True

    def redo(self) -> None:
        """Bring it back."""
        if not self._first:
            self._write(lambda bench: bench.cases.restore_frame(self._case_id, self._frame_id))
        self._first = False

    def undo(self) -> None:
        """Take it out."""
        self._write(lambda bench: bench.cases.remove_frame(self._case_id, self._frame_id))


class SetScale(WorkbenchCommand):
    """Another scale for images of a case, which are judged again for it."""

    def __init__(self, bridge: Bridge, case_id: int, formers: tuple[CaseFrame, ...], objective: Objective) -> None:
        super().__init__(bridge, _text("scale of “{0}”").format(objective.name))
        self._case_id, self._formers, self._objective = case_id, formers, objective

    def redo(self) -> None:
        """Judge them again."""
        ids, one = [former.id for former in self._formers], self._objective
        self._write(lambda bench: bench.judging.set_scale(self._case_id, ids, one.um_per_px, one.name))

    def undo(self) -> None:
        """Bring them back as they were."""
        ids = [former.id for former in self._formers]
        self._write(lambda bench: bench.judging.take_again_back(self._case_id, ids))


class RemoveCase(WorkbenchCommand):
    """A case put away, off the list."""

    def __init__(self, bridge: Bridge, case: OpenCase, case_id: int, number: str) -> None:
        super().__init__(bridge, _text("put case “{0}” away").format(number))
        self._case, self._case_id = case, case_id
        self._was_open = case.wanted == case_id

    def redo(self) -> None:
        """Take it off the list."""

        def failed(sentence: str) -> None:
            self._bridge.failed.emit(sentence)
            self._show_again()

        self._case.leave(self._case_id)
        self._write(lambda bench: bench.cases.put_away(self._case_id), owner=self._case, failed=failed)

    def undo(self) -> None:
        """Bring it back."""
        self._write(
            lambda bench: bench.cases.bring_back(self._case_id), lambda _none: self._show_again(), owner=self._case
        )

    def _show_again(self) -> None:
        if self._was_open and self._case.wanted is None:
            self._case.open(self._case_id)


class RestoreCase(WorkbenchCommand):
    """A case that was put away is in the list again."""

    def __init__(self, bridge: Bridge, case: OpenCase, case_id: int, number: str) -> None:
        super().__init__(bridge, _text("bring case “{0}” back").format(number))
        self._case, self._case_id = case, case_id

    def redo(self) -> None:
        """Bring it back."""
        self._write(lambda bench: bench.cases.bring_back(self._case_id))

    def undo(self) -> None:
        """Put it away once more."""
        self._case.leave(self._case_id)
        self._write(lambda bench: bench.cases.put_away(self._case_id))
