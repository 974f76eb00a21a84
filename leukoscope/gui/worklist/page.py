"""Worklist: all cases, found again by number, patient, specimen or notes; the header of the chosen one beside it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QModelIndex, QTimer, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from leukoscope.domain.cases import CaseQuery, CaseSummary, Priority
from leukoscope.domain.progress import Progress
from leukoscope.gui.bridge import Bridge
from leukoscope.gui.open_case import OpenCase
from leukoscope.gui.page import Page
from leukoscope.gui.permissions import hold
from leukoscope.gui.places import start_of
from leukoscope.gui.widgets.buttons import PushButton
from leukoscope.gui.widgets.text import label
from leukoscope.gui.widgets.text_only import text_only
from leukoscope.gui.worklist.case_list import CaseList
from leukoscope.gui.worklist.case_table import CaseTable
from leukoscope.gui.worklist.details import CaseDetails
from leukoscope.gui.worklist.empty_state import WorklistEmptyState
from leukoscope.gui.worklist.state_choice import StateChoice
from leukoscope.workflow.events import (
    CaseChanged,
    CaseListChanged,
    Event,
    Failed,
    FrameAdded,
    OrdersProgress,
    OrdersTaken,
)
from leukoscope.workflow.permissions import Act

SEARCH_AFTER_MS = 150
SHOWN = 2000
"""So many cases stand in the list at once; the search reaches all."""


class WorklistPage(Page):
    """The list of cases.

    Signals
    -------
    open_wanted(int)
        Open this case and review it.
    new_wanted()
        Start a new case.
    remove_wanted(int, str)
        Put this case (id, number) away.
    bring_back_wanted(int, str)
        Bring this case (id, number) back.
    erase_wanted(int, str)
        Erase this case (id, number) for good.
    imported(object)
        What came of a list of orders: an ImportReport.
    """

    name, icon = "worklist", "worklist"

    open_wanted = Signal(int)
    new_wanted = Signal()
    remove_wanted = Signal(int, str)
    bring_back_wanted = Signal(int, str)
    erase_wanted = Signal(int, str)
    imported = Signal(object)

    def __init__(self, bridge: Bridge, case: OpenCase, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bridge, self._case = bridge, case
        self.model = CaseList(self)
        self.search = QLineEdit()
        self.scan = QLineEdit()
        for field in (self.search, self.scan):
            text_only(field)
        self.states = StateChoice(self.model)
        self._import = PushButton(self.tr("Import list…"), "", "import")
        self._import.setToolTip(self.tr("Take orders from a table (CSV) or from HL7 messages"))
        self._taking = label("", "muted")
        self._stop = PushButton(self.tr("Stop"), "flat", "stop")
        self._stop.setToolTip(self.tr("Orders that were taken stay"))
        self.table = CaseTable(self.model)
        self.panel = CaseDetails(self.model)
        self.form, self.priority = self.panel.form, self.panel.priority
        self._open, self._remove, self._erase = self.panel.open, self.panel.remove, self.panel.erase
        self.decides: Callable[..., None] = lambda decide, *_args, **_more: decide()
        self._new = PushButton(self.tr("New case"), "", "add")
        self.empty = WorklistEmptyState()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.refresh)
        self._wish = 0
        self._lay_out()
        self._connect()

    # Building --------------------------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        self.search.setPlaceholderText(self.tr("Find number, patient, specimen or notes"))
        self.search.setAccessibleName(self.tr("Find a case"))
        self.search.setClearButtonEnabled(True)
        self.search.setMaximumWidth(360)
        self.scan.setPlaceholderText(self.tr("Scan or type a case number"))
        self.scan.setAccessibleName(self.tr("Case number"))
        self.scan.setToolTip(self.tr("Enter opens the case, or begins it (Ctrl+K)"))
        self.scan.setMaximumWidth(260)
        top = QHBoxLayout()
        top.setContentsMargins(24, 20, 24, 8)
        top.setSpacing(8)
        top.addWidget(label(self.tr("Worklist"), "title"))
        top.addStretch(1)
        top.addWidget(self._taking)
        top.addWidget(self._stop)
        top.addWidget(self._import)
        top.addWidget(self._new)
        find = QHBoxLayout()
        find.setContentsMargins(24, 0, 24, 12)
        find.setSpacing(8)
        find.addWidget(self.scan, 2)
        find.addWidget(self.search, 3)
        find.addWidget(self.states)
        find.addStretch(1)
        self._stack = QStackedWidget()
        self._stack.addWidget(self.table)
        self._stack.addWidget(self.empty)
        card = QFrame()
        card.setObjectName("card")
        inside = QVBoxLayout(card)
        inside.setContentsMargins(1, 4, 1, 4)
        inside.addWidget(self._stack)
        left = QVBoxLayout()
        left.setContentsMargins(0, 0, 0, 0)
        left.setSpacing(0)
        left.addLayout(top)
        left.addLayout(find)
        frame = QVBoxLayout()
        frame.setContentsMargins(24, 0, 24, 24)
        frame.addWidget(card)
        left.addLayout(frame, 1)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addLayout(left, 1)
        row.addWidget(self.panel)

    def _connect(self) -> None:
        self._bridge.happened.connect(self._heard)
        for signal in (self._case.cell_changed, self._case.cell_added, self._case.cells_changed):
            signal.connect(lambda _id: self._timer.start(SEARCH_AFTER_MS))
        self.search.textChanged.connect(lambda _text: self._timer.start(SEARCH_AFTER_MS))
        self.table.selectionModel().currentRowChanged.connect(self._chosen)
        self.table.doubleClicked.connect(lambda _index: self._open_chosen())
        self.table.entered_row.connect(self._open_chosen)
        self.table.order_changed.connect(self.refresh)
        self._open.clicked.connect(self._open_chosen)
        self._new.clicked.connect(self.new_wanted)
        self.empty.clicked.connect(self._invitation_taken)
        self._remove.clicked.connect(self._remove_chosen)
        self._erase.clicked.connect(self._erase_chosen)
        self.scan.returnPressed.connect(self._scanned)
        QShortcut(QKeySequence("Ctrl+K"), self, self._begin_scan)
        self.states.activated.connect(lambda _place: self.refresh())
        self.priority.activated.connect(self._set_priority)
        self._import.clicked.connect(self._ask_import)
        self._stop.clicked.connect(lambda: self._bridge.bench.stop("orders"))
        self._show_taking(None)
        self._show_details(None)

    # What it shows ---------------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Read the list again."""
        self._timer.stop()
        self._wish += 1
        wish = self._wish
        query = CaseQuery(
            self.search.text().strip(),
            self.states.asked,
            self.table.asked_order,
            self.table.descending,
            self.states.asks_put_away,
        )

        def arrived(cases: tuple[CaseSummary, ...]) -> None:
            if wish == self._wish:
                self._show(cases)

        self._bridge.read(lambda bench: bench.cases.find(query, SHOWN), arrived, owner=self)

    def _show(self, cases: tuple[CaseSummary, ...]) -> None:
        keep = self.current.id if self.current else self._case.wanted or 0
        self.model.set_cases(cases)
        row = self.model.row_of(keep)
        self.choose(keep if row >= 0 else cases[0].id if cases else 0)
        self._show_details(self.current)
        self.empty.invite(bool(self.search.text().strip()), self.states.asks_put_away)
        self._stack.setCurrentWidget(self.table if cases else self.empty)

    @property
    def current(self) -> CaseSummary | None:
        """The chosen case."""
        row = self.table.currentIndex().row()
        return self.model.cases[row] if 0 <= row < len(self.model.cases) else None

    def choose(self, case_id: int) -> None:
        """Choose a case in the list."""
        row = self.model.row_of(case_id)
        if row >= 0 and self.table.currentIndex().row() != row:
            self.table.selectRow(row)

    def focus_target(self) -> QWidget:
        """The list."""
        return self.table

    def write_header(self) -> None:
        """Let a person write the header of the chosen case."""
        self.form.focus_number()

    def _chosen(self, index: QModelIndex) -> None:
        cases = self.model.cases
        self._show_details(cases[index.row()] if 0 <= index.row() < len(cases) else None)

    def _show_details(self, case: CaseSummary | None) -> None:
        self.panel.describe(case)
        if case is not None:
            self.apply_permissions()

    def apply_permissions(self) -> None:
        """Let nobody erase a case who may not."""
        hold(self._bridge, Act.ERASE, self._erase)

    # What a person does ----------------------------------------------------------------------------------------

    def _begin_scan(self) -> None:
        self.scan.setFocus()
        self.scan.selectAll()

    def _scanned(self) -> None:
        """A scanner types the number and presses Enter."""
        number = self.scan.text().strip()
        if number:
            self.scan.clear()
            self._bridge.write(
                lambda bench: bench.cases.open_number(number),
                self.open_wanted.emit,
                owner=self,
                failed=partial(self._not_opened, number),
            )

    def _not_opened(self, number: str, sentence: str) -> None:
        """The number stands in its field again: nobody has to fetch the tube once more."""
        if not self.scan.text():
            self.scan.setText(number)
        self._bridge.failed.emit(sentence)

    def _not_kept(self, sentence: str) -> None:
        self._bridge.failed.emit(sentence)
        self.refresh()

    def _set_priority(self, _place: int) -> None:
        # Qt gives words back where an enumeration went in.
        case, priority = self.current, Priority(self.priority.currentData())
        if case is not None:
            self.decides(
                lambda: self._bridge.write(
                    lambda bench: bench.cases.set_priority(case.id, priority), owner=self, failed=self._not_kept
                ),
                self.refresh,
            )

    def _ask_import(self) -> None:
        kinds = self.tr("Lists") + " (*.csv *.txt *.tsv *.hl7 *.orm *.oml *.omg *.msg *.bat *.dat)"
        chosen, _ = QFileDialog.getOpenFileName(self, self.tr("Import a list of cases"), start_of(self), kinds)
        if chosen:
            self.import_list(Path(chosen))

    def import_list(self, path: Path) -> None:
        """Take the orders of a list; ``imported`` tells what came of it."""
        if not self._import.isEnabled():
            return
        self._import.setEnabled(False)
        self._bridge.write(lambda bench: bench.cases.import_orders(path), owner=self, failed=self._not_begun)

    @property
    def importing(self) -> bool:
        """Whether a list is being taken."""
        return not self._import.isEnabled()

    def _not_begun(self, sentence: str) -> None:
        self._show_taking(None)
        self._bridge.failed.emit(sentence)

    def _show_taking(self, progress: Progress | None) -> None:
        """Say how far a list is taken; nothing when none is."""
        self._taking.setVisible(progress is not None)
        self._stop.setVisible(progress is not None)
        self._import.setEnabled(progress is None)
        if progress is not None:
            self._taking.setText(self.tr("Order {0} of {1}").format(progress.done, progress.total))

    def _open_chosen(self) -> None:
        self.form.save()
        if self.current is not None and not self.current.put_away:
            self.open_wanted.emit(self.current.id)

    def _remove_chosen(self) -> None:
        case = self.current
        if case is not None:
            (self.bring_back_wanted if case.put_away else self.remove_wanted).emit(case.id, case.header.number)

    def _erase_chosen(self) -> None:
        if self.current is not None:
            self.erase_wanted.emit(self.current.id, self.current.header.number)

    def _invitation_taken(self) -> None:
        if self.search.text().strip():
            self.search.clear()
        elif self.states.asks_put_away:
            self.states.setCurrentIndex(0)
            self.refresh()
        else:
            self.new_wanted.emit()

    def _heard(self, event: Event) -> None:
        if isinstance(event, OrdersProgress):
            self._show_taking(event.progress)
        elif isinstance(event, OrdersTaken):
            self._show_taking(None)
            self.imported.emit(event.report)
        elif isinstance(event, Failed) and event.what == "orders":
            self._show_taking(None)
        if isinstance(event, CaseListChanged | CaseChanged | FrameAdded) and not self._timer.isActive():
            self._timer.start(SEARCH_AFTER_MS)
