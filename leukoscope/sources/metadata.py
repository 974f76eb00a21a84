"""What an image file says about its scale, and about what it was taken with."""

from __future__ import annotations

import logging
import math
import re
from collections.abc import Mapping
from typing import Any

from PIL import Image

from leukoscope.domain.microscopes import UNKNOWN_MICROSCOPE, Microscope, plain_name
from leukoscope.sources.ome import OmeImage
from leukoscope.sources.stage import MICRO_MANAGER
from leukoscope.sources.units import UNIT_UM, positive

PLAUSIBLE_UM_PER_PX = (0.02, 1.5)
"""A microscope camera's pixel in the specimen: 100x with 2 µm pixels gives 0.02, 4x with 6 µm gives 1.5.

Print resolutions (72 to 600 dpi) are 42 to 353 µm, so they never pass for a calibration.
"""

logger = logging.getLogger(__name__)

MAKE, MODEL = 271, 272
"""Tags of TIFF and EXIF."""

_APERIO = re.compile(r"\bMPP\s*=\s*([\d.]+)")
_APERIO_SCANNER = re.compile(r"\bScanScope ID\s*=\s*([^|\r\n]+)")
_APERIO_POWER = re.compile(r"\bAppMag\s*=\s*(\d{1,3}(?:\.\d+)?)(?=\s*(?:\||$))")
_TURRET = re.compile(r".*(nosepiece|objective).*-label", re.IGNORECASE)


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
    return credible_sides(_per_unit((positive(dpi[0]), positive(dpi[1])), UNIT_UM["inch"]))


def tiff_um_per_px(page: Any, first: Any, ome: OmeImage | None) -> float | None:
    """Micrometers for one pixel of a TIFF page as the file states it: OME, ImageJ, Aperio, or the page's resolution.

    Parameters
    ----------
    page, first
        ``tifffile.TiffPage``: the one in question, and the file's first, where ImageJ writes for all.
    ome
        What OME-XML says of the image that the page belongs to.

    Returns
    -------
    float or None
        As :func:`um_per_px`.
    """
    if first.is_ome:
        return credible_sides(None if ome is None else ome.sides_um)
    sides = positive(_ratio(page, 282)), positive(_ratio(page, 283))
    if first.is_imagej:
        return credible_sides(_per_unit(sides, _imagej_unit_um(first.parent)))
    stated = _APERIO.search(str(page.description)) if page.is_svs else None
    if stated is not None:
        return credible_sides((positive(stated.group(1)),) * 2)
    unit_tag = page.tags.get(296)
    factor = {2: UNIT_UM["inch"], 3: UNIT_UM["cm"]}.get(int(unit_tag.value) if unit_tag else 2, math.nan)
    by_tags = credible_sides(_per_unit(sides, factor))
    return by_tags or credible_sides((positive(_micro_manager(page).get("PixelSizeUm")),) * 2)


def microscope_of(image: Image.Image) -> Microscope:
    """The camera that a file that is no TIFF says it was taken with, by its EXIF."""
    try:
        exif = image.getexif()
        return Microscope(camera_named(exif.get(MAKE), exif.get(MODEL)))
    except Exception:  # metadata can be anything, and no picture is refused for what stands beside it
        logger.exception("EXIF not understood")
        return UNKNOWN_MICROSCOPE


def tiff_microscope(page: Any, ome: Microscope) -> Microscope:
    """What a TIFF page says it was taken with: OME, Micro-Manager or Aperio, else the tags for maker and model."""
    make, model = (getattr(page.tags.get(code), "value", None) for code in (MAKE, MODEL))
    found = ome.completed(_micro_manager_microscope(page)).completed(_aperio_microscope(page))
    return found.completed(Microscope(camera_named(make, model)))


def _micro_manager(page: Any) -> Mapping[str, Any]:
    stated = getattr(page.tags.get(MICRO_MANAGER), "value", None)
    return stated if isinstance(stated, Mapping) else {}


def _micro_manager_microscope(page: Any) -> Microscope:
    """Its description has the camera by its label, and the turret's by a name that each microscope has of its own."""
    stated = _micro_manager(page)
    turrets = [str(stated[name]) for name in stated if _TURRET.fullmatch(str(name))]
    camera = stated.get("Camera") or stated.get("Core-Camera")
    objective = turrets[0] if len(set(turrets)) == 1 else ""
    return Microscope(plain_name(str(camera or "")), plain_name(objective))


def _aperio_microscope(page: Any) -> Microscope:
    if not page.is_svs:
        return UNKNOWN_MICROSCOPE
    text = str(page.description)
    scanner, power = _APERIO_SCANNER.search(text), _APERIO_POWER.search(text)
    name = plain_name(f"Aperio {scanner[1]}") if scanner else ""
    return Microscope(name, f"{float(power[1]):g}x" if power else "")


def camera_named(make: Any, model: Any) -> str:
    """Maker and model of a camera as one name; the maker once."""
    maker, name = (plain_name(one) if isinstance(one, str) else "" for one in (make, model))
    return name if name.casefold().startswith(maker.casefold()) and name else plain_name(f"{maker} {name}")


def _imagej_unit_um(tif: Any) -> float:
    """Micrometers for the unit of ImageJ's metadata, NaN for none or an odd one."""
    return UNIT_UM.get(str((tif.imagej_metadata or {}).get("unit")).casefold(), math.nan)


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


def credible_sides(sides: tuple[float, float] | None) -> float | None:
    """The side of a pixel in micrometers, ``None`` where none is stated, or none that a microscope has."""
    if sides is None or not all(math.isfinite(side) for side in sides):
        return None
    x, y = sides
    low, high = PLAUSIBLE_UM_PER_PX
    if not low <= x <= high or not low <= y <= high or abs(x - y) > 0.01 * x:
        return None
    return (x + y) / 2
