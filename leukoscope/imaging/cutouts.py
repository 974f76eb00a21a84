"""Cells that were already cut out, on a black background."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from leukoscope.domain.cells import Box
from leukoscope.domain.frames import Pixels
from leukoscope.imaging.blobs import Blob
from leukoscope.imaging.channels import brightest

BLACK = 12
"""Largest sample that still counts as black: JPEG leaves up to about 10 around a cut-out cell."""
_MIN_AREA = 30
"""Smallest cell, in pixels."""


def is_on_black(pixels: Pixels) -> bool:
    """Whether the frame shows one thing on a black background.

    At least 85 % of the frame's edge is black (1 of 300 C-NMC cells touches the edge), and so is 10 % of its area.

    Parameters
    ----------
    pixels
        Shape (height, width, 3), uint8, RGB.
    """
    edge = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
    if float((brightest(edge) <= BLACK).mean()) < 0.85:
        return False
    step = max(1, max(pixels.shape[:2]) // 500)
    return float((brightest(pixels[::step, ::step]) <= BLACK).mean()) >= 0.10


def cell_on_black(pixels: Pixels) -> Blob | None:
    """The cell on a black background.

    Parameters
    ----------
    pixels
        Shape (height, width, 3), uint8, RGB.

    Returns
    -------
    Blob or None
        Everything that is not exactly black, when what is nearly black belongs to it; else (JPEG) the largest
        piece brighter than ``BLACK``. ``None`` when there is nothing of at least 30 pixels.
    """
    bright = brightest(pixels)
    mask = (bright > BLACK).astype(np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    if count < 2:
        return None
    largest = 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA]))
    if stats[largest, cv2.CC_STAT_AREA] < _MIN_AREA:
        return None
    piece = _grown_to_exact_black(bright, (labels == largest).astype(np.uint8))
    contours, _ = cv2.findContours(piece, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    cv2.drawContours(piece, contours, -1, 1, cv2.FILLED)
    x, y, width, height = cv2.boundingRect(piece)
    return Blob(Box(x, y, width, height), piece[y : y + height, x : x + width].astype(bool))


def _grown_to_exact_black(bright: NDArray[np.uint8], piece: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Take in the darkest rim of a losslessly stored cell: the connected part that is not exactly 0."""
    count, labels = cv2.connectedComponents((bright > 0).astype(np.uint8), connectivity=8)
    inside = np.bincount(labels[piece > 0], minlength=count)
    inside[0] = 0
    grown: NDArray[np.uint8] = (labels == int(np.argmax(inside))).astype(np.uint8)
    return grown if grown.sum() < 1.1 * piece.sum() else piece
