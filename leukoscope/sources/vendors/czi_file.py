"""A Zeiss CZI file: its scenes as images, each put together of its tiles."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from leukoscope.domain.compression import Compression
from leukoscope.sources.rgb_planes import rgb_order
from leukoscope.sources.vendors.czi_pieces import TYPES, loss_of, samples_of, unread_kind
from leukoscope.sources.vendors.czi_said import CziSaid, said
from leukoscope.sources.vendors.czi_segments import Contents, Piece, contents
from leukoscope.sources.vendors.port import MOST_PLANES, VendorImage, VendorKindError

_PLACES = "SBVIHR"
"""Dimensions that are images of their own: scene, block, view, illumination, phase, rotation."""


class CziFile:
    """An opened file.

    Parameters
    ----------
    source
        The file, or its bytes; it is read from as long as this is used.

    Raises
    ------
    VendorKindError
        When it is whole and not read.
    Exception
        Whatever damaged bytes make of it.
    """

    def __init__(self, source: Any) -> None:
        self._source = source
        listed = contents(source)
        self.said = said(listed.xml)
        self.pieces = listed.pieces
        scenes: dict[tuple[int, ...], list[Piece]] = {}
        for piece in listed.pieces:
            if not piece.is_smaller:
                scenes.setdefault(tuple(piece.first.get(letter, 0) for letter in _PLACES), []).append(piece)
        if not 0 < len(scenes) <= MOST_PLANES:
            raise ValueError(f"{len(scenes)} images")
        self._scenes = [_Scene(scenes[key]) for key in sorted(scenes)]
        self._images = tuple(
            scene.described(self.said, key[0]) for key, scene in zip(sorted(scenes), self._scenes, strict=True)
        )
        self._left_out = _beside(listed)

    @property
    def images(self) -> tuple[VendorImage, ...]:
        """One for each scene."""
        return self._images

    @property
    def left_out(self) -> int:
        """How many previews, labels and smaller levels there are."""
        return self._left_out

    @property
    def is_slide(self) -> bool:
        """Whether there are smaller levels."""
        return any(piece.is_smaller for piece in self.pieces)

    def plane(self, image: int, time: int, depth: int, channel: int) -> NDArray[np.generic]:
        """As :meth:`leukoscope.sources.vendors.port.VendorFile.plane`."""
        return self._scenes[image].plane(self._source, (time, depth, channel), self.said.bits)

    def loss(self, image: int) -> Compression:
        """How the image was compressed in the file."""
        return self._scenes[image].loss()


def _beside(listed: Contents) -> int:
    """Attachments are previews and labels; smaller levels count as one each, whatever tiles they have."""
    levels = {round(piece.size[0] / piece.stored[0]) for piece in listed.pieces if piece.is_smaller and piece.stored[0]}
    return len(levels) + listed.attachments


class _Scene:
    """The pieces of one image at full size."""

    def __init__(self, pieces: Sequence[Piece]) -> None:
        self._axes = [sorted({piece.first.get(letter, 0) for piece in pieces}) for letter in "TZC"]
        places = [{number: place for place, number in enumerate(axis)} for axis in self._axes]
        self._planes: dict[tuple[int, ...], list[Piece]] = {}
        for piece in pieces:
            place = tuple(axis[piece.first.get(letter, 0)] for letter, axis in zip("TZC", places, strict=True))
            self._planes.setdefault(place, []).append(piece)
        self.left = min(piece.first["X"] for piece in pieces)
        self.top = min(piece.first["Y"] for piece in pieces)
        self.width = max(piece.first["X"] + piece.size[0] for piece in pieces) - self.left
        self.height = max(piece.first["Y"] + piece.size[1] for piece in pieces) - self.top
        self._first = pieces[0]

    def described(self, said: CziSaid, scene: int) -> VendorImage:
        times, depths, channels = (len(axis) for axis in self._axes)
        order, fault = _order(said, self._axes[2], [self._first_of(channel) for channel in range(channels)])
        return VendorImage(
            self.width,
            self.height,
            times,
            depths,
            order,
            fault or unread_kind(self._first),
            said.bits,
            said.sides_um,
            said.microscope,
            dict(said.stages).get(scene),
            said.taken_at,
        )

    def _first_of(self, channel: int) -> Piece:
        return next(pieces[0] for place, pieces in self._planes.items() if place[2] == channel)

    def loss(self) -> Compression:
        return loss_of(self._first)

    def plane(self, source: Any, place: tuple[int, int, int], bits: int | None) -> NDArray[np.generic]:
        pieces = sorted(self._planes[place], key=lambda piece: piece.first.get("M", 0))
        if len({piece.pixel_type for piece in pieces}) > 1:
            raise VendorKindError("tiles of different pixels")
        if len(pieces) == 1 and pieces[0].size == (self.width, self.height):
            return samples_of(source, pieces[0])
        kind, count = TYPES.get(pieces[0].pixel_type, ("", 0))
        if not kind:
            raise VendorKindError(unread_kind(pieces[0]))
        canvas = np.zeros((self.height, self.width, count), np.dtype(kind))
        seen = np.zeros((self.height, self.width), np.bool_)
        for piece in pieces:
            part = samples_of(source, piece)
            left, top = piece.first["X"] - self.left, piece.first["Y"] - self.top
            canvas[top : top + part.shape[0], left : left + part.shape[1]] = part
            seen[top : top + part.shape[0], left : left + part.shape[1]] = True
        if not seen.all():
            # Scanners leave tiles out where there is nothing: glass is white there, as slides have it.
            canvas[~seen] = white_of(np.dtype(kind), bits)
        return canvas


def white_of(kind: np.dtype[Any], bits: int | None) -> float:
    """The level of glass where no tile was taken.

    Raises
    ------
    VendorKindError
        When nobody states it.
    """
    if kind == np.uint8:
        return 255
    if bits is None or kind.kind != "u" or bits > 8 * kind.itemsize:
        raise VendorKindError("tiles with gaps whose white is not declared")
    return math.ldexp(1, bits) - 1


def _order(said: CziSaid, numbers: Sequence[int], first: Sequence[Piece]) -> tuple[tuple[int, ...], str]:
    """Which channels are red, green and blue, by the rules of OME-TIFF; and what they are where they are not."""
    if len(first) == 1:
        return (0,), ""
    names = [said.names[one] if 0 <= one < len(said.names) else "" for one in numbers]
    if any(TYPES.get(piece.pixel_type, ("", 0))[1] == 3 for piece in first):
        return (0,), f"{len(first)} channels, some of them in color"
    colors = [said.colors[one] if 0 <= one < len(said.colors) else None for one in numbers]
    order = rgb_order(names, colors, len(first))
    words = ", ".join(name for name in names if name)
    return order or (0,), "" if order else f"{len(first)} gray channels" + (f": {words}" if words else "")
