"""The opinion of figures of shape: a logistic regression whose every term is its own explanation. Pure, no engine."""

from __future__ import annotations

import math
from dataclasses import replace

from leukoscope.domain.findings import Opinion, Thresholds
from leukoscope.domain.morphology import FIGURES, MeasuredFigure, Morphology
from leukoscope.inference.manifest import Manifest, ShapeModel, ShapeTerm
from leukoscope.inference.opinions import bundle_id, calibrated


def contribution(term: ShapeTerm, value: float) -> float:
    """What a value adds to the logit: ``weight * (x - mean) / scale``."""
    x = math.log(max(value, 1e-6)) if term.log else value
    return term.weight * (x - term.mean) / term.scale


def shape_logit(shape: ShapeModel, morphology: Morphology) -> float:
    """Intercept and all contributions; a figure that could not be measured adds nothing, as the mean cell's would."""
    values = morphology.values
    return shape.intercept + sum(
        contribution(term, values[term.figure]) for term in shape.terms if term.figure in values
    )


def measured_figures(manifest: Manifest, morphology: Morphology) -> tuple[MeasuredFigure, ...]:
    """What was measured on a cell beside the ranges of a bundle of the kind ``morphology``, without its opinion.

    Raises
    ------
    ValueError
        For a bundle of another kind.
    """
    return tuple(replace(one, contribution=0.0) for one in shape_opinion(manifest, morphology).figures)


def shape_opinion(manifest: Manifest, morphology: Morphology) -> Opinion:
    """Make the Opinion of a bundle of the kind ``morphology``.

    Parameters
    ----------
    manifest
        With its ``shape``.
    morphology
        What was measured on the cell.

    Returns
    -------
    Opinion
        Its figures stand in the order they are shown; those that are not asked contribute 0.

    Raises
    ------
    ValueError
        For a bundle of another kind.
    """
    shape = manifest.shape
    if shape is None:
        raise ValueError(f"the bundle {manifest.name} has no figures of shape")
    logit = shape_logit(shape, morphology)
    terms = {term.figure: term for term in shape.terms}
    ranges = {one.figure: one for one in shape.ranges}
    figures = []
    for figure in FIGURES:
        value = morphology.values.get(figure.code)
        if value is None or figure.code not in ranges:
            continue
        term, usual = terms.get(figure.code), ranges[figure.code]
        # As it stands in the calibrated logit, whose parts then add up to what is shown.
        share = contribution(term, value) / manifest.calibration.temperature if term else 0.0
        figures.append(MeasuredFigure(figure.code, value, usual.low, usual.high, share))
    return Opinion(
        bundle=bundle_id(manifest),
        logit=logit,
        probability=calibrated(logit, manifest.calibration),
        thresholds=Thresholds(manifest.band.low, manifest.band.high),
        figures=tuple(figures),
    )
