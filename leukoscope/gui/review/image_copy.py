"""An image as it leaves the window: with its scale bar, and with a note where the display is changed."""

from __future__ import annotations

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QRectF, Qt
from PySide6.QtGui import QImage, QImageWriter, QPainter

from leukoscope.domain.errors import ReportError
from leukoscope.gui.pixels import shown_as
from leukoscope.gui.widgets.canvas import ImageCanvas
from leukoscope.gui.widgets.canvas_items import draw_note, draw_scale_bar, scale_bar

FORMATS = {".png": b"png", ".jpg": b"jpeg", ".jpeg": b"jpeg"}
"""Ending of a file, in small letters -> what Qt calls its format."""
JPEG_QUALITY = 95
LEAST_SIDE = 640
"""Pixels of the longer side below which an image is enlarged by a whole number, for letters that can be read."""
LETTERS_FOR = 1100
"""Pixels of the longer side at which bar and words have the size of the screen's; they grow with it."""


def view_of(canvas: ImageCanvas) -> QImage | None:
    """What is in view, with boxes, maps and what is drawn, in pixels of the screen; ``None`` where nothing is."""
    inside = QRectF(canvas.mapFromScene(canvas.image_rect).boundingRect()) & QRectF(canvas.viewport().rect())
    if not canvas.has_image or inside.isEmpty():
        return None
    seen, ratio = inside.toAlignedRect(), canvas.devicePixelRatioF()
    made = QImage(seen.size() * ratio, QImage.Format.Format_RGB32)
    made.setDevicePixelRatio(ratio)
    made.fill(canvas.backgroundBrush().color())
    painter = QPainter(made)
    painter.setRenderHints(canvas.renderHints())
    source = canvas.mapToScene(seen).boundingRect()
    canvas.scene().render(painter, QRectF(0, 0, seen.width(), seen.height()), source)
    _write_on(painter, QRectF(0, 0, seen.width(), seen.height()), canvas, canvas.zoom)
    painter.end()
    return made


def whole_image(canvas: ImageCanvas) -> QImage | None:
    """The whole image as it is displayed, in its own pixels; small ones larger by a whole number."""
    if canvas.source is None:
        return None
    shown = shown_as(canvas.source, canvas.display)
    times = max(-(-LEAST_SIDE // max(shown.width(), shown.height(), 1)), 1)
    mode = Qt.TransformationMode.FastTransformation
    made = shown.scaled(shown.size() * times, Qt.AspectRatioMode.KeepAspectRatio, mode)
    made = made.convertToFormat(QImage.Format.Format_RGB32)
    letters = max(max(made.width(), made.height()) / LETTERS_FOR, 1.0)
    painter = QPainter(made)
    painter.scale(letters, letters)
    room = QRectF(0, 0, made.width() / letters, made.height() / letters)
    _write_on(painter, room, canvas, times / letters)
    painter.end()
    return made


def _write_on(painter: QPainter, room: QRectF, canvas: ImageCanvas, zoom: float) -> None:
    if canvas.um_per_px:
        draw_scale_bar(painter, room, scale_bar(canvas.um_per_px, zoom, min(160.0, room.width() / 3)), "")
    draw_note(painter, room, canvas.note)


def encoded(image: QImage, suffix: str, note: str) -> bytes:
    """An image as a file's bytes; of its metadata it has the note and nothing else. May run in any thread.

    Parameters
    ----------
    image
        What is written.
    suffix
        Ending of the file, one of ``FORMATS``.
    note
        What is changed of the display; empty where nothing is.

    Raises
    ------
    ReportError
        When it could not be encoded.
    """
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QImageWriter(buffer, QByteArray(FORMATS[suffix]))
    if suffix != ".png":
        writer.setQuality(JPEG_QUALITY)
    if note:
        writer.setText("Description", note)
    if not writer.write(image):
        raise ReportError("The image could not be written; save it as PNG, or show less of it.")
    return bytes(data.data())
