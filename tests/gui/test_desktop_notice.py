"""What the desktop shows outside the window."""

from __future__ import annotations

import sys

import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QSystemTrayIcon, QWidget
from pytestqt.qtbot import QtBot

from leukoscope.gui.widgets import desktop_notice
from leukoscope.gui.widgets.desktop_notice import DesktopNotice, NoTaskbar, WindowsTaskbar, taskbar_of


class _Tray(QSystemTrayIcon):
    """The real icon; the area that it would stand in is not there off the screen."""

    @staticmethod
    def isSystemTrayAvailable() -> bool:
        """As on a desktop."""
        return True


def test_a_notice_is_given_behind_other_windows_only_and_goes_when_one_looks(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desktop_notice, "QSystemTrayIcon", _Tray)
    window, other = QWidget(), QWidget()
    for one in (window, other):
        qtbot.addWidget(one)
        with qtbot.waitExposed(one):
            one.show()
    looked: list[bool] = []
    notice = DesktopNotice(window, lambda: looked.append(True))
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    notice.tell("in front")
    assert notice.tray is None
    other.activateWindow()
    qtbot.waitUntil(other.isActiveWindow)
    notice.tell("The model is imported.")
    tray = notice.tray
    assert tray is not None
    assert tray.isVisible()
    tray.messageClicked.emit()
    assert looked == [True]
    application = QGuiApplication.instance()
    assert isinstance(application, QGuiApplication)
    application.focusWindowChanged.emit(window.windowHandle())
    assert not tray.isVisible()


def test_a_desktop_without_that_area_marks_the_window_only(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    notice = DesktopNotice(window, lambda: None)
    notice.tell("The model is imported.")
    assert notice.tray is None


def test_progress_is_shown_on_the_taskbar_that_is_there(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    taskbar = taskbar_of(window)
    native = sys.platform == "win32" and QGuiApplication.platformName() == "windows"
    assert isinstance(taskbar, WindowsTaskbar if native else NoTaskbar)
    taskbar.show(1, 2)
    taskbar.clear()
