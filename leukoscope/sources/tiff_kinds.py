"""Kinds of TIFF that are whole but not read, each with a name for the technician."""

from __future__ import annotations

from typing import Any

from leukoscope.domain.errors import Cause, ImageError
from leukoscope.sources.tiff_colors import CIELAB, CMYK, GRAY, ICCLAB, PALETTE, RGB, YCBCR
from leukoscope.sources.tiff_samples import FAX_CODECS, IMAGE_CODECS, JPEG_CODECS, OLD_JPEG, SEGMENT_CODECS

_CODEC_NAMES = {
    34887: "LERC", 22610: "JPEG XR", 34934: "JPEG XR", 34892: "lossy JPEG of a camera raw file", 34713: "Nikon raw",
    32867: "Kodak raw", 34676: "SGI Log", 34677: "SGI Log", 34661: "JBIG", 32766: "NeXT RLE", 32809: "ThunderScan",
}  # fmt: skip
_RAW = {32803: "camera raw", 34892: "camera raw"}
_LEAST_SAMPLES = {RGB: 3, CMYK: 4, YCBCR: 3, CIELAB: 3, ICCLAB: 3}
_COMPLEX = (5, 6)
_PREDICTORS = (1, 2, 3)


def kind_error(name: str, kind: str) -> ImageError:
    """The sentence for a TIFF that is not read, with the kind named."""
    sentence = (
        f"“{name}” is a TIFF of a kind that is not read ({kind}); save it again as a plain RGB TIFF or PNG "
        "with 8 or 16 bits per sample."
    )
    return ImageError(sentence, kind, cause=Cause.UNKNOWN_KIND)


def unknown_kind(page: Any) -> str | None:
    """Name of the kind when a page is whole, as far as its tags say, and is not read; else ``None``.

    Parameters
    ----------
    page
        A ``tifffile.TiffPage``.
    """
    return _samples_kind(page) or _codec_kind(page) or _color_kind(page)


def _samples_kind(page: Any) -> str | None:
    bits, form = page.bitspersample, int(page.sampleformat or 1)
    if form in _COMPLEX:
        return "complex samples"
    if page.dtype is None:
        said = "samples of different depths" if isinstance(bits, tuple) else f"{bits}-bit samples"
        return said if form == 1 else f"{said}, format {form}"
    if isinstance(bits, int) and bits > 16 and bits not in (32, 64):
        return f"{bits}-bit samples"
    return "a volume in one page" if page.imagedepth > 1 else None


def _codec_kind(page: Any) -> str | None:
    codec = int(page.compression)
    if codec not in (*SEGMENT_CODECS, *FAX_CODECS, *JPEG_CODECS, *IMAGE_CODECS):
        return f"{_CODEC_NAMES.get(codec, f'compression {codec}')} inside"
    if int(page.predictor) not in _PREDICTORS and codec in SEGMENT_CODECS:
        return f"predictor {int(page.predictor)}"
    if codec == OLD_JPEG and (page.bitspersample != 8 or page.samplesperpixel not in {1, 3}):
        return "an old kind of JPEG inside"
    if page.is_subsampled and codec not in JPEG_CODECS and (page.planarconfig == 2 or page.bitspersample != 8):
        return "chroma subsampling in planes"
    return None


def _color_kind(page: Any) -> str | None:
    photometric = int(page.photometric)
    if photometric in _RAW:
        return _RAW[photometric]
    if photometric not in (*GRAY, PALETTE, *_LEAST_SAMPLES):
        return f"color space {getattr(page.photometric, 'name', photometric)}"
    if photometric in {CIELAB, ICCLAB} and page.bitspersample != 8:
        return f"color space {page.photometric.name} with {page.bitspersample} bits"
    if photometric in {CMYK, YCBCR, PALETTE} and page.dtype.kind not in "ub":
        return f"color space {page.photometric.name} with samples that are no whole numbers"
    if photometric == PALETTE and 320 not in page.tags:
        return "a palette that is missing"
    if photometric == CMYK and page.tags.valueof(332, 1) != 1:
        return "inks other than CMYK"
    least = _LEAST_SAMPLES.get(photometric, 1)
    return f"{page.samplesperpixel} samples per pixel" if page.samplesperpixel < least else None
