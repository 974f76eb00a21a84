"""What an image file says about its scale."""

from __future__ import annotations

import math
from typing import Any

from PIL import Image

PLAUSIBLE_UM_PER_PX = (0.02, 1.5)
"""A microscope camera's pixel in the specimen: 100x with 2 µm pixels gives 0.02, 4x with 6 µm gives 1.5.

Print resolutions (72 to 600 dpi) are 42 to 353 µm, so they never pass for a calibration.
"""

_UNIT_UM = {
    "µm": 1.0, "μm": 1.0, "um": 1.0, "micron": 1.0, "microns": 1.0, "micrometer": 1.0, "\\u00b5m": 1.0,
    "nm": 1e-3, "mm": 1e3, "cm": 1e4, "m": 1e6, "inch": 25400.0,
}  # fmt: skip


def um_per_px(image: Image.Image) -> float | None:
    """Micrometers for one pixel of a file that is no TIFF, by its resolution.

    Parameters
    ----------
    image
        An opened file, decoded or not.

    Returns
    -------
    float or None
        ``None`` when nothing is stated, pixels are not square to 1 %, or the value lies outside
        ``PLAUSIBLE_UM_PER_PX``.
    """
    dpi = image.info.get("dpi")
    if not isinstance(dpi, tuple) or len(dpi) != 2:
        return None
    return _credible(_per_unit((_number(dpi[0]), _number(dpi[1])), _UNIT_UM["inch"]))


def tiff_um_per_px(page: Any, first: Any) -> float | None:
    """Micrometers for one pixel of a TIFF page as the file states it: OME, ImageJ, or the page's resolution.

    Parameters
    ----------
    page, first
        ``tifffile.TiffPage``: the one in question, and the file's first, where OME and ImageJ write for all.

    Returns
    -------
    float or None
        As :func:`um_per_px`.
    """
    if first.is_ome:
        return _credible(_ome(first.description))
    sides = _number(_ratio(page, 282)), _number(_ratio(page, 283))
    if first.is_imagej:
        return _credible(_per_unit(sides, _imagej_unit_um(first.parent)))
    unit_tag = page.tags.get(296)
    factor = {2: _UNIT_UM["inch"], 3: _UNIT_UM["cm"]}.get(int(unit_tag.value) if unit_tag else 2, math.nan)
    return _credible(_per_unit(sides, factor))


def _imagej_unit_um(tif: Any) -> float:
    """Micrometers for the unit of ImageJ's metadata, NaN for none or an odd one."""
    return _UNIT_UM.get(str((tif.imagej_metadata or {}).get("unit")).casefold(), math.nan)


def _ratio(page: Any, code: int) -> float:
    """A resolution tag, NaN where it is missing or odd."""
    tag = page.tags.get(code)
    try:
        above, below = tag.value
        return float(above) / float(below)
    except (AttributeError, TypeError, ValueError, ZeroDivisionError):
        return math.nan


def _per_unit(resolution: tuple[float, float], unit_um: float) -> tuple[float, float]:
    return unit_um / resolution[0], unit_um / resolution[1]


def _credible(sides: tuple[float, float] | None) -> float | None:
    if sides is None or not all(math.isfinite(side) for side in sides):
        return None
    x, y = sides
    low, high = PLAUSIBLE_UM_PER_PX
    if not low <= x <= high or not low <= y <= high or abs(x - y) > 0.01 * x:
        return None
    return (x + y) / 2


def _number(text: object) -> float:
    """A positive number, else NaN."""
    try:
        value = float(str(text))
    except ValueError:
        return math.nan
    return value if value > 0 else math.nan


def _ome(description: str) -> tuple[float, float] | None:
    """Sides of a pixel in µm by the first image of OME-XML; ``None`` where it states none or is damaged."""
    from tifffile import xml2dict  # the window's start must not wait for it

    try:
        image = xml2dict(description)["OME"]["Image"]
        pixels = (image[0] if isinstance(image, list) else image)["Pixels"]
        x, y = (_number(pixels[f"PhysicalSize{axis}"]) * _ome_unit_um(pixels, axis) for axis in "XY")
    except (SyntaxError, RecursionError, LookupError, TypeError):  # damaged XML is a SyntaxError
        return None
    return x, y


def _ome_unit_um(pixels: dict[str, object], axis: str) -> float:
    return _UNIT_UM.get(str(pixels.get(f"PhysicalSize{axis}Unit", "µm")).casefold(), math.nan)
