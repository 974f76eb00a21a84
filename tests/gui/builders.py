"""Small real domain objects for the widgets."""

from __future__ import annotations

import numpy as np

from leukoscope.domain.cases import CaseCell, CaseFrame
from leukoscope.domain.cells import Box, Cell, View
from leukoscope.domain.findings import (
    BundleId,
    ExplanationMap,
    Finding,
    Label,
    Opinion,
    Thresholds,
    UnsureReason,
)
from leukoscope.domain.map_kinds import MapKind
from leukoscope.domain.quality import QualityMeasure, QualityReport, QualityVerdict

BAND = Thresholds(0.4, 0.6)
GOOD = QualityReport((QualityMeasure("focus", 12.0, "", QualityVerdict.OK),))
BLURRED = QualityReport((QualityMeasure("focus", 1.0, "", QualityVerdict.WARN, "Turn the fine focus."),))


def explanation(name: str, kind: MapKind = MapKind.GRAD_CAM) -> ExplanationMap:
    values = np.linspace(-1, 1, 49, dtype=np.float32).reshape(7, 7)
    return ExplanationMap(
        name, kind, np.abs(values) if kind is MapKind.ATTENTION else values, 1.0, Box(75, 75, 300, 300)
    )


def opinion(name: str, probability: float, *maps: ExplanationMap, novelty: float | None = 0.4) -> Opinion:
    return Opinion(BundleId(name, "1.0.0", "ab" * 32), 0.0, probability, BAND, maps, novelty)


def case_cell(number: int, *probabilities: float, frame_id: int = 1, box: Box | None = None) -> CaseCell:
    """A cell judged with these probabilities: two Grad-CAM maps by the first model, attention by the others."""
    opinions = tuple(
        opinion(f"model-{place}", p, explanation("a"), explanation("b"))
        if place == 0
        else opinion(f"model-{place}", p, explanation("attention", MapKind.ATTENTION))
        for place, p in enumerate(probabilities)
    )
    mean = sum(probabilities) / len(probabilities)
    labels = {one.label for one in opinions}
    disagree = {Label.LEUKEMIC, Label.HEALTHY} <= labels
    reasons = ((UnsureReason.DISAGREEMENT,) if disagree else ()) + (
        (UnsureReason.BAND,) if BAND.label(mean) is Label.UNSURE else ()
    )
    where = box or Box(100, 100, 80, 80)
    cell = Cell(where, np.ones((where.height, where.width), bool), "00" * 32)
    return CaseCell(
        number, frame_id, Finding(cell, opinions, Label.UNSURE if reasons else BAND.label(mean), mean, BAND, reasons)
    )


def case_frame(number: int, *cells: CaseCell, quality: QualityReport = GOOD) -> CaseFrame:
    return CaseFrame(number, f"/images/{number}.png", "00" * 32, 450, 450, 0.1, View.FIELD, quality, None, cells)
