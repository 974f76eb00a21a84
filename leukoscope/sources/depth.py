"""How many bits of a sample a camera used: said by the file, else read off its brightest places."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

DEPTHS = (8, 10, 12, 14, 16)
"""Bits that cameras use."""
HOT_SIDE = 5
"""A median over so many pixels takes hot pixels, lines and clusters of them away, and leaves what a lens can draw."""
DEEP = np.uint16
"""Type of the samples that need a depth."""


def bits_in_use(samples: NDArray[np.generic]) -> int:
    """Smallest depth that holds a picture, hot pixels left out.

    Parameters
    ----------
    samples
        Shape (height, width) or (height, width, channels), unsigned integers. No alpha channel: it uses all bits.

    Returns
    -------
    int
        One of ``DEPTHS``.
    """
    wide = samples.astype(np.uint16)
    full = _holding(int(wide.max(initial=0)))
    if full == 8 or wide.size == 0:
        return full
    # Without outliers there is nothing to filter: a hundredth of the samples comes up to the same depth.
    if _holding(int(np.percentile(wide, 99))) == full:
        return full
    planes = wide.reshape(*wide.shape[:2], -1)
    smooth = (cv2.medianBlur(np.ascontiguousarray(planes[:, :, k]), HOT_SIDE) for k in range(planes.shape[2]))
    return _holding(max(int(plane.max(initial=0)) for plane in smooth))


def depth_of(samples: NDArray[np.generic], declared: int | None) -> int:
    """Depth that a file declares, where its samples do not contradict it; else :func:`bits_in_use`.

    Many programs write the width of the samples' type for want of anything better. Such a statement is not believed
    where all samples would come out nearly black (less than a sixteenth of the range): a 12-bit camera's, then.
    """
    used = bits_in_use(samples)
    if declared is None or declared not in DEPTHS or declared < used:
        return used
    return used if declared == 16 and used <= 12 else declared


def to_8_bit(samples: NDArray[np.generic], bits: int | None = None) -> NDArray[np.uint8]:
    """Scale unsigned samples to 8 bit.

    Parameters
    ----------
    samples
        Any shape, uint8 or uint16; (height, width[, channels]) when ``bits`` is not given.
    bits
        Depth: ``2**bits - 1`` becomes 255, more than that too. ``None`` takes :func:`bits_in_use`. Samples of 8 bits
        stay as they are.
    """
    if samples.dtype == np.uint8:
        return samples.astype(np.uint8)
    full = 2.0 ** (bits_in_use(samples) if bits is None else bits) - 1
    scaled = samples.astype(np.float32)
    scaled *= np.float32(255.0 / full)
    np.clip(scaled, 0, 255, out=scaled)
    np.rint(scaled, out=scaled)
    return scaled.astype(np.uint8)


def is_spread(samples: NDArray[np.generic], bits: int) -> bool:
    """Whether 16-bit samples are ``bits``-bit ones spread over all 16 bits, as PNG's sBIT chunk has them.

    They repeat their highest bits below (what the PNG specification recommends), or leave them 0.
    """
    below = np.uint16(2 ** (16 - bits) - 1)
    wide = samples.astype(np.uint16)
    low = wide & below
    return bool((low == 0).all() or (low == wide >> np.uint16(bits)).all())


def _holding(level: int) -> int:
    return next((bits for bits in DEPTHS if level < 2**bits), 16)
