"""From a Judgement to a Finding: a label, or an honest *unsure* with its reasons. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from leukoscope.domain.cell_classes import BLAST, LYMPHOCYTE, MONOCYTE, Family, cell_class
from leukoscope.domain.cells import Cell, CellImage
from leukoscope.domain.findings import Finding, Label, Naming, Opinion, Thresholds, UnsureReason, figures_in
from leukoscope.domain.judgements import Judgement
from leukoscope.domain.labels import is_smudge
from leukoscope.domain.quality import QualityReport, QualityVerdict
from leukoscope.domain.site_profiles import Pooling

NOVELTY_LIMIT = 1.0
"""Novelty is a distance over its calibrated limit; above 1 a cell is unlike the training data."""
NETWORKS_SHARE = 0.6
"""Weight of all networks together on a cell in the middle of what they know; the figures of shape have the rest. Fitted
on people whom none of them had seen, by ``python -m training combine``; so is the next."""
NETWORKS_FALLOFF = 0.0
"""The share is multiplied by (1 - novelty) to this power, and is 0 beyond the limit."""
MONONUCLEAR_AT_LEAST = 0.5
"""The leukemia models' verdict counts when the cell is more probably mononuclear than anything else."""
NO_BAND = Thresholds(0.0, 1.0)
"""Of a finding that no leukemia model was asked about."""


def _is_beyond(novelty: float | None) -> bool:
    """Whether a distance lies beyond its limit; one that was not measured does not."""
    return novelty is not None and novelty > NOVELTY_LIMIT


def heard(opinions: Sequence[Opinion]) -> tuple[bool, ...]:
    """Which opinions are of bundles that know cells like this one.

    On other labs' lymphocytes the networks say *leukemic* with the same certainty as on blasts, so what they say of
    cells beyond their limit is not weighed less: it is not heard. They learned from the same cells: what is unlike
    those to one of them is so to all. Figures of shape have no such limit.
    """
    unlike = any(_is_beyond(opinion.novelty) for opinion in opinions)
    return tuple(bool(opinion.figures) or not unlike for opinion in opinions)


def networks_share(opinions: Sequence[Opinion]) -> float:
    """Weight of all networks together beside figures of shape, 0..1: it falls with the distance from what they know."""
    novelty = max((opinion.novelty for opinion in opinions if opinion.novelty is not None), default=0.0)
    if _is_beyond(novelty):
        return 0.0
    return float(NETWORKS_SHARE * (1.0 - novelty / NOVELTY_LIMIT) ** NETWORKS_FALLOFF)


def weights(opinions: Sequence[Opinion]) -> tuple[float, ...]:
    """Weight of each opinion in the combination; they sum to 1.

    Evidence of one kind counts once: the networks look at the same pixels and err together, so they divide their share
    (:func:`networks_share`); the figures of shape have the rest. Where only one kind speaks it has all the weight.
    """
    kinds = [bool(opinion.figures) for opinion in opinions]
    share = networks_share(opinions)
    raw = [(1.0 - share if kind else share) / kinds.count(kind) for kind in kinds]
    total = sum(raw)
    return tuple(value / total for value in raw) if total > 0 else (1 / len(opinions),) * len(opinions)


