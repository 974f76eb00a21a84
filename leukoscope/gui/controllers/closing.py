"""Closing the window: first everything is written; a window that cannot write says so and stays."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QEventLoop, QObject, QTimer
from PySide6.QtGui import QSessionManager
from PySide6.QtWidgets import QApplication

from leukoscope.gui.export_queue import Kind
from leukoscope.gui.language import said
from leukoscope.gui.widgets.saving_sheet import SavingSheet

if TYPE_CHECKING:
    from leukoscope.gui.main_window import MainWindow

SHOWN_AFTER_MS = 300
"""Writing is seldom slower: a sheet that only flashes would tell nobody anything."""


class Closing(QObject):
    """Decides whether the window may close, and lets a person decide where it takes long."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self.sheet = SavingSheet(window)
        self.sheet.stay_wanted.connect(self.stay)
        self.sheet.leave_wanted.connect(self._leave)
        self._loop: QEventLoop | None = None
        self.abandoned = False
        self._stays = False
        self._failures: list[tuple[str, Callable[[], None] | None]] = []
        window.bridge.write_failed.connect(self._write_failed)
        window.exporter.failed.connect(self._export_failed)
        for signal in (window.bridge.settled, window.exporter.changed):
            signal.connect(self._look)
        window.bridge.happened.connect(lambda _event: self._look())
        app = QApplication.instance()
        if isinstance(app, QApplication):
            app.commitDataRequest.connect(self.session_ends)

    @property
    def waiting(self) -> bool:
        """Whether the window waits for writes before it closes."""
        return self._loop is not None

    @property
    def left(self) -> int:
        """How many things are not written yet."""
        window = self._window
        under_way = window.handwork.judging, window.worklist.importing
        return window.bridge.unsaved + window.exporter.asked + sum(under_way)

    def may_close(self) -> bool:
        """Write what is being typed and what waits; whether all of it is kept, or a person leaves without it."""
        if self.waiting:
            # Asked once more meanwhile: the sheet is in front, and its buttons decide.
            return False
        window = self._window
        if window.bridge.is_closed or not (window.bridge.is_open or window.bridge.unsaved):
            return True
        self._failures, self.abandoned, self._stays = [], False, False
        self._end_typing()
        if window.who.refuses_to_close():
            return False
        window.exporter.stop_previews()
        self._wait()
        if self.abandoned:
            return True
        if self._failures:
            self._say_what_is_lost()
            return False
        return not self._stays

    def session_ends(self, manager: QSessionManager) -> None:
        """The desktop logs out or shuts down: write everything first, or ask it to wait."""
        if not self.may_close():
            manager.cancel()

    def stay(self) -> None:
        """Do not close: what waits is written all the same."""
        if self._loop is not None:
            self._stays = True
            self._loop.quit()

    def _leave(self) -> None:
        if self._loop is not None:
            self.abandoned = True
            self._loop.quit()

    def _end_typing(self) -> None:
        """Fields keep what stands in them when they are left."""
        window = self._window
        focused = QApplication.focusWidget()
        if focused is not None and window.isAncestorOf(focused):
            focused.clearFocus()
        window.case_bar.form.save()
        window.worklist.form.save()
        window.settings.save_fields()

    def _wait(self) -> None:
        if not self.left:
            return
        bridge = self._window.bridge
        self._loop = QEventLoop()
        timer = QTimer()
        timer.setSingleShot(True)
        timer.timeout.connect(lambda: self.sheet.ask(self.left))
        timer.start(SHOWN_AFTER_MS)
        app = QApplication.instance()
        assert app is not None
        bridge.hurry(True)
        app.installEventFilter(self)
        try:
            self._loop.exec()
        finally:
            app.removeEventFilter(self)
            bridge.hurry(False)
            self._loop = None
            self.sheet.leave()

    def _look(self) -> None:
        if self._loop is not None:
            self.sheet.show_left(self.left)
            if not self.left:
                self._loop.quit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """While the window waits, keys reach the sheet alone: nothing new is begun behind it."""
        if event.type() in {QEvent.Type.ShortcutOverride, QEvent.Type.Shortcut}:
            event.accept()
            return event.type() == QEvent.Type.Shortcut
        return super().eventFilter(watched, event)

    # What failed -----------------------------------------------------------------------------------------------

    def _write_failed(self, sentence: str, again: Callable[[], None]) -> None:
        if self.waiting:
            self._failures.append((sentence, again))

    def _export_failed(self, kind: Kind, sentence: str) -> None:
        if self.waiting and kind is not Kind.PREVIEW:
            self._failures.append((sentence, None))

    def _say_what_is_lost(self) -> None:
        failures, window = self._failures, self._window
        words = self.tr("The window stays open, since not everything could be saved: {0}")
        sentence = words.format(said(failures[0][0]))
        tries = [again for _, again in failures if again is not None]

        def again() -> None:
            for one in tries:
                one()
            window.close()

        window.message.warn(sentence, self.tr("Try again and close") if tries else "", again if tries else None)
