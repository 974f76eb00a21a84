"""All images of a case in a row, with where each of them stands: judged, failed, waiting, judged now, stopped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from leukoscope.domain.cases import CaseFrame
from leukoscope.domain.waiting import WaitingImage, WaitState
from leukoscope.gui.language import said

FRAME_ROLE = int(Qt.ItemDataRole.UserRole) + 1
Index = QModelIndex | QPersistentModelIndex


class FieldState(StrEnum):
    """Where an image stands."""

    JUDGED = "judged"
    FAILED = "failed"
    WAITING = "waiting"
    JUDGING = "judging"
    STOPPED = "stopped"


SIGNS = {
    FieldState.JUDGED: "▣",
    FieldState.FAILED: "✕",
    FieldState.WAITING: "◌",
    FieldState.JUDGING: "◐",
    FieldState.STOPPED: "▢",
}
"""Shapes beside words: color is kept for verdicts."""


@dataclass(frozen=True)
class Field:
    """One image in the row; ``frame_id`` is 0 while it has never been judged, ``reason`` says why it stands so."""

    name: str
    state: FieldState
    frame_id: int = 0
    reason: str = ""


def fields_of(frames: Sequence[CaseFrame], waiting: Sequence[WaitingImage], trouble: str = "") -> tuple[Field, ...]:
    """The row of a case: its images in order, then those that have never been judged.

    ``trouble`` says why nothing is judged now.
    """
    again = {one.former_id: one for one in waiting if one.former_id is not None}
    row = []
    for frame in frames:
        name = frame.origin.name if frame.origin else Path(frame.source).name
        one = again.get(frame.id)
        if one is not None:
            row.append(Field(name, FieldState(one.state.value), frame.id, _reason(one, trouble)))
        elif frame.error is not None:
            row.append(Field(name, FieldState.FAILED, frame.id, frame.error))
        else:
            row.append(Field(name, FieldState.JUDGED, frame.id))
    for one in waiting:
        if one.former_id is None:
            name = one.origin.name if one.origin else Path(one.source).name
            row.append(Field(name, FieldState(one.state.value), 0, _reason(one, trouble)))
    return tuple(row)


def _reason(one: WaitingImage, trouble: str) -> str:
    return one.note or (trouble if one.state is WaitState.WAITING else "")


class FieldList(QAbstractListModel):
    """The row as a list."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._fields: tuple[Field, ...] = ()

    @property
    def fields(self) -> tuple[Field, ...]:
        """All images."""
        return self._fields

    def set_fields(self, fields: tuple[Field, ...]) -> None:
        """Show these; while only their state changes, the view stays where it is."""
        if fields == self._fields:
            return
        if len(fields) != len(self._fields):
            self.beginResetModel()
            self._fields = fields
            self.endResetModel()
            return
        self._fields = fields
        self.dataChanged.emit(self.index(0), self.index(len(fields) - 1))

    def row_of(self, frame_id: int) -> int:
        """Row of an image of the case, -1 when it is not there."""
        return next((row for row, one in enumerate(self._fields) if one.frame_id == frame_id), -1)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        """Number of images."""
        return 0 if parent.isValid() else len(self._fields)

    def data(self, index: Index, role: int = int(Qt.ItemDataRole.DisplayRole)) -> Any:
        """A sign and a number, with a word where it is not simply judged; the tooltip has name and reason."""
        if not 0 <= index.row() < len(self._fields):
            return None
        one, number = self._fields[index.row()], index.row() + 1
        if role == FRAME_ROLE:
            return one.frame_id
        if role == int(Qt.ItemDataRole.DisplayRole):
            word = "" if one.state is FieldState.JUDGED else f" {self.word(one.state)}"
            return f"{SIGNS[one.state]} {number}{word}"
        if role in {int(Qt.ItemDataRole.ToolTipRole), int(Qt.ItemDataRole.AccessibleTextRole)}:
            words = self.tr("Image {0}, {1}: {2}").format(number, one.name, self.word(one.state))
            return f"{words}. {said(one.reason)}" if one.reason else words
        return None

    def word(self, state: FieldState) -> str:
        """Where an image stands, in a word."""
        return {
            FieldState.JUDGED: self.tr("judged"),
            FieldState.FAILED: self.tr("failed"),
            FieldState.WAITING: self.tr("waiting"),
            FieldState.JUDGING: self.tr("judging…"),
            FieldState.STOPPED: self.tr("stopped"),
        }[state]
