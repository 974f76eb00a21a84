"""Which images a TIFF holds: pages, color images in three gray planes, and smaller copies that are no images."""

from __future__ import annotations

import logging
import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from leukoscope.sources.rgb_planes import Color, rgb_order
from leukoscope.sources.tiff_kinds import unknown_kind
from leukoscope.sources.tiff_samples import page_samples

logger = logging.getLogger(__name__)

_NO_FIELD = re.compile(r"thumb|label|macro|map|overview", re.IGNORECASE)
"""Series of slide scanners that show the slide and not its cells."""
_SCANNERS = ("svs", "ndpi", "scn", "bif", "philips", "ventana", "qpi")
_COPY_SIDE = 24
"""Side of the copies that are compared, in pixels."""
_SAME, _NEAR = 0.97, 0.04
"""Correlation above which, and mean difference (of full range) below which, a smaller page is a copy of a larger."""
_LARGEST_COMPARED = 40_000_000


@dataclass(frozen=True)
class Plane:
    """Samples that lie together: those of page ``page``, or ``skip`` planes behind them where they have no page."""

    page: int
    skip: int = 0


@dataclass(frozen=True)
class TiffImage:
    """One image of a file.

    Parameters
    ----------
    planes
        One, or the red, green and blue one.
    fault
        The gray planes, in words, where they are no red, green and blue; empty when the image can be read.
    """

    planes: tuple[Plane, ...]
    fault: str = ""

    @property
    def number(self) -> int:
        """What stands for it in a name, from 0: its first page."""
        first = min(self.planes, key=lambda plane: (plane.page, plane.skip))
        return first.page + first.skip


@dataclass(frozen=True)
class TiffLayout:
    """What a file holds: its images in order, and how many pages are smaller copies, labels or masks."""

    images: tuple[TiffImage, ...]
    left_out: int = 0


def layout_of(tif: Any, read: Callable[[], bytes]) -> TiffLayout:
    """Look at all pages.

    Parameters
    ----------
    tif
        A ``tifffile.TiffFile``.
    read
        Gives the whole file; called when pages must be compared.
    """
    pages = [tif.pages[number].aspage() for number in range(len(tif.pages))]
    series = _series(tif)
    out = {number for number, page in enumerate(pages) if _is_marked_copy(page)} | _of_scanner(tif, series, pages)
    if len(out) == len(pages):  # somebody saved a thumbnail as a file of its own
        out.discard(max(range(len(pages)), key=lambda number: pages[number].imagewidth * pages[number].imagelength))
    images = list(_in_series(tif, series, out))
    taken = {plane.page for image in images for plane in image.planes}
    single = [number for number in range(len(pages)) if number not in taken and number not in out]
    copies = _unmarked_copies([pages[number] for number in single], read)
    images += [TiffImage((Plane(number),)) for place, number in enumerate(single) if place not in copies]
    return TiffLayout(tuple(sorted(images, key=lambda image: image.number)), len(out) + len(copies))


def _series(tif: Any) -> list[Any]:
    try:
        return list(tif.series)
    except Exception:  # metadata that tifffile stumbles over; the pages are there all the same
        logger.exception("series of a TIFF not understood")
        return []


def _is_marked_copy(page: Any) -> bool:
    """NewSubfileType (254): 1 smaller, 4 mask; the old SubfileType (255): 2 smaller."""
    old = page.tags.get(255)
    return bool(int(page.subfiletype or 0) & 0b101) or (old is not None and int(old.value) == 2)


def _of_scanner(tif: Any, series: Sequence[Any], pages: Sequence[Any]) -> set[int]:
    """Label, overview and smaller levels of a slide."""
    if not any(getattr(tif, f"is_{name}", False) for name in _SCANNERS):
        return set()
    levels = [level for one in series for level in one.levels[0 if _NO_FIELD.search(one.name or "") else 1 :]]
    offsets = {page.offset for level in levels for page in level.pages if page is not None}
    return {number for number, page in enumerate(pages) if page.offset in offsets}


