"""All cells of a case as pictures: unsure ones first in line, so that a person decides a hundred in two minutes."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence

from PySide6.QtCore import QItemSelectionModel, QModelIndex, QPoint, QSignalBlocker, QSize, Qt, QTimer, Signal
from PySide6.QtWidgets import QFrame, QStackedWidget, QVBoxLayout, QWidget

from leukoscope.domain.cases import CaseCell, CaseFrame
from leukoscope.domain.findings import Label
from leukoscope.gui.review.cell_list import CELL_ROLE, CellList
from leukoscope.gui.review.cell_orders import RankingNote
from leukoscope.gui.review.cell_tile import TILE, CellTile
from leukoscope.gui.review.gallery_bar import ALL, GalleryBar
from leukoscope.gui.review.gallery_words import ChoiceStrip, NoCells
from leukoscope.gui.review.sections import Section
from leukoscope.gui.review.thumbnails import Thumbnails, ThumbnailSource
from leukoscope.gui.review.tile_size import TileSize
from leukoscope.gui.review.tile_view import TileView
from leukoscope.workflow.cell_choice import Filter, Sort, next_open


class CellGallery(QWidget):
    """Cells by group, sorted and filtered.

    Signals
    -------
    current_changed(int)
        Id of the chosen cell; 0 when none is.
    opened(int)
        Id of a cell that was double-clicked: bring it close.
    several(int)
        How many cells are chosen by now.
    ranks_wanted()
        The cells shall stand in the order of what teaches most: find it out.
    """

    current_changed = Signal(int)
    opened = Signal(int)
    several = Signal(int)
    ranks_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("surface")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.model = CellList(self)
        self.thumbnails = Thumbnails(self)
        self.ranking = RankingNote()
        self._view = TileView(TILE)
        self.strip, self.nothing = ChoiceStrip(), NoCells()
        self._no_cells = ""
        self._stack = QStackedWidget()
        self._quiet = False
        self._told = self._kept = 0
        self._let_go = QTimer(self)
        self._let_go.setSingleShot(True)
        self._let_go.timeout.connect(self.model.let_go)
        self._set_view()
        bar = self._bar = GalleryBar(self.size_of_tiles.slider)
        self._groups, self._sort, self._filter, self.limits, self.tools = (
            bar.groups, bar.sort, bar.filter, bar.limits, bar.tools,
        )  # fmt: skip
        self._lay_out()
        self._count()
        self.model.counts_changed.connect(self._count)
        self._groups.chosen.connect(self._show)
        self._sort.currentIndexChanged.connect(self._sort_chosen)
        self._filter.currentIndexChanged.connect(self._show)
        self.limits.changed.connect(self._show)
        for words in (self.strip, self.nothing):
            words.all_wanted.connect(self.clear_choice)
        self.thumbnails.ready.connect(self._redraw)
        self.thumbnails.cleared.connect(self._view.viewport().update)

    # Building --------------------------------------------------------------------------------------------------

    def _set_view(self) -> None:
        view = self._view
        view.setModel(self.model)
        tile = CellTile(self.thumbnails, view)
        view.setItemDelegate(tile)
        self.size_of_tiles = TileSize(view, tile, self.thumbnails)
        view.setFrameShape(QFrame.Shape.NoFrame)
        view.setAccessibleName(self.tr("Cells"))
        view.setMinimumHeight(TILE.height() + 8)
        self.picker, self.menu_wanted = view.picker, view.menu_wanted
        view.selectionModel().selectionChanged.connect(lambda _on, _off: self._several())
        view.selectionModel().currentChanged.connect(self._current)
        view.fold_wanted.connect(self._fold)
        view.doubleClicked.connect(lambda index: self.opened.emit(index.data(CELL_ROLE).id))

    def _lay_out(self) -> None:
        self._stack.addWidget(self._view)
        self._stack.addWidget(self.nothing)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._bar)
        column.addWidget(self.ranking)
        column.addWidget(self.strip)
        column.addWidget(self._stack, 1)
        self.setFocusProxy(self._view)

    # What it shows ---------------------------------------------------------------------------------------------

    def set_source(self, source: ThumbnailSource) -> None:
        """Say where thumbnails come from."""
        self.thumbnails.set_source(source)

    def set_frames(
        self,
        frames: Iterable[CaseFrame],
        cells: Callable[[int], CaseCell | None],
        wishes: Sequence[int] | None = None,
    ) -> None:
        """Show the cells of a case from its start.

        The first of ``wishes`` that is among them is chosen, and none when none is; without wishes the same one as
        before, else the first.
        """
        keep = self.current_id
        self.thumbnails.clear()
        self._quiet, self._told = True, -1
        frames, self._no_cells = tuple(frames), ""
        self._look_for_none(frames)
        self.model.set_frames(frames, cells)
        self._quiet = False
        self._measure()
        those = (keep, *self.model.rows()) if wishes is None else wishes
        self.choose(next((one for one in those if self.model.row_of(one) >= 0), 0))
        if self.sort_by is Sort.USEFUL and frames:
            self.ranks_wanted.emit()

    def add_frames(self, frames: Iterable[CaseFrame]) -> None:
        """Show the cells of more images."""
        frames, keep = tuple(frames), self.current_id
        self._look_for_none(frames)
        self.model.add_frames(frames)
        self._measure()
        if not self.current_id and self.model.rowCount():
            self.choose(keep if self.model.row_of(keep) >= 0 else self.model.rows()[0])

    def _look_for_none(self, frames: Iterable[CaseFrame]) -> None:
        """Keep why the newest empty field is empty: it is said while the case has no cell at all."""
        for one in frames:
            if one.quality is not None and one.quality.no_cells:
                self._no_cells = one.quality.no_cells

    @property
    def current_id(self) -> int:
        """Id of the chosen cell; 0 when none is."""
        cell = self.model.cell_at(self._view.currentIndex().row())
        return cell.id if cell else 0

    @property
    def chosen_ids(self) -> list[int]:
        """Ids of all chosen cells, in the order in which they are shown."""
        cells = (self.model.cell_at(row) for row in self.picker.rows)
        return [cell.id for cell in cells if cell is not None]

    @property
    def place(self) -> tuple[int, int]:
        """Row of the chosen cell from 1 (0 when none is), and how many are shown."""
        return self._view.currentIndex().row() + 1, self.model.rowCount()

    def _measure(self) -> None:
        if self.limits.set_calibrated(self.model.calibrated):
            self._show()

    def set_shown_frame(self, frame_id: int) -> None:
        """Say which image is shown: the choice may be limited to it."""
        if self.limits.set_frame(frame_id):
            self._show()

    @property
    def sort_by(self) -> Sort:
        """The order chosen."""
        return Sort(self._sort.currentData())

    def set_sort(self, sort: str) -> None:
        """Choose an order; one that is not known is left alone."""
        if sort in set(Sort):
            self._sort.setCurrentIndex(self._sort.findData(Sort(sort)))

    def _sort_chosen(self) -> None:
        self._show()
        self.ranking.end()
        if self.sort_by is Sort.USEFUL:
            self.ranks_wanted.emit()

    def set_ranks(self, order: Sequence[int]) -> None:
        """Say which cells teach most; the chosen one stays chosen."""
        keep = self.current_id
        self._quiet, self._told = True, -1
        self.model.set_ranks(order)
        self._quiet = False
        self.ranking.end()
        self.choose(keep if self.model.row_of(keep) >= 0 else next(iter(self.model.rows()), 0))

    def clear_choice(self) -> None:
        """Show all cells that count."""
        self._choose_all(Filter.ALL)

    def _choose_all(self, kind: Filter) -> None:
        self._groups.choose(ALL)
        with QSignalBlocker(self._filter):
            self._filter.setCurrentIndex(self._filter.findData(kind))
        self.limits.clear()
        self._show()

    def choose(self, cell_id: int, *, anywhere: bool = False) -> None:
        """Choose a cell; ``anywhere`` leaves the group when the cell is not in it."""
        row, cell = self.model.row_of(cell_id), self.model.cell(cell_id)
        if row < 0 and cell is not None and self.model.is_folded(self.model.group_of(cell_id)):
            self._set_folded(self.model.group_of(cell_id), False)
            row = self.model.row_of(cell_id)
        if row < 0 and anywhere and cell is not None:
            self._choose_all(Filter.ALL if cell.removed is None else Filter.REMOVED)
            row = self.model.row_of(cell_id)
        index = self.model.index(row) if row >= 0 else QModelIndex()
        if row < 0:
            self._view.clearSelection()
            self._view.setCurrentIndex(QModelIndex())
            self._told = 0
            self.current_changed.emit(0)
            return
        self._view.selectionModel().setCurrentIndex(index, QItemSelectionModel.SelectionFlag.ClearAndSelect)
        if self._told != cell_id:
            # A list that gets the keyboard while it is filled goes to its first row by itself, unheard.
            self._told = cell_id
            self.current_changed.emit(cell_id)
        self._view.scrollTo(index)

    def next_to_decide(self, decided: Collection[int]) -> int:
        """Id of the cell that comes next once these are decided: unsure ones first; 0 when none is left.

        It looks onward from the current cell and begins again at the start.
        """
        here, rows = max(self._view.currentIndex().row(), 0), self.model.rows()
        onward = (self.model.cell(one) for one in (*rows[here:], *rows[:here]) if one not in decided)
        return next_open(one for one in onward if one is not None)

    def group_under(self, on_screen: QPoint) -> Section | None:
        """The group at a point of the screen."""
        return self._view.group_at(self._view.viewport().mapFromGlobal(on_screen))

    def change_cells(self, cells: Sequence[CaseCell]) -> None:
        """Cells have new labels; the current one stays where it is until another is chosen."""
        keep, bar = self.current_id, self._view.verticalScrollBar()
        before = bar.value()
        self._quiet, self._told = True, -1
        self.model.change_cells(cells, hold=keep)
        self._quiet = False
        self._count()
        bar.setValue(before)
        self.choose(keep if self.model.row_of(keep) >= 0 else next(iter(self.model.rows()), 0))

    def change_cell(self, cell: CaseCell) -> None:
        """A cell has a new label; the chosen one stays where it is until another is chosen."""
        self.model.change_cell(cell, hold=cell.id == self.current_id)

    def _fold(self, code: str | None) -> None:
        self._set_folded(code, not self.model.is_folded(code))
        rows = self.model.rows()
        self.choose(self._kept if self.model.row_of(self._kept) >= 0 else (rows[0] if rows else 0))

    def _set_folded(self, code: str | None, folded: bool) -> None:
        """Rows come or go; what is chosen is chosen again, or told anew, by the caller."""
        self._kept = self.current_id
        self._quiet, self._told = True, -1
        self.model.fold(code, folded)
        self._quiet = False
        self._name_choice()

    def neighbor(self, cell_id: int) -> int:
        """Id of the cell that comes next, else of the one before; 0 when it is the only one shown."""
        rows, row = self.model.rows(), self.model.row_of(cell_id)
        if row < 0 or len(rows) < 2:
            return 0
        return rows[row + 1] if row + 1 < len(rows) else rows[row - 1]

    def choose_group(self, group: Label | None) -> None:
        """Show one group."""
        self._groups.choose(group.value if group else ALL)
        self._show()

    def step(self, by: int) -> None:
        """Go ``by`` cells on; stays at the ends."""
        rows = self.model.rowCount()
        if rows:
            row = min(max(self._view.currentIndex().row() + by, 0), rows - 1)
            self.choose(self.model.rows()[row])

    def step_to(self, wanted: Callable[[CaseCell], bool]) -> bool:
        """Go to the next cell that is wanted; false when there is none in this group."""
        row = self.model.next_row(self._view.currentIndex().row(), wanted)
        if row >= 0:
            self.choose(self.model.rows()[row])
        return row >= 0

    def _show(self) -> None:
        key = self._groups.choice
        keep = self.current_id
        self._quiet, self._told = True, -1
        self.model.show(
            group=None if key in {ALL, ""} else Label(key),
            sort_by=Sort(self._sort.currentData()),
            filter_by=Filter(self._filter.currentData()),
            limits=self.limits.chosen,
        )
        self._quiet = False
        self._count()
        self.choose(keep if self.model.row_of(keep) >= 0 else next(iter(self.model.rows()), 0))

    def _count(self) -> None:
        self._bar.count(self.model)
        self._name_choice()

    def _name_choice(self) -> None:
        model = self.model
        self.strip.say(model)
        self.nothing.say(model, self._no_cells)
        folded = any(section.folded for section in model.sections)
        self._stack.setCurrentWidget(self._view if model.rowCount() or folded else self.nothing)

    def _current(self, index: QModelIndex) -> None:
        if not self._quiet:
            cell = self.model.cell_at(index.row())
            self._told = cell.id if cell else 0
            self.current_changed.emit(self._told)
            # Not at once: rows must not move while the choice does.
            self._let_go.start()

    def _several(self) -> None:
        if not self._quiet:
            self.several.emit(len(self.picker.rows))

    def _redraw(self, cell_id: int) -> None:
        row = self.model.row_of(cell_id)
        if row >= 0:
            self._view.update(self.model.index(row))

    def sizeHint(self) -> QSize:
        """Room for a row of cells and the top of the next."""
        return QSize(8 * TILE.width(), round(1.4 * TILE.height()) + 48)
