"""Where on a map the live picture is while a hand moves the smear; places that are new join the map."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

import cv2
import numpy as np

from leukoscope.domain.frames import Pixels
from leukoscope.imaging.mosaic import Mosaic
from leukoscope.imaging.overlaps import Look, Overlap, check_overlap, common_parts, find_overlap, look_at
from leukoscope.imaging.tracking import Small, shift_between, small_gray

LONG_SIDE = 640
"""Of the copies that a map is made of, in pixels: places are good to half a pixel of them, and 600 take 200 MB."""
THUMB = 160
"""Long side of the pictures of a map, in pixels."""
MOST_PLACES = 600
"""So many places a map has at most."""
EXPOSURE_S = 0.02
"""Taken to be a picture's exposure where nobody says it."""
SMEARED_PX = 2.0
"""A picture that moves farther while it is exposed, in its own pixels, is blurred by that."""
SHARP = 0.75
"""Part of the sharpness that the map has of the same place from which a picture is in focus."""
NEW_FROM = 0.45
"""Part of a picture's sides by which it must lie from every place of the map to be a new one."""
NEIGHBORS = 8
"""A new place is joined with so many of those around it: the map has each spot several times."""
SEARCHED = 3
"""So many places of the map are looked at for one picture where it is not known where that is."""
_SURE_FOR_S = 1.5
"""So long a place is known by movement alone, when no picture agreed with the map."""
_FADE = 0.98


class Whereabouts(StrEnum):
    """What became of a live picture."""

    JOINED = "joined"
    """It is a new place of the map."""
    THERE = "there"
    """It shows a place that the map has."""
    MOVING = "moving"
    """It moves too fast to be joined."""
    BLURRED = "blurred"
    """It is out of focus."""
    LOST = "lost"
    """It overlaps nothing of the map."""
    FULL = "full"
    """It would be a new place, but the map has no room."""


@dataclass(frozen=True)
class Followed:
    """One live picture on the map.

    Parameters
    ----------
    what
        What became of it.
    near
        Number of the place that it was held against; ``None`` while it is lost.
    corner
        Its upper left corner in pixels of the piece of that place; ``None`` while it is lost.
    """

    what: Whereabouts
    near: int | None = None
    corner: tuple[float, float] | None = None


@dataclass(frozen=True, eq=False)
class Place:
    """One place of the map.

    Parameters
    ----------
    thumb
        A small picture of it, shape (height, width, 3), uint8.
    is_taken
        Whether it is an image of the case; others were only seen.
    """

    thumb: Pixels
    is_taken: bool


