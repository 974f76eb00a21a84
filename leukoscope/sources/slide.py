"""A slide as the rest of the program has it: what is known of it, and its parts, read in a process of their own."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from leukoscope.domain.cells import Box
from leukoscope.domain.errors import Cause, ImageError
from leukoscope.domain.frames import Pixels
from leukoscope.domain.slides import SlideInfo
from leukoscope.sources.decoder import Decoder
from leukoscope.sources.files import shown
from leukoscope.sources.slide_names import may_be_slide
from leukoscope.sources.slides.port import LARGEST_PART


class Slide:
    """An opened slide. Any thread may use it; each has a process of its own that reads it, and that ends with it.

    Parameters
    ----------
    info
        What is known of it.
    decoder
        The process that has it open.
    """

    def __init__(self, info: SlideInfo, decoder: Decoder) -> None:
        self.info = info
        self._decoder = decoder

    def read(self, level: int, x: int, y: int, width: int, height: int) -> Pixels:
        """Read a part of a level, in its own pixels; what lies beyond the slide is white.

        Returns
        -------
        ndarray
            Shape (height, width, 3), uint8, sRGB.

        Raises
        ------
        ImageError
            When it cannot be read; the slide may be read again when its drive is back.
        """
        size = self.info.levels[level]
        left, top = max(x, 0), max(y, 0)
        right, bottom = min(x + width, size.width), min(y + height, size.height)
        canvas = np.full((height, width, 3), 255, np.uint8)
        rows = max(LARGEST_PART // max(right - left, 1), 1)
        for row in range(top, bottom, rows):
            tall = min(rows, bottom - row)
            if right > left:
                part = self._decoder.slide_part(self.info.path, self.info.name, (level, left, row, right - left, tall))
                canvas[row - y : row - y + tall, left - x : right - x] = part
        return canvas

    def read_region(self, region: Box, downsample: float = 1.0) -> Pixels:
        """Read a region, in pixels of the largest level, made smaller by a factor.

        Returns
        -------
        ndarray
            Shape about (region.height / downsample, region.width / downsample, 3), uint8, sRGB.

        Raises
        ------
        ImageError
            As :meth:`read`.
        """
        level = self.info.level_for(downsample)
        own = self.info.levels[level].downsample
        box = [round(value / own) for value in (region.x, region.y, region.width, region.height)]
        pixels = self.read(level, box[0], box[1], max(box[2], 1), max(box[3], 1))
        width, height = (max(round(side / downsample), 1) for side in (region.width, region.height))
        if (height, width) == pixels.shape[:2]:
            return pixels
        return np.asarray(cv2.resize(pixels, (width, height), interpolation=cv2.INTER_AREA), np.uint8)

    def close(self) -> None:
        """Let the file go."""
        self._decoder.close()


def open_slide(path: Path) -> Slide | None:
    """Open a file as a slide.

    Returns
    -------
    Slide or None
        ``None`` where it is no slide, or one that is small enough to be read whole, as an image.

    Raises
    ------
    ImageError
        When it is one and cannot be opened.
    """
    if not may_be_slide(path):
        return None
    decoder = Decoder()
    try:
        info = decoder.open_slide(path.absolute(), shown(path.name))
    except BaseException:
        decoder.close()
        raise
    if info is None:
        decoder.close()
        return None
    return Slide(info, decoder)


def slide_at(path: Path, fingerprint: str = "") -> Slide:
    """Open a slide that is known to be one.

    Parameters
    ----------
    path
        Where it lay.
    fingerprint
        Of the slide that is meant; empty takes whatever lies there.

    Raises
    ------
    ImageError
        When it has gone, cannot be opened, or another file lies there.
    """
    if not path.exists():
        sentence = f"“{shown(path.name)}” does not exist; check its name and that its drive is connected."
        raise ImageError(sentence, cause=Cause.UNREACHABLE)
    slide = open_slide(path)
    if slide is None:
        sentence = f"“{shown(path.name)}” is not a slide that this program can open in parts; open it as an image."
        raise ImageError(sentence, cause=Cause.UNKNOWN_KIND)
    if fingerprint and slide.info.fingerprint != fingerprint:
        slide.close()
        raise ImageError(f"“{shown(path.name)}” is no longer the slide that it was; open it again.", "fingerprint")
    return slide
