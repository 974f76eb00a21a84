"""The window: rail, pages, status line; it shows and asks, every decision lies below."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDragLeaveEvent, QDropEvent, QUndoStack
from PySide6.QtWidgets import QApplication, QHBoxLayout, QMainWindow, QStackedWidget, QVBoxLayout, QWidget

from leukoscope import __version__
from leukoscope.gui import intake, wheel_guard
from leukoscope.gui.actions import PAGES, SPECS, Needs, build_actions, fill_menus, refresh_icons
from leukoscope.gui.bridge import Bridge
from leukoscope.gui.cell_pictures import MapView
from leukoscope.gui.controllers.calibration import Scaling
from leukoscope.gui.controllers.case_commands import Commands
from leukoscope.gui.controllers.cell_editing import Handwork
from leukoscope.gui.controllers.closing import Closing
from leukoscope.gui.controllers.decisions import Who
from leukoscope.gui.controllers.encryption import Encrypting
from leukoscope.gui.controllers.exporting import Out
from leukoscope.gui.controllers.fault_reports import FaultReports
from leukoscope.gui.controllers.importing import Adding, Target
from leukoscope.gui.controllers.judging_queue import WaitingImages
from leukoscope.gui.controllers.notifications import News
from leukoscope.gui.controllers.order_import import ListImport
from leukoscope.gui.controllers.signing import DeskControl
from leukoscope.gui.controllers.view_state import Memory
from leukoscope.gui.export_queue import Exporter, Kind
from leukoscope.gui.open_case import OpenCase
from leukoscope.gui.pages.live import LivePage
from leukoscope.gui.pages.models import ModelsPage
from leukoscope.gui.pages.report import PURPOSE, ReportPage
from leukoscope.gui.pages.review import ReviewPage
from leukoscope.gui.pages.settings import SettingsPage
from leukoscope.gui.pages.worklist import WorklistPage
from leukoscope.gui.single_window import bring_forward
from leukoscope.gui.theme import appearance
from leukoscope.gui.widgets.case_bar import CaseBar
from leukoscope.gui.widgets.drop_hint import DropHint
from leukoscope.gui.widgets.message_bar import MessageBar
from leukoscope.gui.widgets.overlay import AboutSheet, HelpSheet
from leukoscope.gui.widgets.rail import Rail
from leukoscope.gui.widgets.status_line import StatusLine

DISK_EVERY_MS = 60_000
"""How often the free space is looked at."""
CASE_PAGES = ("live", "review", "report")


class MainWindow(QMainWindow):
    """One window on one workbench.

    Signals
    -------
    usable()
        The list of cases is on the screen: a person can begin.
    """

    usable = Signal()

    def __init__(self, bridge: Bridge, paths: tuple[Path, ...] = ()) -> None:
        super().__init__()
        if isinstance(app := QApplication.instance(), QApplication):
            wheel_guard.guard(app)
        self.bridge, self._paths, self._begun = bridge, paths, False
        self.setWindowTitle("LeukoScope")
        self.setAcceptDrops(True)
        self.case = OpenCase(bridge, self)
        self.undo_stack = QUndoStack(self)
        self.exporter = Exporter(bridge, self)
        self.worklist = WorklistPage(bridge, self.case)
        self.live = LivePage(bridge)
        self.review = ReviewPage(bridge, self.case, MapView(on=False))
        self.report = ReportPage(bridge, self.case, self.exporter)
        self.models = ModelsPage(bridge)
        self.settings = SettingsPage(bridge)
        self.pages: dict[str, QWidget] = dict(
            zip(PAGES, (self.worklist, self.live, self.review, self.report, self.models, self.settings), strict=True)
        )
        self.help_sheet = HelpSheet(self)
        self.about_sheet = AboutSheet(__version__, self.tr(PURPOSE), self)
        self.drop_hint = DropHint(self)
        self.memory, self.adding, self.out = Memory(self), Adding(self), Out(self)
        self.scaling = Scaling(self)
        self.handwork = Handwork(self)
        self.waiting = WaitingImages(self)
        self.faults = FaultReports(self, bridge.home)
        self.who = Who(self)
        self.desk = DeskControl(self)
        self.encrypting = Encrypting(self)
        self.commands = Commands(self)
        self.actions_by_id = build_actions(self, self.commands.handlers())
        fill_menus(self, self.actions_by_id)
        self.rail = Rail(self.actions_by_id)
        self.status = StatusLine(self.tr(PURPOSE))
        self._disk_timer = QTimer(self)
        self.message = MessageBar()
        self.case_bar = CaseBar(self.actions_by_id)
        self._stack = QStackedWidget()
        self._target: Target | None = None
        self._lay_out()
        self.news, self.list_import = News(self), ListImport(self)
        self.closing = Closing(self)
        self._connect()
        self.show_page("worklist")
        self.resize(1440, 900)

    # Building --------------------------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        for page in self.pages.values():
            self._stack.addWidget(page)
        messages = QHBoxLayout()
        messages.setContentsMargins(8, 0, 8, 0)
        messages.addWidget(self.message)
        asked = QHBoxLayout()
        asked.setContentsMargins(8, 0, 8, 0)
        asked.addWidget(self.who.bar)
        right = QVBoxLayout()
        right.setContentsMargins(0, 0, 0, 0)
        right.setSpacing(0)
        right.addWidget(self.case_bar)
        right.addLayout(messages)
        right.addLayout(asked)
        right.addWidget(self._stack, 1)
        row = QHBoxLayout()
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self.rail)
        row.addLayout(right, 1)
        central = QWidget()
        column = QVBoxLayout(central)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(row, 1)
        column.addWidget(self.status)
        self.setCentralWidget(central)
        self.setMinimumSize(960, 600)

    def _connect(self) -> None:
        commands, case = self.commands, self.case
        self.review.set_actions(self.actions_by_id)
        self.report.set_actions(self.actions_by_id)
        self.waiting.strip.set_actions(self.actions_by_id)
        self.bridge.opened.connect(self._start)
        self.bridge.failed.connect(self.message.warn)
        for signal in (case.loaded, case.closed, case.header_changed):
            signal.connect(self._case_changed)
        case.loading.connect(lambda _id: self.update_actions())
        case.load_failed.connect(lambda _id: self._case_changed())
        case.not_saved.connect(self._offer_again)
        case.closed.connect(self.update_actions)
        case.frame_added.connect(lambda _id: self.update_actions())
        for form in (self.case_bar.form, self.worklist.form):
            form.saved.connect(partial(self.who.save_header, form))
        self.worklist.decides = self.who.decides
        self.status.person_clicked.connect(self.who.change)
        self.worklist.open_wanted.connect(commands.open_case)
        self.worklist.new_wanted.connect(commands.new_case)
        self.worklist.remove_wanted.connect(commands.remove_that_case)
        self.worklist.bring_back_wanted.connect(commands.bring_back)
        self.worklist.erase_wanted.connect(self.desk.ask_to_erase)
        self.live.taken.connect(self.adding.add_taken)
        self.live.told.connect(self.message.tell)
        self.review.label_wanted.connect(commands.label)
        self.review.focus_changed.connect(self.update_actions)
        self.review.view_changed.connect(self.memory.keep_view)
        self.review.view_changed.connect(self._view_changed)
        self.models.names_changed.connect(self.review.set_names)
        self.models.models_chosen.connect(self.waiting.offer_again)
        self.settings.changed.connect(commands.setting_changed)
        self.settings.people.changed.connect(self.desk.rules_changed)
        self.settings.tour_wanted.connect(commands.tour)
        self.settings.keys_wanted.connect(self.help_sheet.enter)
        self.settings.about_wanted.connect(self.about_sheet.enter)
        self.settings.report_wanted.connect(self.faults.ask_and_save)
        self.status.cancel_wanted.connect(self.adding.cancel)
        self.live.camera_told.connect(self.status.show_camera)
        self._disk_timer.timeout.connect(self.look_at_disk)
        self._disk_timer.start(DISK_EVERY_MS)
        self.exporter.exported.connect(self.out.exported)
        self.exporter.queued.connect(self.out.queued)
        self.exporter.failed.connect(lambda kind, text: None if kind is Kind.PREVIEW else self.message.warn(text))
        self.undo_stack.indexChanged.connect(self._undo_moved)
        appearance().changed.connect(self._theme_changed)
        self.status.show_engine(self.tr("Opening the cases"))

    # Life ------------------------------------------------------------------------------------------------------

    def _start(self) -> None:
        """The workbench is open."""
        bench = self.bridge.bench
        settings = bench.settings
        appearance().choose(settings.theme)
        self.review.start()
        self.settings.show_settings(settings)
        self.commands.set_class_keys(settings.class_keys)
        self.memory.restore(settings)
        self.desk.start()
        self.who.start()
        self.worklist.refresh()
        self.update_actions()
        self.bridge.read(lambda _bench: None, lambda _none: self._first_list(), owner=self)

    def _first_list(self) -> None:
        """The list of cases is there: begin, then start the engine behind it."""
        self._begun = True
        QTimer.singleShot(0, self.usable.emit)
        self.models.refresh()
        self.bridge.read(lambda bench: bench.start(), owner=self)
        self.look_at_disk()
        self.desk.when_open(self._take_up)

    def _take_up(self) -> None:
        """Begin with what was asked for at the start, as soon as somebody may work here."""
        if self._paths:
            self.adding.take(intake.Intake(self._paths))
        else:
            self.commands.first_start()

    def look_at_disk(self) -> None:
        """Say when the disk has hardly room for the next cases."""
        from leukoscope.workflow.disk_space import disk_warning

        if self.bridge.is_open:
            self.bridge.read(lambda bench: disk_warning(bench.home.data), self.status.show_disk, owner=self)

    @property
    def begun(self) -> bool:
        """Whether the list of cases was there once, with everything as it was left last time."""
        return self._begun

    def closeEvent(self, event: QCloseEvent) -> None:
        """Close once everything is written, also what is being typed; else stay, and say what is not."""
        if not self.closing.may_close():
            event.ignore()
            return
        self.memory.remember()
        self.hide()
        self.exporter.stop()
        self.live.close_camera()
        self.review.stop()
        self.bridge.close(abandon=self.closing.abandoned)
        event.accept()

    def come_forward(self, paths: tuple[Path, ...]) -> None:
        """Somebody started the program again: be in front, and open what was named."""
        bring_forward(self)
        self.closing.stay()
        if not self._begun:
            self._paths += paths
        elif paths:
            self.desk.when_open(lambda: self.adding.take(intake.Intake(paths)))

    # What it shows ---------------------------------------------------------------------------------------------

    @property
    def page(self) -> str:
        """Name of the page shown."""
        return PAGES[self._stack.currentIndex()]

    def show_page(self, name: str) -> None:
        """Show a page."""
        self._stack.setCurrentIndex(PAGES.index(name))
        self.rail.mark_page(name)
        self.case_bar.unfold(False)
        self.case_bar.show_case(self.case.case if name in CASE_PAGES else None)
        self.focus_page()
        self.update_actions()

    def focus_page(self) -> None:
        """Give the keyboard to what the shown page is for."""
        match self.page:
            case "review":
                self.review.gallery.setFocus()
            case "worklist":
                self.worklist.table.setFocus()
            case "live":
                self.live.setFocus()
            case "models":
                self.models.focus_shown()
            case "report":
                self.report.pdf.setFocus()
            case _:
                self.settings.fields["laboratory"].setFocus()

    def _case_changed(self) -> None:
        case = self.case.case
        self.case_bar.show_case(case if self.page in CASE_PAGES else None)
        self.setWindowTitle(f"{case.header.number} – LeukoScope" if case else "LeukoScope")
        self.update_actions()

    def _offer_again(self, sentence: str, again: Callable[[], object]) -> None:
        self.message.warn(sentence, self.tr("Try again"), again)
        self.worklist.refresh()

    def _theme_changed(self) -> None:
        refresh_icons(self.actions_by_id)

    def _view_changed(self, _view: MapView) -> None:
        self.commands.refine_actions()

    def _undo_moved(self, _index: int) -> None:
        self.update_actions()

    def update_actions(self) -> None:
        """Enable what makes sense now."""
        reviewing = self._stack.currentIndex() == PAGES.index("review")
        stays = not self.case.is_leaving
        there = {
            Needs.NOTHING: True,
            Needs.BENCH: self.bridge.is_open,
            Needs.CASE: stays and self.case.case is not None,
            Needs.FRAME: stays and reviewing and self.review.frame is not None,
            Needs.CELL: stays and reviewing and self.review.cell is not None,
        }
        for spec in SPECS:
            self.actions_by_id[spec.id].setEnabled(there[spec.needs])
        self.commands.refine_actions()

    # Dropping --------------------------------------------------------------------------------------------------

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Say where dropped images go."""
        if self.bridge.is_open and intake.holds_images(event.mimeData()):
            event.acceptProposedAction()
            case, self._target = self.case.case, self.adding.target()
            self.drop_hint.enter(
                self.tr("Drop to add to case {0}").format(case.header.number)
                if case is not None
                else self.tr("Drop to start a new case")
            )

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        """Nothing was dropped."""
        self.drop_hint.hide()
        super().dragLeaveEvent(event)

    def dropEvent(self, event: QDropEvent) -> None:
        """Take what was dropped."""
        self.drop_hint.hide()
        event.acceptProposedAction()
        target, self._target = self._target, None
        self.adding.take(intake.take(event.mimeData()), target)
