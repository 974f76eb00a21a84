"""The switches for what goes on by itself: behind a locked screen too, in the name of who switched it on."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from leukoscope.gui.bridge import Bridge
from leukoscope.gui.capture.automatic_capture import AutomaticCapture
from leukoscope.gui.capture.live_panel import LivePanel

if TYPE_CHECKING:
    from leukoscope.sources.cameras.reader import Shot
    from leukoscope.workflow.asked import AskedBy


class Unattended(QObject):
    """Switches automatic capture and time-lapse, and remembers for whom.

    Parameters
    ----------
    bridge
        Knows who works here.
    panel
        Has the switches.
    automatic
        Says when a picture should be taken.
    seen
        The picture that is seen now; ``None`` while none is.

    Signals
    -------
    wanted(object)
        The picture that is seen now should be taken; for whom, where somebody is known.
    """

    wanted = Signal(object)

    def __init__(
        self, bridge: Bridge, panel: LivePanel, automatic: AutomaticCapture, seen: Callable[[], Shot | None]
    ) -> None:
        super().__init__(panel)
        self._bridge, self._panel, self._automatic, self._seen = bridge, panel, automatic, seen
        self._asked: AskedBy | None = None
        panel.auto.toggled.connect(self._auto)
        panel.lapse.toggled.connect(self._lapse)
        automatic.wanted.connect(lambda: self.wanted.emit(self._asked))

    def switch_off(self) -> None:
        """The camera rests: nothing goes on by itself."""
        self._panel.auto.setChecked(False)
        self._panel.lapse.setChecked(False)
        self._automatic.stop()

    def _note_who(self) -> None:
        if self._bridge.is_open:
            self._asked = self._bridge.bench.operator.asked()

    def _auto(self, on: bool) -> None:
        if on:
            self._note_who()
        self._automatic.switch_auto(on)

    def _lapse(self, on: bool) -> None:
        if on:
            self._note_who()
        shot = self._seen()
        if on and shot is not None:
            self._automatic.start_lapse(self._panel.every.value(), self._panel.count.value(), shot.at)
        else:
            self._automatic.stop_lapse()
