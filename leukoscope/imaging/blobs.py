"""Blob: a box with a mask, before it is known which Frame it belongs to."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from leukoscope.domain.cells import Box, Mask


@dataclass(frozen=True, eq=False)
class Blob:
    """A connected piece of an image.

    Parameters
    ----------
    box
        Bounding box in pixels.
    mask
        Shape (box.height, box.width), bool.
    nucleus_um2
        Area of its nucleus with all lobes, in µm²; 0 where none was looked for.
    smudge
        Whether it is the smeared nucleus of a burst cell.
    """

    box: Box
    mask: Mask
    nucleus_um2: float = 0.0
    smudge: bool = False


def label_boxes(labels: NDArray[np.int32], count: int) -> list[Box]:
    """Bounding boxes of labels 1 to ``count``, all in one pass; each label must occur.

    Parameters
    ----------
    labels
        Shape (height, width), int32.
    count
        The highest label.
    """
    rows, columns = np.nonzero(labels)
    which = labels[rows, columns]
    low = np.full((count + 1, 2), np.iinfo(np.int64).max, np.int64)
    high = np.full((count + 1, 2), -1, np.int64)
    for axis, places in enumerate((columns, rows)):
        np.minimum.at(low[:, axis], which, places)
        np.maximum.at(high[:, axis], which, places)
    return [
        Box(int(low[i, 0]), int(low[i, 1]), int(high[i, 0] - low[i, 0]) + 1, int(high[i, 1] - low[i, 1]) + 1)
        for i in range(1, count + 1)
    ]


def window(box: Box, margin: int = 0) -> tuple[slice, slice]:
    """Rows and columns of a box, widened by ``margin`` but not below 0."""
    return (
        slice(max(0, box.y - margin), box.y + box.height + margin),
        slice(max(0, box.x - margin), box.x + box.width + margin),
    )
