"""Is a Frame good enough to be judged: each property with figure, limit and what to do about it.

Limits were set on the images in ``../shared/data``: 3,581 C-NMC cells on black, 364 BCCD fields, 2,000 PBC cells
in context, as they are and blurred, darkened, overexposed, without color and made small
(``tests/benchmarks/bench_quality.py`` prints how many pass).
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from leukoscope.domain.cells import Cell, Mask, View
from leukoscope.domain.frames import Frame, Pixels
from leukoscope.domain.quality import QualityMeasure, QualityReport, QualityVerdict
from leukoscope.imaging.background import estimate_background
from leukoscope.imaging.cutouts import BLACK, is_on_black
from leukoscope.imaging.scale import field_um_per_px

FOCUS_REFUSE, FOCUS_WARN = 0.13, 0.145
"""Sharp C-NMC cells have 0.23 and more, BCCD 0.14, PBC 0.26; blurred with sigma 4 at most 0.12, 0.09, 0.08."""
FOCUS_UM_PER_PX = 0.08
"""Finer fields are brought to this scale before: oversampled pixels are smooth without being out of focus."""

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
BLANK_REFUSE = 6.0
"""Range of green levels (1 to 99 %) below which a field without cells shows nothing; BCCD has at least 50."""

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
        Focus, exposure, clipping, stain and resolution; for frames with a background also white balance and
        illumination. A frame without color, or that is blank, gets no other measures: they would mean nothing.
    """
    first = _resolution(frame, cells), _color(frame.pixels), _content(frame.pixels)
    refused = tuple(measure for measure in first if measure.verdict is QualityVerdict.REFUSE)
    if refused:
        return QualityReport(refused)
    if is_on_black(frame.pixels):
        mask = _mask_of(frame, cells) if cells else frame.pixels.max(axis=2) > BLACK
        rest = (_focus(frame.pixels, _inner(mask)), *_cell_exposure(frame.pixels, mask), _stain(frame.pixels, mask))
        return QualityReport((*first[:1], *rest))
    background = estimate_background(frame.pixels)
    mask = _mask_of(frame, cells) if cells else _stained(frame.pixels, background)
    pixels, focus_mask = _at_focus_scale(frame, mask)
    measures = [
        first[0],
        _focus(pixels, _outer(focus_mask)),
        *_field_exposure(frame.pixels, background),
        _balance(background),
    ]
    if cells:
        measures.append(_stain(frame.pixels, mask))
    if view is not View.CELL:
        measures.append(_illumination(background))
    return QualityReport(tuple(measures))


def focus_figure(pixels: Pixels, mask: Mask) -> float:
    """Sharpness that depends neither on stain nor on brightness (re-blur test of Crete et al. 2007).

    Parameters
    ----------
    pixels
        Shape (height, width, 3), uint8, RGB.
    mask
        Shape (height, width), bool: where to look.

    Returns
    -------
    float
        The part of the mean gradient that a blur of 2 pixels takes away: 0 is blurred before, 0.3 and more is
        sharp. 1 when the mask is empty or perfectly flat, which other measures refuse.
    """
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if rows.size == 0:
        return 1.0
    margin = 8
    part = np.s_[
        max(0, rows[0] - margin) : rows[-1] + 1 + margin, max(0, columns[0] - margin) : columns[-1] + 1 + margin
    ]
    gray = cv2.transform(pixels[part], np.full((1, 3), 1 / 3, np.float32)).astype(np.float32)
    sharp = _gradient(gray)[mask[part]].mean()
    blurred = _gradient(np.asarray(cv2.GaussianBlur(gray, (0, 0), 2.0), np.float32))[mask[part]].mean()
    return float(1 - blurred / sharp) if sharp > 1e-3 else 1.0


def _gradient(gray: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(cv2.magnitude(cv2.Sobel(gray, cv2.CV_32F, 1, 0), cv2.Sobel(gray, cv2.CV_32F, 0, 1)), np.float32)


def _mask_of(frame: Frame, cells: Sequence[Cell]) -> Mask:
    mask = np.zeros((frame.height, frame.width), np.bool_)
    for cell in cells:
        box = cell.box
        mask[box.y : box.y + box.height, box.x : box.x + box.width] |= cell.mask
    return mask


def _stained(pixels: Pixels, background: NDArray[np.float32]) -> Mask:
    green = cv2.resize(background[:, :, 1], (pixels.shape[1], pixels.shape[0]))
    stained: Mask = pixels[:, :, 1] < 0.85 * green
    return stained


def _inner(mask: Mask) -> Mask:
    """Without the rim, which is as sharp as the scissors: a 20th of the cell's width."""
    width = max(2, round(np.sqrt(mask.sum()) / 16))
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * width + 1, 2 * width + 1))
    return cv2.erode(mask.astype(np.uint8), kernel, borderValue=0).astype(bool)


