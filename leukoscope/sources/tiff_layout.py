"""Which images a TIFF holds: pages, color in gray planes, stacks of one field, and what is no image of a field."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from leukoscope.sources.ome import OmeImage, image_of_page, ome_images
from leukoscope.sources.rgb_planes import Color, rgb_order
from leukoscope.sources.tiff_copies import show_one_field, unmarked_copies
from leukoscope.sources.tiff_no_fields import is_marked_copy, labels_and_overviews, smaller_levels
from leukoscope.sources.tiff_planes import Plane

logger = logging.getLogger(__name__)

_MOST_SUB_PAGES = 64
_ONE_GRAY: tuple[int, ...] = (0,)


@dataclass(frozen=True)
class TiffImage:
    """One image of a file.

    Parameters
    ----------
    planes
        One, or the red, green and blue one.
    fault
        The gray planes, in words, where they are no red, green and blue; empty when the image can be read.
    layers
        The same field at other depths of focus or times, each as ``planes``, which are the first of them; empty where
        there are none. The sharpest is read.
    """

    planes: tuple[Plane, ...]
    fault: str = ""
    layers: tuple[tuple[Plane, ...], ...] = ()

    @property
    def number(self) -> int:
        """What stands for it in a name, from 0: its first page."""
        first = min(self.planes, key=lambda plane: (plane.page, plane.skip))
        return first.page + first.skip


@dataclass(frozen=True)
class TiffLayout:
    """What a file holds.

    Parameters
    ----------
    images
        In order.
    left_out
        How many pages are smaller copies, labels, overviews or masks.
    layers
        How many more layers the images have, of which one is read.
    private
        Whether there are labels or overviews: they show names, so the file is never kept or given away as it is.
    """

    images: tuple[TiffImage, ...]
    left_out: int = 0
    layers: int = 0
    private: bool = False


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
    whole = {number: sub for number, page in enumerate(pages) if (sub := _larger_below(page)) is not None}
    labels = labels_and_overviews(tif, series, pages)
    out = {number for number, page in enumerate(pages) if is_marked_copy(page) and number not in whole}
    out = (out | smaller_levels(tif, series, pages)) - labels
    if len(out) + len(labels) == len(pages) and out:  # somebody saved a thumbnail as a file of its own
        out.discard(max(out, key=lambda number: pages[number].imagewidth * pages[number].imagelength))
    images = list(_in_series(tif, series, out | labels | set(whole), read))
    images += [TiffImage((Plane(number, sub=sub),)) for number, sub in whole.items() if number not in labels]
    layers = [layer for image in images for layer in image.layers or (image.planes,)]
    taken = {plane.page for layer in layers for plane in layer} | out | labels
    single = [number for number in range(len(pages)) if number not in taken]
    copies = unmarked_copies([pages[number] for number in single], read)
    images += [_single(tif, number) for place, number in enumerate(single) if place not in copies]
    more = sum(max(len(image.layers) - 1, 0) for image in images)
    left_out = len(out) + len(labels) + len(copies)
    return TiffLayout(tuple(sorted(images, key=lambda image: image.number)), left_out, more, bool(labels))


def _series(tif: Any) -> list[Any]:
    try:
        return list(tif.series)
    except Exception:  # metadata that tifffile stumbles over; the pages are there all the same
        logger.exception("series of a TIFF not understood")
        return []


def _larger_below(page: Any) -> int | None:
    """Which of a page's sub-pages (tag 330) is the image, where the page itself is a smaller copy of it."""
    places = page.subifds or ()
    area, found = page.imagewidth * page.imagelength, None
    for number in range(min(len(places), _MOST_SUB_PAGES)):
        try:
            sub = page.pages[number].aspage()
        except Exception as error:  # noqa: BLE001 - a damaged sub-page; the page itself is there
            logger.info("a sub-page is not read: %r", error)
            continue
        if sub.imagewidth * sub.imagelength > area and not is_marked_copy(sub):
            area, found = sub.imagewidth * sub.imagelength, number
    return found


def _single(tif: Any, number: int) -> TiffImage:
    """A page by itself: of a color image whose other planes lie in other files it is no image."""
    image = image_of_page(ome_images(tif), number) if tif.is_ome else None
    if image is not None and image.in_other_files and len(image.channels) > 1:
        return TiffImage((Plane(number),), "one gray channel of several files")
    return TiffImage((Plane(number),))


