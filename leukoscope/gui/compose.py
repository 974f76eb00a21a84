"""The one place that knows everybody: builds session, pages, controllers and window, and connects them."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtGui import QAction, QUndoStack
from PySide6.QtWidgets import QApplication, QLayout

from leukoscope.gui import wheel_guard
from leukoscope.gui.actions import build_actions, connect_actions, fill_menus
from leukoscope.gui.bridge import Bridge
from leukoscope.gui.chrome.case_bar import CaseBar
from leukoscope.gui.chrome.name_bar import NameBar
from leukoscope.gui.chrome.rail import Rail
from leukoscope.gui.chrome.status_line import StatusLine
from leukoscope.gui.composition import Composition, Controllers, Pages, Sheets
from leukoscope.gui.connect_quality import QualityControllers, connect_quality
from leukoscope.gui.controllers.action_state import ActionState
from leukoscope.gui.controllers.audit_trail import AuditTrailController
from leukoscope.gui.controllers.case_commands import CaseController
from leukoscope.gui.controllers.class_keys import ClassKeysController
from leukoscope.gui.controllers.closing import ClosingController, Unfinished
from leukoscope.gui.controllers.counting import CountingController
from leukoscope.gui.controllers.decisions import DecisionController
from leukoscope.gui.controllers.display import DisplayController
from leukoscope.gui.controllers.drag_drop import DragDropController
from leukoscope.gui.controllers.encryption import EncryptionController
from leukoscope.gui.controllers.erasing import ErasingController
from leukoscope.gui.controllers.exporting import ExportController
from leukoscope.gui.controllers.fault_reports import FaultReportController
from leukoscope.gui.controllers.header_editing import HeaderController
from leukoscope.gui.controllers.image_copying import ImageCopyController
from leukoscope.gui.controllers.importing import ImportController
from leukoscope.gui.controllers.judging_queue import JudgingQueueController
from leukoscope.gui.controllers.label_reading import LabelReadingController
from leukoscope.gui.controllers.labeling import LabelingController
from leukoscope.gui.controllers.maintenance import MaintenanceController
from leukoscope.gui.controllers.notifications import NotificationController
from leukoscope.gui.controllers.order_import import OrderImportController
from leukoscope.gui.controllers.overview import OverviewController
from leukoscope.gui.controllers.ranking import RankingController
from leukoscope.gui.controllers.screen_lock import ScreenLockController
from leukoscope.gui.controllers.side_by_side import SideBySideController
from leukoscope.gui.controllers.signing import SigningController
from leukoscope.gui.controllers.similar_cells import SimilarController
from leukoscope.gui.controllers.stamping import TimestampController
from leukoscope.gui.controllers.startup import StartupController
from leukoscope.gui.controllers.stated_headers import StatedHeaderController
from leukoscope.gui.controllers.tour import TourController
from leukoscope.gui.controllers.view_commands import ViewController
from leukoscope.gui.controllers.view_state import ViewStateController
from leukoscope.gui.export_queue import ExportQueue
from leukoscope.gui.image_tools import ImageTools
from leukoscope.gui.main_window import MainWindow, WindowChrome
from leukoscope.gui.open_case import OpenCase
from leukoscope.gui.purpose import purpose
from leukoscope.gui.review.beside_pane import BesidePane
from leukoscope.gui.review.display_card import DisplayCard
from leukoscope.gui.review.field_strip import FieldStrip
from leukoscope.gui.session import FileDialogs, Navigation, Session
from leukoscope.gui.theme import appearance
from leukoscope.gui.tour_steps import tour_steps
from leukoscope.gui.widgets.message_bar import MessageBar
from leukoscope.gui.widgets.tour import Tour


def compose(bridge: Bridge, paths: tuple[Path, ...] = ()) -> Composition:
    """Build the program with a window on one workbench; nothing is shown yet.

    Parameters
    ----------
    bridge
        To the workbench; it may be opened before or after.
    paths
        Images to begin with.
    """
    with appearance().put_on_once():
        made = _compose(bridge, paths)
    for layout in made.window.findChildren(QLayout):
        # What was measured before the style sheet was there is measured again.
        layout.invalidate()
    return made


def _compose(bridge: Bridge, paths: tuple[Path, ...]) -> Composition:
    window = MainWindow()
    undo_stack, messages, navigation = QUndoStack(), MessageBar(), Navigation("worklist", window)
    session = Session(bridge, OpenCase(bridge, window), undo_stack, messages, navigation, FileDialogs(window), window)
    # After the session: a stack that goes says that it is empty, and nobody may be there any more to hear it.
    undo_stack.setParent(window)
    export_queue = ExportQueue(bridge, session)
    pages, sheets = Pages(session, export_queue), Sheets(window)
    actions = build_actions(window)
    fill_menus(window, actions)
    chrome = WindowChrome(
        Rail(actions, pages.all), CaseBar(actions), session.messages, NameBar(), StatusLine(purpose())
    )
    window.lay_out(pages.all, chrome)
    controllers = _controllers(session, pages, sheets, chrome, window, export_queue, actions, paths)
    action_state = ActionState(session, actions, pages.review)
    action_state.add(*(controller.refine for controller in controllers.all))
    made = Composition(session, window, chrome, pages, sheets, export_queue, actions, controllers, action_state)
    connect_actions(actions, made.handlers(), action_state.once)
    bridge.within = action_state.once
    _connect_pages(made)
    _connect_window(made)
    _connect_case(made)
    session.navigation.show("worklist")
    if isinstance(app := QApplication.instance(), QApplication):
        wheel_guard.guard(app, window)
    return made


def _controllers(
    session: Session,
    pages: Pages,
    sheets: Sheets,
    chrome: WindowChrome,
    window: MainWindow,
    export_queue: ExportQueue,
    actions: dict[str, QAction],
    paths: tuple[Path, ...],
) -> Controllers:
    review, worklist = pages.review, pages.worklist
    decisions = DecisionController(session, chrome.name_bar)
    forms = chrome.case_bar.form, worklist.form, pages.report.conclusion

    def save_header() -> None:
        chrome.case_bar.form.save()
        pages.report.conclusion.save()

    case_pages = frozenset(page.name for page in pages.all if page.needs_case)
    header = HeaderController(session, decisions, worklist, chrome.case_bar, forms, case_pages)
    importing = ImportController(session)
    tools = ImageTools(session, decisions, review, pages.settings)
    image, gallery = review.shown_image, review.gallery
    strip, beside = FieldStrip(), BesidePane(session.bridge)
    private = sheets.stated, *sheets.encrypt[:2]
    others = sheets.sign, sheets.amend, sheets.count, sheets.audit, sheets.similar, sheets.erase, *private
    lock = ScreenLockController(session, sheets.sign_in, others)
    typed = window.end_typing, *(form.save for form in forms), pages.settings.save_fields
    under_way = (lambda: tools.judging), (lambda: worklist.importing)
    unfinished = Unfinished(typed, decisions.refuses_to_close, under_way)
    similar = SimilarController(session, review, sheets.similar)
    quality = QualityControllers(session, decisions, pages.quality, chrome.status, similar.remove)

    return Controllers(
        decisions=decisions,
        header_editing=header,
        importing=importing,
        drag_drop=DragDropController(
            session, importing, sheets.drop_hint, pages.quality, quality.take_dropped, quality.profiles.take
        ),
        case_commands=CaseController(session, decisions, worklist, review, header.write),
        labeling=LabelingController(session, decisions, review, gallery, gallery.thumbnails, review.inspector.comment),
        cell_editing=tools.editing,
        cell_changes=tools.changes,
        view_commands=ViewController(session, review, review.canvas, review.inspector),
        display=DisplayController(session, (review.canvas, beside.canvas), pages.capture.canvas, DisplayCard()),
        side_by_side=SideBySideController(session, review, image, review.canvas, beside, strip),
        overview=OverviewController(session, review, (image.stack, pages.capture.view.stack), strip),
        measuring=tools.measuring,
        image_copying=ImageCopyController(session, review, review.canvas, actions),
        class_keys=ClassKeysController(session, actions, review.inspector.keys, sheets.help),
        calibration=tools.calibration,
        judging_queue=JudgingQueueController(session, decisions, review, strip, FieldStrip(chosen_is_shown=False)),
        signing=SigningController(
            session, decisions, review, sheets.sign, sheets.amend, save_header, quality.control_charts.show_chart
        ),
        erasing=ErasingController(session, decisions, worklist, sheets.erase),
        counting=CountingController(session, review, sheets.count),
        audit_trail=AuditTrailController(session, sheets.audit),
        exporting=ExportController(session, export_queue),
        order_import=OrderImportController(session, worklist, sheets.orders),
        stated_headers=StatedHeaderController(session, sheets.stated),
        screen_lock=lock,
        notifications=NotificationController(session, review, chrome.status),
        view_state=ViewStateController(session, window, worklist.table, review.inspector, review.gallery),
        fault_reports=FaultReportController(session, session.bridge.home, window.screen_facts),
        tour=TourController(session, lambda: Tour(tour_steps(session, review, chrome.rail), window)),
        startup=StartupController(session, importing, lock, paths),
        encryption=EncryptionController(session, pages.settings.encryption, chrome.status, sheets.encrypt),
        stamping=TimestampController(session, pages.settings.timestamps),
        label_reading=LabelReadingController(session, pages.capture, lambda: chrome.case_bar.unfold(True)),
        maintenance=MaintenanceController(session, pages.settings.maintenance, pages.settings.lines),
        teaching=quality.teaching,
        site_profiles=quality.profiles,
        control_charts=quality.control_charts,
        cell_export=quality.cell_export,
        similar=similar,
        ranking=RankingController(session, review.gallery),
        examples=quality.examples,
        rereads=quality.rereads,
        closing=ClosingController(session, sheets.saving, export_queue, unfinished),
    )


def _connect_pages(made: Composition) -> None:
    """What pages tell, and what they are told."""
    pages, controllers, session = made.pages, made.controllers, made.session
    pages.review.set_actions(made.actions)
    pages.report.set_actions(made.actions)
    pages.capture.panel.set_actions(made.actions)
    for strip in (controllers.judging_queue.strip, controllers.judging_queue.taken):
        strip.set_actions(made.actions)
    pages.capture.view.put_below(controllers.judging_queue.taken)
    pages.worklist.decides = controllers.decisions.decides
    pages.capture.taken.connect(controllers.importing.add_taken)
    pages.capture.told.connect(session.messages.tell)
    pages.capture.camera_told.connect(made.chrome.status.show_camera)
    for said in (pages.review.inspector.label_chosen, pages.review.drag.dropped):
        said.connect(controllers.labeling.label_chosen)
    for news in (pages.review.focus_changed, pages.review.shown_image.shown):
        news.connect(session.changed)
    pages.review.view_changed.connect(controllers.view_state.keep_view)
    pages.review.view_changed.connect(lambda _view: session.changed.emit())
    pages.models.names_changed.connect(pages.review.set_names)
    pages.models.models_chosen.connect(controllers.judging_queue.offer_again)
    controllers.importing.model_given.connect(pages.models.offer_file)
    connect_quality(made)
    settings = pages.settings
    for in_force in (controllers.view_commands, controllers.class_keys, controllers.control_charts):
        settings.changed.connect(in_force.setting_changed)
    settings.people.changed.connect(controllers.screen_lock.rules_changed)
    settings.tour_wanted.connect(controllers.tour.start)
    settings.keys_wanted.connect(made.sheets.help.enter)
    settings.about_wanted.connect(made.sheets.about.enter)
    settings.report_wanted.connect(controllers.fault_reports.ask_and_save)
    session.settings_changed.connect(lambda: settings.show_settings(session.settings))


def _connect_window(made: Composition) -> None:
    """Navigation, status line, the lock, and the end."""
    window, chrome, pages, session = made.window, made.chrome, made.pages, made.session
    controllers, navigation = made.controllers, made.session.navigation
    for shown in (window.put_in_front, chrome.rail.mark_page, controllers.header_editing.show_page):
        navigation.shown.connect(shown)
    navigation.shown.connect(lambda _page: window.focus_page())
    navigation.shown.connect(lambda _page: session.changed.emit())
    navigation.focus_wanted.connect(window.focus_page)
    controllers.header_editing.titled.connect(window.name_case)
    controllers.decisions.person_shown.connect(
        lambda name, signs_in: chrome.status.show_person(name, signs_in=signs_in)
    )
    controllers.decisions.lock_wanted.connect(controllers.screen_lock.lock)
    chrome.status.person_clicked.connect(controllers.decisions.change)
    chrome.status.cancel_wanted.connect(controllers.importing.cancel)
    lock = controllers.screen_lock
    lock.covered.connect(window.cover)
    held_parts = (
        pages.settings, pages.models, pages.worklist, controllers.audit_trail, controllers.site_profiles,
        controllers.control_charts, controllers.rereads, controllers.cell_export,
    )  # fmt: skip
    for held in held_parts:
        lock.permissions_changed.connect(held.apply_permissions)
    for refreshed in (controllers.decisions.refresh, pages.worklist.refresh, controllers.control_charts.look):
        lock.signed_in.connect(refreshed)
    window.pass_on(controllers.drag_drop, controllers.closing.may_close)
    window.about_to_close.connect(controllers.view_state.remember)
    for stops_now in (
        made.export_queue.stop,
        pages.capture.close_camera,
        pages.review.stop,
        controllers.overview.stop,
        made.sheets.similar.thumbnails.stop,
    ):
        window.closed.connect(stops_now)
    window.closed.connect(lambda: session.bridge.close(abandon=controllers.closing.abandoned))
    controllers.closing.close_wanted.connect(window.close)
    _connect_start(made)


def _connect_start(made: Composition) -> None:
    """What is shown as soon as the cases are open, in this order."""
    pages, controllers, session = made.pages, made.controllers, made.session
    controllers.startup.first(
        lambda: appearance().choose(session.settings.theme),
        session.note_places,
        pages.review.start,
        controllers.similar.start,
        controllers.examples.start,
        lambda: pages.settings.show_settings(session.settings),
        controllers.class_keys.show,
        controllers.view_state.restore,
        controllers.ranking.restore,
        controllers.labeling.restore,
        controllers.screen_lock.start,
        controllers.decisions.start,
        pages.worklist.refresh,
    )
    controllers.startup.listed.connect(pages.models.refresh)
    controllers.startup.listed.connect(controllers.notifications.look_at_disk)
    controllers.startup.listed.connect(controllers.site_profiles.look_for_corrections)
    controllers.startup.listed.connect(controllers.control_charts.look)
    controllers.startup.listed.connect(controllers.cell_export.apply_permissions)
    controllers.startup.tour_wanted.connect(controllers.tour.start_first)


def _connect_case(made: Composition) -> None:
    """What the open case tells beside what its own controllers hear."""
    session, case = made.session, made.session.case
    for signal in (case.loading, case.frame_added, case.cell_changed, case.cells_changed, case.cell_added):
        signal.connect(lambda _id: session.changed.emit())
