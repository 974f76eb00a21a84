"""The sizes of the largest picture of a TIFF: those of a pyramid, whatever way it is written in."""

from __future__ import annotations

from typing import Any

from leukoscope.sources.tiff_no_fields import labels_and_overviews

_SAME_SHAPE = 0.02


def levels_of(tif: Any) -> list[Any]:
    """The pages of the largest picture and its smaller sizes, largest first; labels and overviews are not among them.

    Sizes lie below the page (tag 330), or in pages of their own that are marked as smaller (tag 254).
    """
    pages = [page.aspage() for page in tif.pages]
    private = labels_and_overviews(tif, tif.series, pages)
    own = [page for number, page in enumerate(pages) if number not in private]
    if not own:
        return []
    main = max(own, key=_area)
    below = [page.aspage() for page in main.pages or ()]
    marked = [page for page in own if page is not main and int(page.subfiletype or 0) & 1]
    smaller = sorted((page for page in (*below, *marked) if _is_smaller(page, main)), key=_area, reverse=True)
    levels = [main]
    for page in smaller:
        if _area(page) < _area(levels[-1]):
            levels.append(page)
    return levels


def _area(page: Any) -> int:
    return int(page.imagewidth) * int(page.imagelength)


def _is_smaller(page: Any, main: Any) -> bool:
    """Whether a page can be the main one at a smaller size, by its shape and its kind of samples."""
    if _area(page) >= _area(main) or page.samplesperpixel != main.samplesperpixel:
        return False
    across, down = main.imagewidth / page.imagewidth, main.imagelength / page.imagelength
    # The smallest levels are rounded to whole pixels.
    slack = max(_SAME_SHAPE, 1.5 / min(page.imagewidth, page.imagelength))
    return bool(abs(across / down - 1) <= slack)
