"""A person's labels and comments as steps that can be undone: on one cell, and on several at once."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QUndoCommand
from shiboken6 import isValid

from leukoscope.domain.labels import PersonLabel
from leukoscope.gui import verdicts
from leukoscope.gui.open_case import OpenCase


def _text(text: str) -> str:
    return QCoreApplication.translate("Undo", text)


class LabelCell(QUndoCommand):
    """A person's label on a cell."""

    def __init__(
        self,
        case: OpenCase,
        cell_id: int,
        label: PersonLabel | None,
        reveal: Callable[[int, int], None] | None = None,
    ) -> None:
        what = _text("label “{0}”").format(verdicts.said_word(label)) if label else _text("take label back")
        super().__init__(what)
        self._case, self._cell_id, self._label, self._reveal = case, cell_id, label, reveal
        cell = case.cell(cell_id)
        self._before = cell.decision.said if cell and cell.decision else None
        self._case_id = case.id or 0
        self._first = True

    def redo(self) -> None:
        """Set the label."""
        self._set(self._label)
        self._first = False

    def undo(self) -> None:
        """Put back what was there before."""
        self._set(self._before)

    def _not_kept(self) -> None:
        if isValid(self):
            self.setObsolete(True)

    def _set(self, label: PersonLabel | None) -> None:
        self._case.decide(self._cell_id, label, self._not_kept)
        if self._reveal is not None and not self._first:
            self._reveal(self._case_id, self._cell_id)


class CommentCell(QUndoCommand):
    """A person's comment on a cell."""

    def __init__(self, case: OpenCase, cell_id: int, text: str, reveal: Callable[[int, int], None]) -> None:
        super().__init__(_text("comment on a cell") if text else _text("take a comment back"))
        self._case, self._cell_id, self._text, self._reveal = case, cell_id, text, reveal
        cell = case.cell(cell_id)
        self._before = cell.comment.text if cell and cell.comment else ""
        self._case_id, self._first = case.id or 0, True

    def redo(self) -> None:
        """Write it."""
        self._write(self._text)
        self._first = False

    def undo(self) -> None:
        """Put back what stood there before."""
        self._write(self._before)

    def _not_kept(self) -> None:
        if isValid(self):
            self.setObsolete(True)

    def _write(self, text: str) -> None:
        self._case.comment(self._cell_id, text, self._not_kept)
        if not self._first:
            self._reveal(self._case_id, self._cell_id)


class LabelCells(QUndoCommand):
    """A person's label on several cells, given and taken back in one step.

    Parameters
    ----------
    case, cell_ids, label
        What is said of which cells.
    reveal
        Shows a cell when this is undone or done again.
    """

    def __init__(
        self,
        case: OpenCase,
        cell_ids: Sequence[int],
        label: PersonLabel | None,
        reveal: Callable[[int, int], None],
    ) -> None:
        what = _text("label {0} cells “{1}”").format(len(cell_ids), verdicts.said_word(label)) if label else ""
        super().__init__(what or _text("take {0} labels back").format(len(cell_ids)))
        self._case, self._label, self._reveal, self._case_id = case, label, reveal, case.id or 0
        cells = ((cell_id, case.cell(cell_id)) for cell_id in cell_ids)
        self._before = {one: cell.decision.said if cell and cell.decision else None for one, cell in cells}
        self._first = True

    def redo(self) -> None:
        """Set the labels."""
        self._set(dict.fromkeys(self._before, self._label))
        self._first = False

    def undo(self) -> None:
        """Put back what was there before."""
        self._set(dict(self._before))

    def _not_kept(self, cell_ids: Collection[int]) -> None:
        """Those stay as somebody else has left them: they are no part of this step any more."""
        if isValid(self):
            self._before = {one: label for one, label in self._before.items() if one not in cell_ids}
            self.setObsolete(not self._before)

    def _set(self, labels: dict[int, PersonLabel | None]) -> None:
        self._case.decide_many(labels, self._not_kept)
        if not self._first and self._before:
            self._reveal(self._case_id, next(iter(self._before)))