def _outer(mask: Mask) -> Mask:
    """With the rim: the edge of a cell against the glass tells most about focus."""
    return cv2.dilate(mask.astype(np.uint8), np.ones((9, 9), np.uint8)).astype(bool)


def _at_focus_scale(frame: Frame, mask: Mask) -> tuple[Pixels, Mask]:
    scale = field_um_per_px(frame)
    if scale is None or scale > 0.8 * FOCUS_UM_PER_PX:
        return frame.pixels, mask
    factor = scale / FOCUS_UM_PER_PX
    size = max(1, round(frame.width * factor)), max(1, round(frame.height * factor))
    pixels = np.asarray(cv2.resize(frame.pixels, size, interpolation=cv2.INTER_AREA), np.uint8)
    return pixels, cv2.resize(mask.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST).astype(bool)


def _focus(pixels: Pixels, mask: Mask) -> QualityMeasure:
    value = focus_figure(pixels, mask)
    return _low("focus", value, "", FOCUS_REFUSE, FOCUS_WARN, "Out of focus: turn the fine focus and take it again.",
                "Not quite in focus: turn the fine focus.")  # fmt: skip


def _field_exposure(pixels: Pixels, background: NDArray[np.float32]) -> tuple[QualityMeasure, QualityMeasure]:
    glass = float(background.mean())
    dark = _low("exposure", glass, "of 255", DARK_REFUSE, DARK_WARN,
                "Too dark: raise the lamp or the exposure time and take it again.",
                "Rather dark: raise the lamp or the exposure time.")  # fmt: skip
    white = float((pixels[::2, ::2].min(axis=2) >= 254).mean())
    bright = _high("clipping", white, "of the pixels", BRIGHT_REFUSE, BRIGHT_WARN,
                   "Overexposed: lower the lamp or the exposure time and take it again.",
                   "Partly overexposed: lower the lamp or the exposure time.")  # fmt: skip
    return dark, bright


def _cell_exposure(pixels: Pixels, mask: Mask) -> tuple[QualityMeasure, QualityMeasure]:
    level = float(pixels[mask].mean()) if mask.any() else 0.0
    dark = _low("exposure", level, "of 255", CELL_DARK_REFUSE, CELL_DARK_WARN,
                "The cell is too dark: raise the lamp or the exposure time and take it again.",
                "The cell is rather dark: raise the lamp or the exposure time.")  # fmt: skip
    bright = _high("clipping", level, "of 255", CELL_BRIGHT_REFUSE, CELL_BRIGHT_WARN,
                   "The cell is overexposed: lower the lamp or the exposure time and take it again.",
                   "The cell is very bright: lower the lamp or the exposure time.")  # fmt: skip
    return dark, bright


def _stain(pixels: Pixels, mask: Mask) -> QualityMeasure:
    chosen = pixels[mask].astype(np.float32)
    brightest = chosen.max(axis=1)
    value = float(((brightest - chosen.min(axis=1)) / np.maximum(brightest, 1)).mean()) if chosen.size else 0.0
    return _low("stain", value, "saturation", STAIN_REFUSE, STAIN_WARN,
                "The cells are hardly stained: stain the smear again, or check the camera's color setting.",
                "The stain is weak: check the staining times.")  # fmt: skip


def _color(pixels: Pixels) -> QualityMeasure:
    sample = pixels[:: max(1, pixels.shape[0] // 512), :: max(1, pixels.shape[1] // 512)].astype(np.int16)
    spread = float((sample.max(axis=2) - sample.min(axis=2)).max(initial=0))
    sentence = "The image has no color, so stain cannot be judged: take it with a color camera."
    # JPEG can tint gray pixels by one or two levels.
    return _low("color", spread, "levels", 3.0, 3.0, sentence, sentence)


def _content(pixels: Pixels) -> QualityMeasure:
    sample = pixels[:: max(1, pixels.shape[0] // 512), :: max(1, pixels.shape[1] // 512), 1]
    low, high = np.percentile(sample, [1, 99])
    sentence = "The image is blank: move to a place with cells, focus, and take it again."
    return _low("contrast", float(high - low), "levels", BLANK_REFUSE, BLANK_REFUSE, sentence, sentence)


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
