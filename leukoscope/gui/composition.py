"""What the program with a window is made of."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import partial
from pathlib import Path

from PySide6.QtGui import QAction

from leukoscope import __version__
from leukoscope.gui.capture.page import CapturePage
from leukoscope.gui.chrome.drop_hint import DropHint
from leukoscope.gui.controllers.action_state import ActionState
from leukoscope.gui.controllers.attention import AttentionController
from leukoscope.gui.controllers.audit_trail import AuditTrailController
from leukoscope.gui.controllers.calibration import CalibrationController
from leukoscope.gui.controllers.case_commands import CaseController
from leukoscope.gui.controllers.cell_changes import CellChangesController
from leukoscope.gui.controllers.cell_editing import CellEditingController
from leukoscope.gui.controllers.cell_export import CellExportController
from leukoscope.gui.controllers.class_keys import ClassKeysController
from leukoscope.gui.controllers.closing import ClosingController
from leukoscope.gui.controllers.commitment import CommitmentController
from leukoscope.gui.controllers.control_charts import ControlChartController
from leukoscope.gui.controllers.controller import Controller, Handlers
from leukoscope.gui.controllers.counting import CountingController
from leukoscope.gui.controllers.decisions import DecisionController
from leukoscope.gui.controllers.display import DisplayController
from leukoscope.gui.controllers.drag_drop import DragDropController
from leukoscope.gui.controllers.encryption import EncryptionController
from leukoscope.gui.controllers.erasing import ErasingController
from leukoscope.gui.controllers.examples import ExamplesController
from leukoscope.gui.controllers.exporting import ExportController
from leukoscope.gui.controllers.fault_reports import FaultReportController
from leukoscope.gui.controllers.header_editing import HeaderController
from leukoscope.gui.controllers.image_copying import ImageCopyController
from leukoscope.gui.controllers.importing import ImportController
from leukoscope.gui.controllers.judging_queue import JudgingQueueController
from leukoscope.gui.controllers.label_reading import LabelReadingController
from leukoscope.gui.controllers.labeling import LabelingController
from leukoscope.gui.controllers.live_map import LiveMapController
from leukoscope.gui.controllers.maintenance import MaintenanceController
from leukoscope.gui.controllers.measuring import MeasuringController
from leukoscope.gui.controllers.mosaics import MosaicController
from leukoscope.gui.controllers.notifications import NotificationController
from leukoscope.gui.controllers.order_import import OrderImportController
from leukoscope.gui.controllers.orders_in import OrdersInController
from leukoscope.gui.controllers.overview import OverviewController
from leukoscope.gui.controllers.ranking import RankingController
from leukoscope.gui.controllers.rereads import RereadController
from leukoscope.gui.controllers.scanning import ScanController
from leukoscope.gui.controllers.screen_lock import ScreenLockController
from leukoscope.gui.controllers.side_by_side import SideBySideController
from leukoscope.gui.controllers.signing import SigningController
from leukoscope.gui.controllers.similar_cells import SimilarController
from leukoscope.gui.controllers.site_profiles import SiteProfileController
from leukoscope.gui.controllers.slides import SlideController
from leukoscope.gui.controllers.stamping import TimestampController
from leukoscope.gui.controllers.startup import StartupController
from leukoscope.gui.controllers.stated_headers import StatedHeaderController
from leukoscope.gui.controllers.stated_scales import StatedScaleController
from leukoscope.gui.controllers.teaching import TeachingController
from leukoscope.gui.controllers.tour import TourController
from leukoscope.gui.controllers.view_commands import ViewController
from leukoscope.gui.controllers.view_state import ViewStateController
from leukoscope.gui.export_queue import ExportQueue
from leukoscope.gui.main_window import MainWindow, WindowChrome
from leukoscope.gui.models.page import ModelsPage
from leukoscope.gui.page import Page
from leukoscope.gui.purpose import purpose
from leukoscope.gui.quality.page import QualityPage
from leukoscope.gui.report.page import ReportPage
from leukoscope.gui.review.cell_rendering import MapView
from leukoscope.gui.review.page import ReviewPage
from leukoscope.gui.session import Session
from leukoscope.gui.settings.page import SettingsPage
from leukoscope.gui.sheets.audit_sheet import AuditSheet
from leukoscope.gui.sheets.count_sheet import CountSheet
from leukoscope.gui.sheets.encryption_sheet import DecryptSheet, EncryptSheet, RecoverSheet
from leukoscope.gui.sheets.erase_sheet import EraseSheet
from leukoscope.gui.sheets.import_sheet import ImportSheet
from leukoscope.gui.sheets.orders_sheet import OrdersSheet
from leukoscope.gui.sheets.overlay import AboutSheet, HelpSheet
from leukoscope.gui.sheets.saving_sheet import SavingSheet
from leukoscope.gui.sheets.signing_sheets import AmendSheet, SignInSheet, SignSheet
from leukoscope.gui.sheets.similar_sheet import SimilarSheet
from leukoscope.gui.sheets.stated_sheet import StatedSheet
from leukoscope.gui.single_instance import bring_forward
from leukoscope.gui.slides.sheet import SlideSheet
from leukoscope.gui.worklist.page import WorklistPage


class Pages:
    """The pages, in the order of the rail."""

    def __init__(self, session: Session, export_queue: ExportQueue) -> None:
        bridge, case = session.bridge, session.case
        self.worklist = WorklistPage(bridge, case)
        self.capture = CapturePage(bridge)
        self.review = ReviewPage(bridge, case, MapView(on=False))
        self.report = ReportPage(bridge, case, export_queue)
        self.quality = QualityPage()
        self.models = ModelsPage(bridge)
        self.settings = SettingsPage(bridge)

    @property
    def all(self) -> tuple[Page, ...]:
        """All of them."""
        return tuple(vars(self).values())


class Sheets:
    """What covers the window for a while."""

    def __init__(self, window: MainWindow) -> None:
        self.sign, self.amend, self.sign_in = SignSheet(window), AmendSheet(window), SignInSheet(window)
        self.count, self.audit, self.erase = CountSheet(window), AuditSheet(window), EraseSheet(window)
        self.encrypt = EncryptSheet(window), DecryptSheet(window), RecoverSheet(window)
        self.similar = SimilarSheet(window)
        self.orders, self.saving = ImportSheet(window), SavingSheet(window)
        self.orders_in = OrdersSheet(window)
        self.stated = StatedSheet(window)
        self.slide = SlideSheet(window)
        self.help, self.about = HelpSheet(window), AboutSheet(__version__, purpose(), window)
        self.drop_hint = DropHint(window)


@dataclass(frozen=True)
class Parts:
    """What controllers are built on."""

    session: Session
    window: MainWindow
    chrome: WindowChrome
    pages: Pages
    sheets: Sheets
    export_queue: ExportQueue
    actions: dict[str, QAction]


@dataclass(frozen=True)
class ReviewControllers:
    """What people do with images and cells."""

    labeling: LabelingController
    cell_editing: CellEditingController
    cell_changes: CellChangesController
    view_commands: ViewController
    display: DisplayController
    side_by_side: SideBySideController
    overview: OverviewController
    mosaics: MosaicController
    measuring: MeasuringController
    image_copying: ImageCopyController
    class_keys: ClassKeysController
    calibration: CalibrationController
    judging_queue: JudgingQueueController
    similar: SimilarController
    ranking: RankingController


@dataclass(frozen=True)
class CaseControllers:
    """What people do with a case as a whole."""

    header_editing: HeaderController
    importing: ImportController
    drag_drop: DragDropController
    case_commands: CaseController
    signing: SigningController
    erasing: ErasingController
    counting: CountingController
    audit_trail: AuditTrailController
    exporting: ExportController
    order_import: OrderImportController
    stated_headers: StatedHeaderController
    stated_scales: StatedScaleController
    live_map: LiveMapController
    scanning: ScanController
    label_reading: LabelReadingController
    slides: SlideController


@dataclass(frozen=True)
class QualityControllers:
    """What people do on the page Quality."""

    teaching: TeachingController
    site_profiles: SiteProfileController
    control_charts: ControlChartController
    cell_export: CellExportController
    examples: ExamplesController
    rereads: RereadController


@dataclass(frozen=True)
class ProgramControllers:
    """What concerns the program: start, lock, settings and end."""

    screen_lock: ScreenLockController
    notifications: NotificationController
    attention: AttentionController
    view_state: ViewStateController
    fault_reports: FaultReportController
    tour: TourController
    startup: StartupController
    encryption: EncryptionController
    stamping: TimestampController
    orders_in: OrdersInController
    commitment: CommitmentController
    maintenance: MaintenanceController
    closing: ClosingController


@dataclass(frozen=True)
class Controllers(QualityControllers, ProgramControllers, CaseControllers, ReviewControllers):
    """What people do in the window. The fields of the last base come first."""

    decisions: DecisionController

    @property
    def all(self) -> tuple[Controller, ...]:
        """All of them; what one says of the actions is overruled by the next: signing speaks after review."""
        return tuple(getattr(self, field.name) for field in fields(self))


@dataclass(frozen=True)
class Composition(Parts):
    """The window with all its parts."""

    controllers: Controllers
    action_state: ActionState

    def handlers(self) -> Handlers:
        """One handler for each action of the table."""
        window, sheets, navigation = self.window, self.sheets, self.session.navigation
        table: Handlers = {
            "quit": window.close,
            "full_screen": window.toggle_full_screen,
            "help": sheets.help.enter,
            "about": sheets.about.enter,
            **{f"show_{page.name}": partial(navigation.show, page.name) for page in self.pages.all},
        }
        for controller in self.controllers.all:
            table.update(controller.handlers())
        return table

    @property
    def is_busy(self) -> bool:
        """Whether something runs whose end only this window can show: teaching, or a control run."""
        return self.controllers.teaching.is_busy or self.controllers.control_charts.is_busy

    def come_forward(self, paths: tuple[Path, ...]) -> None:
        """Somebody started the program again: be in front, and open what was named."""
        bring_forward(self.window)
        self.controllers.closing.stay()
        self.controllers.startup.take_later(paths)