class Follower:
    """A map of what a live camera sees, and where it is on it; used by one thread.

    Pictures of another size than the first are no part of it.
    """

    def __init__(self) -> None:
        self.mosaic = Mosaic(most_neighbors=NEIGHBORS)
        self.places: list[Place] = []
        self.factor = 1.0
        self._before: tuple[Small, float] | None = None
        self._near = 0
        self._corner: tuple[float, float] | None = None
        self._sure_at = -math.inf
        self._best = 0.0
        self._next = 0

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of a place in pixels of the map; 0 before there is one."""
        if not self.places:
            return 0, 0
        height, width = self.mosaic.look(0).gray.shape
        return width, height

    # Live pictures ---------------------------------------------------------------------------------------------

    def look(self, pixels: Pixels, at: float, exposure_s: float = EXPOSURE_S) -> Followed:
        """Find out where the next live picture is, and join it where it is new, sharp and at rest enough.

        Parameters
        ----------
        pixels
            Shape (height, width, 3), uint8.
        at
            When it came, in seconds of a monotonic clock.
        exposure_s
            How long it was exposed, in seconds.
        """
        small = small_gray(pixels)
        shift, seconds = self._moved(small, at, pixels.shape[1])
        self._before = small, at
        smeared = shift is None or math.hypot(*shift) / max(seconds, 1e-3) * exposure_s > SMEARED_PX
        look = self._look_at(pixels)
        sharpness = _sharpness(look.gray.astype(np.float32))
        self._best = max(sharpness, self._best * _FADE)
        if not self.places:
            return self._begin(pixels, look, smeared=smeared, sharp=sharpness >= SHARP * self._best)
        if look.gray.shape != self.mosaic.look(0).gray.shape:
            return Followed(Whereabouts.LOST)
        if self._corner is not None and shift is not None:
            self._corner = self._corner[0] - shift[0] * self.factor, self._corner[1] - shift[1] * self.factor
        else:
            self._corner = None
        if smeared and self._is_known(at):
            return self._followed(Whereabouts.MOVING)
        return self._located(pixels, look, at, smeared=smeared)

    def _located(self, pixels: Pixels, look: Look, at: float, *, smeared: bool) -> Followed:
        found = self._nearby(look) or (None if self._is_known(at) else self._searched(look))
        if found is None:
            if self._is_known(at):
                return self._followed(Whereabouts.BLURRED)
            self._corner = None
            return Followed(Whereabouts.MOVING if smeared else Whereabouts.LOST)
        self._near, overlap = found
        left, top = self.mosaic.piece_of(self._near)[self._near]
        self._corner, self._sure_at = (left + overlap.dx, top + overlap.dy), at
        if not self._is_new():
            return self._followed(Whereabouts.THERE)
        if smeared:
            return self._followed(Whereabouts.MOVING)
        if _compared(self.mosaic.look(self._near), look, overlap) < SHARP:
            return self._followed(Whereabouts.BLURRED)
        if len(self.places) >= MOST_PLACES:
            return self._followed(Whereabouts.FULL)
        self._add(pixels, look, found, taken=False)
        return self._followed(Whereabouts.JOINED)

    def _begin(self, pixels: Pixels, look: Look, *, smeared: bool, sharp: bool) -> Followed:
        if smeared or not sharp:
            return Followed(Whereabouts.MOVING if smeared else Whereabouts.BLURRED)
        self._add(pixels, look, None, taken=False)
        return self._followed(Whereabouts.JOINED)

    def _followed(self, what: Whereabouts) -> Followed:
        return Followed(what, self._near, self._corner)

    def _moved(self, small: Small, at: float, width: int) -> tuple[tuple[float, float] | None, float]:
        if self._before is None:
            return None, 0.0
        return shift_between(self._before[0], small, width), at - self._before[1]

    def _is_known(self, at: float) -> bool:
        return self._corner is not None and at - self._sure_at <= _SURE_FOR_S

    def _look_at(self, pixels: Pixels) -> Look:
        self.factor = min(1.0, LONG_SIDE / max(pixels.shape[:2]))
        return look_at(shrunk(pixels))

    # On the map ------------------------------------------------------------------------------------------------

    def _nearby(self, look: Look) -> tuple[int, Overlap] | None:
        """The overlap with the nearest place, by where the picture must be."""
        if self._corner is None:
            return None
        near, (left, top) = min(self._piece().items(), key=lambda one: self._away(one[1]))
        overlap = check_overlap(
            self.mosaic.look(near), look, self._corner[0] - left, self._corner[1] - top
        )  # fmt: skip
        return None if overlap is None else (near, overlap)

    def _searched(self, look: Look) -> tuple[int, Overlap] | None:
        """The overlap with any place; some are looked at for each picture, the last known place first."""
        for _ in range(min(SEARCHED, len(self.places))):
            number = (self._near + self._next) % len(self.places)
            self._next = (self._next + 1) % len(self.places)
            overlap = find_overlap(self.mosaic.look(number), look)
            if overlap is not None:
                self._next = 0
                return number, overlap
        return None

    def _piece(self) -> Mapping[int, tuple[float, float]]:
        return self.mosaic.piece_of(self._near)

    def _away(self, corner: tuple[float, float]) -> float:
        """Distance from a place in sides of a picture."""
        assert self._corner is not None
        width, height = self.size
        return max(abs(self._corner[0] - corner[0]) / width, abs(self._corner[1] - corner[1]) / height)

    def _is_new(self) -> bool:
        return min(self._away(corner) for corner in self._piece().values()) >= NEW_FROM

    def _add(self, pixels: Pixels, look: Look, first: tuple[int, Overlap] | None, *, taken: bool) -> None:
        if first is None and not self.places:
            self.mosaic.add_look(look)
        else:
            self.mosaic.add_look(look, first)
        height, width = pixels.shape[:2]
        scale = THUMB / max(height, width)
        size = max(round(width * scale), 1), max(round(height * scale), 1)
        thumb = np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)
        self.places.append(Place(thumb, taken))
        self._near = len(self.places) - 1
        self._corner = self._piece()[self._near]

    # What a person does ----------------------------------------------------------------------------------------

    def take(self, pixels: Pixels) -> bool:
        """A picture goes into the case: it is a place of the map too, unless it has another size or there is no room.

        It begins another piece where it overlaps none.
        """
        look = self._look_at(pixels)
        if len(self.places) >= MOST_PLACES:
            return False
        if self.places and look.gray.shape != self.mosaic.look(0).gray.shape:
            return False
        self._add(pixels, look, self._nearby(look), taken=True)
        self._sure_at = self._before[1] if self._before is not None else -math.inf
        return True

    def forget_last(self) -> bool:
        """Take the newest place that was only seen, or taken, off the map; whether there was one."""
        if not self.places:
            return False
        self.mosaic.drop_last()
        self.places.pop()
        self._near, self._corner, self._next = max(len(self.places) - 1, 0), None, 0
        return True

    def mark_taken(self, number: int, *, is_taken: bool) -> None:
        """Whether the picture of a place is in the case."""
        self.places[number] = replace(self.places[number], is_taken=is_taken)


def shrunk(pixels: Pixels) -> Pixels:
    """A picture at the size of the map; the same where it is no larger."""
    height, width = pixels.shape[:2]
    factor = min(1.0, LONG_SIDE / max(height, width))
    if factor == 1.0:
        return pixels
    size = max(round(width * factor), 8), max(round(height * factor), 8)
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)


def _sharpness(gray: np.ndarray[tuple[int, ...], np.dtype[np.float32]]) -> float:
    """Mean squared gradient of the smoothed picture (Tenengrad) for its light: noise alone is not sharp, nor a lamp."""
    smooth = cv2.GaussianBlur(gray, (0, 0), 1.5)
    across, down = (cv2.Sobel(smooth, cv2.CV_32F, *order, scale=0.125) for order in ((1, 0), (0, 1)))
    return float((across * across + down * down).mean()) / max(float(gray.mean()), 1.0) ** 2


def _compared(known: Look, look: Look, overlap: Overlap) -> float:
    """How sharp a picture is against a place of the map, by what both show."""
    parts = common_parts(known.gray, look.gray, round(overlap.dx), round(overlap.dy))
    one, other = (_sharpness(np.ascontiguousarray(part, np.float32)) for part in parts)
    return other / one if one > 0 else 0.0