def combine(opinions: Sequence[Opinion], pooling: Pooling | None = None) -> tuple[float, Thresholds]:
    """Combine calibrated probabilities and bands by their weighted means.

    The weighted mean of calibrated probabilities is the linear opinion pool (Stone 1961): no model can be shouted down,
    and with two models it lies between them. The band is the mean of the bands for the same reason; for both, see
    :func:`weights`.

    Where a site profile is in force, it says how: what is not heard has no part in it.

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
    if pooling is not None:
        known = [opinion for opinion, is_heard in zip(opinions, heard(opinions), strict=True) if is_heard]
        weighed = any(pooling.weight(opinion) > 0 for opinion in known)
        return pooling.probability(known if weighed else opinions), pooling.thresholds
    weighted = tuple(zip(weights(opinions), opinions, strict=True))
    low = sum(weight * opinion.thresholds.low for weight, opinion in weighted)
    high = sum(weight * opinion.thresholds.high for weight, opinion in weighted)
    return sum(weight * opinion.probability for weight, opinion in weighted), Thresholds(low, high)


def reasons_for_doubt(
    opinions: Sequence[Opinion],
    quality: QualityReport,
    probability: float,
    thresholds: Thresholds,
    naming: Naming | None = None,
    pooling: Pooling | None = None,
) -> tuple[UnsureReason, ...]:
    """Why the program should abstain, most serious first; empty when it need not.

    A cell that is unlike those that a leukemia model knows is decided only where opinions that know it remain and a
    confident name says the same. A confident name that says the opposite is a disagreement, and *leukemic* needs a name
    that leans to blast at least. An opinion that the site profile in force does not weigh disagrees with nobody.
    """
    verdict = thresholds.label(probability)
    named = verdict_of_name(naming)
    known = [opinion for opinion, is_heard in zip(opinions, heard(opinions), strict=True) if is_heard]
    weighed = [opinion for opinion in known if pooling is None or pooling.weight(opinion) > 0]
    said = {opinion.label for opinion in weighed} | ({named} if named is not None else set())
    foreign = is_foreign(naming)
    unlike = not foreign and len(known) < len(opinions)
    another = verdict is Label.LEUKEMIC and naming is not None and names_another(naming)
    found = {
        UnsureReason.IMAGE_QUALITY: quality.verdict is QualityVerdict.REFUSE,
        UnsureReason.FOREIGN: foreign,
        UnsureReason.NOVELTY: unlike and not (known and named is not None and named is verdict),
        UnsureReason.DISAGREEMENT: another or {Label.LEUKEMIC, Label.HEALTHY} <= said,
        UnsureReason.BAND: verdict is Label.UNSURE,
    }
    return tuple(reason for reason, holds in found.items() if holds)


def is_foreign(naming: Naming | None) -> bool:
    """Whether a cell is unlike all that the differential knows, whatever it is named."""
    return naming is not None and _is_beyond(naming.novelty)


def verdict_of_name(naming: Naming | None) -> Label | None:
    """What a confident name says about leukemia; ``None`` when it says nothing.

    Only a bundle that knows blasts can say that a mononuclear cell is none.
    """
    if naming is None or BLAST not in naming.probabilities or not naming.is_confident or is_foreign(naming):
        return None
    return {BLAST: Label.LEUKEMIC, LYMPHOCYTE: Label.HEALTHY, MONOCYTE: Label.HEALTHY}.get(naming.code)


def names_another(naming: Naming) -> bool:
    """Whether a bundle that knows blasts holds another mononuclear cell for more probable."""
    return BLAST in naming.probabilities and naming.code in (LYMPHOCYTE, MONOCYTE)


def is_normal_by_name(naming: Naming, opinions: Sequence[Opinion]) -> bool:
    """Whether a mononuclear cell is one that the leukemia models know nothing of: a monocyte.

    They, and the figures of shape, learned to tell blasts from lymphocytes: by its size every monocyte is a blast to
    them. Networks that know cells like it are heard all the same.
    """
    if verdict_of_name(naming) is not Label.HEALTHY or naming.code != MONOCYTE:
        return False
    pairs = zip(opinions, heard(opinions), strict=True)
    return not any(is_heard for opinion, is_heard in pairs if not opinion.figures)


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

    A granulocyte that is named with confidence is healthy: *normal: neutrophil*; so is a monocyte that no leukemia
    model knows, whose opinions are left out, but not what was measured. A precursor, something that is no white cell
    (by its name, or a smudge to the search for cells) and a cell that cannot be named are left to a person. The
    leukemia models' verdict stands for the others.

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
    naming, opinions, measured = judgement.naming, judgement.opinions, judgement.measured
    if naming is not None and is_normal_by_name(naming, opinions):
        measured = tuple(replace(one, contribution=0.0) for one in figures_in(opinions))
        opinions = ()
    doubts = () if naming is None else naming_doubts(naming)
    if is_smudge(cell, naming) and UnsureReason.NO_WHITE_CELL not in doubts:
        doubts = (UnsureReason.NO_WHITE_CELL, *doubts)
    if naming is not None and not opinions:
        refused = quality.verdict is QualityVerdict.REFUSE
        foreign = (UnsureReason.FOREIGN,) if is_foreign(naming) else ()
        unsure = (*((UnsureReason.IMAGE_QUALITY,) if refused else ()), *foreign, *doubts)
        label = Label.UNSURE if unsure else Label.HEALTHY
        return Finding(cell, (), label, None, NO_BAND, unsure, cell_image, naming, measured)
    pooling = judgement.pooling
    probability, thresholds = combine(opinions, pooling)
    unsure = (*doubts, *reasons_for_doubt(opinions, quality, probability, thresholds, naming, pooling))
    label = Label.UNSURE if unsure else thresholds.label(probability)
    return Finding(cell, tuple(opinions), label, probability, thresholds, unsure, cell_image, naming)
