"""What a Zeiss CZI file says beside its pixels: its XML, read by a parser that expands nothing."""

from __future__ import annotations

import logging
import math
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from leukoscope.domain.microscopes import UNKNOWN_MICROSCOPE, Microscope, plain_name
from leukoscope.domain.stage import StagePosition
from leukoscope.sources.moments import moment_of
from leukoscope.sources.rgb_planes import Color
from leukoscope.sources.stage import said_position
from leukoscope.sources.units import UNIT_UM, positive

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class CziSaid:
    """What the XML says.

    Parameters
    ----------
    names, colors
        Of each channel.
    bits
        Depth of a sample, where one is stated and all channels agree.
    sides_um
        Width and height of a pixel in the specimen, NaN where not stated.
    microscope, taken_at
        As :class:`leukoscope.sources.vendors.port.VendorImage` has them.
    stages
        Where the middle of each scene lies, by the scene's number.
    """

    names: tuple[str, ...] = ()
    colors: tuple[Color | None, ...] = ()
    bits: int | None = None
    sides_um: tuple[float, float] = (math.nan, math.nan)
    microscope: Microscope = UNKNOWN_MICROSCOPE
    taken_at: datetime | None = None
    stages: tuple[tuple[int, StagePosition], ...] = ()


def said(xml: bytes) -> CziSaid:
    """Read the XML; nothing is said where it is damaged: no picture is refused for what stands beside it."""
    if not xml.strip(b"\0 \r\n"):
        return CziSaid()
    from defusedxml.ElementTree import fromstring  # the window's start must not wait for it

    try:
        root = fromstring(xml.strip(b"\0 \r\n"), forbid_dtd=True)
        image = root.find(".//Information/Image")
        channels = [] if image is None else image.findall("./Dimensions/Channels/Channel")
        return CziSaid(
            tuple(_channel_name(one) for one in channels),
            tuple(_color(one.findtext("Color")) for one in channels),
            _bits(image, channels),
            (_side_um(root, "X"), _side_um(root, "Y")),
            _microscope(root, image),
            None if image is None else moment_of(image.findtext("AcquisitionDateAndTime")),
            tuple(_stages(image)),
        )
    except Exception:
        logger.exception("metadata of a CZI not understood")
        return CziSaid()


def _channel_name(channel: Any) -> str:
    dye = channel.findtext("Fluor") or channel.findtext("EmissionWavelength")
    return str(channel.get("Name") or (f"dye {dye}" if dye else ""))


def _color(stated: str | None) -> Color | None:
    """As #AARRGGBB."""
    try:
        value = int(str(stated).removeprefix("#"), 16)
    except ValueError:
        return None
    return value >> 16 & 255, value >> 8 & 255, value & 255


def _bits(image: Any, channels: list[Any]) -> int | None:
    found = {one.findtext("ComponentBitCount") for one in channels} - {None}
    if not found and image is not None:
        found = {image.findtext("ComponentBitCount")}
    stated = {int(one) for one in found if one and one.isdecimal()}
    return stated.pop() if len(stated) == 1 and 0 < min(stated) <= 32 else None


def _side_um(root: Any, axis: str) -> float:
    """In meters, whatever unit ZEN shows."""
    for one in root.findall(".//Scaling/Items/Distance"):
        if one.get("Id") == axis:
            return positive(one.findtext("Value")) * UNIT_UM["m"]
    return math.nan


def _microscope(root: Any, image: Any) -> Microscope:
    used = None if image is None else image.find(".//ObjectiveSettings/ObjectiveRef")
    lenses = root.findall(".//Instrument/Objectives/Objective")
    if used is not None:
        lenses = [one for one in lenses if one.get("Id") == used.get("Id")]
    cameras = root.findall(".//Instrument/Detectors/Detector")
    return Microscope(*(_part_name(found[0]) if len(found) == 1 else "" for found in (cameras, lenses)))


def _part_name(part: Any) -> str:
    model = plain_name(str(part.findtext("Manufacturer/Model") or part.get("Name") or ""))
    times = str(part.findtext("NominalMagnification") or "").removesuffix(".0")
    return model or (f"{times}x" if times.replace(".", "").isdecimal() else "")


def _stages(image: Any) -> list[tuple[int, StagePosition]]:
    found = []
    for scene in [] if image is None else image.findall("./Dimensions/S/Scenes/Scene"):
        place = str(scene.findtext("CenterPosition") or "").split(",")
        number = str(scene.get("Index") or "")
        if len(place) == 2 and number.isdecimal():
            position = said_position(place[0], place[1])
            found += [(int(number), position)] if position is not None else []
    return found
