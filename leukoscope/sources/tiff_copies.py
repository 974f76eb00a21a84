"""Whether pages of a TIFF show the same place: smaller copies that nobody marked, and layers of a stack."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from leukoscope.sources.tiff_kinds import unknown_kind
from leukoscope.sources.tiff_planes import Plane, page_of, plane_samples
from leukoscope.sources.tiff_samples import page_samples

logger = logging.getLogger(__name__)

_COPY_SIDE = 24
"""Side of the copies that are compared, in pixels."""
_SAME, _NEAR = 0.97, 0.04
"""Correlation above which, and mean difference (of full range) below which, a smaller page is a copy of a larger."""
_LARGEST_COMPARED = 40_000_000
_LAYER_SIDE, _VIGNETTE_SIDE = 32, 11
"""Side of the copies of layers, and of what is taken from them: a lens shades every field alike."""
_ONE_FIELD = 0.7
"""Correlation of two layers of one field; that of two fields lies around 0."""
_COMPARED = 5
"""Layers of a stack that are looked at, evenly spread."""


def unmarked_copies(pages: Sequence[Any], read: Callable[[], bytes]) -> set[int]:
    """Places of pages that show the largest one again, smaller: previews that nobody marked."""
    if len(pages) < 2:
        return set()
    areas = [page.imagewidth * page.imagelength for page in pages]
    main = int(np.argmax(areas))
    large = pages[main]
    seen: NDArray[np.float32] | None = None
    copies = set()
    for place, page in enumerate(pages):
        if areas[place] >= 0.8 * areas[main] or not _same_shape(page, large):
            continue
        if areas[main] > _LARGEST_COMPARED:
            copies.add(place)
            continue
        seen = _small(large, read()) if seen is None else seen
        small = _small(page, read())
        if seen is not None and small is not None and _is_copy(seen, small):
            copies.add(place)
    return copies


def show_one_field(tif: Any, planes: Sequence[Plane], read: Callable[[], bytes]) -> bool:
    """Whether planes of a stack show the same place at other depths of focus or times.

    ImageJ calls any stack one of depths, a folder of fields too, so what they show decides: blurred alike, and without
    what the lens shades, layers of one field are much alike, two fields are not.
    """
    data = read()
    chosen = compared(len(planes))
    return alike([layer for place in chosen if (layer := _layer(tif, planes[place], data)) is not None])


def compared(count: int) -> list[int]:
    """Which of so many layers are looked at."""
    step = max((count - 1) / (_COMPARED - 1), 1)
    return sorted({round(k * step) for k in range(_COMPARED) if round(k * step) < count} | {count - 1})


def one_field(layers: Iterable[NDArray[np.generic]]) -> bool:
    """The same of layers whose samples (height, width, channels) are at hand, or are read one after the other."""
    return alike([without_shading(layer) for layer in layers])


def alike(layers: Sequence[NDArray[np.float32]]) -> bool:
    """Whether layers of which :func:`without_shading` is at hand show one field."""
    if len(layers) < 2:
        return False
    middle = layers[len(layers) // 2]
    return all(_correlation(middle, layer) > _ONE_FIELD for layer in layers)


def _layer(tif: Any, plane: Plane, data: bytes) -> NDArray[np.float32] | None:
    """A layer to be compared; ``None`` for one that cannot be read, of which the stack's decoding will tell."""
    try:
        return None if unknown_kind(page_of(tif, plane)) else without_shading(plane_samples(tif, plane, data))
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001 - damaged bytes can make a decoder raise anything
        logger.info("a layer could not be compared: %r", error)
        return None


def without_shading(samples: NDArray[np.generic]) -> NDArray[np.float32]:
    """Samples (height, width, channels) as a small gray square without what a lens shades, to be compared."""
    small = _resized(samples, _LAYER_SIDE)
    return small - cv2.blur(small, (_VIGNETTE_SIDE, _VIGNETTE_SIDE), borderType=cv2.BORDER_REFLECT)


def _same_shape(page: Any, large: Any) -> bool:
    wanted = page.imagewidth * large.imagelength / large.imagewidth
    return bool(abs(page.imagelength - wanted) <= max(1.5, 0.01 * wanted))


def _small(page: Any, data: bytes) -> NDArray[np.float32] | None:
    try:
        if unknown_kind(page):
            return None
        return _resized(page_samples(page, data), _COPY_SIDE)
    except Exception as error:  # noqa: BLE001 - damaged bytes can make a decoder raise anything
        logger.info("a page could not be compared: %r", error)
        return None


def _resized(samples: NDArray[np.generic], side: int) -> NDArray[np.float32]:
    """Samples (height, width, channels) as gray of a small square; one channel after the other, to need little."""
    channels = min(samples.shape[2], 3)
    kind = np.float32 if samples.dtype.kind not in "u" or samples.dtype.itemsize > 2 else samples.dtype
    small = [
        cv2.resize(np.ascontiguousarray(samples[..., k], kind), (side, side), interpolation=cv2.INTER_AREA)
        for k in range(channels)
    ]
    return np.asarray(np.mean(small, axis=0), np.float32)


def _is_copy(a: NDArray[np.float32], b: NDArray[np.float32]) -> bool:
    return _correlation(a, b) > _SAME and bool(np.abs(a - b).mean() < _NEAR * max(a.max(), b.max()))


def _correlation(a: NDArray[np.float32], b: NDArray[np.float32]) -> float:
    spread = float(a.std() * b.std())
    return float(((a - a.mean()) * (b - b.mean())).mean()) / spread if spread > 0 else 0.0
