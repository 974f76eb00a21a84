"""From the bytes of an image file to upright 8-bit sRGB pixels. The content decides, never the file's name."""

from __future__ import annotations

import io
import logging
import struct
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms, UnidentifiedImageError

from leukoscope.domain.errors import ImageError
from leukoscope.domain.frames import Pixels
from leukoscope.sources.metadata import um_per_px

logger = logging.getLogger(__name__)

MAX_PIXELS = 120_000_000
"""Larger images are refused before decoding. Decoding takes up to 7 bytes a pixel in Pillow and here: 0.9 GB."""

FORMATS = ("PNG", "JPEG", "BMP", "DIB", "TIFF", "WEBP", "GIF")
FORMAT_NAMES = "PNG, JPEG, TIFF, BMP, WebP or GIF"

# We look at the size in the header ourselves, with a sentence; Pillow's own limit would warn below ours.
Image.MAX_IMAGE_PIXELS = None

_LOCK = threading.Lock()


@dataclass(frozen=True, eq=False)
class DecodedImage:
    """What a file holds.

    Parameters
    ----------
    pixels
        Shape (height, width, 3), uint8, sRGB, upright, transparency on black.
    um_per_px
        Micrometers for one pixel where the file says it credibly, else ``None``.
    """

    pixels: Pixels
    um_per_px: float | None


def decode_image(data: bytes, name: str) -> DecodedImage:
    """Decode a whole image file.

    Grayscale comes back as three equal channels; 16-bit samples are scaled by the bit depth in use
    (:func:`to_8_bit`); an embedded color profile is converted to sRGB; EXIF orientation is applied;
    transparent parts become black.

    Parameters
    ----------
    data
        The file's bytes.
    name
        What a person calls the file, for messages.

    Raises
    ------
    ImageError
        When it is empty, damaged, no image, larger than ``MAX_PIXELS``, animated, or has several pages.
    """
    if not data:
        raise ImageError(f"“{name}” is empty; copy it again from the microscope or camera.")
    with _quiet_decoders():
        try:
            image = Image.open(io.BytesIO(data), formats=FORMATS)
        except MemoryError:
            raise
        except Exception as error:  # Pillow raises whatever the first bytes make it trip over
            raise _not_opened(data, name, error) from error
        with image:
            try:
                _check_one_still_image(image, name)
                if image.format == "PNG":
                    _verify_checksums(data)
                decoded = _decoded(image, data)
            except (ImageError, MemoryError):
                raise
            except Exception as error:  # damaged bytes can make a decoder raise anything
                message = f"“{name}” is damaged or incomplete; copy it again from the microscope or camera."
                raise ImageError(message, repr(error)) from error
    return decoded


def decode_page(data: bytes, name: str, page: int) -> DecodedImage:
    """Decode one page of a TIFF, as :func:`decode_image` decodes an image.

    Parameters
    ----------
    data
        The file's bytes.
    name
        What a person calls the page, for messages.
    page
        Counted from 0, smaller copies and masks included.

    Raises
    ------
    ImageError
        When there is no such page, it is damaged or larger than ``MAX_PIXELS``.
    """
    with _quiet_decoders():
        try:
            with Image.open(io.BytesIO(data), formats=("TIFF",)) as image:
                image.seek(page)
                _check_size(image, name)
                return _decoded(image, data, page)
        except (ImageError, MemoryError):
            raise
        except Exception as error:  # damaged bytes can make a decoder raise anything
            message = f"“{name}” is damaged or incomplete; copy it again from the microscope or camera."
            raise ImageError(message, repr(error)) from error


def _decoded(image: Image.Image, data: bytes, page: int = 0) -> DecodedImage:
    scale = um_per_px(image)
    return DecodedImage(_upright_rgb(image, data, page), scale)


def to_8_bit(samples: NDArray[np.generic]) -> NDArray[np.uint8]:
    """Scale samples of any type to 8 bit by the bit depth in use.

    Scientific cameras store 10, 12 or 14 bits in 16: full scale is the smallest of 8, 10, 12, 14, 16 (24, 32)
    bits that holds the largest sample, so that a 12-bit image does not come out nearly black.

    Parameters
    ----------
    samples
        Any shape; unsigned, signed or floating. Floating samples up to 1 are taken as 0..1. Negative samples
        become 0.

    Raises
    ------
    ValueError
        When floating samples are not finite.
    """
    if samples.dtype == np.uint8:
        return samples.astype(np.uint8)
    highest = float(samples.max(initial=0))
    if not np.isfinite(highest) or np.isnan(samples.min(initial=0)):
        raise ValueError("samples are not finite")
    if np.issubdtype(samples.dtype, np.floating) and highest <= 1.0:
        full = 1.0
    else:
        full = next((2.0**bits - 1 for bits in (8, 10, 12, 14, 16, 24) if highest < 2**bits), max(highest, 1.0))
    scaled = samples.astype(np.float32)
    scaled *= np.float32(255.0 / full)
    np.clip(scaled, 0, 255, out=scaled)
    np.rint(scaled, out=scaled)
    return scaled.astype(np.uint8)


@contextmanager
def _quiet_decoders() -> Iterator[None]:
    """Keep warnings of decoders about odd but harmless bytes from the user; one image at a time bounds memory.

    Warning filters belong to the whole process, hence the lock.
    """
    with _LOCK, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        level = cv2.utils.logging.getLogLevel()
        cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
        try:
            yield
        finally:
            cv2.utils.logging.setLogLevel(level)


