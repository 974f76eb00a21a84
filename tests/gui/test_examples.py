"""The laboratory's own examples on the page Quality: by class, who kept them, and let go with undo."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from leukoscope.gui.main_window import MainWindow
from leukoscope.gui.quality.examples_part import ExamplesPart
from leukoscope.gui.widgets.buttons import IconButton
from leukoscope.workflow.app_dirs import AppDirs
from leukoscope.workflow.opening import open_store
from tests.decided_cases import add_case
from tests.gui.conftest import PATIENCE_MS, OpenWindow


@pytest.fixture
def window(home: AppDirs, open_window: OpenWindow) -> MainWindow:
    store = open_store(home)
    for frame in add_case(store, "Doe-77", 3):
        store.known_cells.keep_example(frame.cells[0].id, "Ben")
    store.close()
    return open_window()


def test_examples_stand_by_class_and_one_is_let_go_and_comes_back(window: MainWindow, qtbot: QtBot) -> None:
    page = window.pages["quality"]
    part: ExamplesPart = page.examples
    window.show_page("quality")
    page.show_part("examples")
    qtbot.waitUntil(lambda: len(part.cards) == 3, timeout=PATIENCE_MS)
    assert [card.word.text() for card in part.cards.values()] == ["Lymphocyte", "Blast", "Blast"]
    for card in part.cards.values():
        assert card.lines[:2] == ("Decided: Ana", "Kept: Ben")
        assert "Doe" not in card.toolTip() + card.accessibleName()
        qtbot.waitUntil(lambda card=card: not card.picture.pixmap().isNull(), timeout=PATIENCE_MS)
    assert isinstance(page.focus_target(), IconButton)
    gone, card = next(iter(part.cards.items()))
    card.findChild(IconButton).click()
    qtbot.waitUntil(lambda: gone not in part.cards and len(part.cards) == 2, timeout=PATIENCE_MS)
    window.message._action.click()
    qtbot.waitUntil(lambda: gone in part.cards, timeout=PATIENCE_MS)
    for cell_id in tuple(part.cards):
        window.bridge.bench.similar.remove_example(cell_id)
    page.show_part("teaching")
    page.show_part("examples")
    qtbot.waitUntil(lambda: not part.cards, timeout=PATIENCE_MS)
    assert part.empty.isVisible()
    part.empty.button.click()
    assert window.session.navigation.page == "review"
