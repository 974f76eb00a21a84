"""When an image file says that it was taken: EXIF, OME-XML, Micro-Manager, Aperio, or TIFF's own tag."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from PIL import Image

from leukoscope.sources.stage import MICRO_MANAGER

logger = logging.getLogger(__name__)

FIRST_YEAR = 2000
"""What is earlier is a clock that nobody has set: cameras count from 1970 or 1980."""
_EXIF_IFD, _TIFF_TIME = 0x8769, 306
_TAKEN, _ZONE_TAKEN, _ZONE = 36867, 36881, 36880
_MOMENT = re.compile(
    r"(?P<y>\d{4})[-:/](?P<m>\d\d)[-:/](?P<d>\d\d)[ T](?P<h>\d\d):(?P<i>\d\d):(?P<s>\d\d)(?:[.,]\d+)?"
    r"\s*(?P<z>Z|[+-]\d\d:?\d\d)?"
)
_APERIO_DAY = re.compile(r"\bDate\s*=\s*(\d\d)/(\d\d)/(\d\d|\d{4})\b")
_APERIO_TIME, _APERIO_ZONE = (
    re.compile(r"\bTime\s*=\s*(\d\d:\d\d:\d\d)"),
    re.compile(r"\bTime Zone\s*=\s*GMT([+-]\d\d:?\d\d)"),
)
_MM_TIMES = "ReceivedTime", "Time"


def moment_of(text: object, zone: object = "") -> datetime | None:
    """A moment as files write it, in their time zone, else in that of this computer; ``None`` for what cannot be one.

    Parameters
    ----------
    text
        Year, month, day, hour, minute and second, with a zone or without.
    zone
        ``+02:00`` where the file states it beside.
    """
    found = _MOMENT.match(str(text or "").strip())
    if found is None:
        return None
    try:
        year, month, day, hour, minute, second = (int(found[part]) for part in "ymdhis")
        plain = datetime(year, month, day, hour, minute, second)
        away = _offset(found["z"] or str(zone or "").strip())
        moment = plain.astimezone() if away is None else plain.replace(tzinfo=timezone(away))
        future = datetime.now(UTC) + timedelta(days=1)
        return moment if year >= FIRST_YEAR and moment <= future else None
    except (ValueError, OverflowError, OSError) as error:
        logger.info("a time is left out: %r", error)
        return None


def _offset(zone: str) -> timedelta | None:
    if zone == "Z":
        return timedelta()
    if not re.fullmatch(r"[+-]\d\d:?\d\d", zone):
        return None
    away = timedelta(hours=int(zone[1:3]), minutes=int(zone[-2:]))
    return away if zone[0] == "+" else -away


def exif_moment(image: Image.Image) -> datetime | None:
    """When a file that is no TIFF says that it was taken."""
    try:
        exif = image.getexif()
        inner = exif.get_ifd(_EXIF_IFD)
        taken = moment_of(inner.get(_TAKEN), inner.get(_ZONE_TAKEN))
        return taken or moment_of(exif.get(_TIFF_TIME), inner.get(_ZONE))
    except Exception:  # metadata can be anything, and no picture is refused for what stands beside it
        logger.exception("EXIF not understood")
        return None


def tiff_moment(page: Any, ome: datetime | None) -> datetime | None:
    """When a page of a TIFF says that it was taken.

    Parameters
    ----------
    page
        ``tifffile.TiffPage``.
    ome
        What OME-XML says of the image that the page belongs to.
    """
    try:
        return ome or _micro_manager(page) or _aperio(page) or _tags(page)
    except Exception:  # as above
        logger.exception("time of a TIFF not understood")
        return None


def _micro_manager(page: Any) -> datetime | None:
    stated = getattr(page.tags.get(MICRO_MANAGER), "value", None)
    if not isinstance(stated, Mapping):
        return None
    return next((found for name in _MM_TIMES if (found := moment_of(stated.get(name))) is not None), None)


def _aperio(page: Any) -> datetime | None:
    text = str(page.description) if page.is_svs else ""
    day, time = _APERIO_DAY.search(text), _APERIO_TIME.search(text)
    if day is None or time is None:
        return None
    year = day[3] if len(day[3]) == len("2009") else f"20{day[3]}"
    zone = _APERIO_ZONE.search(text)
    return moment_of(f"{year}-{day[1]}-{day[2]} {time[1]}", zone[1] if zone else "")


def _tags(page: Any) -> datetime | None:
    inner = getattr(page.tags.get(_EXIF_IFD), "value", None)
    said = inner if isinstance(inner, Mapping) else {}
    taken = moment_of(said.get("DateTimeOriginal"), said.get("OffsetTimeOriginal"))
    return taken or moment_of(getattr(page.tags.get(_TIFF_TIME), "value", None), said.get("OffsetTime"))
