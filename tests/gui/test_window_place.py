"""Where the window stands, and how large it is, at the first start and at the next one."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QRect
from PySide6.QtGui import QScreen
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from leukoscope.gui.main_window import HEIGHT, WIDTH, MainWindow
from leukoscope.gui.screen_room import fill_small_screen


@pytest.fixture
def bare(qtbot: QtBot, dark: QApplication) -> MainWindow:
    """A window without pages, not yet shown."""
    window = MainWindow()
    qtbot.addWidget(window)
    window.resize(WIDTH, HEIGHT)
    return window


@pytest.mark.parametrize(
    ("room", "fills"),
    [((1366, 728), True), ((1440, 900), True), ((1280, 1400), True), ((1920, 1040), False), ((2560, 1400), False)],
)
def test_a_screen_without_room_is_filled(
    bare: MainWindow, room: tuple[int, int], fills: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QScreen, "availableGeometry", lambda _screen: QRect(0, 0, *room))
    fill_small_screen(bare)
    assert bare.isMaximized() == fills


def test_a_maximized_window_is_one_at_the_next_start(bare: MainWindow, qtbot: QtBot) -> None:
    bare.showMaximized()
    kept = bare.placement()
    again = MainWindow()
    qtbot.addWidget(again)
    again.place(kept)
    assert again.isMaximized()
    bare.showFullScreen()
    assert bare.placement() == "", "nobody wants to start in full screen"
