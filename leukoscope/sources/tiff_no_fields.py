"""Pages of a TIFF that show no field: smaller copies, masks, and the labels and overviews of slide scanners."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from leukoscope.sources.ome import ome_images

_SCANNERS = ("svs", "ndpi", "scn", "bif", "philips", "ventana", "qpi")
_NO_FIELD = re.compile(r"thumb|label|macro|map|overview", re.IGNORECASE)
"""Series of slide scanners that show the slide and not its cells."""
_LABEL = re.compile(r"(^|[^a-z])(label|macro|overview|barcode)([^a-z]|$)", re.IGNORECASE)
_SAYS_LABEL = re.compile(r"(^|\n)\W*(label|macro|overview|barcode)\b", re.IGNORECASE)
"""What programs write of such a page: at the start of a line, as Aperio's scanners have it."""


def is_marked_copy(page: Any) -> bool:
    """NewSubfileType (254): 1 smaller, 4 mask; the old SubfileType (255): 2 smaller."""
    old = page.tags.get(255)
    return bool(int(page.subfiletype or 0) & 0b101) or (old is not None and int(old.value) == 2)


def smaller_levels(tif: Any, series: Sequence[Any], pages: Sequence[Any]) -> set[int]:
    """Numbers of the thumbnails and smaller levels of a scanned slide."""
    if not _of_scanner(tif):
        return set()
    levels = [level for one in series for level in one.levels[0 if _NO_FIELD.search(one.name or "") else 1 :]]
    return _numbers(levels, pages)


def labels_and_overviews(tif: Any, series: Sequence[Any], pages: Sequence[Any]) -> set[int]:
    """Numbers of the pages that show a slide's label, or the slide with its label: they carry names."""
    found = {number for number, page in enumerate(pages) if _says_so(page, number, pages)}
    names = _LABEL if not _of_scanner(tif) else _NO_FIELD
    if _of_scanner(tif) or tif.is_ome:
        marked = [one for one in series if names.search(one.name or "") and "thumb" not in (one.name or "").casefold()]
        found |= _numbers([level for one in marked for level in one.levels], pages)
    found |= {number for one in ome_images(tif) if _LABEL.search(one.name) for number in one.pages}
    return {number for number in found if number < len(pages)}


def _says_so(page: Any, number: int, pages: Sequence[Any]) -> bool:
    """NewSubfileType 9 is a macro image of Aperio; others write it into the page's description."""
    if int(page.subfiletype or 0) == 9:
        return True
    area = page.imagewidth * page.imagelength
    smaller = any(area < other.imagewidth * other.imagelength for other in pages)
    return number > 0 and smaller and bool(_SAYS_LABEL.search(str(page.description or "")[:4096]))


def _of_scanner(tif: Any) -> bool:
    return any(getattr(tif, f"is_{name}", False) for name in _SCANNERS)


def _numbers(levels: Sequence[Any], pages: Sequence[Any]) -> set[int]:
    offsets = {page.offset for level in levels for page in level.pages if page is not None}
    return {number for number, page in enumerate(pages) if page.offset in offsets}
