"""What an image file says about its scale."""

from __future__ import annotations

import math
import re

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
    """Micrometers for one pixel as the file states it: OME, ImageJ, or a plain resolution tag.

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
    description = _description(image)
    if "<OME" in description:
        sides = _ome(description)
    elif description.startswith("ImageJ="):
        sides = _imagej(description, _tiff_resolution(image))
    else:
        sides = _resolution(image)
    return _credible(sides)


def _description(image: Image.Image) -> str:
    """ImageDescription of a TIFF; OME writes it in UTF-8, which Pillow reads as Latin-1."""
    text = str(getattr(image, "tag_v2", {}).get(270, "")) if image.format == "TIFF" else ""
    try:
        return text.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return text


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
    sides = []
    for axis in "XY":
        size = re.search(rf'PhysicalSize{axis}="([^"]+)"', description)
        unit = re.search(rf'PhysicalSize{axis}Unit="([^"]+)"', description)
        if size is None:
            return None
        factor = _UNIT_UM.get(unit.group(1).casefold() if unit else "µm", math.nan)
        sides.append(_number(size.group(1)) * factor)
    return sides[0], sides[1]


def _imagej(description: str, resolution: tuple[float, float] | None) -> tuple[float, float] | None:
    unit = re.search(r"^unit=(.+)$", description, re.MULTILINE)
    if unit is None or resolution is None:
        return None
    factor = _UNIT_UM.get(unit.group(1).strip().casefold(), math.nan)
    return factor / resolution[0], factor / resolution[1]


def _tiff_resolution(image: Image.Image) -> tuple[float, float] | None:
    """Pixels per unit, x and y, from tags 282 and 283."""
    tags = getattr(image, "tag_v2", {})
    x, y = _number(tags.get(282, "")), _number(tags.get(283, ""))
    return None if math.isnan(x) or math.isnan(y) else (x, y)


def _resolution(image: Image.Image) -> tuple[float, float] | None:
    if image.format == "TIFF":
        resolution = _tiff_resolution(image)
        unit = {2: _UNIT_UM["inch"], 3: _UNIT_UM["cm"]}.get(int(getattr(image, "tag_v2", {}).get(296, 2)))
        return None if resolution is None or unit is None else (unit / resolution[0], unit / resolution[1])
    dpi = image.info.get("dpi")
    if not isinstance(dpi, tuple) or len(dpi) != 2:
        return None
    x, y = _number(dpi[0]), _number(dpi[1])
    return None if math.isnan(x) or math.isnan(y) else (_UNIT_UM["inch"] / x, _UNIT_UM["inch"] / y)
