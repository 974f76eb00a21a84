"""Is a Frame good enough to be judged: each property with figure, limit and what to do about it.

Limits were set on the images in ``../shared/data``: 3,581 C-NMC cells on black, 364 BCCD fields, 2,000 PBC cells
in context, as they are and blurred, darkened, overexposed, without color and made small
(``tests/benchmarks/bench_quality.py`` prints how many pass).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from leukoscope.domain.cells import Cell, View
from leukoscope.domain.frames import Frame, Pixels
from leukoscope.domain.quality import QualityMeasure, QualityReport, QualityVerdict
from leukoscope.imaging.background import estimate_background
from leukoscope.imaging.blobs import window
from leukoscope.imaging.channels import brightest, darkest
from leukoscope.imaging.cutouts import BLACK, is_on_black
from leukoscope.imaging.focus import direction_figure, focus_figure, focus_patches
from leukoscope.imaging.no_cells import no_cells

FOCUS_REFUSE, FOCUS_WARN = 0.13, 0.145
"""Cells with their background: sharp BCCD fields have 0.14 and more, PBC cells 0.26; blurred with sigma 4 at most
0.09 and 0.08."""
CUT_FOCUS_REFUSE, CUT_FOCUS_WARN = 0.165, 0.19
"""Cells cut out on black: all 3,581 C-NMC cells have 0.21 and more; blurred with sigma 4 at most 0.15."""

MOTION_REFUSE, MOTION_WARN = 0.25, 0.38
"""Detail along the weakest direction over the strongest: BCCD fields have 0.41 to 0.86, PBC cells 0.78 to 0.99,
C-NMC cells 0.53 to 0.99; smeared by 6 pixels 0.11 to 0.57, by 15 at most 0.34."""

DARK_REFUSE, DARK_WARN = 40.0, 90.0
"""Level of the empty glass, 0..255. BCCD has 196 to 215, PBC 215 to 245."""
CELL_DARK_REFUSE, CELL_DARK_WARN = 14.0, 22.0
"""Mean level of a cell cut out on black, 0..255. C-NMC's have 29 to 110: the data set is dark."""
BRIGHT_REFUSE, BRIGHT_WARN = 0.60, 0.25
"""Part of the pixels that are white in all three channels."""
CELL_BRIGHT_REFUSE, CELL_BRIGHT_WARN = 225.0, 200.0
"""Mean level of a cell; stained cells of all three sets stay below 190."""

STAIN_REFUSE, STAIN_WARN = 0.06, 0.10
"""Saturation of the cells, (max - min) / max: C-NMC 0.35 to 0.85, BCCD and PBC at least 0.15."""
BLANK_REFUSE = 15.0
"""Range of levels (0.5 to 99.5 %, best channel) below which a frame shows nothing; BCCD and C-NMC have 45 and more."""

BALANCE_REFUSE, BALANCE_WARN = 2.2, 1.5
"""Largest over smallest channel of the empty glass. PBC's warm white has 1.26."""
UNEVEN_REFUSE, UNEVEN_WARN = 0.6, 0.35
"""How much darker the darkest part of the empty glass is than the brightest. BCCD and PBC stay below 0.25."""

SIDE_REFUSE = 48
"""Smallest side of a frame, in pixels."""
SPAN_REFUSE, SPAN_WARN = 36.0, 56.0
"""Larger side of the cells, in pixels: the models were trained at 216, PBC's smallest have 80."""


def measure_quality(frame: Frame, view: View, cells: Sequence[Cell] = ()) -> QualityReport:
    """Measure all that applies to a frame.

    Parameters
    ----------
    frame
        Any frame.
    view
        What it shows, as found by ``recognize_view`` or said by the user.
    cells
        The cells found in it: focus and stain are measured on them. Without any, on all that is stained.

    Returns
    -------
    QualityReport
        Focus, motion, exposure, clipping, stain and resolution; for frames with a background also white balance and
        illumination. A frame without color, or that is blank, gets no other measures: they would mean nothing. A field
        without cells says so, and why.
    """
    measures = _measures(frame, view, cells)
    empty = view is not View.CELL and not cells
    return QualityReport((no_cells(frame, measures), *measures) if empty else measures)