def _not_opened(data: bytes, name: str, error: Exception) -> ImageError:
    if not isinstance(error, UnidentifiedImageError) or _known_start(data):
        sentence = f"“{name}” is damaged or incomplete; copy it again from the microscope or camera."
    elif _is_text(data):
        sentence = f"“{name}” is a text file, not an image; choose a {FORMAT_NAMES} image."
    else:
        sentence = f"“{name}” is not an image this program knows; save it as {FORMAT_NAMES}."
    return ImageError(sentence, repr(error))


def _known_start(data: bytes) -> bool:
    starts = (b"\x89PNG", b"\xff\xd8\xff", b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+", b"GIF8")
    return data.startswith(starts) or (data[:4] == b"RIFF" and data[8:12] == b"WEBP")


def _is_text(data: bytes) -> bool:
    start = data[:4096]
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        return True
    try:
        text = start.decode("utf-8") if len(data) <= len(start) else start[:-3].decode("utf-8", errors="ignore")
    except UnicodeDecodeError:
        return False
    readable = sum(character.isprintable() or character in "\r\n\t\f" for character in text)
    return readable > 0.97 * max(len(text), 1) and len(text) > 0.5 * len(start)


def _check_size(image: Image.Image, name: str) -> None:
    width, height = image.size
    if width * height > MAX_PIXELS:
        sentence = (
            f"“{name}” has {width * height / 1e6:.0f} megapixels, more than the {MAX_PIXELS / 1e6:.0f} that can be "
            "opened; save it in parts or smaller."
        )
        raise ImageError(sentence, f"{width}x{height}")


def _check_one_still_image(image: Image.Image, name: str) -> None:
    _check_size(image, name)
    frames = int(getattr(image, "n_frames", 1))
    if frames < 2 or image.format in ("MPO", "JPEG"):
        return
    if image.format == "TIFF":
        if len(whole_pages(image)) == 1:
            return
        raise ImageError(f"“{name}” has {frames} pages; save each page as an image of its own.")
    raise ImageError(f"“{name}” is an animation; save one still image of it.", f"{frames} frames")


def _verify_checksums(data: bytes) -> None:
    """Check a PNG's chunks: decoding alone lets damaged ones pass as other colors."""
    with Image.open(io.BytesIO(data), formats=("PNG",)) as image:
        image.verify()


def whole_pages(image: Image.Image) -> tuple[int, ...]:
    """Numbers, from 0, of the pages that are no smaller copies or masks: NewSubfileType (tag 254), bits 0 and 2."""
    found = []
    for page in range(int(getattr(image, "n_frames", 1))):
        image.seek(page)
        kind = int(getattr(image, "tag_v2", {}).get(254, 0))
        if page == 0 or not kind & 0b101:
            found.append(page)
    image.seek(0)
    return tuple(found)


def _upright_rgb(image: Image.Image, data: bytes, page: int) -> Pixels:
    profile = image.info.get("icc_profile")
    if _is_deep_color(image, data):
        orientation = _orientation(image)
        _, pages = cv2.imdecodemulti(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED, range=(page, page + 1))
        deep = pages[0] if pages else None
        if deep is not None and deep.ndim == 3 and deep.shape[:2] == (image.height, image.width):
            return _orient(_rgb_on_black(Image.fromarray(_deep_to_rgb(deep)), profile), orientation)
    image.load()
    orientation = _orientation(image)
    return _orient(_rgb_on_black(_in_8_bit(image), profile), orientation)


def _is_deep_color(image: Image.Image, data: bytes) -> bool:
    """Whether color samples have more than 8 bits: Pillow would keep only the upper 8 of a 12-bit camera's 16."""
    if image.format == "PNG":
        return data[24] == 16 and data[25] in (2, 6)
    if image.format == "TIFF":
        bits = getattr(image, "tag_v2", {}).get(258, (8,))
        return len(bits) in (3, 4) and max(bits) == 16 and image.mode in ("RGB", "RGBA", "RGBX")
    return False


def _deep_to_rgb(deep: NDArray[np.generic]) -> NDArray[np.uint8]:
    color = to_8_bit(deep[:, :, :3])[:, :, ::-1]
    if deep.shape[2] == 3:
        return np.ascontiguousarray(color)
    # Alpha always uses all bits, whatever the camera does.
    alpha = (deep[:, :, 3].astype(np.uint32) // 257).astype(np.uint8)
    return np.dstack([color, alpha])


def _in_8_bit(image: Image.Image) -> Image.Image:
    if image.mode in ("I", "F") or image.mode.startswith("I;"):
        return Image.fromarray(to_8_bit(np.asarray(image)))
    return image


def _rgb_on_black(image: Image.Image, profile: bytes | None) -> Pixels:
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


def _orientation(image: Image.Image) -> int:
    """EXIF orientation 1..8; damaged EXIF counts as upright."""
    try:
        return int(image.getexif().get(0x0112, 1))
    except (SyntaxError, ValueError, KeyError, TypeError, IndexError, OSError, struct.error) as error:
        logger.info("EXIF not read: %r", error)
        return 1


def _orient(pixels: Pixels, orientation: int) -> Pixels:
    """Turn pixels upright by EXIF orientation (1 upright, 3 180°, 6 and 8 quarter turns, 2 4 5 7 mirrored)."""
    if orientation in (5, 6, 7, 8):
        pixels = pixels.transpose(1, 0, 2)
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    return np.ascontiguousarray(pixels)
