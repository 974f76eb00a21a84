"""A small window of its own while the cases are encrypted or written in the clear: how far it is, and a way to stop."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QVBoxLayout, QWidget

from leukoscope.domain.errors import CancelledError, LeukoScopeError, sentence_of
from leukoscope.domain.progress import CancelToken
from leukoscope.gui.widgets.buttons import PushButton
from leukoscope.gui.widgets.text import label

if TYPE_CHECKING:
    from leukoscope.workflow.encryption_switch import Conversion
    from leukoscope.workflow.maintenance import Restoration

logger = logging.getLogger(__name__)

STOPPED = "stopped"


class ConvertingWindow(QWidget):
    """Does a Conversion in a thread of its own; nobody else may have the cases open.

    Signals
    -------
    ended(str)
        It is over: empty when all is done, :data:`STOPPED`, or the sentence that says why not.
    """

    ended = Signal(str)
    # Emitted in the thread that does it.
    _stepped = Signal(int, int)
    _over = Signal(str)

    def __init__(self, conversion: Conversion | Restoration) -> None:
        super().__init__()
        self.setObjectName("page")
        self.setWindowTitle("LeukoScope")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._conversion, self._cancel, self._ended = conversion, CancelToken(), False
        title = {
            "encrypt": self.tr("The cases are being encrypted"),
            "decrypt": self.tr("The cases are written in the clear"),
            "restore": self.tr("The backup is being put back"),
        }[conversion.kind]
        self.count = label(self.tr("Closing the cases …"), "muted")
        self._bar = QProgressBar()
        self._bar.setRange(0, 0)
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName(title)
        later = self.tr("The program opens again by itself. What is done stays when you stop it, and it goes on later.")
        never = self.tr("The program opens again by itself. Until the backup is checked once more it can be stopped.")
        hint = label(never if conversion.kind == "restore" else later, "muted", wrap=True)
        self.stop_button = PushButton(self.tr("Stop"))
        self.stop_button.clicked.connect(self.stop)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(self.stop_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(12)
        for widget in (label(title, "title"), self.count, self._bar, hint):
            column.addWidget(widget)
        column.addStretch(1)
        column.addLayout(row)
        self.setFixedSize(520, 220)
        self._stepped.connect(self._show_step)
        self._over.connect(self._finish)
        self._thread = threading.Thread(target=self._run, name="encryption", daemon=False)

    def begin(self) -> None:
        """Show it, and begin."""
        self.show()
        self._thread.start()

    def stop(self) -> None:
        """Stop after the file under way."""
        self._cancel.cancel()
        self.stop_button.setEnabled(False)
        self.count.setText(self.tr("Stopping …"))

    def closeEvent(self, event: QCloseEvent) -> None:
        """Closing it stops; it goes away by itself then."""
        if self._ended:
            event.accept()
            return
        self.stop()
        event.ignore()

    def _run(self) -> None:
        try:
            self._conversion.run(self._stepped.emit, self._cancel)
            said = ""
        except CancelledError:
            said = STOPPED
        except LeukoScopeError as error:
            logger.error("encryption not changed to the end: %s (%s)", error.message, error.detail)
            said = error.message
        except Exception as error:
            logger.exception("encryption not changed to the end")
            said = sentence_of(error)
        self._over.emit(said)

    def _show_step(self, done: int, count: int) -> None:
        if not self._cancel.cancelled:
            self._bar.setRange(0, count)
            self._bar.setValue(done)
            self.count.setText(self.tr("{0} of {1} files").format(done, count))

    def _finish(self, said: str) -> None:
        self._thread.join()
        self._ended = True
        self.close()
        self.ended.emit(said)
