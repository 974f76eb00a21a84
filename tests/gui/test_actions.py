from __future__ import annotations

from collections import Counter

from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QMainWindow, QMenu
from pytestqt.qtbot import QtBot
from shiboken6 import Shiboken

from leukoscope.gui.action_spec import MENUS
from leukoscope.gui.actions import SPECS, build_actions, key_text, tooltip
from leukoscope.gui.icons import NAMES
from leukoscope.gui.main_window import MainWindow
from leukoscope.gui.theme import appearance


def _menu_actions(menu: QMenu) -> list[str]:
    names: list[str] = []
    for action in menu.actions():
        below = action.menu()
        names += _menu_actions(below) if isinstance(below, QMenu) else [action.objectName()]
    return names


def test_shortcuts_are_valid_and_unique() -> None:
    keys = [QKeySequence(key).toString() for spec in SPECS for key in spec.keys]
    assert all(keys)
    assert [key for key, count in Counter(keys).items() if count > 1] == []


def test_every_action_has_words_and_a_known_icon() -> None:
    assert len({spec.id for spec in SPECS}) == len(SPECS)
    for spec in SPECS:
        assert spec.text and spec.tip and spec.menu in MENUS
        assert not spec.icon or spec.icon in NAMES
        assert spec.tip in tooltip(spec)
        assert all(part in tooltip(spec) for part in key_text(spec).split(", "))


def test_every_action_is_in_a_menu_with_tooltip_and_handler(window: MainWindow) -> None:
    in_menus = [name for action in window.menuBar().actions() for name in _menu_actions(action.menu())]  # type: ignore[arg-type]
    assert sorted(name for name in in_menus if name) == sorted(spec.id for spec in SPECS)
    assert set(window.commands.handlers()) == {spec.id for spec in SPECS}
    for spec in SPECS:
        action = window.actions_by_id[spec.id]
        assert action.toolTip() == tooltip(spec)
        assert [key.toString() for key in action.shortcuts()] == [QKeySequence(key).toString() for key in spec.keys]


def test_help_lists_every_key(window: MainWindow) -> None:
    window.actions_by_id["help"].trigger()
    assert window.help_sheet.isVisible()
    shown = {keys for keys, _ in window.help_sheet.rows}
    expected = {key_text(spec) for spec in SPECS if spec.keys and not spec.id.startswith("map_")} | {"Alt+1 … 9"}
    assert shown == expected


def test_pages_are_reached_by_their_actions(window: MainWindow) -> None:
    for page in ("review", "report", "models", "settings", "worklist"):
        window.actions_by_id[f"show_{page}"].trigger()
        assert window.page == page
        assert window.rail.button(page).isChecked()
        assert window.pages[page].isVisible()


def test_the_theme_can_change_when_an_earlier_window_is_gone(qtbot: QtBot) -> None:
    """A window is opened anew in one program when its cases were encrypted."""
    first, second = QMainWindow(), QMainWindow()
    qtbot.addWidget(second)
    build_actions(first)
    actions = build_actions(second)
    before = actions["export_pdf"].icon().cacheKey()
    Shiboken.delete(first)
    shown = appearance().theme.name
    try:
        with qtbot.captureExceptions() as faults:
            appearance().choose("light" if shown == "dark" else "dark")
        assert faults == []
        assert actions["export_pdf"].icon().cacheKey() != before, "the window that is there follows"
    finally:
        appearance().choose(shown)
