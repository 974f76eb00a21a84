"""Slides of Zeiss scanners: a CZI file with smaller levels beside its tiles."""

from __future__ import annotations

import logging
from collections import OrderedDict
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from leukoscope.domain.errors import ImageError
from leukoscope.domain.frames import Pixels
from leukoscope.domain.slides import SlideInfo, SlideLevel
from leukoscope.sources.color import to_srgb
from leukoscope.sources.depth import scaled
from leukoscope.sources.metadata import credible_sides
from leukoscope.sources.slides.port import fingerprint, overlay
from leukoscope.sources.vendors.czi_file import CziFile, white_of
from leukoscope.sources.vendors.czi_pieces import TYPES, samples_of, unread_kind
from leukoscope.sources.vendors.czi_segments import Piece
from leukoscope.sources.vendors.port import VendorKindError, WithinFile, kind_error

logger = logging.getLogger(__name__)

_KEPT_BYTES = 96 << 20
"""Decoded tiles that are kept: what a person looks at is read again and again."""
_KIND = "Zeiss CZI"


class CziSlide:
    """A slide.

    Parameters
    ----------
    path
        The file.
    name
        What a person calls it.
    source, file
        The file as it is open, and its lists; it is closed with this.

    Raises
    ------
    ImageError
        When it is of a kind that is not read in parts.
    OSError
        When it has gone.
    """

    def __init__(self, path: Path, name: str, source: BinaryIO, file: CziFile) -> None:
        self._file, self._within = source, WithinFile(source)
        self._kept: OrderedDict[int, NDArray[np.generic]] = OrderedDict()
        try:
            self._read_lists(file)
        except VendorKindError as error:
            raise kind_error(name, _KIND, str(error)) from error
        self._info = self._described(file, path, name)

    def _read_lists(self, file: CziFile) -> None:
        pieces = file.pieces
        for letter, what in (("C", "channels"), ("T", "times"), ("Z", "depths of focus")):
            count = len({piece.first.get(letter, 0) for piece in pieces})
            if count > 1:
                raise VendorKindError(f"a slide of {count} {what}")
        kinds = {piece.pixel_type for piece in pieces}
        fault = next((fault for piece in pieces if (fault := unread_kind(piece))), "")
        if fault or len(kinds) > 1:
            raise VendorKindError(fault or "tiles of different pixels")
        name, self._samples = TYPES[kinds.pop()]
        self._kind = np.dtype(name)
        self._white = white_of(self._kind, file.said.bits)
        self._left = min(piece.first["X"] for piece in pieces)
        self._top = min(piece.first["Y"] for piece in pieces)
        self._levels = _by_level(pieces, (self._left, self._top))

    def _described(self, file: CziFile, path: Path, name: str) -> SlideInfo:
        right = max(piece.first["X"] + piece.size[0] for piece in file.pieces)
        bottom = max(piece.first["Y"] + piece.size[1] for piece in file.pieces)
        width, height = right - self._left, bottom - self._top
        levels = tuple(
            SlideLevel(max(round(width / level.factor), 1), max(round(height / level.factor), 1), level.factor)
            for level in self._levels
        )
        said = file.said
        return SlideInfo(
            name, str(path), levels, credible_sides(said.sides_um), said.microscope, fingerprint(path), "own code"
        )

    @property
    def info(self) -> SlideInfo:
        """What is known of it."""
        return self._info

    def read(self, level: int, x: int, y: int, width: int, height: int) -> Pixels:
        """As :meth:`leukoscope.sources.slides.port.SlideFile.read`; raises what damaged bytes make of it."""
        canvas = np.full((height, width, self._samples), self._white, self._kind)
        found = self._levels[level]
        for number in found.inside(x, y, width, height):
            overlay(canvas, self._decoded(found.pieces[number]), found.left[number] - x, found.top[number] - y)
        shown = np.ascontiguousarray(scaled(canvas, 0.0, self._white))
        return to_srgb(shown, "RGB" if self._samples == 3 else "L", None)

    def _decoded(self, piece: Piece) -> NDArray[np.generic]:
        if piece.place in self._kept:
            self._kept.move_to_end(piece.place)
            return self._kept[piece.place]
        samples = self._kept[piece.place] = np.ascontiguousarray(samples_of(self._within, piece))
        while len(self._kept) > 1 and sum(one.nbytes for one in self._kept.values()) > _KEPT_BYTES:
            self._kept.popitem(last=False)
        return samples

    def close(self) -> None:
        """Let the file go."""
        self._kept.clear()
        self._file.close()


class _Level:
    """The tiles of one size, in the order in which they lie above each other."""

    def __init__(self, factor: float, pieces: list[Piece], corner: tuple[int, int]) -> None:
        self.factor = factor
        self.pieces = sorted(pieces, key=lambda piece: (piece.first.get("S", 0), piece.first.get("M", 0)))
        self.left = np.array([round((piece.first["X"] - corner[0]) / factor) for piece in self.pieces])
        self.top = np.array([round((piece.first["Y"] - corner[1]) / factor) for piece in self.pieces])
        self._right = self.left + [piece.stored[0] for piece in self.pieces]
        self._bottom = self.top + [piece.stored[1] for piece in self.pieces]

    def inside(self, x: int, y: int, width: int, height: int) -> list[int]:
        """Numbers of the tiles that a part touches."""
        across = (self.left < x + width) & (self._right > x)
        return [int(number) for number in np.flatnonzero(across & (self.top < y + height) & (self._bottom > y))]


def _by_level(pieces: tuple[Piece, ...], corner: tuple[int, int]) -> list[_Level]:
    """From the largest to the smallest. Tiles at an edge are rounded: their longer side tells the level."""
    found: dict[int, list[Piece]] = {}
    for piece in pieces:
        long = 0 if piece.stored[0] >= piece.stored[1] else 1
        found.setdefault(max(round(piece.size[long] / piece.stored[long]), 1), []).append(piece)
    return [_Level(float(factor), found[factor], corner) for factor in sorted(found)]


def czi_slide(path: Path, name: str, most_pixels: int) -> CziSlide | None:
    """Open a file; ``None`` where its images can be read whole, or nothing can: reading them says what is wrong.

    Raises
    ------
    ImageError
        When it is a slide of a kind that is not read in parts.
    OSError
        When it has gone.
    """
    source = path.open("rb")
    try:
        file = CziFile(WithinFile(source))
        large = any(image.width * image.height > most_pixels for image in file.images)
        slide = CziSlide(path, name, source, file) if large and file.is_slide else None
    except (ImageError, MemoryError, OSError):
        source.close()
        raise
    except Exception as error:  # noqa: BLE001 - damaged bytes can make a decoder raise anything
        logger.info("no slide: %r", error)
        slide = None
    if slide is None:
        source.close()
    return slide
