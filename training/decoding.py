"""From an image file to RGB pixels, or a sentence why not. What would silently look different is refused."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from leukoscope.domain.errors import ImageError
from leukoscope.domain.frames import Pixels

IMAGE_SUFFIXES = frozenset({".bmp", ".png", ".tif", ".tiff", ".webp", ".jpg", ".jpeg"})
_FORMATS = ("BMP", "DIB", "PNG", "TIFF", "WEBP", "JPEG")
_DAMAGED = (OSError, SyntaxError, ValueError, TypeError, LookupError, EOFError, struct.error, zlib.error)
_BITS_PER_SAMPLE = 258  # TIFF tag


def read_pixels(path: Path) -> Pixels:
    """Decode one cell image: upright RGB, uint8, what is transparent black.

    Raises
    ------
    ImageError
        When the file cannot be read, is damaged or cut short, has several pages, is gray, or has 16 bits a sample.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ImageError(f"“{path.name}” cannot be read; take it out of the training folder.", repr(error)) from error
    if not data:
        raise ImageError(f"“{path.name}” is empty and not a readable image; copy it again.")
    try:
        with Image.open(io.BytesIO(data), formats=_FORMATS) as image:
            trouble = _trouble(image, data)
            if trouble:
                raise ImageError(f"“{path.name}” {trouble}.")
            image.load()
            upright = ImageOps.exif_transpose(image)
            return _rgb_on_black(upright)
    except (*_DAMAGED, Image.DecompressionBombError) as error:
        raise ImageError(
            f"“{path.name}” is not a readable image, or only a part of one; copy it again.", repr(error)
        ) from error


def _trouble(image: Image.Image, data: bytes) -> str:
    """What is wrong with an image by its header; empty when nothing is."""
    if image.format == "TIFF" and int(getattr(image, "n_frames", 1)) > 1:
        return "has several pages; save each as a file of its own"
    depths = getattr(image, "tag_v2", {}).get(_BITS_PER_SAMPLE, (8,))
    deep_png = image.format == "PNG" and data[24] == 16
    if deep_png or max(depths) > 8 or image.mode in ("I", "F") or image.mode.startswith("I;"):
        return "has more than 8 bits a sample; save it with 8 bits, all cells with the same factor"
    if image.mode in ("1", "L", "LA", "La"):
        return "is gray, but the networks learn from color; take it out of the training folder"
    if image.mode not in ("RGB", "RGBA", "P", "PA"):
        return f"is stored as {image.mode}; save it as RGB"
    return ""


def _rgb_on_black(image: Image.Image) -> Pixels:
    if image.mode == "RGB" and "transparency" not in image.info:
        return np.array(image, dtype=np.uint8)
    samples = np.array(image.convert("RGBA"), dtype=np.uint16)
    return ((samples[..., :3] * samples[..., 3:] + 127) // 255).astype(np.uint8)


def on_canvas(pixels: Pixels, side: int) -> Pixels:
    """Cut or pad with black about the middle: (height, width, 3) to (side, side, 3)."""
    out = np.zeros((side, side, 3), np.uint8)
    height, width = (min(side, length) for length in pixels.shape[:2])
    top, left = (pixels.shape[0] - height) // 2, (pixels.shape[1] - width) // 2
    down, right = (side - height) // 2, (side - width) // 2
    out[down : down + height, right : right + width] = pixels[top : top + height, left : left + width]
    return out
