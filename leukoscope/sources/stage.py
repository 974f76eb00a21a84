"""Where an image file says that it was taken: Micro-Manager's metadata, OME-XML, or the position tags of TIFF."""

from __future__ import annotations

import logging
import math
import re
from collections.abc import Mapping
from typing import Any

from leukoscope.domain.stage import StagePosition, stage_position
from leukoscope.sources.units import UNIT_UM

logger = logging.getLogger(__name__)

MICRO_MANAGER = 51123
"""Tag with which Micro-Manager describes each page."""
X_POSITION, Y_POSITION, RESOLUTION_UNIT = 286, 287, 296
SAME_PLACE_UM = 5.0
"""A stage that stands still reads back no farther apart than this while a stack is taken."""
_NAMES = "XPositionUm", "YPositionUm"
_INFO = {name: re.compile(rf"\"?{name}\"?\s*[:=]\s*\"?(-?[\w.+-]+)") for name in _NAMES}


def said_position(x: object, y: object, unit_um: tuple[float, float] = (1.0, 1.0)) -> StagePosition | None:
    """A position as a file states it, in a unit; ``None`` where it is nonsense, which is noted."""
    try:
        found = stage_position(float(str(x)) * unit_um[0], float(str(y)) * unit_um[1])
    except ValueError:
        found = None
    if found is None:
        logger.warning("a position of the stage is left out: %.40r, %.40r", x, y)
    return found


def unit_um(name: object) -> float:
    """Micrometers in a unit of length, NaN for a unit that says nothing, as OME's “reference frame” does."""
    return UNIT_UM.get(str(name).strip().casefold(), math.nan)


def one_place(found: list[StagePosition]) -> StagePosition | None:
    """The position of planes that were taken at one place; ``None`` where there are several, or none."""
    if not found:
        return None
    first = found[0]
    if any(math.hypot(one.x_um - first.x_um, one.y_um - first.y_um) > SAME_PLACE_UM for one in found):
        logger.warning("planes of one image were taken at several places: none is noted")
        return None
    return first


def tiff_stage(page: Any, first: Any, ome: StagePosition | None, um_per_px: float | None) -> StagePosition | None:
    """Where a page of a TIFF was taken, as far as the file says it.

    Parameters
    ----------
    page, first
        ``tifffile.TiffPage``: the one in question, and the file's first.
    ome
        What OME-XML says of the image that the page belongs to.
    um_per_px
        Scale of the page, where the file says it credibly.
    """
    try:
        return ome or _micro_manager(page) or _info(page, first) or _tags(page, um_per_px)
    except Exception:  # metadata can be anything, and no picture is refused for what stands beside it
        logger.exception("position of the stage not understood")
        return None


def _micro_manager(page: Any) -> StagePosition | None:
    stated = getattr(page.tags.get(MICRO_MANAGER), "value", None)
    if not isinstance(stated, Mapping) or not all(name in stated for name in _NAMES):
        return None
    x, y = (stated[name] for name in _NAMES)
    return said_position(x, y)


def _info(page: Any, first: Any) -> StagePosition | None:
    """What ImageJ kept of it: one text for a file, which is of its image only where there is one."""
    if not first.is_imagej or len(page.parent.pages) != 1:
        return None
    text = str((page.parent.imagej_metadata or {}).get("Info") or "")
    x, y = (_INFO[name].search(text) for name in _NAMES)
    return said_position(x.group(1), y.group(1)) if x and y else None


def _tags(page: Any, um_per_px: float | None) -> StagePosition | None:
    """The tags have the upper left corner; without a scale of a microscope they are of a printed page."""
    unit = getattr(page.tags.get(RESOLUTION_UNIT), "value", 2)
    factor = {2: UNIT_UM["inch"], 3: UNIT_UM["cm"]}.get(int(unit))
    corner = [getattr(page.tags.get(code), "value", None) for code in (X_POSITION, Y_POSITION)]
    if factor is None or um_per_px is None or any(one is None for one in corner):
        return None
    x, y = (_quotient(one) * factor for one in corner)
    return said_position(x + page.imagewidth * um_per_px / 2, y + page.imagelength * um_per_px / 2)


def _quotient(value: Any) -> float:
    above, below = value
    return float(above) / float(below) if below else math.nan
