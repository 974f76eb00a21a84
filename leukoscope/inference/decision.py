"""From opinions to a Finding: a label, or an honest *unsure* with its reasons. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from leukoscope.domain.cells import Cell, CellImage
from leukoscope.domain.findings import Finding, Label, Opinion, Thresholds, UnsureReason
from leukoscope.domain.quality import QualityReport, QualityVerdict

NOVELTY_LIMIT = 1.0
"""Novelty is a distance over its calibrated limit; above 1 a cell is unlike the training data."""


def combine(opinions: Sequence[Opinion]) -> tuple[float, Thresholds]:
    """Combine calibrated probabilities and bands by their means.

    The mean of calibrated probabilities is the linear opinion pool (Stone 1961): no model can be shouted down, and
    with two models it lies between them. The band is the mean of the bands for the same reason.

    Returns
    -------
    tuple
        Probability of leukemic, 0..1, and the band that applies to it.

    Raises
    ------
    ValueError
        Without opinions.
    """
    if not opinions:
        raise ValueError("a finding needs at least one opinion")
    n = len(opinions)
    low = sum(opinion.thresholds.low for opinion in opinions) / n
    high = sum(opinion.thresholds.high for opinion in opinions) / n
    return sum(opinion.probability for opinion in opinions) / n, Thresholds(low, high)


def reasons_for_doubt(
    opinions: Sequence[Opinion], quality: QualityReport, probability: float, thresholds: Thresholds
) -> tuple[UnsureReason, ...]:
    """Why the program should abstain, most serious first; empty when it need not."""
    labels = {opinion.label for opinion in opinions}
    found = {
        UnsureReason.IMAGE_QUALITY: quality.verdict is QualityVerdict.REFUSE,
        UnsureReason.NOVELTY: any(o.novelty is not None and o.novelty > NOVELTY_LIMIT for o in opinions),
        UnsureReason.DISAGREEMENT: {Label.LEUKEMIC, Label.HEALTHY} <= labels,
        UnsureReason.BAND: thresholds.label(probability) is Label.UNSURE,
    }
    return tuple(reason for reason, holds in found.items() if holds)


def decide(
    cell: Cell, opinions: Sequence[Opinion], quality: QualityReport, cell_image: CellImage | None = None
) -> Finding:
    """Combine all opinions on one Cell.

    Parameters
    ----------
    cell
        The cell.
    opinions
        At least one.
    quality
        Of its Frame.
    cell_image
        What the models saw, if it is to travel along.
    """
    probability, thresholds = combine(opinions)
    unsure = reasons_for_doubt(opinions, quality, probability, thresholds)
    label = Label.UNSURE if unsure else thresholds.label(probability)
    return Finding(cell, tuple(opinions), label, probability, thresholds, unsure, cell_image)