def _measures(frame: Frame, view: View, cells: Sequence[Cell]) -> tuple[QualityMeasure, ...]:
    first = _resolution(frame, cells), _color(frame.pixels), _content(frame.pixels)
    refused = tuple(measure for measure in first if measure.verdict is QualityVerdict.REFUSE)
    if refused:
        return refused
    if is_on_black(frame.pixels):
        chosen = _cell_pixels(frame, cells)
        sharpness = _sharpness(frame, cells, CUT_FOCUS_REFUSE, CUT_FOCUS_WARN)
        return (first[0], *sharpness, *_cell_exposure(chosen), _stain(chosen))
    background = estimate_background(frame.pixels)
    measures = [
        first[0],
        *_sharpness(frame, cells, FOCUS_REFUSE, FOCUS_WARN),
        *_field_exposure(frame.pixels, background),
        _balance(background),
    ]
    if cells:
        measures.append(_stain(_cell_pixels(frame, cells)))
    if view is not View.CELL:
        measures.append(_illumination(background))
    return tuple(measures)


def _cell_pixels(frame: Frame, cells: Sequence[Cell]) -> NDArray[np.uint8]:
    """All pixels of the cells, or of what is not black when there are none: shape (n, 3)."""
    if cells:
        return np.concatenate([frame.pixels[window(cell.box)][cell.mask] for cell in cells])
    chosen: NDArray[np.uint8] = frame.pixels[brightest(frame.pixels) > BLACK]
    return chosen


def _sharpness(
    frame: Frame, cells: Sequence[Cell], refuse: float, warn: float
) -> tuple[QualityMeasure, QualityMeasure]:
    patches = tuple(focus_patches(frame, cells))
    focus = _low("focus", focus_figure(patches), "", refuse, warn,
                 "Out of focus: turn the fine focus and take it again.",
                 "Not quite in focus: turn the fine focus.")  # fmt: skip
    motion = _low("motion", direction_figure(patches), "", MOTION_REFUSE, MOTION_WARN,
                  "The stage moved: let it come to rest, or shorten the exposure, and take it again.",
                  "It looks a little smeared in one direction: let the stage come to rest.")  # fmt: skip
    return focus, motion


def _field_exposure(pixels: Pixels, background: NDArray[np.float32]) -> tuple[QualityMeasure, QualityMeasure]:
    glass = float(background.mean())
    dark = _low("exposure", glass, "of 255", DARK_REFUSE, DARK_WARN,
                "Too dark: raise the lamp or the exposure time and take it again.",
                "Rather dark: raise the lamp or the exposure time.")  # fmt: skip
    white = float((darkest(pixels[::2, ::2]) >= 254).mean())
    bright = _high("clipping", white, "of the pixels", BRIGHT_REFUSE, BRIGHT_WARN,
                   "Overexposed: lower the lamp or the exposure time and take it again.",
                   "Partly overexposed: lower the lamp or the exposure time.")  # fmt: skip
    return dark, bright


def _cell_exposure(chosen: NDArray[np.uint8]) -> tuple[QualityMeasure, QualityMeasure]:
    level = float(chosen.mean()) if chosen.size else 0.0
    dark = _low("exposure", level, "of 255", CELL_DARK_REFUSE, CELL_DARK_WARN,
                "The cell is too dark: raise the lamp or the exposure time and take it again.",
                "The cell is rather dark: raise the lamp or the exposure time.")  # fmt: skip
    bright = _high("clipping", level, "of 255", CELL_BRIGHT_REFUSE, CELL_BRIGHT_WARN,
                   "The cell is overexposed: lower the lamp or the exposure time and take it again.",
                   "The cell is very bright: lower the lamp or the exposure time.")  # fmt: skip
    return dark, bright


