"""Kinds of TIFF that are whole but not read, each with a name for the technician."""

from __future__ import annotations

from typing import Any

from leukoscope.domain.errors import Cause, ImageError
from leukoscope.sources.tiff_samples import SEGMENT_CODECS

_PILLOW_CODECS = {1, 2, 3, 4, 5, 6, 7, 8, 32771, 32773, 32946, 34925, 50000, 50001}
_CODEC_NAMES = {
    33003: "JPEG 2000", 33004: "JPEG 2000", 33005: "JPEG 2000", 34712: "JPEG 2000", 34887: "LERC", 50002: "JPEG XL",
    52546: "JPEG XL", 22610: "JPEG XR", 34934: "JPEG XR", 34892: "lossy JPEG of a camera raw file",
    34713: "Nikon raw", 32867: "Kodak raw", 34933: "PNG", 34676: "SGI Log", 34677: "SGI Log", 34661: "JBIG",
}  # fmt: skip
_GRAY, _RGB, _PALETTE, _MASK, _CMYK, _YCBCR, _LAB = (0, 1), 2, 3, 4, 5, 6, 8
_RAW = {32803: "camera raw", 34892: "camera raw"}
_FLOAT, _SIGNED, _COMPLEX = 3, 2, (5, 6)


def kind_error(name: str, kind: str) -> ImageError:
    """The sentence for a TIFF that is not read, with the kind named."""
    sentence = (
        f"“{name}” is a TIFF of a kind that is not read ({kind}); save it again as a plain RGB TIFF or PNG "
        "with 8 or 16 bits per sample."
    )
    return ImageError(sentence, kind, cause=Cause.UNKNOWN_KIND)


def unknown_kind(page: Any) -> str | None:
    """Name of the kind when a page is whole, as far as its tags say, and is not read; else ``None``.

    Floating-point, signed and 32-bit samples have no white that all programs agree on: to guess one would be to guess
    how strongly the cells are stained.

    Parameters
    ----------
    page
        A ``tifffile.TiffPage``.
    """
    return _samples_kind(page) or _codec_kind(page) or _color_kind(page)


def needs_samples(page: Any) -> bool:
    """Whether a page is read sample by sample; Pillow reads the others, and would keep 8 bits of 16 here."""
    planar = int(page.planarconfig or 1) == 2 and page.samplesperpixel > 1
    deep = page.bitspersample == 16
    odd = int(page.photometric) in _GRAY and page.samplesperpixel > 1
    return (planar or deep or odd) and int(page.compression) in SEGMENT_CODECS


def _samples_kind(page: Any) -> str | None:
    bits, form = page.bitspersample, int(page.sampleformat or 1)
    if form == _FLOAT:
        return f"{bits}-bit floating-point samples"
    if form == _SIGNED:
        return f"{bits}-bit signed samples"
    if form in _COMPLEX:
        return "complex samples"
    if isinstance(bits, tuple):
        return "samples of different depths"
    if bits > 16:
        return f"{bits}-bit samples"
    if bits not in (8, 16) and not (page.samplesperpixel == 1 and bits in (1, 2, 4, 12)):
        return f"samples of {bits} bits, packed"
    return "a volume in one page" if page.imagedepth > 1 else None


def _codec_kind(page: Any) -> str | None:
    codec = int(page.compression)
    if codec not in _PILLOW_CODECS:
        return f"{_CODEC_NAMES.get(codec, f'compression {codec}')} inside"
    if int(page.predictor) not in (1, 2):
        return f"predictor {int(page.predictor)}"
    deep_or_planar = page.bitspersample == 16 or (int(page.planarconfig or 1) == 2 and page.samplesperpixel > 1)
    if deep_or_planar and codec not in SEGMENT_CODECS and not (codec == 7 and page.bitspersample == 8):
        return f"compression {codec} with {page.bitspersample}-bit samples"
    return None


def _color_kind(page: Any) -> str | None:
    photometric = int(page.photometric)
    if photometric in _RAW:
        return _RAW[photometric]
    known = (*_GRAY, _RGB, _PALETTE, _MASK, _CMYK, _YCBCR, _LAB)
    if photometric not in known or (photometric in (_PALETTE, _YCBCR, _LAB, _MASK) and needs_samples(page)):
        return f"color space {getattr(page.photometric, 'name', photometric)}"
    least = {_RGB: 3, _CMYK: 4}.get(photometric, 1)
    return f"{page.samplesperpixel} samples per pixel" if page.samplesperpixel < least else None
