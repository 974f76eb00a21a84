"""Slides as scanners write them, by OpenSlide: SVS, NDPI, SCN, MRXS, BIF, VMS, SVSLIDE, DICOM and others."""

from __future__ import annotations

import logging
import math
from pathlib import Path
from typing import Any

import numpy as np

from leukoscope.domain.errors import Cause, ImageError
from leukoscope.domain.frames import Pixels
from leukoscope.domain.microscopes import Microscope, plain_name
from leukoscope.domain.slides import SlideInfo, SlideLevel
from leukoscope.sources.color import to_srgb
from leukoscope.sources.metadata import PLAUSIBLE_UM_PER_PX
from leukoscope.sources.slides.port import fingerprint
from leukoscope.sources.units import positive

logger = logging.getLogger(__name__)

GENERIC = "generic-tiff"
"""What OpenSlide calls a tiled TIFF of no scanner that it knows."""
CACHE_BYTES = 64 << 20
"""Decoded tiles that OpenSlide keeps."""
_WHITE = 255
_NO_SCANNER = (GENERIC, "dicom")


def vendor_of(path: Path) -> str | None:
    """OpenSlide's name for the format of a file; ``None`` where it does not know it."""
    import openslide

    found = openslide.OpenSlide.detect_format(str(path))
    return None if found is None else str(found)


class OpenSlideFile:
    """A slide that OpenSlide has opened.

    Parameters
    ----------
    path
        Of the file that stands for the slide.
    name
        What a person calls it.

    Raises
    ------
    Exception
        Whatever damaged bytes make of it.
    """

    def __init__(self, path: Path, name: str) -> None:
        import openslide

        self._slide: Any = openslide.OpenSlide(str(path))
        self._slide.set_cache(openslide.OpenSlideCache(CACHE_BYTES))
        properties = self._slide.properties
        self._background = _background(properties.get(openslide.PROPERTY_NAME_BACKGROUND_COLOR))
        self._profile = _profile(self._slide)
        levels = tuple(
            SlideLevel(width, height, float(downsample))
            for (width, height), downsample in zip(
                self._slide.level_dimensions, self._slide.level_downsamples, strict=True
            )
        )
        vendor = str(properties.get(openslide.PROPERTY_NAME_VENDOR) or "")
        power = str(properties.get(openslide.PROPERTY_NAME_OBJECTIVE_POWER) or "").removesuffix(".0")
        microscope = Microscope(
            "" if vendor in _NO_SCANNER else plain_name(vendor.title()),
            f"{power}x" if power.replace(".", "").isdecimal() else "",
        )
        sides = [
            positive(properties.get(key)) for key in (openslide.PROPERTY_NAME_MPP_X, openslide.PROPERTY_NAME_MPP_Y)
        ]
        self._info = SlideInfo(
            name, str(path), levels, _credible(sides), microscope, fingerprint(path), f"OpenSlide ({vendor})"
        )

    @property
    def info(self) -> SlideInfo:
        """What is known of it."""
        return self._info

    def read(self, level: int, x: int, y: int, width: int, height: int) -> Pixels:
        """As :meth:`leukoscope.sources.slides.port.SlideFile.read`; raises what OpenSlide raises."""
        downsample = self._info.levels[level].downsample
        place = math.floor(x * downsample + 1e-6), math.floor(y * downsample + 1e-6)
        image = self._slide.read_region(place, level, (width, height))
        samples = np.asarray(image, np.uint8)
        color, alpha = np.ascontiguousarray(samples[:, :, :3]), samples[:, :, 3]
        color = to_srgb(color, "RGB", self._profile)
        if int(alpha.min(initial=_WHITE)) == _WHITE:
            return color
        opacity = alpha[:, :, None].astype(np.uint16)
        mixed = (color * opacity + self._background * (_WHITE - opacity) + 127) // _WHITE
        return mixed.astype(np.uint8)

    def close(self) -> None:
        """Let the file go."""
        self._slide.close()


def _credible(sides: list[float]) -> float | None:
    low, high = PLAUSIBLE_UM_PER_PX
    x, y = sides
    if not all(low <= side <= high for side in sides) or abs(x - y) > 0.01 * x:
        return None
    return (x + y) / 2


def _background(stated: str | None) -> np.ndarray[Any, np.dtype[np.uint16]]:
    """The color of what was not scanned: six hex digits, white where nothing is said."""
    try:
        levels = [int(stated[place : place + 2], 16) for place in (0, 2, 4)] if stated else [_WHITE] * 3
    except ValueError:
        levels = [_WHITE] * 3
    return np.array(levels, np.uint16)


def _profile(slide: Any) -> bytes | None:
    """The ICC profile of a slide; one that cannot be read is as good as none, as for images."""
    try:
        profile = slide.color_profile
        return None if profile is None else bytes(profile.tobytes())
    except Exception as error:  # noqa: BLE001 - Pillow raises what damaged profiles make it trip over
        logger.info("color profile of a slide not used: %r", error)
        return None


def check_companions(path: Path, name: str) -> None:
    """MIRAX keeps its pictures in a folder of the file's name: who copies the file alone has none of them.

    Raises
    ------
    ImageError
        When that folder is not there.
    """
    if path.suffix.casefold() == ".mrxs" and not path.with_suffix("").is_dir():
        sentence = f"“{name}” lies without the folder “{Path(name).stem}” that holds its pictures; copy both together."
        raise ImageError(sentence, "no folder beside it", cause=Cause.UNREACHABLE)
