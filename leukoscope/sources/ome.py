"""What OME-XML says of the images of a TIFF: read by a parser that expands nothing."""

from __future__ import annotations

import logging
import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from leukoscope.domain.microscopes import UNKNOWN_MICROSCOPE, Microscope, plain_name
from leukoscope.domain.stage import StagePosition
from leukoscope.sources.moments import moment_of
from leukoscope.sources.rgb_planes import Color
from leukoscope.sources.stage import one_place, said_position, unit_um
from leukoscope.sources.units import UNIT_UM, positive

logger = logging.getLogger(__name__)

_PARTS = "Detector", "Objective"


@dataclass(frozen=True)
class OmeImage:
    """One image of the file.

    Parameters
    ----------
    name
        What the microscope called it.
    pages
        Numbers of its pages in this file, from 0; empty when the file does not say.
    significant_bits
        Bits that the camera used, where stated.
    sides_um
        Width and height of a pixel in the specimen, NaN where not stated.
    channels
        Name (or dye) and display color of each channel.
    in_other_files
        Whether some of its planes lie in files beside this one.
    stage
        Where its planes were taken, where they say so and it is one place.
    taken_at
        When, where the file says it.
    """

    name: str
    pages: frozenset[int]
    significant_bits: int | None
    sides_um: tuple[float, float]
    channels: tuple[tuple[str, Color | None], ...]
    in_other_files: bool = False
    stage: StagePosition | None = None
    taken_at: datetime | None = None


def ome_images(tif: Any) -> tuple[OmeImage, ...]:
    """The images that an opened TIFF's OME-XML describes; empty where it has none or it is damaged."""
    if not tif.is_ome:
        return ()
    from defusedxml.ElementTree import fromstring  # the window's start must not wait for it

    try:
        root = fromstring((tif.ome_metadata or "").strip(), forbid_dtd=True)
        own = str(root.get("UUID", ""))
        return tuple(_image(element, own) for element in _named(root, "Image"))
    except Exception:  # metadata can be anything
        logger.exception("OME-XML not understood")
        return ()


def ome_microscope(tif: Any) -> Microscope:
    """Camera and objective that an opened TIFF's OME-XML names, where it names one of each."""
    if not tif.is_ome:
        return UNKNOWN_MICROSCOPE
    from defusedxml.ElementTree import fromstring

    try:
        root = fromstring((tif.ome_metadata or "").strip(), forbid_dtd=True)
        parts = [part for one in _named(root, "Instrument") for part in one]
        return Microscope(*(_only([_part_name(one) for one in _named(parts, kind)]) for kind in _PARTS))
    except Exception:
        logger.exception("OME-XML not understood")
        return UNKNOWN_MICROSCOPE


def _part_name(part: Any) -> str:
    stated = [str(part.get(name) or "") for name in ("Manufacturer", "Model")]
    times = str(part.get("NominalMagnification") or "").removesuffix(".0")
    return plain_name(" ".join(stated)) or (f"{times}x" if times.replace(".", "").isdecimal() else "")


def _only(names: list[str]) -> str:
    return names[0] if len(names) == 1 else ""


def image_of_page(images: tuple[OmeImage, ...], page: int) -> OmeImage | None:
    """The image to which a page belongs; the first where the file says of none which pages are its own."""
    if len(images) == 1 or (images and not any(image.pages for image in images)):
        return images[0]
    return next((image for image in images if page in image.pages), None)


def _named(parent: Any, name: str) -> Iterator[Any]:
    """Direct children of a name, whatever version of the schema they are of."""
    return (child for child in parent if str(child.tag).rpartition("}")[2] == name)


def _image(element: Any, own: str) -> OmeImage:
    pixels = next(_named(element, "Pixels"))
    channels = tuple(_named(pixels, "Channel"))
    stated = str(pixels.get("SignificantBits", ""))
    samples = max((int(channel.get("SamplesPerPixel", 1)) for channel in channels), default=1)
    count = math.prod(int(pixels.get(f"Size{axis}", 1)) for axis in "ZCT") // max(samples, 1)
    return OmeImage(
        str(element.get("Name", "")),
        frozenset(number for data in _named(pixels, "TiffData") for number in _pages(data, count, own)),
        int(stated) if stated.isdecimal() else None,
        (_side_um(pixels, "X"), _side_um(pixels, "Y")),
        tuple((_channel_name(channel), _color(channel.get("Color"))) for channel in channels),
        any(_is_elsewhere(data, own) for data in _named(pixels, "TiffData")),
        one_place([found for plane in _named(pixels, "Plane") if (found := _stage(plane)) is not None]),
        moment_of(getattr(next(_named(element, "AcquisitionDate"), None), "text", None)),
    )


def _pages(data: Any, planes: int, own: str) -> range:
    if _is_elsewhere(data, own):
        return range(0)
    first = int(data.get("IFD", 0))
    count = int(data.get("PlaneCount", 1 if data.get("IFD") is not None else planes))
    return range(first, first + min(count, planes))


def _is_elsewhere(data: Any, own: str) -> bool:
    uuid = next(_named(data, "UUID"), None)
    return uuid is not None and bool(own) and str(uuid.text).strip() != own


def _side_um(pixels: Any, axis: str) -> float:
    unit = str(pixels.get(f"PhysicalSize{axis}Unit", "µm")).casefold()
    return positive(pixels.get(f"PhysicalSize{axis}")) * UNIT_UM.get(unit, math.nan)


def _stage(plane: Any) -> StagePosition | None:
    """Where a plane was taken. Without a unit the schema means one of the microscope's own, which says nothing."""
    stated = [plane.get(f"Position{axis}") for axis in "XY"]
    if None in stated:
        return None
    x, y = (unit_um(plane.get(f"Position{axis}Unit")) for axis in "XY")
    return said_position(stated[0], stated[1], (x, y))


def _channel_name(channel: Any) -> str:
    dye = channel.get("Fluor") or channel.get("EmissionWavelength")
    return str(channel.get("Name") or (f"dye {dye}" if dye else ""))


def _color(stated: Any) -> Color | None:
    """OME: a signed 32-bit number, red in its highest byte, alpha in the lowest."""
    try:
        value = int(stated) & 0xFFFFFFFF
    except (TypeError, ValueError):
        return None
    return value >> 24, value >> 16 & 255, value >> 8 & 255
