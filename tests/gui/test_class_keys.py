"""A lab gives the cell classes other keys: in force at once wherever labels are given, kept, and taken back."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from pytestqt.qtbot import QtBot

from leukoscope.cases.store import CaseStore
from leukoscope.domain.cell_classes import CELL_CLASSES
from leukoscope.domain.labels import named
from leukoscope.gui.main_window import MainWindow
from leukoscope.workflow.app_dirs import AppDirs
from leukoscope.workflow.class_keys import DEFAULT_KEYS
from leukoscope.workflow.settings import load_settings, save_settings
from tests.gui.conftest import SOMEBODY_HERE, OpenWindow
from tests.gui.stored import stored_case

PATIENCE_MS = 60_000


@pytest.fixture
def window(kept: CaseStore, open_quiet: OpenWindow, qtbot: QtBot) -> MainWindow:
    """A window on a case of three judged cells."""
    case_id = stored_case(kept, "A-1", 3)
    made = open_quiet()
    made.commands.open_case(case_id)
    qtbot.waitUntil(lambda: made.review.cell is not None, timeout=PATIENCE_MS)
    made.activateWindow()
    return made


def type_key(window: MainWindow, code: str, key: str, qtbot: QtBot) -> None:
    edit = window.settings.class_keys.edits[code]
    edit.selectAll()
    qtbot.keyClicks(edit, key)


def shown(window: MainWindow, code: str) -> tuple[str, str, str, str]:
    """The key of a class in the menu, on its button, in the button's tooltip, on the sheet of keys."""
    action = window.actions_by_id[f"class_{code}"]
    button = window.review.inspector.keys.buttons[named(code)]
    tip = button.toolTip().partition("(key ")[2].rstrip(")")
    sheet = {text: keys for keys, text in window.help_sheet.rows}
    return action.shortcut().toString(), button.text().split()[0], tip, sheet.get(action.text(), "")


def code_of(window: MainWindow) -> str | None:
    cell = window.review.cell
    return cell.decision.code if cell is not None and cell.decision is not None else None


def test_every_class_shows_its_key_wherever_labels_are_given(window: MainWindow) -> None:
    for code in CELL_CLASSES:
        assert shown(window, code) == (DEFAULT_KEYS[code],) * 4


def test_another_key_is_in_force_at_once_everywhere_and_kept(
    window: MainWindow, quiet_home: AppDirs, qtbot: QtBot
) -> None:
    type_key(window, "blast", "q", qtbot)
    assert shown(window, "blast") == ("Q",) * 4
    assert "(Q)" in window.actions_by_id["class_blast"].toolTip()
    assert load_settings(quiet_home.config).class_keys == {"blast": "Q"}
    window.show_page("review")
    window.review.gallery.setFocus()
    qtbot.keyClick(window.review.gallery._view, Qt.Key.Key_7)
    assert code_of(window) is None, "its former key does nothing any more"
    qtbot.keyClick(window.review.gallery._view, Qt.Key.Key_Q)
    assert code_of(window) == "blast"
    window.settings.class_keys.reset.click()
    assert shown(window, "blast") == ("7",) * 4
    assert load_settings(quiet_home.config).class_keys == {}
    assert not window.settings.class_keys.reset.isEnabled()


def test_a_key_that_something_else_has_is_refused_with_a_sentence(
    window: MainWindow, quiet_home: AppDirs, qtbot: QtBot
) -> None:
    table = window.settings.class_keys
    type_key(window, "blast", "1", qtbot)
    assert table.refused.text() == "The key 1 names “neutrophil”; give that class another key first."
    assert table.edits["blast"].text() == "7"
    type_key(window, "blast", "m", qtbot)
    assert table.refused.text() == "The key M is for “Map”; choose another one."
    type_key(window, "blast", "%", qtbot)
    assert table.refused.text() == "A key is one letter or one digit; choose another one."
    assert shown(window, "blast") == ("7",) * 4
    assert load_settings(quiet_home.config).class_keys == {}
    type_key(window, "blast", "w", qtbot)
    assert table.refused.isHidden() and shown(window, "blast") == ("W",) * 4


def test_a_class_without_a_key_says_nothing_of_one(window: MainWindow, qtbot: QtBot) -> None:
    edit = window.settings.class_keys.edits["smudge"]
    edit.selectAll()
    qtbot.keyClick(edit, Qt.Key.Key_Delete)
    button = window.review.inspector.keys.buttons[named("smudge")]
    assert button.text() == "SMU" and button.toolTip() == "Label this cell “smudge cell”"
    assert window.actions_by_id["class_smudge"].shortcuts() == []
    assert "Smudge cell" not in [text for _, text in window.help_sheet.rows]


def test_the_next_start_has_the_keys_of_the_lab(kept: CaseStore, open_quiet: OpenWindow, quiet_home: AppDirs) -> None:
    from dataclasses import replace

    save_settings(replace(SOMEBODY_HERE, class_keys={"blast": "Q", "monocyte": "M"}), quiet_home.config)
    window = open_quiet()
    assert window.actions_by_id["class_blast"].shortcut() == QKeySequence("Q")
    assert window.actions_by_id["class_monocyte"].shortcut() == QKeySequence("3"), "M is the map's"
    assert window.settings.class_keys.edits["blast"].text() == "Q"
