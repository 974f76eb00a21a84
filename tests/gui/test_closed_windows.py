"""A window that is closed leaves nothing behind: a lab changes language, locks and converts without starting anew."""

from __future__ import annotations

import gc
import threading
from collections import Counter

from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from leukoscope.cases.store import CaseStore
from leukoscope.gui.bridge import Bridge
from leukoscope.gui.compose import compose
from leukoscope.gui.controllers.controller import Controller
from leukoscope.gui.main_window import MainWindow
from leukoscope.gui.page import Page
from leukoscope.workflow.app_dirs import AppDirs
from leukoscope.workflow.workbench import Workbench
from tests.gui.conftest import PATIENCE_MS, close_for_good
from tests.gui.stored import stored_case

MOST = 100
"""So many objects more after each window are noise; a whole window has ten times as many."""


def open_and_close(home: AppDirs, case_id: int, qtbot: QtBot) -> None:
    """As a person does: look into a case and at every page."""
    bridge = Bridge(home)
    made = compose(bridge)
    with qtbot.waitSignal(made.session.usable, timeout=PATIENCE_MS):
        bridge.open()
        made.window.show()
    made.controllers.case_commands.open_case(case_id)
    qtbot.waitUntil(lambda: made.pages.review.cell is not None, timeout=PATIENCE_MS)
    for page in made.pages.all:
        made.session.navigation.show(page.name)
        QApplication.processEvents()
    close_for_good([made.window])
    bridge.deleteLater()
    closers = [one for one in threading.enumerate() if one.name.startswith("workbench")]
    qtbot.waitUntil(lambda: not any(one.is_alive() for one in closers), timeout=PATIENCE_MS)


def left() -> list[object]:
    """All objects that Python keeps, once it has looked which of them nobody needs."""
    QApplication.processEvents()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    gc.collect()
    gc.collect()
    return gc.get_objects()


def test_closed_windows_leave_nothing_behind(
    kept: CaseStore, quiet_home: AppDirs, dark: QApplication, qtbot: QtBot
) -> None:
    case_id = stored_case(kept, "A-1", 3)
    for _ in range(2):
        open_and_close(quiet_home, case_id, qtbot)
    before = Counter(type(one) for one in left())
    for _ in range(4):
        open_and_close(quiet_home, case_id, qtbot)
    after = Counter(type(one) for one in left())
    ours = (MainWindow, Bridge, Workbench, Controller, Page)
    more = {kind.__name__: count for kind, count in (after - before).items() if issubclass(kind, ours)}
    assert not more
    assert after.total() - before.total() < 4 * MOST
