"""A field in which no white cell was found: said as such, with why as far as the image shows it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from leukoscope.domain.frames import Frame, Pixels
from leukoscope.domain.quality import CELLS, QualityMeasure, QualityVerdict
from leukoscope.imaging.background import glass_seen

CELL_UM = 12.0
"""Width of a usual white cell."""
SMALL_PX = 36.0
"""Narrower white cells cannot be found or judged."""
PURPLE, PURPLE_PART = 25, 2e-4
"""How much red and blue stand above green in a stained nucleus, in levels, and the least part of a field that is so."""

GLASS_LEAST = 0.28
"""Part of a field that is near the color of its empty glass: 91 images of BCCD and PBC have 0.31 and more, zoomed and
vignetted ones 0.11 to 0.27."""


def no_cells(frame: Frame, others: Sequence[QualityMeasure]) -> QualityMeasure:
    """The measure that says that a field is empty.

    Parameters
    ----------
    frame
        The field.
    others
        What else was measured: an image that is bad in another way is empty for that.

    Returns
    -------
    QualityMeasure
        A warning named :data:`CELLS`, of value 0.
    """
    return QualityMeasure(CELLS, 0.0, "", QualityVerdict.WARN, _why(frame, others))


def _why(frame: Frame, others: Sequence[QualityMeasure]) -> str:
    if any(measure.verdict is QualityVerdict.REFUSE for measure in others):
        return "No white cells found, and the image is not good enough to find any: see what is named with it."
    if frame.um_per_px is not None and CELL_UM / frame.um_per_px < SMALL_PX:
        return "No white cells found: at the scale of this image they are too small. Use a stronger objective."
    if glass_seen(frame.pixels) < GLASS_LEAST:
        return (
            "No white cells found, and hardly any empty glass: it may be zoomed in, vignetted, or no field of a smear; "
            "take the whole field again."
        )
    if not _has_nuclei(frame.pixels):
        return (
            "No white cells found: nothing in this image has the color of a stained nucleus. Move to "
            "another place, or check stain and white balance."
        )
    if frame.um_per_px is None:
        return "No white cells found, and the scale of this image is not known: set it, then judge the image again."
    if any(measure.verdict is QualityVerdict.WARN for measure in others):
        return "No white cells found; see what is named with the image, and take it again."
    return "No white cells found: move to a place with cells, or draw them by hand."


def _has_nuclei(pixels: Pixels) -> bool:
    red, green, blue = (pixels[..., channel].astype(np.int16) for channel in range(3))
    return bool((np.minimum(red, blue) - green > PURPLE).mean() > PURPLE_PART)
