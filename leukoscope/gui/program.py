"""Who keeps the window: it is closed while the cases are converted, and a new one opens afterwards."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QApplication

from leukoscope.gui.bridge import Bridge
from leukoscope.gui.converting import STOPPED, ConvertingWindow
from leukoscope.gui.main_window import MainWindow

if TYPE_CHECKING:
    from leukoscope.workflow.encryption_desk import Conversion
    from leukoscope.workflow.home import Home


class Program(QObject):
    """One window at a time on one home.

    Parameters
    ----------
    home
        Whose cases.
    bridge
        On its way to the cases already.
    paths
        Opened in the first window.

    Signals
    -------
    opened(object)
        There is another window: this one.
    """

    opened = Signal(object)

    def __init__(self, home: Home, bridge: Bridge, paths: tuple[Path, ...] = ()) -> None:
        super().__init__()
        self._home = home
        self._ends = False
        self._afterwards: tuple[Path, ...] = ()
        self.converting: ConvertingWindow | None = None
        self.window: MainWindow | None = self._made(bridge, paths)

    def _made(self, bridge: Bridge, paths: tuple[Path, ...]) -> MainWindow:
        window = MainWindow(bridge, paths)
        # Later: the window waits for every write before it closes, also for the one that tells of this.
        window.encrypting.wanted.connect(self._convert, Qt.ConnectionType.QueuedConnection)
        return window

    def come_forward(self, paths: tuple[Path, ...]) -> None:
        """Somebody started the program again."""
        if self.window is not None:
            self.window.come_forward(paths)
        else:
            self._afterwards += paths

    def close(self) -> None:
        """End: the session does, or a signal says so."""
        if self.window is not None:
            self.window.close()
        elif self.converting is not None:
            self._ends = True
            self.converting.stop()

    def _convert(self, conversion: Conversion) -> None:
        """Close the window, which writes everything first, and do it."""
        app = QApplication.instance()
        assert isinstance(app, QApplication) and self.window is not None
        window = self.window
        # The last window goes, and the program stays.
        app.setQuitOnLastWindowClosed(False)
        if not window.close():
            app.setQuitOnLastWindowClosed(True)
            window.encrypting.leave()
            return
        self.window = None
        window.deleteLater()
        self.converting = ConvertingWindow(conversion)
        self.converting.ended.connect(lambda said: self._open_again(said, on=conversion.cipher is not None))
        self.converting.begin()

    def _open_again(self, said: str, *, on: bool) -> None:
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        converting, self.converting = self.converting, None
        if converting is not None:
            converting.deleteLater()
        if self._ends:
            app.quit()
            return
        bridge = Bridge(self._home)
        paths, self._afterwards = self._afterwards, ()
        window = self.window = self._made(bridge, paths)
        bridge.open()
        window.show()
        app.setQuitOnLastWindowClosed(True)
        window.usable.connect(lambda: self._tell(window, said, on=on))
        self.opened.emit(window)

    def _tell(self, window: MainWindow, said: str, *, on: bool) -> None:
        show: Callable[[], object] = lambda: window.show_page("settings")  # noqa: E731
        if said == STOPPED:
            words = self.tr("Stopped. Every case can be opened; go on in the settings when there is time.")
            window.message.warn(words, self.tr("Settings"), show)
        elif said:
            window.message.warn(said, self.tr("Settings"), show)
        else:
            done = self.tr("The cases are encrypted.") if on else self.tr("The cases are in the clear again.")
            window.message.tell(done)
