"""The window: rail, pages, bars and status line. Only layout: what happens in it is done by controllers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from PySide6.QtCore import QByteArray, Qt, Signal
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDragLeaveEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QHBoxLayout, QMainWindow, QStackedWidget, QVBoxLayout, QWidget

from leukoscope.gui.chrome.case_bar import CaseBar
from leukoscope.gui.chrome.name_bar import NameBar
from leukoscope.gui.chrome.rail import Rail
from leukoscope.gui.chrome.status_line import StatusLine
from leukoscope.gui.page import Page
from leukoscope.gui.widgets.message_bar import MessageBar
from leukoscope.gui.widgets.page_area import PageArea

TITLE = "LeukoScope"
WIDTH, HEIGHT = 1440, 900
LEAST_WIDTH, LEAST_HEIGHT = 960, 472
"""A screen of 1920 x 1080 at 200 % has 960 x 540, and the title of the window and the bar of the system stand there."""


class DropHandler(Protocol):
    """Takes what is dragged over the window."""

    def enter(self, event: QDragEnterEvent) -> None:
        """Something is dragged into the window."""
        ...

    def leave(self) -> None:
        """It is dragged out again."""
        ...

    def drop(self, event: QDropEvent) -> None:
        """It is dropped."""
        ...


@dataclass(frozen=True)
class WindowChrome:
    """What stands around the pages."""

    rail: Rail
    case_bar: CaseBar
    messages: MessageBar
    name_bar: NameBar
    status: StatusLine


class MainWindow(QMainWindow):
    """Lays the parts out, and passes on what only a window is told: closing and dropping.

    Signals
    -------
    about_to_close()
        The window is still on the screen, and will be closed.
    closed()
        The window is gone from the screen.
    """

    about_to_close = Signal()
    closed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setWindowTitle(TITLE)
        self.setAcceptDrops(True)
        self.setMinimumSize(LEAST_WIDTH, LEAST_HEIGHT)
        self._stack = QStackedWidget()
        self._pages: dict[str, Page] = {}
        self._drops: DropHandler | None = None
        self._may_close: Callable[[], bool] = lambda: True

    # Layout ----------------------------------------------------------------------------------------------------

    def lay_out(self, pages: Sequence[Page], chrome: WindowChrome) -> None:
        """Put pages, bars, rail and status line in their places."""
        self._pages = {page.name: page for page in pages}
        for page in pages:
            self._stack.addWidget(page)
        right = _column()
        right.addWidget(chrome.case_bar)
        area = PageArea(self._stack)
        for bar in (chrome.messages, chrome.name_bar):
            area.float_over(bar)
        right.addWidget(area, 1)
        row = QHBoxLayout()
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(chrome.rail)
        row.addLayout(right, 1)
        central = QWidget()
        column = _column(central)
        column.addLayout(row, 1)
        column.addWidget(chrome.status)
        self.setCentralWidget(central)
        self.resize(WIDTH, HEIGHT)

    def pass_on(self, drops: DropHandler, may_close: Callable[[], bool]) -> None:
        """Say who takes what is dropped, and who decides whether the window may close."""
        self._drops, self._may_close = drops, may_close

    # What it shows ---------------------------------------------------------------------------------------------

    @property
    def page(self) -> str:
        """Name of the page shown."""
        shown = self._stack.currentWidget()
        return shown.name if isinstance(shown, Page) else ""

    def put_in_front(self, name: str) -> None:
        """Show a page instead of the one before."""
        self._stack.setCurrentWidget(self._pages[name])

    def focus_page(self) -> None:
        """Give the keyboard to what the shown page is for."""
        target = self._pages[self.page].focus_target()
        if target is not None:
            target.setFocus()

    def name_case(self, number: str) -> None:
        """Say in the title which case is open; an empty number says that none is."""
        self.setWindowTitle(f"{number} – {TITLE}" if number else TITLE)

    def cover(self, covered: bool) -> None:
        """Hide everything but the sheets over the window, or show it again."""
        if (middle := self.centralWidget()) is not None:
            middle.setVisible(not covered)
        self.menuBar().setVisible(not covered)

    def toggle_full_screen(self) -> None:
        """The whole screen, or a window again."""
        if self.isFullScreen():
            self.showNormal()
        else:
            self.showFullScreen()

    def screen_facts(self) -> str:
        """How large the screen is, and how fine."""
        screen = self.screen()
        return f"{screen.size().width()} x {screen.size().height()} at {screen.devicePixelRatio():.2f}"

    # Place -----------------------------------------------------------------------------------------------------

    def placement(self) -> str:
        """Place and size as text, and whether the window is maximized; empty in full screen and while minimized."""
        if self.windowState() & (Qt.WindowState.WindowFullScreen | Qt.WindowState.WindowMinimized):
            return ""
        return bytes(self.saveGeometry().toBase64().data()).decode("ascii")

    def place(self, placement: str) -> None:
        """Take a place and a size again."""
        self.restoreGeometry(QByteArray.fromBase64(placement.encode()))

    # What only a window is told --------------------------------------------------------------------------------

    def end_typing(self) -> None:
        """Let the field that has the keyboard go: it keeps what stands in it."""
        focused = QApplication.focusWidget()
        if focused is not None and self.isAncestorOf(focused):
            focused.clearFocus()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Close, if it may."""
        if not self._may_close():
            event.ignore()
            return
        self.about_to_close.emit()
        self.hide()
        self.closed.emit()
        event.accept()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Pass it on."""
        if self._drops is not None:
            self._drops.enter(event)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        """Pass it on."""
        if self._drops is not None:
            self._drops.leave()
        super().dragLeaveEvent(event)

    def dropEvent(self, event: QDropEvent) -> None:
        """Pass it on."""
        if self._drops is not None:
            self._drops.drop(event)


def _column(parent: QWidget | None = None) -> QVBoxLayout:
    column = QVBoxLayout() if parent is None else QVBoxLayout(parent)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(0)
    return column
