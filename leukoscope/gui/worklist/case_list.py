"""The list of cases as a table."""

from __future__ import annotations

from datetime import datetime
from enum import IntEnum
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QDate, QLocale, QModelIndex, QObject, QPersistentModelIndex, Qt

from leukoscope.domain.cases import CaseState, CaseSummary, Order, Priority

SUMMARY_ROLE = int(Qt.ItemDataRole.UserRole) + 1
Index = QModelIndex | QPersistentModelIndex


class Column(IntEnum):
    """Columns from left to right."""

    NUMBER = 0
    PATIENT = 1
    SPECIMEN = 2
    IMAGES = 3
    CELLS = 4
    SHARES = 5
    CHANGED = 6
    AGE = 7
    PRIORITY = 8
    STATE = 9


ORDERS = {
    Column.NUMBER: Order.NUMBER,
    Column.PATIENT: Order.PATIENT,
    Column.SPECIMEN: Order.SPECIMEN,
    Column.IMAGES: Order.FRAMES,
    Column.CELLS: Order.CELLS,
    Column.CHANGED: Order.CHANGED,
    Column.AGE: Order.CREATED,
    Column.PRIORITY: Order.PRIORITY,
    Column.STATE: Order.STATE,
}
"""What a click on a column's head sorts by."""


class CaseList(QAbstractTableModel):
    """One row for each case, newest first."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._cases: tuple[CaseSummary, ...] = ()

    def set_cases(self, cases: tuple[CaseSummary, ...]) -> None:
        """Show these cases; rows that stay keep the selection."""
        if [one.id for one in cases] == [one.id for one in self._cases]:
            self._cases = cases
            if cases:
                self.dataChanged.emit(self.index(0, 0), self.index(len(cases) - 1, len(Column) - 1))
            return
        self.beginResetModel()
        self._cases = cases
        self.endResetModel()

    @property
    def cases(self) -> tuple[CaseSummary, ...]:
        """All rows."""
        return self._cases

    def row_of(self, case_id: int) -> int:
        """Row of a case, -1 when it is not in the list."""
        return next((row for row, one in enumerate(self._cases) if one.id == case_id), -1)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        """Number of cases."""
        return 0 if parent.isValid() else len(self._cases)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        """Number of columns."""
        return 0 if parent.isValid() else len(Column)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = int(Qt.ItemDataRole.DisplayRole)
    ) -> Any:
        """The columns' names."""
        if orientation is not Qt.Orientation.Horizontal:
            return None
        if role == int(Qt.ItemDataRole.TextAlignmentRole):
            return int(self._alignment(Column(section)))
        if role != int(Qt.ItemDataRole.DisplayRole):
            return None
        return {
            Column.NUMBER: self.tr("Case"),
            Column.PATIENT: self.tr("Patient"),
            Column.SPECIMEN: self.tr("Specimen, stain"),
            Column.IMAGES: self.tr("Images"),
            Column.CELLS: self.tr("Cells"),
            Column.SHARES: self.tr("Unsure · leukemic · healthy"),
            Column.CHANGED: self.tr("Changed"),
            Column.AGE: self.tr("Age"),
            Column.PRIORITY: self.tr("Priority"),
            Column.STATE: self.tr("State"),
        }[Column(section)]

    def data(self, index: Index, role: int = int(Qt.ItemDataRole.DisplayRole)) -> Any:
        """Words, alignment, or the whole summary."""
        if not 0 <= index.row() < len(self._cases):
            return None
        case, column = self._cases[index.row()], Column(index.column())
        if role == SUMMARY_ROLE:
            return case
        if role == int(Qt.ItemDataRole.TextAlignmentRole):
            return int(self._alignment(column))
        if role in {int(Qt.ItemDataRole.DisplayRole), int(Qt.ItemDataRole.ToolTipRole)}:
            return self._words(case, column)
        return None

    @staticmethod
    def _alignment(column: Column) -> Qt.AlignmentFlag:
        right = column in {Column.IMAGES, Column.CELLS}
        return Qt.AlignmentFlag.AlignVCenter | (Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft)

    def _words(self, case: CaseSummary, column: Column) -> str:
        header = case.header
        if column is Column.NUMBER:
            return header.number
        if column is Column.PATIENT:
            return header.patient
        if column is Column.SPECIMEN:
            return ", ".join(part for part in (header.specimen, header.stain) if part)
        if column is Column.IMAGES:
            return self.images(case)
        if column is Column.CELLS:
            return str(case.cells)
        if column is Column.CHANGED:
            return self.when(case.changed_at)
        if column is Column.AGE:
            return self.age(case.created_at)
        if column is Column.PRIORITY:
            return self.priority(case.priority)
        if column is Column.STATE:
            return self.state(case.state)
        words = self.tr("{0} unsure, {1} leukemic, {2} healthy")
        return words.format(case.unsure, case.leukemic, case.healthy)

    def images(self, case: CaseSummary) -> str:
        """How many images there are, and how many of them wait or failed."""
        return ", ".join(part for part in (str(case.frames), self.open_ends(case)) if part)

    def open_ends(self, case: CaseSummary) -> str:
        """How many images wait to be judged, and how many could not be; empty when all are judged."""
        parts = []
        if case.waiting:
            parts.append(self.tr("{0} waiting").format(case.waiting))
        if case.failed:
            parts.append(self.tr("{0} failed").format(case.failed))
        return ", ".join(parts)

    def when(self, moment: datetime) -> str:
        """A time as people here write it: today without the date."""
        local = moment.astimezone()
        locale = QLocale()
        if locale.language() is QLocale.Language.C:
            return local.strftime("%Y-%m-%d")
        if local.date() == datetime.now().astimezone().date():
            return self.tr("today {0}").format(local.strftime("%H:%M"))
        date = QDate(local.year, local.month, local.day)
        return locale.toString(date, QLocale.FormatType.ShortFormat)

    def age(self, since: datetime) -> str:
        """How long ago a case was begun."""
        minutes = int((datetime.now().astimezone() - since).total_seconds() // 60)
        if minutes < 60:
            return self.tr("{0} min").format(max(minutes, 0))
        if minutes < 48 * 60:
            return self.tr("{0} h").format(minutes // 60)
        return self.tr("{0} d").format(minutes // 1440)

    def words_of(self, column: Column) -> list[str]:
        """All words that a column can hold; empty where people write them."""
        if column is Column.PRIORITY:
            return [self.priority(one) for one in Priority]
        return [self.state(one) for one in CaseState] if column is Column.STATE else []

    def priority(self, priority: Priority) -> str:
        """A priority's word."""
        return {
            Priority.ROUTINE: self.tr("routine"),
            Priority.URGENT: self.tr("urgent"),
            Priority.STAT: self.tr("stat"),
        }[priority]

    def state(self, state: CaseState) -> str:
        """A state's word."""
        return {
            CaseState.OPEN: self.tr("open"),
            CaseState.REVIEWED: self.tr("reviewed"),
            CaseState.SIGNED: self.tr("signed"),
            CaseState.AMENDED: self.tr("amended"),
        }[state]
