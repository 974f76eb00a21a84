"""Builds the controllers in the groups that share something, each on the parts that it drives."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtWidgets import QWidget

from leukoscope.gui.composition import (
    CaseControllers,
    Controllers,
    Parts,
    ProgramControllers,
    QualityControllers,
    ReviewControllers,
)
from leukoscope.gui.controllers.attention import AttentionController
from leukoscope.gui.controllers.audit_trail import AuditTrailController
from leukoscope.gui.controllers.case_commands import CaseController
from leukoscope.gui.controllers.cell_export import CellExportController
from leukoscope.gui.controllers.class_keys import ClassKeysController
from leukoscope.gui.controllers.closing import ClosingController, Unfinished
from leukoscope.gui.controllers.commitment import CommitmentController
from leukoscope.gui.controllers.control_charts import ControlChartController
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
from leukoscope.gui.controllers.worklist_asking import WorklistAskingController
from leukoscope.gui.image_tools import ImageTools
from leukoscope.gui.quality.page import CONTROL
from leukoscope.gui.report.conclusion_form import ConclusionForm
from leukoscope.gui.review.beside_pane import BesidePane
from leukoscope.gui.review.display_card import DisplayCard
from leukoscope.gui.review.field_strip import FieldStrip
from leukoscope.gui.single_instance import bring_forward
from leukoscope.gui.tour_steps import tour_steps
from leukoscope.gui.widgets.desktop_notice import DesktopNotice, taskbar_of
from leukoscope.gui.widgets.header_form import HeaderForm
from leukoscope.gui.widgets.tour import Tour


def build_controllers(parts: Parts, paths: tuple[Path, ...]) -> Controllers:
    """Build all controllers.

    Parameters
    ----------
    parts
        Pages, sheets and bars that they drive.
    paths
        Images to begin with.
    """
    decisions = DecisionController(parts.session, parts.chrome.name_bar)
    tools = ImageTools(parts.session, decisions, parts.pages.review, parts.pages.settings)
    review = _review(parts, decisions, tools)
    quality = _quality(parts, decisions, review.similar.remove)
    cases = _cases(parts, decisions, quality)
    program = _program(parts, decisions, cases.importing, lambda: tools.judging, paths)
    return Controllers(**vars(review), **vars(cases), **vars(program), **vars(quality), decisions=decisions)


def _review(parts: Parts, decisions: DecisionController, tools: ImageTools) -> ReviewControllers:
    session, pages, sheets, review = parts.session, parts.pages, parts.sheets, parts.pages.review
    image, gallery, canvas, inspector = review.shown_image, review.gallery, review.canvas, review.inspector
    strip, beside = FieldStrip(), BesidePane(session.bridge)
    overview = OverviewController(session, review, (image.stack, pages.capture.view.stack), strip)
    return ReviewControllers(
        labeling=LabelingController(session, decisions, review, gallery, gallery.thumbnails, inspector.comment),
        cell_editing=tools.editing,
        cell_changes=tools.changes,
        view_commands=ViewController(session, review, canvas, inspector),
        display=DisplayController(session, (canvas, beside.canvas), pages.capture.canvas, DisplayCard()),
        side_by_side=SideBySideController(session, review, image, canvas, beside, strip),
        overview=overview,
        mosaics=MosaicController(session, decisions, overview.card),
        measuring=tools.measuring,
        image_copying=ImageCopyController(session, review, canvas, parts.actions),
        class_keys=ClassKeysController(session, parts.actions, inspector.keys, sheets.help),
        calibration=tools.calibration,
        judging_queue=JudgingQueueController(session, decisions, review, strip, FieldStrip(chosen_is_shown=False)),
        similar=SimilarController(session, review, sheets.similar),
        ranking=RankingController(session, gallery),
    )


def _quality(parts: Parts, decisions: DecisionController, remove_example: Callable[[int], None]) -> QualityControllers:
    session, status, page = parts.session, parts.chrome.status, parts.pages.quality
    people, control = page.people, page.control
    teaching = TeachingController(session, page, page.cells, page.teach, page.proof)
    cards = page.proof, page.activation
    return QualityControllers(
        teaching=teaching,
        site_profiles=SiteProfileController(
            session, page, page.profiles, cards, status, lambda: teaching.has_cells, teaching.look, teaching.challenge
        ),
        control_charts=ControlChartController(session, page, control, control.charts, control.measuring, status),
        cell_export=CellExportController(session, page.export),
        examples=ExamplesController(session, page, remove_example),
        rereads=RereadController(session, decisions, page, people, people.reading, people.figures),
    )


def _forms(parts: Parts) -> tuple[HeaderForm | ConclusionForm, ...]:
    """What people type of a case."""
    return parts.chrome.case_bar.form, parts.pages.worklist.form, parts.pages.report.conclusion


def _cases(parts: Parts, decisions: DecisionController, quality: QualityControllers) -> CaseControllers:
    session, chrome, pages, sheets = parts.session, parts.chrome, parts.pages, parts.sheets
    review, worklist = pages.review, pages.worklist

    def save_header() -> None:
        chrome.case_bar.form.save()
        pages.report.conclusion.save()

    def take_dropped(files: tuple[Path, ...]) -> None:
        """Files were dropped on the page Quality: images of a control run, or labeled cells."""
        on_control = pages.quality.part == CONTROL
        (quality.control_charts.measure if on_control else quality.teaching.take_dropped)(files)

    case_pages = frozenset(page.name for page in pages.all if page.needs_case)
    header = HeaderController(session, decisions, worklist, chrome.case_bar, _forms(parts), case_pages)
    importing = ImportController(session)
    return CaseControllers(
        header_editing=header,
        importing=importing,
        drag_drop=DragDropController(
            session, importing, sheets.drop_hint, pages.quality, take_dropped, quality.site_profiles.take
        ),
        case_commands=CaseController(session, decisions, worklist, review, header.write),
        signing=SigningController(
            session, decisions, review, sheets.sign, sheets.amend, save_header, quality.control_charts.show_chart
        ),
        erasing=ErasingController(session, decisions, worklist, sheets.erase),
        counting=CountingController(session, review, sheets.count),
        audit_trail=AuditTrailController(session, sheets.audit),
        exporting=ExportController(session, parts.export_queue),
        order_import=OrderImportController(session, worklist, sheets.orders),
        stated_headers=StatedHeaderController(session, sheets.stated),
        stated_scales=StatedScaleController(session, decisions),
        live_map=LiveMapController(session, pages.capture),
        scanning=ScanController(session, pages.capture),
        label_reading=LabelReadingController(session, pages.capture, lambda: chrome.case_bar.unfold(True)),
        slides=SlideController(session, sheets.slide, importing),
    )


def _notice(window: QWidget) -> DesktopNotice:
    return DesktopNotice(window, lambda: bring_forward(window))


def _program(
    parts: Parts,
    decisions: DecisionController,
    importing: ImportController,
    is_judging: Callable[[], bool],
    paths: tuple[Path, ...],
) -> ProgramControllers:
    session, window, chrome, sheets = parts.session, parts.window, parts.chrome, parts.sheets
    settings, review, worklist = parts.pages.settings, parts.pages.review, parts.pages.worklist
    typed = window.end_typing, *(form.save for form in _forms(parts)), settings.save_fields
    unfinished = Unfinished(typed, decisions.refuses_to_close, (is_judging, lambda: worklist.importing))
    private = sheets.stated, sheets.slide, sheets.orders_in, *sheets.encrypt[:2]
    others = sheets.sign, sheets.amend, sheets.count, sheets.audit, sheets.similar, sheets.erase, *private
    lock = ScreenLockController(session, sheets.sign_in, others)
    return ProgramControllers(
        screen_lock=lock,
        notifications=NotificationController(session, review, chrome.status),
        attention=AttentionController(session, _notice(window).tell, taskbar_of(window)),
        view_state=ViewStateController(session, window, worklist.table, review.inspector, review.gallery),
        fault_reports=FaultReportController(session, session.bridge.home, window.screen_facts),
        tour=TourController(session, lambda: Tour(tour_steps(session, review, chrome.rail), window)),
        startup=StartupController(session, importing, lock, paths),
        encryption=EncryptionController(session, settings.encryption, chrome.status, sheets.encrypt),
        stamping=TimestampController(session, settings.timestamps),
        orders_in=OrdersInController(
            session, settings.orders, sheets.orders_in, WorklistAskingController(session, settings.worklist)
        ),
        commitment=CommitmentController(session, settings.commitment),
        maintenance=MaintenanceController(session, settings.maintenance, settings.lines),
        closing=ClosingController(session, sheets.saving, parts.export_queue, unfinished),
    )
