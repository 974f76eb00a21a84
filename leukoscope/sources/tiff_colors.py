"""From the samples of a TIFF page to RGB: what its photometric interpretation, its range and its alpha declare."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from leukoscope.domain.frames import Pixels
from leukoscope.sources.color import on_black, to_srgb
from leukoscope.sources.depth import full_scale, scaled

WHITE_IS_ZERO, BLACK_IS_ZERO, RGB, PALETTE, MASK, CMYK, YCBCR, CIELAB, ICCLAB = 0, 1, 2, 3, 4, 5, 6, 8, 9
GRAY = (WHITE_IS_ZERO, BLACK_IS_ZERO, MASK)
_UNSPECIFIED, _ASSOCIATED, _UNASSOCIATED = 0, 1, 2
_PROFILE, _COLOR_MAP, _COEFFICIENTS, _BLACK_WHITE = 34675, 320, 529, 532
_LAB_CENTER = np.array([0, 128, 128], np.uint8)


@dataclass(frozen=True, eq=False)
class Channels:
    """The samples of an image by what they mean.

    Parameters
    ----------
    colors
        Shape (height, width, 1, 3 or 4).
    alpha
        Shape (height, width), not yet multiplied in; ``None`` where there is none.
    meaning
        Photometric interpretation of the colors.
    """

    colors: NDArray[np.generic]
    alpha: NDArray[np.generic] | None
    meaning: int


def split(samples: NDArray[np.generic], page: Any, *, in_planes: bool) -> Channels:
    """Colors, and alpha where it is not yet multiplied in; other extra samples are dropped.

    Parameters
    ----------
    samples
        Shape (height, width, samples).
    page
        The ``tifffile.TiffPage`` that they are of.
    in_planes
        Whether they are the red, green and blue of one image, each a gray page.
    """
    if in_planes:
        return Channels(samples[:, :, :3], None, RGB)
    meaning, count = int(page.photometric), samples.shape[2]
    extra = [int(one) for one in page.extrasamples or ()]
    colors = 4 if meaning == CMYK else 1 if meaning in (*GRAY, PALETTE) else 3
    if meaning in GRAY and count >= 3 and all(one == _UNSPECIFIED for one in extra[:2]):
        meaning, colors, extra = RGB, 3, extra[2:]  # whoever wrote them knew no color space
    places = [colors + place for place, one in enumerate(extra) if one == _UNASSOCIATED and colors + place < count]
    return Channels(samples[:, :, :colors], samples[:, :, places[0]] if places else None, meaning)


def rgb_of(channels: Channels, page: Any, black: float, white: float) -> Pixels:
    """Pixels of an image in sRGB on black, as it lies in the file.

    Parameters
    ----------
    channels
        What :func:`split` gave.
    page
        The ``tifffile.TiffPage`` that they are of.
    black, white
        Levels of the samples that become 0 and 255.

    Returns
    -------
    ndarray
        Shape (height, width, 3), uint8.
    """
    tag = page.tags.get(_PROFILE)
    profile = None if tag is None else bytes(tag.value)
    if channels.meaning == PALETTE:
        pixels = to_srgb(_of_palette(channels.colors[:, :, 0], page), "RGB", profile)
    else:
        level = scaled(channels.colors, black, white)
        if channels.meaning == WHITE_IS_ZERO:
            level = np.subtract(255, level, dtype=np.uint8)
        pixels = _converted(level, channels.meaning, page, profile)
    if channels.alpha is None:
        return pixels
    return on_black(pixels, _opacity(channels.alpha, white))


def range_of(channels: Channels, page: Any) -> tuple[float, float] | None:
    """Black and white level where type and color space alone decide; ``None`` where a camera's depth counts."""
    bits, kind = page.bitspersample, channels.colors.dtype.kind
    if kind == "u" and isinstance(bits, int) and bits not in (16, 32, 64):
        return 0.0, 2.0**bits - 1
    if kind in "ub" and (isinstance(bits, tuple) or channels.meaning in {CMYK, YCBCR, CIELAB, ICCLAB, PALETTE}):
        return 0.0, 1.0 if kind == "b" else 2.0 ** (8 * channels.colors.dtype.itemsize) - 1
    return (0.0, 1.0) if kind == "b" else None


def guessed_range(channels: Channels, declared: int | None) -> tuple[float, float]:
    """Black and white level by the declared depth, or the samples; raises NoRangeError."""
    return 0.0, full_scale(channels.colors, declared)


def _converted(level: NDArray[np.uint8], meaning: int, page: Any, profile: bytes | None) -> Pixels:
    if meaning == CMYK:
        return to_srgb(level, "CMYK", profile)
    if meaning in {CIELAB, ICCLAB}:
        # Pillow takes a and b as signed, as TIFF's CIE L*a*b* has them; ICC's lie around 128.
        return to_srgb(level ^ _LAB_CENTER if meaning == ICCLAB else level, "LAB", None)
    if meaning == YCBCR:
        level = _of_ycbcr(level, page)
    return to_srgb(level, "RGB" if level.shape[2] == 3 else "L", profile)


def _of_palette(indices: NDArray[np.generic], page: Any) -> Pixels:
    table = np.asarray(page.tags[_COLOR_MAP].value, np.int64).reshape(3, -1)
    if int(indices.max(initial=0)) >= table.shape[1]:
        raise ValueError("an index beyond the palette")
    # Colors have 16 bits; some programs write 8, and some a byte below that they leave 0.
    eight = table if table.max(initial=0) < 256 else table >> 8
    return np.ascontiguousarray(eight.T.astype(np.uint8)[indices.astype(np.intp)])


def _of_ycbcr(level: NDArray[np.uint8], page: Any) -> NDArray[np.uint8]:
    """TIFF 6.0, section 21: luma coefficients, and levels of black and white for each component."""
    red, green, blue = _numbers(page, _COEFFICIENTS, (0.299, 0.587, 0.114))
    black_white = _numbers(page, _BLACK_WHITE, (0, 255, 128, 255, 128, 255))
    out = np.empty(level.shape, np.uint8)
    for top in range(0, len(level), 256):
        part = level[top : top + 256].astype(np.float64)
        y, cb, cr = (
            (part[..., k] - black_white[2 * k]) * full / (black_white[2 * k + 1] - black_white[2 * k])
            for k, full in ((0, 255), (1, 127), (2, 127))
        )
        r, b = y + cr * (2 - 2 * red), y + cb * (2 - 2 * blue)
        g = (y - blue * b - red * r) / green
        out[top : top + 256] = np.rint(np.clip(np.stack([r, g, b], axis=2), 0, 255))
    return out


def _numbers(page: Any, code: int, default: tuple[float, ...]) -> tuple[float, ...]:
    """A tag of whole or rational numbers."""
    tag = page.tags.get(code)
    values = [] if tag is None else [float(value) for value in tag.value]
    if len(values) == 2 * len(default):
        values = [above / below for above, below in zip(values[::2], values[1::2], strict=True)]
    return tuple(values) if len(values) == len(default) else default


def _opacity(alpha: NDArray[np.generic], white: float) -> NDArray[np.uint8]:
    """Alpha uses all bits of its type, unless nowhere more than the colors do."""
    if alpha.dtype.kind in "fb":
        return scaled(alpha, 0.0, 1.0)
    own = 2.0 ** (8 * alpha.dtype.itemsize - (alpha.dtype.kind == "i")) - 1
    return scaled(alpha, 0.0, white if float(alpha.max(initial=0)) <= white else own)
