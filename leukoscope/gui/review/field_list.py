"""All images of a case in a row: where each of them stands, and how many of its cells have which verdict."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from leukoscope.domain.cases import CaseCell, CaseFrame
from leukoscope.domain.findings import Label
from leukoscope.domain.overview import NOWHERE, TakenField
from leukoscope.domain.quality import QualityVerdict
from leukoscope.domain.waiting import WaitingImage, WaitState
from leukoscope.gui import verdicts
from leukoscope.gui.language import said

FRAME_ROLE = int(Qt.ItemDataRole.UserRole) + 1
FIELD_ROLE = FRAME_ROLE + 1
FOCUS = "focus"
"""Name of the measure of sharpness."""
Index = QModelIndex | QPersistentModelIndex


class FieldState(StrEnum):
    """Where an image stands."""

    JUDGED = "judged"
    FAILED = "failed"
    WAITING = "waiting"
    JUDGING = "judging"
    STOPPED = "stopped"
    BLURRED = "blurred"
    NO_CELLS = "no-cells"


SIGNS = {
    FieldState.JUDGED: "▣",
    FieldState.FAILED: "✕",
    FieldState.WAITING: "◌",
    FieldState.JUDGING: "◐",
    FieldState.STOPPED: "▢",
    FieldState.BLURRED: "▤",
    FieldState.NO_CELLS: "▭",
}
"""Shapes beside words: color is kept for verdicts."""


@dataclass(frozen=True)
class Field:
    """One image in the row.

    Parameters
    ----------
    name
        Of the image.
    state
        Where it stands.
    frame_id
        0 while it has never been judged.
    reason
        Why it stands so; empty where nothing is to be said.
    counts
        Verdict -> how many of its cells count under it; nothing for an image without cells.
    taken
        Where it was taken, and how large it is there.
    """

    name: str
    state: FieldState
    frame_id: int = 0
    reason: str = ""
    counts: tuple[tuple[Label, int], ...] = ()
    taken: TakenField = NOWHERE


def fields_of(
    frames: Sequence[CaseFrame],
    waiting: Sequence[WaitingImage],
    trouble: str = "",
    latest: Callable[[int], CaseCell | None] = lambda _id: None,
) -> tuple[Field, ...]:
    """The row of a case: its images in order, then those that have never been judged.

    ``trouble`` says why nothing is judged now, ``latest`` gives a cell with its label of now.
    """
    again = {one.former_id: one for one in waiting if one.former_id is not None}
    row = []
    for frame in frames:
        name = frame.origin.name if frame.origin else Path(frame.source).name
        one, counts, taken = again.get(frame.id), _counts(frame, latest), _taken(frame)
        if one is not None:
            row.append(Field(name, FieldState(one.state.value), frame.id, _reason(one, trouble), counts, taken))
        elif frame.error is not None:
            row.append(Field(name, FieldState.FAILED, frame.id, frame.error, taken=taken))
        else:
            state, why = _judged_as(frame)
            row.append(Field(name, state, frame.id, why, counts, taken))
    for one in waiting:
        if one.former_id is None:
            name = one.origin.name if one.origin else Path(one.source).name
            taken = TakenField(one.origin, None)
            row.append(Field(name, FieldState(one.state.value), 0, _reason(one, trouble), taken=taken))
    return tuple(row)


def _taken(frame: CaseFrame) -> TakenField:
    scale = frame.um_per_px or frame.estimated_um_per_px
    return TakenField(frame.origin, (frame.width * scale, frame.height * scale) if scale and frame.width else None)


def _counts(frame: CaseFrame, latest: Callable[[int], CaseCell | None]) -> tuple[tuple[Label, int], ...]:
    counted = Counter(now.counted for now in ((latest(cell.id) or cell) for cell in frame.cells) if now.removed is None)
    return tuple((label, counted[label]) for label in (Label.UNSURE, Label.LEUKEMIC, Label.HEALTHY) if counted[label])


def _judged_as(frame: CaseFrame) -> tuple[FieldState, str]:
    """Whether a judged image is empty or out of focus, with what to do about it."""
    quality = frame.quality
    if quality is not None and quality.no_cells:
        return FieldState.NO_CELLS, quality.no_cells
    measures = quality.measures if quality is not None else ()
    blurred = next((one for one in measures if one.name == FOCUS and one.verdict > QualityVerdict.OK), None)
    return (FieldState.JUDGED, "") if blurred is None else (FieldState.BLURRED, blurred.sentence)


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
        if role == FIELD_ROLE:
            return one
        if role in {int(Qt.ItemDataRole.ToolTipRole), int(Qt.ItemDataRole.AccessibleTextRole)}:
            words = self.tr("Image {0}, {1}: {2}").format(number, one.name, self.word(one.state))
            cells = ", ".join(f"{count} {verdicts.word(label).lower()}" for label, count in one.counts)
            return ". ".join(part for part in (words, cells, said(one.reason)) if part)
        return None

    def word(self, state: FieldState) -> str:
        """Where an image stands, in a word."""
        return {
            FieldState.JUDGED: self.tr("judged"),
            FieldState.FAILED: self.tr("failed"),
            FieldState.WAITING: self.tr("waiting"),
            FieldState.JUDGING: self.tr("judging…"),
            FieldState.STOPPED: self.tr("stopped"),
            FieldState.BLURRED: self.tr("blurred"),
            FieldState.NO_CELLS: self.tr("no cells"),
        }[state]
