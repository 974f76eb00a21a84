"""Proof by leaving patients out: what a lesson is worth beside the shipped models, on the same cells."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from leukoscope.domain.findings import Label
from leukoscope.domain.judgements import Judgement
from leukoscope.domain.site_labels import ENOUGH_CELLS, ENOUGH_PATIENTS
from leukoscope.domain.site_steps import OnStep, TeachStage, TeachStep, nobody_listens
from leukoscope.inference.manifest import Manifest
from leukoscope.site.cells import UNKNOWN, Labels, Names, SiteCells, Values
from leukoscope.site.fit import classes_of, fit, sides_of, teachable
from leukoscope.site.folds import deal
from leukoscope.site.metrics import Estimate, Rows, auroc, balanced_accuracy, calibration_error, estimate, rounds
from leukoscope.site.speaking import Spoken, spoken, taught_judgements

OUTER_FOLDS = 5
BETTER, NO_BETTER, TOO_FEW = "better", "no better", "too few to tell"


@dataclass(frozen=True)
class LeukemiaFigures:
    """What one side of a comparison is worth on the question of leukemia.

    ``share_decided`` of all cells got a verdict, ``right`` of these were right.
    """

    auroc: Estimate
    sensitivity: Estimate
    specificity: Estimate
    ece: float
    share_decided: Estimate
    right: Estimate


@dataclass(frozen=True)
class ClassFigures:
    """What one side is worth in naming: ``confusion`` says which class was called what, and how often."""

    balanced_accuracy: Estimate
    confusion: Mapping[tuple[str, str], int]


@dataclass(frozen=True)
class Comparison:
    """Shipped models and lesson on the same cells.

    Parameters
    ----------
    shipped, taught
        Figures of each; ``None`` where the cells do not answer the question.
    gain
        Of the lesson over the shipped models: AUROC, or balanced accuracy; with its interval over patients.
    """

    shipped: LeukemiaFigures | ClassFigures
    taught: LeukemiaFigures | ClassFigures
    gain: Estimate
    verdict: str
    cells: int
    patients: int


@dataclass(frozen=True)
class Proof:
    """What was proven of leukemia and of classes; ``None`` where the cells do not answer the question."""

    leukemia: Comparison | None
    classes: Comparison | None

    @property
    def verdict(self) -> str:
        """*better* where one question is answered better and none worse; *too few to tell* where nothing can be."""
        found = [one for one in (self.leukemia, self.classes) if one is not None and one.verdict != TOO_FEW]
        if not found:
            return TOO_FEW
        worse = any(one.gain.high < 0 for one in found)
        return BETTER if not worse and any(one.verdict == BETTER for one in found) else NO_BETTER


def prove(
    cells: SiteCells, manifests: Mapping[str, Manifest], wanted: float, on_step: OnStep = nobody_listens
) -> Proof:
    """Teach in turn without some of the patients, and ask about theirs.

    Everything is learned anew each time: heads, how much they are shrunk, calibration, combination, band and novelty.

    Parameters
    ----------
    cells, manifests, wanted
        As :func:`leukoscope.site.fit.fit` has them.
    on_step
        Told where it is; may raise to stop.
    """
    groups = _groups(cells)
    folds = deal(groups, cells.subjects, OUTER_FOLDS)
    said: list[Judgement | None] = [None] * len(cells)
    for number in np.unique(folds):
        on_step(TeachStep(TeachStage.PROVING, int(number) + 1, int(folds.max()) + 1))
        held = np.flatnonzero(folds == number)
        lesson = fit(cells.rows(folds != number), manifests, wanted)
        for place, judgement in zip(held, taught_judgements(cells.rows(held), lesson), strict=True):
            said[place] = judgement
    return compare(cells, [one for one in said if one is not None])


def _groups(cells: SiteCells) -> Names:
    """What is dealt apart: classes where they were named of enough patients, else sides; the others lie among them."""
    codes, sides = classes_of(cells), sides_of(cells)
    named = teachable(codes, cells.subjects)
    groups = np.where(np.isin(codes, named), codes, sides)
    counts = teachable(groups, cells.subjects)
    return np.where(np.isin(groups, counts), groups, str(counts[0]) if counts else "all").astype(np.str_)


def compare(cells: SiteCells, taught: Sequence[Judgement]) -> Proof:
    """Hold what a lesson says of cells that it was not taught with against what the shipped models say."""
    shipped = [spoken(one) for one in cells.shipped]
    new = [spoken(one) for one in taught]
    return Proof(_leukemia(cells, shipped, new), _classes(cells, shipped, new))


def _leukemia(cells: SiteCells, shipped: Sequence[Spoken], new: Sequence[Spoken]) -> Comparison | None:
    rows = np.flatnonzero(cells.verdicts != UNKNOWN)
    rows = np.array([row for row in rows.tolist() if shipped[row].probability is not None], np.int64)
    labels, subjects = cells.verdicts[rows], cells.subjects[rows]
    if np.unique(labels).size < 2:
        return None
    samples = rounds(sides_of(cells)[rows], subjects)
    before, after = (_probabilities(several, rows) for several in (shipped, new))

    def gained(chosen: Rows) -> float:
        return auroc(labels[chosen], after[chosen]) - auroc(labels[chosen], before[chosen])

    gain = estimate(samples, len(rows), gained)
    few = _too_few([subjects[labels == side] for side in (0, 1)])
    figures = [
        _leukemia_figures(labels, shares, [several[row].finding.label for row in rows.tolist()], samples)
        for shares, several in ((before, shipped), (after, new))
    ]
    return Comparison(figures[0], figures[1], gain, _verdict(gain, few), len(rows), np.unique(subjects).size)


def _probabilities(said: Sequence[Spoken], rows: NDArray[np.int64]) -> Values:
    return np.array([said[row].probability for row in rows.tolist()], np.float64)


def _leukemia_figures(
    labels: Labels, probabilities: Values, verdicts: Sequence[Label], samples: list[Rows]
) -> LeukemiaFigures:
    n = len(labels)
    said = probabilities > 0.5
    decided = np.array([one is not Label.UNSURE for one in verdicts])
    right = np.array([(one is Label.LEUKEMIC) == bool(label) for one, label in zip(verdicts, labels, strict=True)])

    def among(part: NDArray[np.bool_], of: NDArray[np.bool_]) -> Callable[[Rows], float]:
        return lambda rows: float(part[rows][of[rows]].mean()) if of[rows].any() else float("nan")

    return LeukemiaFigures(
        estimate(samples, n, lambda rows: auroc(labels[rows], probabilities[rows])),
        estimate(samples, n, among(said, labels == 1)),
        estimate(samples, n, among(~said, labels == 0)),
        calibration_error(labels, probabilities),
        estimate(samples, n, lambda rows: float(decided[rows].mean())),
        estimate(samples, n, among(right, decided)),
    )


def _classes(cells: SiteCells, shipped: Sequence[Spoken], new: Sequence[Spoken]) -> Comparison | None:
    codes = classes_of(cells)
    there = np.isin(codes, teachable(codes, cells.subjects))
    rows = np.flatnonzero(there)
    truth, subjects = codes[rows], cells.subjects[rows]
    if np.unique(truth).size < 2:
        return None
    places = rows.tolist()
    before, after = (np.array([several[row].code or "" for row in places], np.str_) for several in (shipped, new))
    samples = rounds(truth, subjects)

    def gained(chosen: Rows) -> float:
        first, second = (balanced_accuracy(truth[chosen], one[chosen]) for one in (before, after))
        return second - first

    gain = estimate(samples, len(rows), gained)
    few = _too_few([subjects[truth == code] for code in np.unique(truth)])
    figures = [_class_figures(truth, named, samples) for named in (before, after)]
    return Comparison(figures[0], figures[1], gain, _verdict(gain, few), len(rows), np.unique(subjects).size)


def _class_figures(truth: Names, named: Names, samples: list[Rows]) -> ClassFigures:
    pairs, counts = np.unique(np.column_stack([truth, named]), axis=0, return_counts=True)
    confusion = {(str(one[0]), str(one[1])): int(count) for one, count in zip(pairs, counts, strict=True)}
    return ClassFigures(
        estimate(samples, len(truth), lambda rows: balanced_accuracy(truth[rows], named[rows])), confusion
    )


def _too_few(groups: Sequence[Names]) -> bool:
    return any(len(group) < ENOUGH_CELLS or np.unique(group).size < ENOUGH_PATIENTS for group in groups)


def _verdict(gain: Estimate, few: bool) -> str:
    if few or not np.isfinite(gain.low):
        return TOO_FEW
    return BETTER if gain.low > 0 else NO_BETTER
