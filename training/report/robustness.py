"""The same figures when stain, light, optics, camera or size change: held-out cells, judged by their fold's weights."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np

from training.calibrate import probabilities
from training.metrics import Labels, Values, resampled, weighted_figures
from training.report.alterations import Alteration, alterations
from training.report.content import mean_of_folds, with_intervals
from training.report.fold_networks import FoldNetwork
from training.report.held_out import HeldOut, outside
from training.report.pixels import CellSource, balanced_sample

Say = Callable[[str], None]
SHOWN = ("auroc", "accuracy", "sensitivity", "specificity", "ece")
UNALTERED = "unaltered"


@dataclass(frozen=True, eq=False)
class _FoldTrial:
    """A fold's sample and its calibrated probabilities under every level, the unaltered first."""

    labels: Labels
    weights: Values
    calibrated: list[Values]
    number: int


def robustness(
    cells: HeldOut, source: CellSource, networks: dict[int, FoldNetwork], per_subject: int, say: Say
) -> dict[str, Any]:
    """Judge a subject-balanced sample under every alteration.

    Returns
    -------
    dict
        ``cells``, ``per_subject`` and ``levels``: kind, level, amount, figures (mean of folds, with intervals) and
        ``changed``, the share of cells that get another label than unaltered.
    """
    levels = alterations()
    trials = []
    for number in cells.numbers:
        trials.append(_fold_trial(cells, source, number, networks[number], per_subject, levels))
        say(f"robustness: fold {number}, {trials[-1].labels.size} cells under {len(levels)} changes")
    n = sum(trial.labels.size for trial in trials)
    rows = [
        {"kind": UNALTERED, "level": "", "amount": 0.0, **_row(trials, cells, 0, n)},
        *(
            {"kind": one.kind, "level": one.level, "amount": one.amount, **_row(trials, cells, index, n)}
            for index, one in enumerate(levels, start=1)
        ),
    ]
    return {"cells": n, "per_subject": per_subject, "levels": rows}


def _fold_trial(
    cells: HeldOut,
    source: CellSource,
    number: int,
    network: FoldNetwork,
    per_subject: int,
    levels: tuple[Alteration, ...],
) -> _FoldTrial:
    chosen = balanced_sample(cells, number, per_subject)
    crops = source.crops(cells.rows[chosen])
    calibrated = [probabilities(network.logits(crops), cells.calibrations[number])]
    with ThreadPoolExecutor() as pool:
        for level in levels:
            altered = np.stack(list(pool.map(level.change, crops)))
            calibrated.append(probabilities(network.logits(altered), cells.calibrations[number]))
    labels, subjects = cells.labels[chosen], cells.subjects[chosen]
    return _FoldTrial(labels, resampled(labels, subjects, seed=source.run.config.seed + number), calibrated, number)


def _row(trials: list[_FoldTrial], cells: HeldOut, index: int, n: int) -> dict[str, Any]:
    drawn = {}
    for trial in trials:
        now, before = trial.calibrated[index], trial.calibrated[0]
        decided = outside(now, cells.bands[trial.number])
        named = weighted_figures(trial.labels, now, decided, trial.weights)
        changed = ((now >= 0.5) != (before >= 0.5)).astype(np.float64)
        drawn[trial.number] = {name: named[name] for name in SHOWN} | {
            "changed": trial.weights @ changed / trial.weights.sum(axis=1)
        }
    return with_intervals(mean_of_folds(drawn), n)


def worst(report: dict[str, Any]) -> dict[str, Any]:
    """The level with the lowest AUROC."""
    altered = [row for row in report["levels"] if row["kind"] != UNALTERED]
    found: dict[str, Any] = min(altered, key=lambda row: row["auroc"]["value"])
    return found
