"""The cells of a case as a list: one group at a time, sorted, filtered, kept up to date without starting anew."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal

from leukoscope.domain.cases import CaseCell, CaseFrame
from leukoscope.domain.findings import Label
from leukoscope.gui import verdicts
from leukoscope.gui.review.sections import CODES, RANKS, Section
from leukoscope.workflow.cell_choice import KEYS, CellLimits, Entry, Filter, Sort, is_named, passes

CELL_ROLE = int(Qt.ItemDataRole.UserRole) + 1
FRAME_ROLE = CELL_ROLE + 1
Index = QModelIndex | QPersistentModelIndex
Key = tuple[int, float, int]
"""Group, place by the order chosen, place in reading order."""


class CellList(QAbstractListModel):
    """All cells of a case; shows those of ``group`` that pass ``filter_by`` and ``limits``.

    They lie in groups by the class that counts, ordered by ``sort_by`` in each; a case whose cells nobody was asked
    to name is one group. A cell that is *held* stays in its group though it has another class by now: it is being
    looked at.
    """

    counts_changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._entries: dict[int, Entry] = {}
        self._shown: list[int] = []
        self._order: list[Key] = []
        self._sizes: Counter[int] = Counter()
        self._folded: set[str | None] = set()
        self._held: tuple[int, str | None] | None = None
        self.grouped = False
        self._counts, self._total = dict.fromkeys(Label, 0), 0
        self.group: Label | None = None
        self.sort_by = Sort.READING
        self.filter_by = Filter.ALL
        self.limits = CellLimits()
        self._ranks: dict[int, int] = {}

    # For Qt ----------------------------------------------------------------------------------------------------

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        """Number of cells shown."""
        return 0 if parent.isValid() else len(self._shown)

    def data(self, index: Index, role: int = int(Qt.ItemDataRole.DisplayRole)) -> Any:
        """The cell, its frame, or words for it."""
        if not 0 <= index.row() < len(self._shown):
            return None
        entry = self._entries[self._shown[index.row()]]
        if role == CELL_ROLE:
            return entry.cell
        if role == FRAME_ROLE:
            return entry.frame
        if role in {int(Qt.ItemDataRole.AccessibleTextRole), int(Qt.ItemDataRole.ToolTipRole)}:
            return self._words(entry)
        return None

    def _words(self, entry: Entry) -> str:
        cell = entry.cell
        parts = [self.tr("Cell {0}").format(entry.place + 1)]
        parts.append(verdicts.whose(cell))
        if cell.decision is not None:
            parts.append(self.tr("labeled by {0}").format(cell.decision.by or self.tr("a person")))
        if cell.added is not None:
            parts.append(self.tr("drawn by {0}").format(cell.added.by or self.tr("a person")))
        if cell.removed is not None:
            parts.append(self.tr("removed by {0}").format(cell.removed.by or self.tr("a person")))
        if cell.comment is not None:
            by = cell.comment.by or self.tr("a person")
            parts.append(self.tr("{0} remarks: {1}").format(by, cell.comment.text))
        return " · ".join(parts)

    # What is in it ---------------------------------------------------------------------------------------------

    def set_frames(self, frames: Iterable[CaseFrame], cells: Callable[[int], CaseCell | None]) -> None:
        """Start anew; ``cells`` gives the latest state of a cell."""
        self.beginResetModel()
        self._entries, self._held = {}, None
        self._counts, self._total = dict.fromkeys(Label, 0), 0
        for frame in frames:
            self._take(frame, cells)
        self._arrange()
        self.endResetModel()
        self.counts_changed.emit()

    def add_frames(self, frames: Iterable[CaseFrame]) -> None:
        """Add the cells of more frames; what is shown stays where it is, unless these are the first with names."""
        taken = [entry for frame in frames for entry in self._take(frame, lambda _id: None)]
        if not self.grouped and self.sort_by is not Sort.USEFUL and any(is_named(entry.cell) for entry in taken):
            self.beginResetModel()
            self._arrange()
            self.endResetModel()
        else:
            for entry in taken:
                if self._fits(entry):
                    self._insert(entry)
        self.counts_changed.emit()

    def _take(self, frame: CaseFrame, cells: Callable[[int], CaseCell | None]) -> list[Entry]:
        taken = []
        for cell in (*frame.cells, *frame.removed_cells):
            entry = Entry(cells(cell.id) or cell, frame, len(self._entries))
            self._entries[cell.id] = entry
            if entry.cell.removed is None:
                self._count(entry.cell, 1)
            taken.append(entry)
        return taken

    def add_cell(self, cell: CaseCell, frame: CaseFrame) -> None:
        """Add a cell that a person drew."""
        entry = Entry(cell, frame, len(self._entries))
        self._entries[cell.id] = entry
        self._count(cell, 1)
        if self._fits(entry):
            self._insert(entry)
        self.counts_changed.emit()

    def change_cell(self, cell: CaseCell, *, hold: bool = False) -> None:
        """A cell has a new label: it stays, comes or goes; ``hold`` leaves it in its group until :meth:`let_go`."""
        before = self._entries.get(cell.id)
        if before is None:
            return
        if hold and (self._held is None or self._held[0] != cell.id):
            self.let_go()
            self._held = cell.id, before.cell.code
        entry = Entry(cell, before.frame, before.place)
        self._count(before.cell, -1)
        self._count(cell, 1)
        self._replace(before, entry)
        self.counts_changed.emit()

    def change_cells(self, cells: Iterable[CaseCell], *, hold: int) -> None:
        """Cells have new labels, all in one go; the one of the id ``hold`` stays in its group as in change_cell."""
        self.beginResetModel()
        for cell in cells:
            before = self._entries.get(cell.id)
            if before is None:
                continue
            if cell.id == hold and (self._held is None or self._held[0] != hold):
                self._held = hold, before.cell.code
            self._entries[cell.id] = Entry(cell, before.frame, before.place)
            self._count(before.cell, -1)
            self._count(cell, 1)
        self._arrange()
        self.endResetModel()
        self.counts_changed.emit()

    def let_go(self) -> None:
        """The held cell goes where it belongs by now."""
        held = self._held
        entry = self._entries.get(held[0]) if held is not None else None
        if entry is None:
            self._held = None
            return
        row, rank, was = self.row_of(entry.cell.id), self._rank(entry), self._fits(entry)
        self._held = None
        if was and self._rank(entry) != rank:
            self._drop(row, rank)
            self._insert(entry)

    def _replace(self, before: Entry, entry: Entry) -> None:
        row, rank, was = self.row_of(before.cell.id), self._rank(before), self._fits(before)
        self._entries[entry.cell.id] = entry
        now = self._fits(entry)
        if was and now and self._rank(entry) == rank:
            if row >= 0:
                self.dataChanged.emit(self.index(row), self.index(row))
            return
        if was:
            self._drop(row, rank)
        if now:
            self._insert(entry)

    def _count(self, cell: CaseCell, sign: int) -> None:
        counted = cell.counted
        self._total += sign
        if counted is not None:
            self._counts[counted] += sign

    # What is shown ---------------------------------------------------------------------------------------------

    def show(
        self,
        *,
        group: Label | None,
        sort_by: Sort,
        filter_by: Filter,
        limits: CellLimits = CellLimits(),  # noqa: B008 - frozen
    ) -> None:
        """Show another group, order or choice."""
        self.beginResetModel()
        self.group, self.sort_by, self.filter_by, self.limits = group, sort_by, filter_by, limits
        self._arrange()
        self.endResetModel()

    def set_ranks(self, order: Sequence[int]) -> None:
        """Say which cells are most useful next, the first one first; others come after them."""
        self.beginResetModel()
        self._ranks = {cell_id: place for place, cell_id in enumerate(order)}
        self._arrange()
        self.endResetModel()

    def fold(self, code: str | None, folded: bool) -> None:
        """Fold a group away, or show it again."""
        self.beginResetModel()
        (self._folded.add if folded else self._folded.discard)(code)
        self._arrange()
        self.endResetModel()

    def is_folded(self, code: str | None) -> bool:
        """Whether a group is folded away."""
        return self.grouped and code in self._folded

    def group_of(self, cell_id: int) -> str | None:
        """The group that a cell lies in."""
        entry = self._entries.get(cell_id)
        return self._group(entry) if entry is not None else None

    @property
    def sections(self) -> tuple[Section, ...]:
        """The groups that have cells, in their order; one where cells have no names."""
        if not self.grouped:
            return (Section(None, 0, len(self._shown), len(self._shown), folded=False),)
        made, first = [], 0
        for rank in sorted(rank for rank, size in self._sizes.items() if size > 0):
            code, size = CODES[rank], self._sizes[rank]
            shown = 0 if code in self._folded else size
            made.append(Section(code, first, shown, size, code in self._folded))
            first += shown
        return tuple(made)

    @property
    def total(self) -> int:
        """Number of all cells that count, shown or not."""
        return self._total

    @property
    def removed(self) -> int:
        """Number of cells that a person took out."""
        return len(self._entries) - self.total

    @property
    def calibrated(self) -> bool:
        """Whether the scale of any image is known."""
        return any(entry.frame.um_per_px for entry in self._entries.values())

    def count(self, label: Label) -> int:
        """Number of cells with a label, shown or not."""
        return self._counts[label]

    def row_of(self, cell_id: int) -> int:
        """Row of a cell; -1 when it is not shown."""
        entry = self._entries.get(cell_id)
        if entry is None:
            return -1
        row = bisect_left(self._order, self._key(entry))
        return row if row < len(self._shown) and self._shown[row] == cell_id else -1

    def cell(self, cell_id: int) -> CaseCell | None:
        """A cell, shown or not."""
        entry = self._entries.get(cell_id)
        return entry.cell if entry else None

    def cell_at(self, row: int) -> CaseCell | None:
        """The cell in a row."""
        return self._entries[self._shown[row]].cell if 0 <= row < len(self._shown) else None

    def rows(self) -> Sequence[int]:
        """Ids of all shown cells in order."""
        return self._shown

    def next_row(self, row: int, wanted: Callable[[CaseCell], bool]) -> int:
        """The first row after ``row`` (around the end) whose cell is wanted; -1 when there is none."""
        count = len(self._shown)
        for step in range(1, count + 1):
            candidate = (row + step) % count
            if wanted(self._entries[self._shown[candidate]].cell):
                return candidate
        return -1

    def _group(self, entry: Entry) -> str | None:
        if self._held is not None and self._held[0] == entry.cell.id:
            return self._held[1]
        return entry.cell.code

    def _rank(self, entry: Entry) -> int:
        return RANKS[self._group(entry)] if self.grouped else 0

    def _key(self, entry: Entry) -> Key:
        told = self._ranks.get(entry.cell.id, len(self._ranks))
        return self._rank(entry), told if self.sort_by is Sort.USEFUL else KEYS[self.sort_by](entry), entry.place

    def _fits(self, entry: Entry) -> bool:
        in_group = self.group is None or entry.cell.counted is self.group
        return in_group and passes(entry, self.filter_by) and self.limits.fits(entry)

    def _arrange(self) -> None:
        # One order over all classes, where it is asked which cell to name next.
        self.grouped = self.sort_by is not Sort.USEFUL and any(is_named(one.cell) for one in self._entries.values())
        fitting = sorted((self._key(entry), cell_id) for cell_id, entry in self._entries.items() if self._fits(entry))
        self._sizes = Counter(key[0] for key, _ in fitting)
        gone = {RANKS[code] for code in self._folded} if self.grouped else set()
        chosen = [one for one in fitting if one[0][0] not in gone] if gone else fitting
        self._order = [key for key, _ in chosen]
        self._shown = [cell_id for _, cell_id in chosen]

    def _drop(self, row: int, rank: int) -> None:
        """Take a cell out of its group; it has no row where the group is folded."""
        self._sizes[rank] -= 1
        if row >= 0:
            self.beginRemoveRows(QModelIndex(), row, row)
            del self._shown[row], self._order[row]
            self.endRemoveRows()

    def _insert(self, entry: Entry) -> None:
        key = self._key(entry)
        self._sizes[key[0]] += 1
        if self.is_folded(CODES[key[0]]):
            return
        row = bisect_left(self._order, key)
        self.beginInsertRows(QModelIndex(), row, row)
        self._order.insert(row, key)
        self._shown.insert(row, entry.cell.id)
        self.endInsertRows()
