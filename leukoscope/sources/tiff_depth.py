"""The depth that a TIFF declares for its samples."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator
from typing import Any

logger = logging.getLogger(__name__)

_MAX_SAMPLE_VALUE, _MICRO_MANAGER = 281, 51123
_BIT_DEPTH = re.compile(r"BitDepth\W{1,4}(\d{1,2})\b")


def declared_bits(tif: Any, page: Any) -> int | None:
    """Bits per sample that a file says its camera used; ``None`` when it says nothing, or contradicts itself.

    OME's SignificantBits, Micro-Manager's BitDepth, MaxSampleValue (tag 281) and the display range of ImageJ where they
    are full scale of a depth.

    Parameters
    ----------
    tif, page
        A ``tifffile.TiffFile`` and the page in question.
    """
    try:
        for found in (_ome(tif), _micro_manager(tif, page), _tag(page), _imagej(tif)):
            depths = {bits for bits in found if 8 <= bits <= 16}
            if depths:
                return depths.pop() if len(depths) == 1 else None
    except Exception:  # metadata can be anything
        logger.exception("depth of a TIFF not read")
    return None


def _ome(tif: Any) -> Iterator[int]:
    if tif.is_ome:
        yield from (int(bits) for bits in re.findall(r'\bSignificantBits="(\d{1,3})"', tif.ome_metadata or ""))


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
    tag = page.tags.get(_MAX_SAMPLE_VALUE)
    if tag is not None:
        values = tag.value if isinstance(tag.value, tuple) else (tag.value,)
        yield from _full_scale(max(float(value) for value in values))


def _imagej(tif: Any) -> Iterator[int]:
    metadata = (tif.imagej_metadata or {}) if tif.is_imagej else {}
    if float(metadata.get("min", 0) or 0) == 0:
        yield from _full_scale(float(metadata.get("max", 0) or 0))


def _full_scale(level: float) -> Iterator[int]:
    yield from (bits for bits in (10, 12, 14, 16) if level == 2**bits - 1)
