"""Images that come in by dropping or pasting: what a mime object holds for us."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QMimeData
from PySide6.QtGui import QImage

from leukoscope.domain.frames import Pixels
from leukoscope.gui.pixels import from_image


@dataclass(frozen=True, eq=False)
class Intake:
    """Files and folders, or the pixels of one image; both may be missing."""

    paths: tuple[Path, ...] = ()
    pixels: Pixels | None = None

    @property
    def empty(self) -> bool:
        """Whether there is nothing to take."""
        return not self.paths and self.pixels is None


def holds_images(mime: QMimeData) -> bool:
    """Whether it is worth a try."""
    return any(url.isLocalFile() for url in mime.urls()) or mime.hasImage()


def take(mime: QMimeData) -> Intake:
    """Take files first: their pixels are the original ones."""
    paths = tuple(Path(url.toLocalFile()) for url in mime.urls() if url.isLocalFile())
    if paths:
        return Intake(paths)
    if mime.hasImage():
        image = QImage(mime.imageData())
        if not image.isNull():
            return Intake(pixels=from_image(image))
    return Intake()
