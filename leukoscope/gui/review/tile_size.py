"""How large the cells of the gallery are drawn: by a slider, or by Ctrl and the wheel."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QSlider

from leukoscope.gui.review.cell_tile import SIDE, CellTile, tile_of
from leukoscope.gui.review.thumbnails import KEPT, Thumbnails
from leukoscope.gui.review.tile_view import TileView

SMALLEST, LARGEST = 48, 240
"""Sides of a picture, in device-independent pixels."""
NOTCH, STEP = 120, 1.15
"""One notch of the wheel, in eighths of a degree, and how much larger it makes the pictures."""
REDRAWN_AFTER_MS = 150


class TileSize(QObject):
    """Holds the side of the pictures; they are made anew when it has come to rest.

    Signals
    -------
    settled(int)
        The side, when it has come to rest.
    """

    settled = Signal(int)

    def __init__(self, view: TileView, tile: CellTile, thumbnails: Thumbnails) -> None:
        super().__init__(view)
        self._view, self._tile, self._thumbnails = view, tile, thumbnails
        self.side = SIDE
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(SMALLEST, LARGEST)
        self.slider.setValue(SIDE)
        self.slider.setFixedWidth(72)
        self.slider.setAccessibleName(self.tr("Size of the cells"))
        self.slider.setToolTip(self.tr("Size of the cells (Ctrl and the wheel over them)"))
        self.slider.valueChanged.connect(self.set_side)
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(REDRAWN_AFTER_MS)
        self._rest.timeout.connect(self._settle)
        view.viewport().installEventFilter(self)

    def set_side(self, side: int) -> None:
        """Draw the cells with pictures of this side, within 48 and 240; the chosen one stays in sight."""
        side = min(max(side, SMALLEST), LARGEST)
        if side == self.side:
            return
        self.side = self._tile.side = side
        self.slider.setValue(side)
        self._view.set_tile(tile_of(side))
        if (current := self._view.currentIndex()).isValid():
            self._view.scrollTo(current)
        self._rest.start()

    def pixels(self, ratio: float) -> int:
        """Side of a picture in pixels of the screen."""
        return round(self.side * max(ratio, 1.0))

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        """Ctrl and the wheel make the pictures larger and smaller."""
        if event.type() != QEvent.Type.Wheel or not isinstance(event, QWheelEvent):
            return False
        if not event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            return False
        self.set_side(round(self.side * STEP ** (event.angleDelta().y() / NOTCH)))
        event.accept()
        return True

    def _settle(self) -> None:
        # As much memory as with small ones.
        self._thumbnails.keep_at_most(round(KEPT * min(1.0, (SIDE / self.side) ** 2)))
        self._thumbnails.clear()
        self._view.viewport().update()
        self.settled.emit(self.side)


def tile_size_of(text: str) -> int:
    """A side that was remembered; the usual one where it is none."""
    return min(max(int(text), SMALLEST), LARGEST) if text.isascii() and text.isdecimal() else SIDE
