"""From a Judgement to a Finding: a label, or an honest *unsure* with its reasons. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from leukoscope.domain.cell_classes import Family, cell_class
from leukoscope.domain.cells import Cell, CellImage
from leukoscope.domain.findings import Finding, Judgement, Label, Naming, Opinion, Thresholds, UnsureReason
from leukoscope.domain.quality import QualityReport, QualityVerdict

NOVELTY_LIMIT = 1.0
"""Novelty is a distance over its calibrated limit; above 1 a cell is unlike the training data."""
MONONUCLEAR_AT_LEAST = 0.5
"""The leukemia models' verdict counts when the cell is more probably mononuclear than anything else."""
NO_BAND = Thresholds(0.0, 1.0)
"""Of a finding that no leukemia model was asked about."""


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
        raise ValueError("a probability of leukemic needs at least one opinion")
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


def naming_doubts(naming: Naming) -> tuple[UnsureReason, ...]:
    """Why a cell's class keeps the program from a verdict; empty when it is mononuclear, or normal by its name."""
    family = cell_class(naming.code).family
    if naming.is_confident and family is Family.PRECURSOR:
        return (UnsureReason.PRECURSOR,)
    if naming.kept_out:
        if family is Family.NO_LEUKOCYTE:
            return (UnsureReason.NO_WHITE_CELL,)
        if family is Family.PRECURSOR:
            return (UnsureReason.PRECURSOR,)
        return () if naming.is_confident else (UnsureReason.UNNAMED,)
    return () if mononuclear_probability(naming) >= MONONUCLEAR_AT_LEAST else (UnsureReason.UNNAMED,)


def mononuclear_probability(naming: Naming) -> float:
    """Probability that a cell is of the family among which blasts hide."""
    return sum(p for code, p in naming.probabilities.items() if cell_class(code).family is Family.MONONUCLEAR)


def decide(cell: Cell, judgement: Judgement, quality: QualityReport, cell_image: CellImage | None = None) -> Finding:
    """Combine all that the models say of one Cell.

    A granulocyte that is named with confidence is healthy: *normal: neutrophil*. A precursor, something that is no
    white cell and a cell that cannot be named are left to a person. The leukemia models' verdict stands for the others.

    Parameters
    ----------
    cell
        The cell.
    judgement
        With a naming, or at least one opinion.
    quality
        Of its Frame.
    cell_image
        What the models saw, if it is to travel along.

    Raises
    ------
    ValueError
        When no model said anything.
    """
    naming, opinions = judgement.naming, judgement.opinions
    doubts = () if naming is None else naming_doubts(naming)
    if naming is not None and not opinions:
        refused = quality.verdict is QualityVerdict.REFUSE
        unsure = (*((UnsureReason.IMAGE_QUALITY,) if refused else ()), *doubts)
        label = Label.UNSURE if unsure else Label.HEALTHY
        return Finding(cell, (), label, None, NO_BAND, unsure, cell_image, naming)
    probability, thresholds = combine(opinions)
    unsure = (*doubts, *reasons_for_doubt(opinions, quality, probability, thresholds))
    label = Label.UNSURE if unsure else thresholds.label(probability)
    return Finding(cell, tuple(opinions), label, probability, thresholds, unsure, cell_image, naming)
