"""Blob: a box with a mask, before it is known which Frame it belongs to."""

from __future__ import annotations

from dataclasses import dataclass

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
    """

    box: Box
    mask: Mask
