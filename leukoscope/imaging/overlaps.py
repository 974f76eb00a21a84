"""How far two pictures of a smear lie apart where they overlap: found small, proved, measured to part of a pixel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from leukoscope.domain.frames import Pixels

SMALL = 320
"""Long side of the copies in which an overlap is looked for, in pixels."""
LEAST_PART = 0.04
"""Smallest part of a picture in which two may agree: less agrees by chance."""
AGREES = 0.75
"""Correlation of the fine detail that both show from which it is the same: of 231 pairs of drawn fields of other
places, each laid where it fits best, none came above 0.52, since cells are alike but not their outlines. Fields out of
focus by 3.5 pixels come to 0.87."""
_LIKELY = 0.5
"""Correlation of small copies from which it is worth a look at full size."""
_COARSE = 6.0
"""Sigma in pixels of the small copy: light and what the lens shades are broader, and the same in every picture."""
_NOISE, _DETAIL = 2.0, 4.0
"""Sigmas in pixels between which fine detail lies."""
_PEAKS = 6
_PEAK_SIDE = 5
_LARGEST_CROP = 512
"""Longest side of the part that is measured in full."""
_FINEST = 4
"""An overlap narrower than so many pixels of the small copy is none."""

Plane = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Look:
    """One picture as it is compared with others.

    Parameters
    ----------
    gray
        Its green channel, shape (height, width), uint8.
    small
        A small copy without light and shade, of mean 0.
    step
        Pixels of the picture for one of the small copy.
    """

    gray: NDArray[np.uint8]
    small: Plane
    step: float


@dataclass(frozen=True)
class Overlap:
    """Where the second of two pictures lies.

    Parameters
    ----------
    dx, dy
        Its upper left corner from that of the first, in pixels: x to the right, y down.
    agreement
        Correlation of what both show, up to 1.
    pixels
        How many pixels both show.
    """

    dx: float
    dy: float
    agreement: float
    pixels: int


def look_at(pixels: Pixels) -> Look:
    """Prepare a picture, shape (height, width, 3), uint8."""
    gray = np.ascontiguousarray(pixels[..., 1])
    height, width = gray.shape
    step = max(1.0, max(height, width) / SMALL)
    size = max(round(width / step), 8), max(round(height / step), 8)
    small = cv2.resize(gray, size, interpolation=cv2.INTER_AREA)
    return Look(gray, _flat(np.asarray(small, np.float32), _COARSE), width / size[0])


def _spectrum(small: Plane) -> Plane:
    """With as much nothing around it: what is shifted out on one side does not come in on the other."""
    size = small.shape[1], small.shape[0]
    padded = np.zeros((cv2.getOptimalDFTSize(2 * size[1]), cv2.getOptimalDFTSize(2 * size[0])), np.float32)
    padded[: size[1], : size[0]] = small
    return np.asarray(cv2.dft(padded, flags=cv2.DFT_COMPLEX_OUTPUT, nonzeroRows=size[1]), np.float32)


def find_overlap(first: Look, second: Look) -> Overlap | None:
    """How the second picture lies to the first; ``None`` where they show no common place, or nobody can be sure."""
    if first.gray.shape != second.gray.shape:
        return None
    found = max(_candidates(first, second), key=lambda one: one[2], default=None)
    if found is None or found[2] < _LIKELY:
        return None
    return _measured(first, second, found[0] * first.step, found[1] * first.step)


def check_overlap(first: Look, second: Look, dx: float, dy: float) -> Overlap | None:
    """The same where it is known about where the second picture lies; cheaper, and it need not be found again."""
    if first.gray.shape != second.gray.shape:
        return None
    return _measured(first, second, dx, dy)


def _flat(gray: Plane, sigma: float) -> Plane:
    flat = gray - cv2.GaussianBlur(gray, (0, 0), sigma)
    return np.asarray(flat - flat.mean(), np.float32)


def _candidates(first: Look, second: Look) -> list[tuple[int, int, float]]:
    """The highest peaks of the phase correlation (Kuglin and Hines 1975) with how well the pictures agree there."""
    cross = cv2.mulSpectrums(_spectrum(second.small), _spectrum(first.small), 0, conjB=True)
    length = np.maximum(cv2.magnitude(cross[..., 0], cross[..., 1]), np.finfo(np.float32).tiny)
    # Half-way between phase and plain correlation: noise that fills all frequencies does not decide.
    balanced = np.asarray(cross / np.sqrt(length)[..., None], np.float32)
    plane = np.asarray(cv2.dft(balanced, flags=cv2.DFT_INVERSE | cv2.DFT_REAL_OUTPUT), np.float32)
    height, width = first.small.shape
    found = []
    for _ in range(_PEAKS):
        _, _, _, (x, y) = cv2.minMaxLoc(plane)
        dx = -(x if x < plane.shape[1] // 2 else x - plane.shape[1])
        dy = -(y if y < plane.shape[0] // 2 else y - plane.shape[0])
        cv2.rectangle(
            plane, (x - _PEAK_SIDE, y - _PEAK_SIDE), (x + _PEAK_SIDE, y + _PEAK_SIDE), (float(plane.min()),), -1
        )
        both = max(width - abs(dx), 0), max(height - abs(dy), 0)
        if min(both) >= _FINEST and both[0] * both[1] >= LEAST_PART * width * height:
            found.append((dx, dy, _agreement(*common_parts(first.small, second.small, dx, dy))))
    return found


def common_parts(first: NDArray[Any], second: NDArray[Any], dx: int, dy: int) -> tuple[NDArray[Any], NDArray[Any]]:
    """What two planes of the same size both show."""
    height, width = first.shape
    left, top, right, bottom = max(dx, 0), max(dy, 0), min(width, width + dx), min(height, height + dy)
    return first[top:bottom, left:right], second[top - dy : bottom - dy, left - dx : right - dx]


def _agreement(one: Plane, other: Plane) -> float:
    spread = float(one.std() * other.std())
    return float(((one - one.mean()) * (other - other.mean())).mean()) / spread if spread > 0 else 0.0


def _measured(first: Look, second: Look, dx: float, dy: float) -> Overlap | None:
    """Measure at full size in the middle of what both show, and look whether it agrees there too."""
    height, width = first.gray.shape
    for _ in range(2):
        x, y = round(dx), round(dy)
        both = width - abs(x), height - abs(y)
        if min(both) < 8 or both[0] * both[1] < LEAST_PART * height * width:
            return None
        one, other = (_flat(_middle(part), 2 * _COARSE) for part in common_parts(first.gray, second.gray, x, y))
        window = cv2.createHanningWindow((one.shape[1], one.shape[0]), cv2.CV_32F)
        (right, down), _ = cv2.phaseCorrelate(other, one, window)
        if not np.isfinite([right, down]).all() or max(abs(right), abs(down)) > 2 * _COARSE * first.step:
            return None
        dx, dy = x + right, y + down
    shown = common_parts(first.gray, second.gray, round(dx), round(dy))
    fine = [_flat(np.asarray(cv2.GaussianBlur(_middle(one), (0, 0), _NOISE), np.float32), _DETAIL) for one in shown]
    agreement = _agreement(fine[0], fine[1])
    return Overlap(dx, dy, agreement, int(shown[0].size)) if agreement >= AGREES else None


def _middle(part: NDArray[np.uint8]) -> Plane:
    top, left = (max((side - _LARGEST_CROP) // 2, 0) for side in part.shape)
    return np.ascontiguousarray(part[top : top + _LARGEST_CROP, left : left + _LARGEST_CROP], np.float32)
