"""A cell as it lies in its image, with what is around it: what a person looks at; the models never see it so."""

from __future__ import annotations

import cv2
import numpy as np

from leukoscope.domain.cells import Box
from leukoscope.domain.frames import Frame, Pixels

SHOWN_UM = 18.0
"""Side of the part that is shown: as much as of a CellImage."""
ROOM = 1.7
"""A cell whose scale nobody knows, or that is larger than all others, has at least so many times its own side."""
BEYOND = (30, 30, 30)
"""Color beyond the edge of the image, RGB."""


def surroundings(frame: Frame, box: Box) -> Pixels:
    """Cut a square around a cell out of its image, as it is there.

    Parameters
    ----------
    frame
        The image.
    box
        Of the cell, within the image.

    Returns
    -------
    ndarray
        Shape (side, side, 3), uint8, RGB, in the image's own pixels; gray where the image has ended.
    """
    longer = max(box.width, box.height)
    scale = frame.um_per_px or frame.estimated_um_per_px
    wanted = SHOWN_UM / scale if scale else ROOM * longer
    side = max(round(wanted), round(1.2 * longer), 1)
    height, width = frame.pixels.shape[:2]
    left, top = round(box.x + box.width / 2 - side / 2), round(box.y + box.height / 2 - side / 2)
    inside = frame.pixels[max(top, 0) : max(top + side, 0), max(left, 0) : max(left + side, 0)]
    before, above = max(-left, 0), max(-top, 0)
    after, below = max(left + side - width, 0), max(top + side - height, 0)
    if not (before or above or after or below):
        return np.ascontiguousarray(inside)
    padded = cv2.copyMakeBorder(inside, above, below, before, after, cv2.BORDER_CONSTANT, value=BEYOND)
    return np.ascontiguousarray(padded, dtype=np.uint8)
