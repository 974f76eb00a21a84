"""Which level of a sample is full scale: said by the file, else read off its brightest places."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

DEPTHS = (8, 10, 12, 14, 16)
"""Bits that cameras use."""
HOT_SIDE = 5
"""A median over so many pixels takes hot pixels, lines and clusters of them away, and leaves what a lens can draw."""
DEEP = np.uint16
"""Type of the samples that need a depth."""
DARKEST = 1 / 16
"""Part of full scale below which a whole picture is believed to have been taken with less."""
OVERSHOOT = 1.02
"""By so much may fractions between 0 and 1 pass 1: interpolation does that."""
_CHUNK = 2_000_000
"""Samples that are looked at together: whole pictures are never copied."""


class NoRangeError(ValueError):
    """Samples whose full scale nobody states, and which do not show it; the message is the kind's name."""


def bits_in_use(samples: NDArray[np.generic]) -> int:
    """Smallest depth that holds a picture, hot pixels left out.

    Parameters
    ----------
    samples
        Shape (height, width) or (height, width, channels), unsigned integers. No alpha channel: it uses all bits.

    Returns
    -------
    int
        One of ``DEPTHS``, or more where more than 16 are used.
    """
    planes = samples.reshape(*samples.shape[:2], -1)
    if planes.size == 0:
        return DEPTHS[0]
    full = _holding(int(planes.max()))
    if full == 8:
        return full
    if planes.dtype.itemsize <= 2 and _holding(_percentile(planes, 99)) == full:
        return full  # a hundredth of the samples comes up to the same depth: no outliers
    return _holding(int(_smooth_extremes(planes)[1]))


def depth_of(samples: NDArray[np.generic], declared: int | None) -> int:
    """Depth that a file declares, where its samples do not contradict it; else :func:`bits_in_use`.

    Many programs write the width of the samples' type for want of anything better. Such a statement is not believed
    where all samples would come out nearly black (less than a sixteenth of the range): a 12-bit camera's, then.
    """
    used = bits_in_use(samples)
    if declared is None or declared < used:
        return used
    return used if declared == 8 * samples.dtype.itemsize and used <= declared - 4 else declared


def full_scale(samples: NDArray[np.generic], declared: int | None) -> float:
    """Level that is full scale.

    Parameters
    ----------
    samples
        Shape (height, width[, channels]): unsigned, signed or floating-point.
    declared
        Bits that the file states, if it does.

    Returns
    -------
    float
        For fractions 1 (up to :data:`OVERSHOOT`), for other floating-point numbers that of the integers they stand for.

    Raises
    ------
    NoRangeError
        When samples are no numbers, lie below zero, or are so low that no range is likelier than another.
    """
    kind = samples.dtype.kind
    if kind == "b":
        return 1.0
    if kind == "u":
        bits, own = depth_of(samples, declared), 8 * samples.dtype.itemsize
        if bits > 16 and bits != declared:
            if bits <= own - 4:
                raise NoRangeError(f"{own}-bit samples whose range is not stated")
            bits = own
        return 2.0**bits - 1
    name = f"{8 * samples.dtype.itemsize}-bit {'floating-point' if kind == 'f' else 'signed'} samples"
    low, high = robust_range(samples, name)
    if kind == "i":
        own = 8 * samples.dtype.itemsize - 1  # bits beside the sign
        if low < 0:
            raise NoRangeError(f"{name} below zero whose range is not stated")
        holding = _holding(int(high))
        return 2.0 ** min(max(holding, min(declared or 0, own)), own) - 1
    if declared is not None and high <= 2.0**declared - 1 and high > OVERSHOOT:
        full = 2.0**declared - 1
    else:
        full = 1.0 if high <= OVERSHOOT else 2.0 ** _holding(int(np.ceil(high))) - 1
    if low < -0.02 * full or high < DARKEST * full or high > 65535 * OVERSHOOT:
        raise NoRangeError(f"{name} whose range is not stated")
    return full


def robust_range(samples: NDArray[np.generic], name: str = "samples") -> tuple[float, float]:
    """Lowest and highest sample, those of hot pixels left out.

    Raises
    ------
    NoRangeError
        When one is infinite or no number.
    """
    planes = samples.reshape(*samples.shape[:2], -1)
    if samples.dtype.kind == "f" and not all(np.isfinite(part).all() for part in _parts(planes)):
        raise NoRangeError(f"{name}, some of them no numbers")
    return _smooth_extremes(planes)


