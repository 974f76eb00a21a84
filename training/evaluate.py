"""Figures of a run, from cells that the judged weights never saw, each fold calibrated on the other folds."""

from __future__ import annotations

from dataclasses import asdict
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from leukoscope.domain.statistics import wilson_interval
from leukoscope.inference.manifest import Band
from training.calibrate import OutOfFold, calibration_for, out_of_fold, probabilities
from training.figures import Interval, Labels, Values, bootstrap, figures, interval
from training.run import RunFolder, write_json


def evaluate(run: RunFolder) -> dict[str, Any]:
    """Write and return ``report.json``: figures per fold, their mean, all folds together, and per subject."""
    cells = out_of_fold(run)
    calibrated = np.empty(cells.logits.size)
    bands: dict[int, Band] = {}
    folds: dict[str, Any] = {}
    drawn: list[dict[str, Values]] = []
    for number in sorted(set(cells.fold.tolist())):
        chosen = cells.fold == number
        calibration, band = calibration_for(run, cells, number)
        calibrated[chosen] = probabilities(cells.logits[chosen], calibration)
        bands[number] = band
        part = cells.where(chosen)
        figure = partial(_figures_of, part.labels, calibrated[chosen], band)
        drawn.append(bootstrap(part.labels, part.subjects, figure, seed=run.config.seed))
        folds[str(number)] = {
            "subjects": _subjects(part),
            "calibration": calibration.model_dump(),
            "band": band.model_dump(),
            "figures": _with_intervals(figure(np.arange(part.labels.size)), drawn[-1], part.labels.size),
        }
    report = {
        "split": run.config.split.kind,
        "cells": int(cells.labels.size),
        "folds": folds,
        "mean_of_folds": _mean(folds, drawn, cells.labels.size),
        "pooled": _pooled(cells, calibrated, bands, run.config.seed),
        "per_subject": _per_subject(cells, calibrated),
    }
    write_json(run.path / "report.json", report)
    return report


def _figures_of(labels: Labels, calibrated: Values, band: Band, rows: NDArray[np.int64]) -> dict[str, float]:
    return figures(labels[rows], calibrated[rows], band)


def _with_intervals(values: dict[str, float], drawn: dict[str, Values], n: int) -> dict[str, dict[str, float]]:
    return {name: asdict(interval(value, drawn[name], n)) for name, value in values.items()}


def _mean(folds: dict[str, Any], drawn: list[dict[str, Values]], n: int) -> dict[str, dict[str, float]]:
    """Mean of the folds' figures; its interval from the mean of independent bootstraps of the folds."""
    names = drawn[0]
    values = {name: float(np.mean([f["figures"][name]["value"] for f in folds.values()])) for name in names}
    means = {name: np.asarray(np.mean([d[name] for d in drawn], axis=0)) for name in names}
    return _with_intervals(values, means, n)


def _subjects(cells: OutOfFold) -> dict[str, list[str]]:
    return {
        name: sorted(set(cells.subjects[cells.labels == label].tolist()))
        for label, name in ((0, "healthy"), (1, "leukemic"))
    }


def _pooled(cells: OutOfFold, calibrated: Values, bands: dict[int, Band], seed: int) -> dict[str, dict[str, float]]:
    """All held-out cells together; each is decided or unsure by the band of its own fold."""

    def figure(rows: NDArray[np.int64]) -> dict[str, float]:
        labels: Labels = cells.labels[rows]
        low = np.array([bands[number].low for number in cells.fold[rows]])
        high = np.array([bands[number].high for number in cells.fold[rows]])
        decided = (calibrated[rows] <= low) | (calibrated[rows] >= high)
        right = (calibrated[rows] >= 0.5) == labels
        whole = figures(labels, calibrated[rows], Band(low=0.5, high=0.5))
        return whole | {"decided_share": float(decided.mean()), "decided_accuracy": float(right[decided].mean())}

    drawn = bootstrap(cells.labels, cells.subjects, figure, seed=seed)
    return _with_intervals(figure(np.arange(cells.labels.size)), drawn, cells.labels.size)


def _per_subject(cells: OutOfFold, calibrated: Values) -> list[dict[str, Any]]:
    rows = []
    for subject in sorted(set(cells.subjects.tolist()), key=lambda s: (not s.isdigit(), len(s), s)):
        chosen = cells.subjects == subject
        right = int(((calibrated[chosen] >= 0.5) == cells.labels[chosen]).sum())
        n = int(chosen.sum())
        accuracy = Interval(right / n, *wilson_interval(right, n), n)
        label = int(cells.labels[chosen][0])
        mean = float(calibrated[chosen].mean())
        rows.append({"subject": subject, "label": label, "mean_probability": mean, "accuracy": asdict(accuracy)})
    return rows
