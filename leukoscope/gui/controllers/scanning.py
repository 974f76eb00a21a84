"""Scans on the Capture page: the stage goes from field to field, each is taken into the case."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal

from leukoscope.domain.errors import CancelledError, sentence_of
from leukoscope.domain.progress import CancelToken
from leukoscope.gui.capture.page import CapturePage
from leukoscope.gui.capture.scan_card import ScanCard
from leukoscope.gui.controllers.controller import Controller
from leukoscope.gui.language import said
from leukoscope.gui.session import Session

if TYPE_CHECKING:
    from leukoscope.sources.cameras.reader import CameraReader
    from leukoscope.workflow.asked import AskedBy
    from leukoscope.workflow.scanning import ScanOrder, ScanStep

logger = logging.getLogger(__name__)


class ScanController(Controller):
    """Runs one scan at a time in a thread of its own, in the name of who began it.

    Parameters
    ----------
    session, capture
        What it works on.
    """

    _shot, _step, _over = Signal(object), Signal(object), Signal(str)

    def __init__(self, session: Session, capture: CapturePage) -> None:
        super().__init__(session)
        self._capture, self.card = capture, ScanCard()
        self.card.float_over(capture.view.stack)
        self._cancel: CancelToken | None = None
        self._by: AskedBy | None = None
        self._taken, self._fields, self._overlaps = 0, 0, False
        capture.view.stack.currentChanged.connect(lambda _index: self.card.raise_())
        capture.panel.scan.toggled.connect(self.card.setVisible)
        self.card.closed.connect(lambda: capture.panel.scan.setChecked(False))
        self.card.start_wanted.connect(self.start)
        self.card.cancel_wanted.connect(self.stop)
        queued = Qt.ConnectionType.QueuedConnection
        self._shot.connect(lambda shot: capture.take_shot(shot, self._by), queued)
        self._step.connect(self._show, queued)
        self._over.connect(self._ended, queued)

    @property
    def is_running(self) -> bool:
        """Whether a scan is under way."""
        return self._cancel is not None

    def start(self, order: ScanOrder) -> None:
        """Begin to scan with the camera that runs."""
        reader = self._capture.reader
        if reader is None or self.is_running or self._session.refuses_changes():
            return
        self._cancel, self._by = CancelToken(), self._bridge.bench.operator.asked()
        self._taken, self._fields, self._overlaps = 0, order.fields, order.overlap > 0
        self.card.show_running(on=True)
        um_per_px = self._bridge.bench.settings.current.um_per_px
        work = (reader, order, um_per_px, self._cancel)
        threading.Thread(target=self._run, args=work, name="scan", daemon=True).start()

    def stop(self) -> None:
        """End the scan after the picture under way; what was taken stays."""
        if self._cancel is not None:
            self._cancel.cancel()

    def _run(self, reader: CameraReader, order: ScanOrder, um_per_px: float | None, cancel: CancelToken) -> None:
        from leukoscope.workflow.scanning import Scan

        sentence = ""
        try:
            Scan(reader, order, um_per_px, self._shot.emit, self._step.emit, cancel).run()
        except CancelledError:
            pass
        except Exception as error:
            logger.exception("a scan ended early")
            sentence = sentence_of(error)
        self._over.emit(sentence)

    def _show(self, step: ScanStep) -> None:
        self._taken = step.taken
        self.card.show_step(step)

    def _ended(self, sentence: str) -> None:
        self._cancel = None
        self.card.show_running(on=False)
        kept = self.tr("{0} of {1} fields are taken.").format(self._taken, self._fields)
        if self._overlaps and self._taken > 1:
            kept += " " + self.tr("In the overview cells that two fields show can be counted once.")
        self.card.say(f"{said(sentence)} {kept}" if sentence else kept)
        if sentence:
            self._messages.warn(sentence)
        elif self.card.isHidden():
            self._messages.tell(kept)
