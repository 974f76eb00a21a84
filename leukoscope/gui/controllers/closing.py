"""Closing the window: first everything is written; a window that cannot write says so and stays."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QEventLoop, QObject, QTimer, Signal
from PySide6.QtGui import QSessionManager
from PySide6.QtWidgets import QApplication

from leukoscope.gui.controllers.controller import Controller
from leukoscope.gui.export_queue import ExportQueue, ExportTask
from leukoscope.gui.language import said
from leukoscope.gui.session import Session
from leukoscope.gui.sheets.saving_sheet import SavingSheet

SHOWN_AFTER_MS = 300
"""Writing is seldom slower: a sheet that only flashes would tell nobody anything."""


@dataclass(frozen=True)
class Unfinished:
    """What may not be written yet when the window is asked to close.

    Parameters
    ----------
    typed
        Save what is being typed, in this order.
    refuses
        Says that something waits for a person's answer; whether it does.
    under_way
        Say whether something runs that a person began.
    """

    typed: Sequence[Callable[[], object]] = ()
    refuses: Callable[[], bool] = lambda: False
    under_way: Sequence[Callable[[], bool]] = ()


class ClosingController(Controller):
    """Decides whether the window may close, and lets a person decide where it takes long.

    Parameters
    ----------
    session
        What it works on.
    sheet
        Says that something is being written.
    export_queue
        Writes files that a person asked for.
    unfinished
        What else may not be written yet.

    Signals
    -------
    close_wanted()
        What failed is tried again: close the window after that.
    """

    close_wanted = Signal()

    def __init__(self, session: Session, sheet: SavingSheet, export_queue: ExportQueue, unfinished: Unfinished) -> None:
        super().__init__(session)
        self.sheet, self._export_queue, self._unfinished = sheet, export_queue, unfinished
        sheet.stay_wanted.connect(self.stay)
        sheet.leave_wanted.connect(self._leave)
        self._loop: QEventLoop | None = None
        self.abandoned = False
        self._stays = False
        self._failures: list[tuple[str, Callable[[], None] | None]] = []
        self._bridge.write_failed.connect(self._write_failed)
        self._export_queue.failed.connect(self._export_failed)
        for signal in (self._bridge.settled, self._export_queue.changed):
            signal.connect(self._look)
        self._bridge.happened.connect(lambda _event: self._look())
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
        under_way = sum(1 for runs in self._unfinished.under_way if runs())
        return self._bridge.unsaved + self._export_queue.asked + under_way

    def may_close(self) -> bool:
        """Write what is being typed and what waits; whether all of it is kept, or a person leaves without it."""
        if self.waiting:
            # Asked once more meanwhile: the sheet is in front, and its buttons decide.
            return False
        if self._bridge.is_closed or not (self._session.is_open or self._bridge.unsaved):
            return True
        self._failures, self.abandoned, self._stays = [], False, False
        for save in self._unfinished.typed:
            save()
        if self._unfinished.refuses():
            return False
        self._export_queue.stop_previews()
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

    def _wait(self) -> None:
        if not self.left:
            return
        self._loop = QEventLoop()
        timer = QTimer()
        timer.setSingleShot(True)
        timer.timeout.connect(lambda: self.sheet.ask(self.left))
        timer.start(SHOWN_AFTER_MS)
        app = QApplication.instance()
        assert app is not None
        self._bridge.hurry(True)
        app.installEventFilter(self)
        try:
            self._loop.exec()
        finally:
            app.removeEventFilter(self)
            self._bridge.hurry(False)
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

    def _export_failed(self, task: ExportTask, sentence: str) -> None:
        if self.waiting and task is not ExportTask.PREVIEW:
            self._failures.append((sentence, None))

    def _say_what_is_lost(self) -> None:
        failures = self._failures
        words = self.tr("The window stays open, since not everything could be saved: {0}")
        sentence = words.format(said(failures[0][0]))
        tries = [again for _, again in failures if again is not None]

        def again() -> None:
            for one in tries:
                one()
            self.close_wanted.emit()

        self._messages.warn(sentence, self.tr("Try again and close") if tries else "", again if tries else None)
