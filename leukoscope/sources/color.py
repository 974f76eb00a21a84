"""From an opened image to upright sRGB on black."""

from __future__ import annotations

import io
import logging
import struct

import numpy as np
from PIL import Image, ImageCms

from leukoscope.domain.frames import Pixels

logger = logging.getLogger(__name__)


def rgb_on_black(image: Image.Image, profile: bytes | None) -> Pixels:
    """Pixels of any mode that Pillow knows, in sRGB, what is transparent black: shape (height, width, 3), uint8."""
    if "transparency" in image.info or image.mode in ("LA", "PA", "La", "RGBa"):
        image = image.convert("RGBA")
    alpha = image.getchannel("A") if image.mode == "RGBA" else None
    rgb = _to_srgb(image.convert("RGB") if image.mode in ("RGBA", "RGBX", "P", "1") else image, profile)
    pixels = np.array(rgb, dtype=np.uint8)
    if alpha is not None and alpha.getextrema() != (255, 255):
        opacity = np.asarray(alpha, dtype=np.uint16)[:, :, None]
        pixels = ((pixels * opacity + 127) // 255).astype(np.uint8)
    return pixels


def _to_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    if image.mode == "LAB":
        lab, srgb = ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB")
        return _transformed(image, ImageCms.buildTransform(lab, srgb, "LAB", "RGB"))
    if profile and image.mode in ("RGB", "L", "CMYK"):
        try:
            embedded = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            # Through lcms even sRGB to sRGB would move samples by one.
            if image.mode == "RGB" and "srgb" in ImageCms.getProfileDescription(embedded).casefold():
                return image
            transform = ImageCms.buildTransform(embedded, ImageCms.createProfile("sRGB"), image.mode, "RGB")
            return _transformed(image, transform)
        except (ImageCms.PyCMSError, OSError, ValueError, TypeError) as error:
            logger.info("embedded color profile not used: %r", error)
    return image if image.mode == "RGB" else image.convert("RGB")


def _transformed(image: Image.Image, transform: ImageCms.ImageCmsTransform) -> Image.Image:
    converted = ImageCms.applyTransform(image, transform)
    if converted is None:
        raise ValueError("color transform gave nothing")
    return converted


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
