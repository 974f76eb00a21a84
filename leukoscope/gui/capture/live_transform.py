"""The buttons that turn, mirror and whiten the live picture, and what they make of each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from leukoscope.gui.capture.live_panel import LivePanel

if TYPE_CHECKING:
    from leukoscope.imaging.view_transform import ViewTransform
    from leukoscope.sources.cameras.reader import Shot

# What needs OpenCV is imported when a camera is wanted: the window is to be there at once.


class LiveTransform(QObject):
    """Keeps how pictures are seen.

    Parameters
    ----------
    panel
        Has the buttons.
    seen
        The picture as it came from the camera; ``None`` while none is shown.

    Signals
    -------
    changed()
        Pictures are seen in another way, the one that is held too.
    """

    changed = Signal()

    def __init__(self, panel: LivePanel, seen: Callable[[], Shot | None]) -> None:
        super().__init__(panel)
        self._seen = seen
        self._kept: ViewTransform | None = None
        panel.rotate.clicked.connect(lambda: self._keep(self.current.turned()))
        panel.mirror.clicked.connect(lambda: self._keep(self.current.flipped()))
        panel.white.clicked.connect(self._set_white)

    @property
    def current(self) -> ViewTransform:
        """How pictures are turned, mirrored and whitened before they are taken."""
        from leukoscope.imaging.view_transform import ViewTransform

        return self._kept or ViewTransform()

    def _keep(self, wanted: ViewTransform) -> None:
        self._kept = wanted
        self.changed.emit()

    def _set_white(self, on: bool) -> None:
        from leukoscope.imaging.view_transform import neutral_gains

        shot = self._seen()
        if shot is not None:
            self._keep(replace(self.current, gains=neutral_gains(shot.pixels) if on else (1.0, 1.0, 1.0)))
