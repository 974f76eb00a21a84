"""What the desktop shows outside the window: a notice when something long has ended, and progress in the taskbar."""

from __future__ import annotations

import ctypes
import logging
import sys
from collections.abc import Callable
from typing import Any, Protocol

from PySide6.QtCore import QObject
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QSystemTrayIcon, QWidget

from leukoscope.gui.windows_com import ComInterface

logger = logging.getLogger(__name__)

SHOWN_MS = 10_000


class DesktopNotice(QObject):
    """Tells a person who works in another window; nothing while this one is in front.

    The desktop's own notice is asked for through an icon in its notification area, which is there only as long as the
    notice is news: it goes when the window comes forward. A desktop without such an area only marks the window.

    Parameters
    ----------
    window
        The window that a click brings forward.
    bring_forward
        Brings it there.
    """

    def __init__(self, window: QWidget, bring_forward: Callable[[], None]) -> None:
        super().__init__(window)
        self._window, self._bring_forward = window, bring_forward
        self.tray: QSystemTrayIcon | None = None
        application = QGuiApplication.instance()
        assert isinstance(application, QGuiApplication)
        application.focusWindowChanged.connect(self._looked_at)

    def tell(self, sentence: str) -> None:
        """Tell it. The sentence may be read by anybody near: no name of a patient, no number of a case."""
        if self._window.isActiveWindow():
            return
        QApplication.alert(self._window)
        if not QSystemTrayIcon.isSystemTrayAvailable():
            return
        if self.tray is None:
            self.tray = QSystemTrayIcon(QGuiApplication.windowIcon(), self)
            self.tray.setToolTip(QGuiApplication.applicationDisplayName())
            self.tray.messageClicked.connect(self._bring_forward)
            self.tray.activated.connect(lambda _reason: self._bring_forward())
        self.tray.show()
        self.tray.showMessage(QGuiApplication.applicationDisplayName(), sentence, self.tray.icon(), SHOWN_MS)

    def _looked_at(self, focused: object) -> None:
        if focused is not None and self.tray is not None:
            self.tray.hide()


class TaskbarProgress(Protocol):
    """Progress on the window's button in the taskbar."""

    def show(self, done: int, total: int) -> None:
        """So much of it is done."""
        ...

    def clear(self) -> None:
        """Nothing runs."""
        ...


class NoTaskbar:
    """A desktop whose taskbar shows no progress of programs."""

    def show(self, done: int, total: int) -> None:
        """Nothing to show it on."""

    def clear(self) -> None:
        """Nothing to clear."""


class WindowsTaskbar:
    """Windows' taskbar, through its own interface ``ITaskbarList3``.

    Qt has no class for it since version 6.

    Parameters
    ----------
    window
        Whose button shows it.
    """

    _CLASS = "{56FDF344-FD6D-11D0-958A-006097C9A090}"
    _INTERFACE = "{EA1AFB91-9E28-4B86-90E9-9E9F8A5EEFAF}"
    _HR_INIT, _SET_VALUE, _SET_STATE = 3, 9, 10
    _NONE, _NORMAL = 0, 2

    def __init__(self, window: QWidget) -> None:
        self._window, self._failed = window, False
        self._list: ComInterface | None = None

    def show(self, done: int, total: int) -> None:
        """So much of it is done."""
        self._call(self._SET_STATE, ctypes.c_int(self._NORMAL))
        self._call(self._SET_VALUE, ctypes.c_ulonglong(done), ctypes.c_ulonglong(max(total, 1)))

    def clear(self) -> None:
        """Nothing runs."""
        self._call(self._SET_STATE, ctypes.c_int(self._NONE))

    def _call(self, number: int, *values: Any) -> None:
        """Call a method with the window's handle first; a taskbar that is not there costs nothing but a line."""
        if self._failed:
            return
        try:
            if self._list is None:
                self._list = ComInterface(self._CLASS, self._INTERFACE)
                self._list.call(self._HR_INIT)
            self._list.call(number, ctypes.c_void_p(int(self._window.winId())), *values)
        except OSError as error:
            self._failed = True
            logger.warning("the taskbar shows no progress: %r", error)


def taskbar_of(window: QWidget) -> TaskbarProgress:
    """The taskbar that this desktop has."""
    native = sys.platform == "win32" and QGuiApplication.platformName() == "windows"
    return WindowsTaskbar(window) if native else NoTaskbar()
