"""Samples of a TIFF that lie together: those of a page, of a page below a page, or of none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from leukoscope.sources.tiff_samples import page_samples


@dataclass(frozen=True)
class Plane:
    """Samples that lie together: those of page ``page``.

    Parameters
    ----------
    page
        Number of the page, from 0.
    skip
        So many planes behind the page's own, where they have no page (ImageJ writes large stacks so).
    sub
        Number of a page below it (tag 330); -1 is the page itself.
    """

    page: int
    skip: int = 0
    sub: int = -1


def page_of(tif: Any, plane: Plane) -> Any:
    """The ``tifffile.TiffPage`` that describes a plane."""
    page = tif.pages[plane.page].aspage()
    return page if plane.sub < 0 else page.pages[plane.sub].aspage()


def plane_samples(tif: Any, plane: Plane, data: bytes) -> NDArray[np.generic]:
    """Read a plane: shape (height, width, samples).

    Raises
    ------
    Exception
        Whatever damaged bytes make of it.
    """
    page = page_of(tif, plane)
    if not plane.skip:
        return page_samples(page, data)
    kind = np.dtype(page.dtype).newbyteorder(tif.byteorder)
    count = int(np.prod(page.shape))
    start = page.dataoffsets[0] + plane.skip * count * kind.itemsize
    flat = np.frombuffer(data, kind, count, start)  # raises where the file ends before
    return flat.reshape(page.imagelength, page.imagewidth, -1).astype(kind.newbyteorder("="))
