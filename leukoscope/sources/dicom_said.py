"""What the header of a DICOM file says beside its pixels: scale, microscope, time, and what was lost of it."""

from __future__ import annotations

import logging
import re
from datetime import datetime
from typing import Any

from leukoscope.domain.compression import JPEG, JPEG_2000, JPEG_LS, Compression
from leukoscope.domain.microscopes import UNKNOWN_MICROSCOPE, Microscope, plain_name
from leukoscope.sources.metadata import camera_named, credible_sides
from leukoscope.sources.moments import moment_of
from leukoscope.sources.units import UNIT_UM, positive

logger = logging.getLogger(__name__)

_MICROSCOPIC = {f"1.2.840.10008.5.1.4.1.1.77.1.{kind}" for kind in ("2", "2.1", "3", "6")}
_MICROSCOPES = {"SM", "GM"}
_LOSSY_TERMS = {JPEG, JPEG_2000, JPEG_LS}
_LOSSY_SYNTAXES = {
    "1.2.840.10008.1.2.4.50": JPEG,
    "1.2.840.10008.1.2.4.51": JPEG,
    "1.2.840.10008.1.2.4.81": JPEG_LS,
    "1.2.840.10008.1.2.4.91": JPEG_2000,
    "1.2.840.10008.1.2.4.203": JPEG_2000,
}
_MOMENT = re.compile(r"(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(?:\.\d+)?([+-]\d{4})?")


def um_per_px_of(data: Any) -> float | None:
    """Micrometers of the specimen for one pixel, of pictures of microscopes; ``None`` for what is not stated credibly.

    Imager Pixel Spacing is that of the camera's sensor or of an X-ray detector, and Nominal Scanned Pixel Spacing that
    of a paper: neither is of the specimen.
    """
    kind, modality = str(data.get("SOPClassUID", "")), str(data.get("Modality", ""))
    if kind not in _MICROSCOPIC and modality not in _MICROSCOPES:
        return None
    shared = list(data.get("SharedFunctionalGroupsSequence") or [])
    groups = [one for group in shared[:1] for one in list(group.get("PixelMeasuresSequence") or [])[:1]]
    stated = next((one.PixelSpacing for one in (data, *groups) if one.get("PixelSpacing")), None)
    if stated is None or isinstance(stated, str) or len(stated) != 2:
        return None
    down, across = (positive(one) * UNIT_UM["mm"] for one in stated)
    return credible_sides((across, down))


def microscope_of(data: Any) -> Microscope:
    """The camera or scanner that took it, and the objective where one light path names one."""
    try:
        paths: list[Any] = list(data.get("OpticalPathSequence") or [])
        power = positive(paths[0].get("ObjectiveLensPower")) if len(paths) == 1 else 0.0
        objective = f"{power:g}x" if 0 < power < 1000 else ""
        make, model = (str(data.get(name) or "") for name in ("Manufacturer", "ManufacturerModelName"))
        return Microscope(camera_named(make, model), plain_name(objective))
    except Exception:  # metadata can be anything, and no picture is refused for what stands beside it
        logger.exception("microscope of a DICOM file not understood")
        return UNKNOWN_MICROSCOPE


def taken_at_of(data: Any) -> datetime | None:
    """When it was taken, in the time zone that the file names, else in that of this computer."""
    acquired = str(data.get("AcquisitionDateTime") or "")
    pairs = [f"{data.get(f'{what}Date') or ''}{data.get(f'{what}Time') or ''}" for what in ("Acquisition", "Content")]
    found = next((one for text in (acquired, *pairs) if (one := _MOMENT.fullmatch(text.strip())) is not None), None)
    if found is None:
        return None
    year, month, day, hour, minute, second = found.groups()[:6]
    zone = found[7] or str(data.get("TimezoneOffsetFromUTC") or "")
    return moment_of(f"{year}-{month}-{day} {hour}:{minute}:{second}", zone)


def loss_of(data: Any, frames: int) -> Compression:
    """What its compressions took from the picture, this one or an earlier one."""
    syntax = str(data.file_meta.TransferSyntaxUID)
    earlier = str(data.get("LossyImageCompression") or "").strip() == "01"
    stated = data.get("LossyImageCompressionMethod") or ""
    methods = [stated] if isinstance(stated, str) else list(stated)
    method = _LOSSY_SYNTAXES.get(syntax) or next((str(one) for one in methods if str(one) in _LOSSY_TERMS), "")
    lossy = earlier or syntax in _LOSSY_SYNTAXES
    size = len(data.PixelData) // frames if syntax in _LOSSY_SYNTAXES else 0
    return Compression(lossy, method if lossy else "", size)
