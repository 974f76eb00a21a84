"""Images in what was copied or dragged: their bytes as they were offered, which the process for foreign files decodes.

Qt would decode them in the window's own process, as soon as it is asked for the image; it is only asked for what is
no file's bytes: pixels that this program itself copied, or a plain bitmap of the system.
"""

from __future__ import annotations

from PySide6.QtCore import QMimeData
from PySide6.QtGui import QImage

ENCODED = (
    "image/png", 'application/x-qt-windows-mime;value="PNG"', "image/tiff", "image/bmp", "image/x-bmp",
    "image/x-MS-bmp", "image/webp", "image/jpeg", "image/gif",
)  # fmt: skip
"""Kinds that are opened, those without loss first."""


def offers_image(mime: QMimeData) -> bool:
    """Whether there is an image; nothing is decoded for the answer."""
    return any(mime.hasFormat(kind) for kind in ENCODED) or mime.hasImage()


def encoded_image(mime: QMimeData) -> bytes:
    """The bytes of an image as they were offered; empty where there is none of a kind that is opened."""
    for kind in ENCODED:
        if mime.hasFormat(kind) and (data := mime.data(kind).data()):
            return bytes(data)
    return b""


def plain_image(mime: QMimeData) -> QImage | None:
    """Pixels that are no file's bytes; ``None`` where Qt would have to decode some."""
    if not mime.hasImage() or any(kind.startswith("image/") for kind in mime.formats()):
        return None
    image = QImage(mime.imageData())
    return None if image.isNull() else image
