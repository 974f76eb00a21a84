"""Who keeps the window: it is closed while the cases are converted, and built anew for another language."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtWidgets import QApplication

from leukoscope.gui import language
from leukoscope.gui.bridge import Bridge
from leukoscope.gui.compose import compose
from leukoscope.gui.composition import Composition
from leukoscope.gui.converting import STOPPED, ConvertingWindow
from leukoscope.gui.main_window import MainWindow
from leukoscope.gui.screen_room import fill_small_screen
from leukoscope.gui.session import Session
from leukoscope.workflow.languages import chosen_language
from leukoscope.workflow.settings import load_settings

if TYPE_CHECKING:
    from leukoscope.workflow.app_dirs import AppDirs
    from leukoscope.workflow.encryption_switch import Conversion
    from leukoscope.workflow.maintenance import Restoration


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
    made
        Makes a window with its parts on a bridge.

    Signals
    -------
    opened(object)
        There is another window: the Composition that it belongs to.
    """

    opened = Signal(object)

    def __init__(
        self,
        home: AppDirs,
        bridge: Bridge,
        paths: tuple[Path, ...] = (),
        made: Callable[[Bridge, tuple[Path, ...]], Composition] = compose,
    ) -> None:
        super().__init__()
        self._home, self._compose = home, made
        self._ends = False
        self._afterwards: tuple[Path, ...] = ()
        self._spoken = chosen_language(load_settings(home.config).language)
        self.converting: ConvertingWindow | None = None
        self.parts: Composition | None = self._made(bridge, paths)

    @property
    def window(self) -> MainWindow | None:
        """The window; none while the cases are converted."""
        return self.parts.window if self.parts is not None else None

    def _made(self, bridge: Bridge, paths: tuple[Path, ...] = ()) -> Composition:
        parts = self._compose(bridge, paths)
        # Later: the window waits for every write before it closes, also for the one that tells of this.
        parts.controllers.encryption.wanted.connect(self._convert, Qt.ConnectionType.QueuedConnection)
        parts.controllers.maintenance.wanted.connect(self._convert, Qt.ConnectionType.QueuedConnection)
        parts.pages.settings.changed.connect(self._setting_changed, Qt.ConnectionType.QueuedConnection)
        return parts

    def come_forward(self, paths: tuple[Path, ...]) -> None:
        """Somebody started the program again."""
        if self.parts is not None:
            self.parts.come_forward(paths)
        else:
            self._afterwards += paths

    def close(self) -> None:
        """End: the session does, or a signal says so."""
        if self.parts is not None:
            self.parts.window.close()
        elif self.converting is not None:
            self._ends = True
            self.converting.stop()

    def _setting_changed(self, name: str) -> None:
        if name == "language":
            self._speak()

    def _speak(self) -> None:
        """Show the window in the language that is set; what it shows, and all work, goes on.

        Every word of a window is given to a widget when that is made: one that is built anew has no word left over.
        """
        parts = self.parts
        if parts is None or chosen_language(parts.session.settings.language) == self._spoken:
            return
        if parts.is_busy:
            parts.session.messages.tell(self.tr("The language changes as soon as what runs now is done."))
            again = parts.session.bridge.happened
            again.connect(
                lambda _event: QTimer.singleShot(0, self, self._speak), Qt.ConnectionType.SingleShotConnection
            )
            return
        if parts.controllers.closing.may_close():
            self._build_anew(parts)

    def _build_anew(self, former: Composition) -> None:
        app, window, review = QApplication.instance(), former.window, former.pages.review
        assert isinstance(app, QApplication)
        setting = former.session.settings.language
        cell = review.cell.id if review.cell is not None else None
        window.about_to_close.emit()
        bridge = former.session.bridge.hand_over()
        language.change(app, setting)
        self._spoken = chosen_language(setting)
        parts = self.parts = self._made(bridge)
        if cell is not None:
            once = Qt.ConnectionType.SingleShotConnection
            parts.session.case.loaded.connect(lambda: parts.pages.review.choose_cell(cell), once)
        parts.session.navigation.show(former.session.navigation.page)
        parts.window.setGeometry(window.geometry())
        parts.window.setWindowState(window.windowState())
        bridge.open()
        parts.window.show()
        # The other one is on the screen already: the program does not end with its last window.
        window.hide()
        window.closed.emit()
        window.deleteLater()
        self.opened.emit(parts)

    def _convert(self, conversion: Conversion | Restoration) -> None:
        """Close the window, which writes everything first, and do it."""
        app = QApplication.instance()
        assert isinstance(app, QApplication) and self.parts is not None
        window, encryption = self.parts.window, self.parts.controllers.encryption
        # The last window goes, and the program stays.
        app.setQuitOnLastWindowClosed(False)
        if not window.close():
            app.setQuitOnLastWindowClosed(True)
            encryption.leave()
            return
        self.parts = None
        window.deleteLater()
        self.converting = ConvertingWindow(conversion)
        self.converting.ended.connect(lambda said: self._open_again(said, conversion))
        self.converting.begin()

    def _open_again(self, said: str, conversion: Conversion | Restoration) -> None:
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
        parts = self.parts = self._made(bridge, paths)
        bridge.open()
        fill_small_screen(parts.window)
        parts.window.show()
        app.setQuitOnLastWindowClosed(True)
        parts.session.usable.connect(lambda: self._tell(parts.session, said, conversion))
        self.opened.emit(parts)

    def _tell(self, session: Session, said: str, conversion: Conversion | Restoration) -> None:
        from leukoscope.workflow.maintenance import Restoration

        messages, kind = session.messages, conversion.kind
        show: Callable[[], object] = lambda: session.navigation.show("settings")  # noqa: E731
        if said == STOPPED and kind == "restore":
            messages.tell(self.tr("Stopped. Nothing was changed."))
        elif said == STOPPED:
            words = self.tr("Stopped. Every case can be opened; go on in the settings when there is time.")
            messages.warn(words, self.tr("Settings"), show)
        elif said:
            messages.warn(said, self.tr("Settings"), show)
        else:
            done = {
                "encrypt": self.tr("The cases are encrypted."),
                "decrypt": self.tr("The cases are in the clear again."),
                "restore": self.tr("The backup is in the place of the cases; what was there is kept beside it."),
            }
            models = conversion.models if isinstance(conversion, Restoration) else 0
            added = self.tr("Imported models that came back: {0}.").format(models) if models else ""
            messages.tell(f"{done[kind]} {added}".strip())
