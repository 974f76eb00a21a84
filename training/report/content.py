"""The numbers of a report: every figure per fold, as the mean of the folds, over all cells, and per subject."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from leukoscope.domain.statistics import wilson_interval
from training.metrics import Interval, Labels, Values, interval, resampled, weighted_figures
from training.report.held_out import HeldOut

Named = dict[str, dict[str, float]]
"""Figure -> value, low, high, n."""


def with_intervals(drawn: dict[str, Values], n: int) -> Named:
    """Named bootstraps (first the cells as they are) -> named figures with their intervals."""
    return {name: asdict(interval(values, n)) for name, values in drawn.items()}


def fold_weights(cells: HeldOut, seed: int) -> dict[int, Values]:
    """Bootstrap weights of each fold's own cells, shape (1 + rounds, cells of the fold)."""
    return {
        number: resampled(cells.labels[cells.fold == number], cells.subjects[cells.fold == number], seed=seed + number)
        for number in cells.numbers
    }


def drawn_folds(cells: HeldOut, weights: dict[int, Values]) -> dict[int, dict[str, Values]]:
    """Bootstrapped figures of each fold."""
    drawn = {}
    for number in cells.numbers:
        chosen = cells.fold == number
        drawn[number] = weighted_figures(
            cells.labels[chosen], cells.calibrated[chosen], cells.decided[chosen], weights[number], cells.raw[chosen]
        )
    return drawn


def mean_of_folds(drawn: dict[int, dict[str, Values]]) -> dict[str, Values]:
    """Mean of the folds' figures in every bootstrap round; the folds are resampled independently."""
    folds = list(drawn.values())
    return {name: np.asarray(np.mean([fold[name] for fold in folds], axis=0)) for name in folds[0]}


def figures_of(cells: HeldOut, seed: int) -> dict[str, Any]:
    """Folds, their mean, all cells together, and each subject."""
    drawn = drawn_folds(cells, fold_weights(cells, seed))
    whole = weighted_figures(
        cells.labels, cells.calibrated, cells.decided, resampled(cells.labels, cells.subjects, seed=seed), cells.raw
    )
    n = int(cells.labels.size)
    return {
        "cells": n,
        "folds": {str(number): _fold(cells, number, drawn[number]) for number in cells.numbers},
        "mean_of_folds": with_intervals(mean_of_folds(drawn), n),
        "pooled": with_intervals(whole, n),
        "confusion": confusion(cells.labels, cells.calibrated),
        "per_subject": per_subject(cells),
    }


def _fold(cells: HeldOut, number: int, drawn: dict[str, Values]) -> dict[str, Any]:
    chosen = cells.fold == number
    calibration = cells.calibrations.get(number)
    return {
        "subjects": subjects_of(cells.labels[chosen], cells.subjects[chosen]),
        "calibration": calibration.model_dump() if calibration else None,
        "band": cells.bands[number].model_dump(),
        "figures": with_intervals(drawn, int(chosen.sum())),
        "confusion": confusion(cells.labels[chosen], cells.calibrated[chosen]),
    }


def forget_people(report: dict[str, Any]) -> None:
    """Take out what goes by person, where each cell counted as one because nobody is named."""
    report["per_subject"] = []
    for fold in report["folds"].values():
        fold["subjects"] = {}


def subjects_of(labels: Labels, subjects: NDArray[np.str_]) -> dict[str, list[str]]:
    """Names of the subjects of each class."""
    return {
        name: sorted(set(subjects[labels == label].tolist()), key=lambda s: (len(s), s))
        for label, name in ((0, "healthy"), (1, "leukemic"))
    }


def confusion(labels: Labels, calibrated: Values) -> dict[str, int]:
    """Counts at the threshold 0.5."""
    said = calibrated >= 0.5
    leukemic = labels == 1
    return {
        "leukemic_called_leukemic": int((leukemic & said).sum()),
        "leukemic_called_healthy": int((leukemic & ~said).sum()),
        "healthy_called_leukemic": int((~leukemic & said).sum()),
        "healthy_called_healthy": int((~leukemic & ~said).sum()),
    }


def per_subject(cells: HeldOut) -> list[dict[str, Any]]:
    """Share of right cells (Wilson interval), share decided and mean probability of each subject."""
    rows = []
    for subject in sorted(set(cells.subjects.tolist()), key=lambda s: (not s.isdigit(), len(s), s)):
        chosen = cells.subjects == subject
        n = int(chosen.sum())
        right = int(((cells.calibrated[chosen] >= 0.5) == cells.labels[chosen]).sum())
        rows.append(
            {
                "subject": subject,
                "label": int(cells.labels[chosen][0]),
                "fold": int(cells.fold[chosen][0]),
                "mean_probability": float(cells.calibrated[chosen].mean()),
                "decided_share": float(cells.decided[chosen].mean()),
                "accuracy": asdict(Interval(right / n, *wilson_interval(right, n), n)),
            }
        )
    return rows