def _stain(chosen: NDArray[np.uint8]) -> QualityMeasure:
    high = brightest(chosen).astype(np.float32)
    value = float(((high - darkest(chosen)) / np.maximum(high, 1)).mean()) if chosen.size else 0.0
    return _low("stain", value, "saturation", STAIN_REFUSE, STAIN_WARN,
                "The cells are hardly stained: stain the smear again, or check the camera's color setting.",
                "The stain is weak: check the staining times.")  # fmt: skip


def _color(pixels: Pixels) -> QualityMeasure:
    sample = pixels[:: max(1, pixels.shape[0] // 512), :: max(1, pixels.shape[1] // 512)]
    spread = float((brightest(sample) - darkest(sample)).max(initial=0))
    sentence = "The image has no color, so stain cannot be judged: take it with a color camera."
    # JPEG can tint gray pixels by one or two levels.
    return _low("color", spread, "levels", 3.0, 3.0, sentence, sentence)


def _content(pixels: Pixels) -> QualityMeasure:
    sample = pixels[:: max(1, pixels.shape[0] // 512), :: max(1, pixels.shape[1] // 512)]
    low, high = np.percentile(sample.reshape(-1, 3), [0.5, 99.5], axis=0)
    sentence = "The image is blank: move to a place with cells, focus, and take it again."
    return _low("contrast", float((high - low).max()), "levels", BLANK_REFUSE, BLANK_REFUSE, sentence, sentence)


def _balance(background: NDArray[np.float32]) -> QualityMeasure:
    glass = np.median(background.reshape(-1, 3), axis=0)
    return _high("white balance", float(glass.max() / max(glass.min(), 1.0)), "", BALANCE_REFUSE, BALANCE_WARN,
                 "The empty glass is far from white: set the camera's white balance on it and take it again.",
                 "The empty glass has a tint: set the camera's white balance on it.")  # fmt: skip


def _illumination(background: NDArray[np.float32]) -> QualityMeasure:
    level = background.mean(axis=2)
    value = float(1 - level.min() / max(float(level.max()), 1.0))
    return _high("illumination", value, "falloff", UNEVEN_REFUSE, UNEVEN_WARN,
                 "The light is very uneven: center the condenser, open its diaphragm and take it again.",
                 "The light is uneven: center the condenser.")  # fmt: skip


def _resolution(frame: Frame, cells: Sequence[Cell]) -> QualityMeasure:
    side = float(min(frame.width, frame.height))
    sentence = "The image is too small: take it at a higher magnification or resolution."
    if side < SIDE_REFUSE or not cells:
        return _low("resolution", side, "px", SIDE_REFUSE, SIDE_REFUSE, sentence, sentence)
    span = float(np.median([max(cell.box.width, cell.box.height) for cell in cells]))
    return _low("resolution", span, "px per cell", SPAN_REFUSE, SPAN_WARN,
                "The cells are too small: take them with a stronger objective, 40x at least.",
                "The cells are rather small: take them with a stronger objective.")  # fmt: skip


def _low(name: str, value: float, unit: str, refuse: float, warn: float, worst: str, bad: str) -> QualityMeasure:
    """A measure of which there should be enough."""
    if value < refuse:
        return QualityMeasure(name, value, unit, QualityVerdict.REFUSE, worst)
    if value < warn:
        return QualityMeasure(name, value, unit, QualityVerdict.WARN, bad)
    return QualityMeasure(name, value, unit, QualityVerdict.OK)


def _high(name: str, value: float, unit: str, refuse: float, warn: float, worst: str, bad: str) -> QualityMeasure:
    """A measure of which there should not be too much."""
    flipped = _low(name, -value, unit, -refuse, -warn, worst, bad)
    return QualityMeasure(name, value, unit, flipped.verdict, flipped.sentence)
