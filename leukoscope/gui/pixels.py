"""Between numpy's RGB and Qt's pictures."""

from __future__ import annotations

import numpy as np
from PySide6.QtGui import QImage, QPixmap

from leukoscope.domain.display import DisplayChange
from leukoscope.domain.frames import Pixels


def to_image(pixels: Pixels) -> QImage:
    """Copy pixels (height, width, 3) uint8 RGB into a QImage; may run in any thread."""
    rows = np.ascontiguousarray(pixels)
    height, width = rows.shape[:2]
    return QImage(rows.data, width, height, 3 * width, QImage.Format.Format_RGB888).copy()


def to_pixmap(pixels: Pixels) -> QPixmap:
    """Copy pixels (height, width, 3) uint8 RGB into a QPixmap; in the GUI thread only."""
    return QPixmap.fromImage(to_image(pixels))


def from_image(image: QImage) -> Pixels:
    """Copy a QImage of any format into pixels (height, width, 3) uint8 RGB; transparent becomes white."""
    opaque = image
    if image.hasAlphaChannel():
        from PySide6.QtGui import QPainter

        opaque = QImage(image.size(), QImage.Format.Format_RGB888)
        opaque.fill(0xFFFFFFFF)
        painter = QPainter(opaque)
        painter.drawImage(0, 0, image)
        painter.end()
    rgb = opaque.convertToFormat(QImage.Format.Format_RGB888)
    width, height, stride = rgb.width(), rgb.height(), rgb.bytesPerLine()
    flat = np.frombuffer(rgb.constBits(), dtype=np.uint8, count=stride * height)
    return flat.reshape(height, stride)[:, : 3 * width].reshape(height, width, 3).copy()


def shown_as(image: QImage, change: DisplayChange) -> QImage:
    """An image as the display shows it; the very same where nothing is changed."""
    if change.is_neutral:
        return image
    # OpenCV is loaded when the first display is changed: the window is to be there at once.
    from leukoscope.imaging.display import as_shown

    return to_image(as_shown(from_image(image), change))
