"""The depth and range that a TIFF declares for its samples."""

from __future__ import annotations

import json
import logging
import math
import re
from collections.abc import Iterator
from typing import Any

from leukoscope.sources.ome import image_of_page, ome_images

logger = logging.getLogger(__name__)

_MAX_SAMPLE_VALUE, _MICRO_MANAGER, _LOWEST, _HIGHEST = 281, 51123, 340, 341
_BIT_DEPTH = re.compile(r"BitDepth\W{1,4}(\d{1,2})\b")
_FULL_SCALES = {2**bits - 1: bits for bits in (8, 10, 12, 14, 16, 32)}


def declared_bits(tif: Any, page: Any) -> int | None:
    """Bits per sample that a file says its camera used; ``None`` when it says nothing, or contradicts itself.

    OME's SignificantBits, Micro-Manager's BitDepth, MaxSampleValue (tag 281) and the display ranges of ImageJ where
    they are full scale of a depth: a lower range is what somebody set to see more, or the brightest sample.

    Parameters
    ----------
    tif, page
        A ``tifffile.TiffFile`` and the page in question.
    """
    packed = page.bitspersample
    if isinstance(packed, int) and packed not in {8, 16, 32, 64} and int(page.sampleformat or 1) == 1:
        return packed
    try:
        for found in (_ome(tif, page), _micro_manager(tif, page), _tag(page), _imagej(tif)):
            depths = {bits for bits in found if 8 <= bits <= max(16, packed)}
            if depths:
                return depths.pop() if len(depths) == 1 else None
    except Exception:  # metadata can be anything
        logger.exception("depth of a TIFF not read")
    return None


def declared_range(page: Any) -> tuple[float, float] | None:
    """Black and white level of floating-point and signed samples: SMinSampleValue and SMaxSampleValue (340, 341)."""
    try:
        low, high = (_levels(page, tag) for tag in (_LOWEST, _HIGHEST))
        black, white = min(low, default=0.0), max(high, default=math.nan)
    except (TypeError, ValueError):
        return None
    return (black, white) if math.isfinite(black) and math.isfinite(white) and white > black else None


def _levels(page: Any, code: int) -> list[float]:
    tag = page.tags.get(code)
    values = () if tag is None else tag.value if isinstance(tag.value, tuple) else (tag.value,)
    return [float(value) for value in values]


def _ome(tif: Any, page: Any) -> Iterator[int]:
    images = ome_images(tif)
    own = image_of_page(images, page.index)
    yield from (one.significant_bits for one in ((own,) if own else images) if one.significant_bits)


def _micro_manager(tif: Any, page: Any) -> Iterator[int]:
    tag = page.tags.get(_MICRO_MANAGER)
    texts = [] if tag is None else [tag.value if isinstance(tag.value, str) else json.dumps(tag.value, default=str)]
    if tif.is_imagej:
        texts.append(str((tif.imagej_metadata or {}).get("Info", "")))
    if tif.is_micromanager:
        texts.append(json.dumps(tif.micromanager_metadata, default=str))
    for text in texts:
        yield from (int(bits) for bits in _BIT_DEPTH.findall(text))


def _tag(page: Any) -> Iterator[int]:
    yield from _full_scale(max(_levels(page, _MAX_SAMPLE_VALUE), default=0.0))


def _imagej(tif: Any) -> Iterator[int]:
    metadata = (tif.imagej_metadata or {}) if tif.is_imagej else {}
    ranges = [float(level) for level in metadata.get("Ranges") or ()]
    pairs = list(zip(ranges[::2], ranges[1::2], strict=False))
    for low, high in pairs or [(float(metadata.get("min", 0) or 0), float(metadata.get("max", 0) or 0))]:
        if low == 0:
            yield from _full_scale(high)


def _full_scale(level: float) -> Iterator[int]:
    if level in _FULL_SCALES:
        yield _FULL_SCALES[int(level)]
