"""The one place that knows everybody: builds session, pages, controllers and window, and connects them."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtGui import QUndoStack
from PySide6.QtWidgets import QApplication, QLayout

from leukoscope.gui import wheel_guard
from leukoscope.gui.actions import build_actions, connect_actions, fill_menus
from leukoscope.gui.bridge import Bridge
from leukoscope.gui.build_controllers import build_controllers
from leukoscope.gui.chrome.case_bar import CaseBar
from leukoscope.gui.chrome.name_bar import NameBar
from leukoscope.gui.chrome.rail import Rail
from leukoscope.gui.chrome.status_line import StatusLine
from leukoscope.gui.composition import Composition, Pages, Parts, Sheets
from leukoscope.gui.connect_quality import connect_quality
from leukoscope.gui.controllers.action_state import ActionState
from leukoscope.gui.export_queue import ExportQueue
from leukoscope.gui.main_window import MainWindow, WindowChrome
from leukoscope.gui.open_case import OpenCase
from leukoscope.gui.purpose import purpose
from leukoscope.gui.session import FileDialogs, Navigation, Session
from leukoscope.gui.theme import appearance
from leukoscope.gui.widgets.message_bar import MessageBar


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
    if isinstance(app := QApplication.instance(), QApplication):
        wheel_guard.guard(app, made.window)
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
    controllers = build_controllers(Parts(session, window, chrome, pages, sheets, export_queue, actions), paths)
    action_state = ActionState(session, actions, pages.review)
    action_state.add(*(controller.refine for controller in controllers.all))
    made = Composition(session, window, chrome, pages, sheets, export_queue, actions, controllers, action_state)
    connect_actions(actions, made.handlers(), action_state.once)
    bridge.within = action_state.once
    _connect_pages(made)
    _connect_window(made)
    _connect_case(made)
    session.navigation.show("worklist")
    return made


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
    followers = controllers.view_commands, controllers.class_keys, controllers.control_charts, controllers.commitment
    for in_force in followers:
        settings.changed.connect(in_force.setting_changed)
    settings.people.changed.connect(controllers.screen_lock.rules_changed)
    settings.help.tour_wanted.connect(controllers.tour.start)
    settings.help.keys_wanted.connect(made.sheets.help.enter)
    settings.help.about_wanted.connect(made.sheets.about.enter)
    settings.help.report_wanted.connect(controllers.fault_reports.ask_and_save)
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
        controllers.live_map.stop,
        controllers.scanning.stop,
        controllers.slides.stop,
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
