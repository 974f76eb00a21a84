"""From an opened image or its samples to upright sRGB on black."""

from __future__ import annotations

import io
import logging
import struct
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

from leukoscope.domain.frames import Pixels

logger = logging.getLogger(__name__)
_BAND = 2_000_000
"""Pixels that are converted together: Pillow's copies of a whole picture would take more memory than the picture."""


def rgb_on_black(image: Image.Image, profile: bytes | None) -> Pixels:
    """Pixels of any mode that Pillow knows, in sRGB, what is transparent black: shape (height, width, 3), uint8."""
    if "transparency" in image.info or image.mode in ("LA", "PA", "La", "RGBa"):
        image = image.convert("RGBA")
    alpha = image.getchannel("A") if image.mode == "RGBA" else None
    rgb = _to_srgb(image.convert("RGB") if image.mode in ("RGBA", "RGBX", "P", "1") else image, profile)
    pixels = np.array(rgb, dtype=np.uint8)
    return pixels if alpha is None else on_black(pixels, np.asarray(alpha, dtype=np.uint8))


def on_black(pixels: Pixels, alpha: NDArray[np.uint8]) -> Pixels:
    """What is transparent becomes black; an alpha that is zero everywhere was never filled in and says nothing.

    Parameters
    ----------
    pixels
        Shape (height, width, 3), uint8.
    alpha
        Shape (height, width), uint8: 255 is opaque.
    """
    if not alpha.any() or alpha.min() == 255:
        return pixels
    out = np.empty_like(pixels)
    rows = _rows(pixels)
    for top in range(0, len(pixels), rows):
        opacity = alpha[top : top + rows, :, None].astype(np.uint16)
        out[top : top + rows] = (pixels[top : top + rows] * opacity + 127) // 255
    return out


def to_srgb(samples: NDArray[np.uint8], mode: str, profile: bytes | None) -> Pixels:
    """Samples of one of Pillow's modes in sRGB.

    Parameters
    ----------
    samples
        Shape (height, width, channels), uint8.
    mode
        L, RGB, CMYK, or LAB with signed a and b.
    profile
        An ICC profile, or ``None``.

    Returns
    -------
    ndarray
        Shape (height, width, 3), uint8; ``samples`` itself where nothing is to be done.
    """
    convert = _converter(mode, profile)
    if convert is None and mode in ("RGB", "L"):
        return samples if mode == "RGB" else np.repeat(samples, 3, axis=2)
    height, width = samples.shape[:2]
    out = np.empty((height, width, 3), np.uint8)
    rows = _rows(samples)
    for top in range(0, height, rows):
        part = np.ascontiguousarray(samples[top : top + rows])
        band = Image.frombytes(mode, (width, len(part)), part.tobytes())
        out[top : top + rows] = np.asarray(band.convert("RGB") if convert is None else convert(band))
    return out


def _rows(samples: NDArray[np.uint8]) -> int:
    return max(_BAND // max(int(samples.shape[1]), 1), 1)


def _to_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    convert = _converter(image.mode, profile)
    if convert is not None:
        return convert(image)
    return image if image.mode == "RGB" else image.convert("RGB")


def _converter(mode: str, profile: bytes | None) -> Callable[[Image.Image], Image.Image] | None:
    """What turns images of a mode into sRGB; ``None`` where there is no profile that says how."""
    if mode == "LAB":
        lab, srgb = ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB")
        return _applied(ImageCms.buildTransform(lab, srgb, "LAB", "RGB"))
    if not profile or mode not in ("RGB", "L", "CMYK"):
        return None
    try:
        embedded = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        # Through lcms even sRGB to sRGB would move samples by one.
        if mode == "RGB" and "srgb" in ImageCms.getProfileDescription(embedded).casefold():
            return None
        return _applied(ImageCms.buildTransform(embedded, ImageCms.createProfile("sRGB"), mode, "RGB"))
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError) as error:
        logger.info("embedded color profile not used: %r", error)
        return None


def _applied(transform: ImageCms.ImageCmsTransform) -> Callable[[Image.Image], Image.Image]:
    def convert(image: Image.Image) -> Image.Image:
        converted = ImageCms.applyTransform(image, transform)
        if converted is None:
            raise ValueError("color transform gave nothing")
        return converted

    return convert


def orientation_of(image: Image.Image) -> int:
    """EXIF orientation 1..8; damaged EXIF counts as upright."""
    try:
        return int(image.getexif().get(0x0112, 1))
    except (SyntaxError, ValueError, KeyError, TypeError, IndexError, OSError, struct.error) as error:
        logger.info("EXIF not read: %r", error)
        return 1


def orient(pixels: Pixels, orientation: int) -> Pixels:
    """Turn pixels upright by EXIF orientation (1 upright, 3 180°, 6 and 8 quarter turns, 2 4 5 7 mirrored)."""
    if orientation in (5, 6, 7, 8):
        pixels = pixels.transpose(1, 0, 2)
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    return np.ascontiguousarray(pixels)
