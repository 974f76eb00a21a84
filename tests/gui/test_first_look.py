"""The first look: the demo case is judged already, and the tour lets the newcomer name one cell."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from leukoscope.domain.findings import Label
from leukoscope.gui.main_window import MainWindow
from leukoscope.gui.widgets.tour import Tour
from leukoscope.workflow.app_dirs import AppDirs
from leukoscope.workflow.settings import Settings, load_settings, save_settings
from tests.gui.conftest import PATIENCE_MS, OpenWindow


@pytest.fixture
def window(quiet_home: AppDirs, open_quiet: OpenWindow, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot) -> MainWindow:
    """The window at its first start, with the models that ship; no engine is started at all."""
    monkeypatch.delenv("LEUKOSCOPE_SHIPPED_MODELS")
    save_settings(Settings(), quiet_home.config)
    made = open_quiet()
    qtbot.waitUntil(lambda: bool(made.findChildren(Tour)), timeout=PATIENCE_MS)
    made.activateWindow()
    return made


def at_the_task(window: MainWindow) -> Tour:
    tour = window.findChildren(Tour)[0]
    for number in range(10):
        if tour.next.text() == "Skip":
            return tour
        tour.go(number)
    raise AssertionError("the tour has no task")


def test_the_demo_case_is_judged_when_the_tour_begins(window: MainWindow, qtbot: QtBot) -> None:
    assert window.page == "review" and window.status.queue_text == ""
    counts = window.case.counts()
    assert all(counts[label] for label in Label), "all three verdicts occur"
    assert window.case.cell_count >= 15
    qtbot.waitUntil(lambda: window.review.gallery.model.rowCount() == window.case.cell_count, timeout=PATIENCE_MS)
    named = sum(section.count for section in window.review.gallery.model.sections if section.code is not None)
    assert named > window.case.cell_count / 2, "most cells have a name"
    assert len(window.review.inspector.cards) == 3 or window.review.cell is not None
    window.actions_by_id["toggle_map"].trigger()
    qtbot.waitUntil(lambda: window.review.inspector.pair.mapped.image is not None, timeout=PATIENCE_MS)


def test_the_tour_lets_the_newcomer_name_one_cell(window: MainWindow, quiet_home: AppDirs, qtbot: QtBot) -> None:
    tour = at_the_task(window)
    step, cell = tour.index, window.review.cell
    assert cell is not None and cell.needs_person, "one that waits for a person"
    keys = window.review.inspector.keys
    middle = keys.mapTo(window, keys.rect().center())
    assert window.childAt(middle) is not None and not tour.isAncestorOf(window.childAt(middle)), (
        "its buttons take clicks"
    )
    assert window.childAt(middle) is not tour
    qtbot.keyClick(window.review.gallery._view, Qt.Key.Key_7)
    assert window.decisions.bar.isVisible(), "the first decision asks who decides"
    assert tour.next.text() == "Skip"
    window.decisions._said("A. Weber")
    decided = window.case.cell(cell.id)
    assert decided is not None and decided.decision is not None and decided.decision.code == "blast"
    assert tour.next.text() == "Next" and tour.index == step and "your label counts" in tour._text.text()
    assert window.childAt(window.rect().center() + QPoint(0, -200)) is tour, "the window is dimmed again"
    tour.next.click()
    assert tour.index == step + 1
    tour.leave()
    assert load_settings(quiet_home.config).tour_seen
    qtbot.waitUntil(lambda: window.bridge.bench.cases.load(window.case.id or 0) is not None, timeout=PATIENCE_MS)


def test_the_task_can_be_skipped_and_left(window: MainWindow, qtbot: QtBot) -> None:
    tour = at_the_task(window)
    step = tour.index
    tour.next.click()
    assert tour.index == step + 1
    tour.go(step)
    window.review.gallery.setFocus()
    qtbot.keyClick(window.review.gallery._view, Qt.Key.Key_Escape)
    assert tour.isHidden()


def test_images_from_outside_end_the_tour_that_speaks_of_the_demo_case(
    window: Any, quiet_home: AppDirs, cell_files: list[Path], qtbot: QtBot
) -> None:
    demo = window.case.id
    window.importing.add_paths(tuple(cell_files), window.importing.target_from_outside())
    qtbot.waitUntil(lambda: window.case.id not in {None, demo}, timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: not window.findChildren(Tour), timeout=PATIENCE_MS)
    assert not load_settings(quiet_home.config).tour_seen, "the next start offers it again"