def to_8_bit(samples: NDArray[np.generic], bits: int | None = None) -> NDArray[np.uint8]:
    """Scale unsigned samples to 8 bit.

    Parameters
    ----------
    samples
        Any shape, unsigned; (height, width[, channels]) when ``bits`` is not given.
    bits
        Depth: ``2**bits - 1`` becomes 255, more than that too. ``None`` takes :func:`bits_in_use`. Samples of 8 bits
        stay as they are.
    """
    if samples.dtype == np.uint8:
        return samples.astype(np.uint8)
    return scaled(samples, 0.0, 2.0 ** (bits_in_use(samples) if bits is None else bits) - 1)


def scaled(samples: NDArray[np.generic], low: float, full: float) -> NDArray[np.uint8]:
    """Samples of any type so that ``low`` becomes 0 and ``full`` 255; what lies beyond becomes that too.

    Takes no memory beside what it returns but a few megabytes.
    """
    if samples.dtype == np.uint8 and (low, full) == (0, 255):
        return samples.astype(np.uint8, copy=False)
    out = np.empty(samples.shape, np.uint8)
    rows = _rows(samples)
    few = samples.dtype.kind in "ub" and samples.dtype.itemsize <= 2
    levels = _level(np.arange(65536 if few else 0, dtype=np.float64), low, full)
    for top in range(0, len(samples), rows):
        part = samples[top : top + rows]
        # An index of another type is a copy of eight bytes for each sample.
        out[top : top + rows] = levels[part.astype(np.intp)] if few else _level(part.astype(np.float64), low, full)
    return out


def is_spread(samples: NDArray[np.generic], bits: int) -> bool:
    """Whether 16-bit samples are ``bits``-bit ones spread over all 16 bits, as PNG's sBIT chunk has them.

    They repeat their highest bits below (what the PNG specification recommends), or leave them 0.
    """
    below = np.uint16(2 ** (16 - bits) - 1)
    wide = samples.astype(np.uint16)
    low = wide & below
    return bool((low == 0).all() or (low == wide >> np.uint16(bits)).all())


def _level(samples: NDArray[np.float64], low: float, full: float) -> NDArray[np.uint8]:
    part = (samples - low) * (255.0 / (full - low))
    return np.asarray(np.rint(np.clip(part, 0, 255, out=part), out=part).astype(np.uint8))


def _rows(samples: NDArray[np.generic]) -> int:
    return max(_CHUNK // max(int(np.prod(samples.shape[1:])), 1), 1)


def _parts(planes: NDArray[np.generic]) -> Iterator[NDArray[np.generic]]:
    rows = _rows(planes)
    return (planes[top : top + rows] for top in range(0, len(planes), rows))


def _percentile(planes: NDArray[np.generic], percent: int) -> int:
    """Level that so many percent of 8- or 16-bit samples do not pass."""
    counts = np.zeros(65536, np.int64)
    for part in _parts(planes):
        counts += np.bincount(part.reshape(-1), minlength=65536)
    return int(np.searchsorted(np.cumsum(counts), planes.size * percent / 100))


def _smooth_extremes(planes: NDArray[np.generic]) -> tuple[float, float]:
    """Lowest and highest sample of (height, width, channels) after a median, which takes a few rows at a time."""
    margin, lowest, highest = HOT_SIDE // 2, np.inf, -np.inf
    rows = _rows(planes)
    kind = np.uint16 if planes.dtype.kind == "u" and planes.dtype.itemsize <= 2 else np.float32
    for top in range(0, len(planes), rows):
        part = planes[max(top - margin, 0) : top + rows + margin]
        for channel in range(planes.shape[2]):
            smooth = cv2.medianBlur(np.ascontiguousarray(part[:, :, channel].astype(kind)), HOT_SIDE)
            lowest, highest = min(lowest, float(smooth.min())), max(highest, float(smooth.max()))
    return lowest, highest


def _holding(level: int) -> int:
    return next((bits for bits in DEPTHS if level < 2**bits), level.bit_length())
