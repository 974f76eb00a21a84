"""Whether the window has room on the screen it is on."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

TITLE_BAR = 40
"""Height at most that desktops give a title bar, in device-independent pixels."""


def fill_small_screen(window: QWidget) -> None:
    """Maximize a window, not yet shown, that is larger than the screen: nothing is to lie below its edge."""
    room, size = window.screen().availableGeometry(), window.size()
    if room.width() < size.width() or room.height() < size.height() + TITLE_BAR:
        window.setWindowState(window.windowState() | Qt.WindowState.WindowMaximized)