def _in_series(tif: Any, series: Sequence[Any], out: set[int]) -> Iterator[TiffImage]:
    """Images that metadata put together of several gray planes, or whose planes have no pages of their own."""
    for place, one in enumerate(series):
        axes, shape, own = one.axes, one.shape, one.keyframe.axes
        if not axes.endswith(own) or own not in ("YX", "YXS") or one.keyframe.shape != shape[len(shape) - len(own) :]:
            continue
        before, counts = axes[: len(axes) - len(own)], shape[: len(shape) - len(own)]
        planes = _planes(one, math.prod(counts))
        if not planes or any(plane.page in out for plane in planes):
            continue
        channel = before.find("C") if own == "YX" else -1
        if channel >= 0 and counts[channel] > 1:
            yield from _color_images(tif, place, np.array(planes, object).reshape(counts), channel)
        elif any(plane.skip for plane in planes):
            yield from (TiffImage((plane,)) for plane in planes)


def _planes(series: Any, count: int) -> list[Plane]:
    pages = list(series.pages)
    if len(pages) == count and all(page is not None for page in pages):
        return [Plane(page.index) for page in pages]
    if pages and pages[0] is not None and series.dataoffset is not None and int(series.keyframe.compression) == 1:
        return [Plane(pages[0].index, skip) for skip in range(count)]
    return []


def _color_images(tif: Any, place: int, planes: NDArray[np.object_], channel: int) -> Iterator[TiffImage]:
    names, colors = _channels(tif, place)
    rows = np.moveaxis(planes, channel, -1).reshape(-1, planes.shape[channel])
    order = rgb_order(names, colors, rows.shape[1])
    for row in rows:
        if order is None:
            said = ", ".join(name for name in names if name)
            yield TiffImage(tuple(row), f"{len(row)} gray channels" + (f": {said}" if said else ""))
        else:
            yield TiffImage(tuple(row[k] for k in order))


def _channels(tif: Any, place: int) -> tuple[list[str], list[Color | None]]:
    """Names and display colors of the channels, as OME or ImageJ state them."""
    if tif.is_ome:
        parts = re.split(r"<Image\b", tif.ome_metadata or "")
        part = parts[min(place + 1, len(parts) - 1)]
        channels = re.findall(r"<Channel\b[^>]*>", part)
        stated = [_ome_names(channel) for channel in channels]
        return stated, [_ome_color(channel) for channel in channels]
    if tif.is_imagej:
        metadata = tif.imagej_metadata or {}
        labels = [str(label) for label in metadata.get("Labels") or ()]
        tables = metadata.get("LUTs") or ()
        return labels, [_last_color(table) for table in tables]
    return [], []


def _ome_names(channel: str) -> str:
    name = re.search(r'\bName="([^"]*)"', channel)
    dye = re.search(r'\b(?:Fluor|EmissionWavelength)="([^"]*)"', channel)
    return name.group(1) if name else f"dye {dye.group(1)}" if dye else ""


def _ome_color(channel: str) -> Color | None:
    """OME: a signed 32-bit number, red in its highest byte, alpha in the lowest."""
    found = re.search(r'\bColor="(-?\d+)"', channel)
    if found is None:
        return None
    value = int(found.group(1)) & 0xFFFFFFFF
    return value >> 24, value >> 16 & 255, value >> 8 & 255


def _last_color(table: Any) -> Color | None:
    colors = np.asarray(table)
    return (int(colors[0, -1]), int(colors[1, -1]), int(colors[2, -1])) if colors.shape == (3, 256) else None


def _unmarked_copies(pages: Sequence[Any], read: Callable[[], bytes]) -> set[int]:
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


def _same_shape(page: Any, large: Any) -> bool:
    wanted = page.imagewidth * large.imagelength / large.imagewidth
    return bool(abs(page.imagelength - wanted) <= max(1.5, 0.01 * wanted))


def _small(page: Any, data: bytes) -> NDArray[np.float32] | None:
    try:
        if unknown_kind(page):
            return None
        gray = page_samples(page, data)
    except Exception as error:  # noqa: BLE001 - damaged bytes can make a decoder raise anything
        logger.info("a page could not be compared: %r", error)
        return None
    side = (_COPY_SIDE, _COPY_SIDE)
    small = cv2.resize(gray[..., :3].astype(np.float32), side, interpolation=cv2.INTER_AREA)
    return np.asarray(small.reshape(*side, -1).mean(axis=2), np.float32)


def _is_copy(a: NDArray[np.float32], b: NDArray[np.float32]) -> bool:
    spread = float(a.std() * b.std())
    correlation = float(((a - a.mean()) * (b - b.mean())).mean()) / spread if spread > 0 else 0.0
    return correlation > _SAME and bool(np.abs(a - b).mean() < _NEAR * max(a.max(), b.max()))