def _in_series(tif: Any, series: Sequence[Any], out: set[int], read: Callable[[], bytes]) -> Iterator[TiffImage]:
    """Images that metadata put together of several planes, or whose planes have no pages of their own."""
    for one in series:
        axes, shape, own = one.axes, one.shape, one.keyframe.axes
        if not axes.endswith(own) or own not in ("YX", "YXS") or one.keyframe.shape != shape[len(shape) - len(own) :]:
            continue
        before, counts = axes[: len(axes) - len(own)], shape[: len(shape) - len(own)]
        planes = _planes(one, math.prod(counts))
        if not planes or any(plane.page in out for plane in planes):
            continue
        cube = np.array(planes, object).reshape(counts)
        channel = before.find("C") if own == "YX" else -1
        if channel < 0 or counts[channel] == 1:
            cube, before = cube[..., None], before + "C"
            order, fault = _ONE_GRAY, ""
        else:
            cube, before = np.moveaxis(cube, channel, -1), before.replace("C", "") + "C"
            order, fault = _order(tif, planes[0].page, cube.shape[-1])
        found = list(_fields(tif, cube, before, order, fault, read))
        if len(order) > 1 or fault or any(image.layers for image in found) or any(plane.skip for plane in planes):
            yield from found


def _planes(series: Any, count: int) -> list[Plane]:
    pages = list(series.pages)
    if len(pages) == count and all(page is not None for page in pages):
        return [Plane(page.index) for page in pages]
    if pages and pages[0] is not None and series.dataoffset is not None and int(series.keyframe.compression) == 1:
        return [Plane(pages[0].index, skip) for skip in range(count)]
    return []


def _fields(
    tif: Any, cube: NDArray[np.object_], axes: str, order: tuple[int, ...], fault: str, read: Callable[[], bytes]
) -> Iterator[TiffImage]:
    """One image for each field: depths of focus and times of one place are layers, whatever shows others is its own."""
    times, depths = (cube.shape[axes.index(axis)] if axis in axes else 1 for axis in "TZ")
    places = [axes.index(axis) for axis in "TZ" if axis in axes]
    moved = np.moveaxis(cube, places, range(-1 - len(places), -1))
    for moments in moved.reshape(-1, times, depths, cube.shape[-1]):
        rows = [[tuple(row) if fault else tuple(row[k] for k in order) for row in stack] for stack in moments]
        every = [row for stack in rows for row in stack]
        for stack in [every] if fault or _one_field(tif, every, read) else rows:
            if not fault and _one_field(tif, stack, read):
                yield TiffImage(stack[0], layers=tuple(stack))
            else:
                yield from (TiffImage(row, fault) for row in stack)


def _one_field(tif: Any, rows: Sequence[tuple[Plane, ...]], read: Callable[[], bytes]) -> bool:
    return len(rows) > 1 and show_one_field(tif, [row[0] for row in rows], read)


def _order(tif: Any, page: int, count: int) -> tuple[tuple[int, ...], str]:
    """Which channel is red, green and blue, and what they are instead where they are not."""
    names, colors = _channels(tif, page)
    order = rgb_order(names, colors, count)
    said = ", ".join(name for name in names if name)
    return order or (0,), "" if order else f"{count} gray channels" + (f": {said}" if said else "")


def _channels(tif: Any, page: int) -> tuple[list[str], list[Color | None]]:
    """Names and display colors of the channels, as OME or ImageJ state them."""
    if tif.is_ome:
        image: OmeImage | None = image_of_page(ome_images(tif), page)
        channels = () if image is None else image.channels
        return [name for name, _ in channels], [color for _, color in channels]
    if tif.is_imagej:
        metadata = tif.imagej_metadata or {}
        labels = [str(label) for label in metadata.get("Labels") or ()]
        tables = metadata.get("LUTs") or ()
        return labels, [_last_color(table) for table in tables]
    return [], []


def _last_color(table: Any) -> Color | None:
    colors = np.asarray(table)
    return (int(colors[0, -1]), int(colors[1, -1]), int(colors[2, -1])) if colors.shape == (3, 256) else None
