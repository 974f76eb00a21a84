"""Figures of a run, from cells that the judged weights never saw, each fold calibrated on the other folds."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from leukoscope.domain.statistics import wilson_interval
from leukoscope.inference.manifest import Band
from training.calibrate import OutOfFold, calibration_for, out_of_fold, probabilities
from training.figures import Interval, Labels, Values, bootstrap, figures
from training.run import RunFolder, write_json


def evaluate(run: RunFolder) -> dict[str, Any]:
    """Write and return ``report.json``: figures per fold, their mean, all folds together, and per subject."""
    cells = out_of_fold(run)
    numbers = sorted(set(cells.fold.tolist()))
    calibrated = np.empty(cells.logits.size)
    bands: dict[int, Band] = {}
    folds: dict[str, Any] = {}
    for number in numbers:
        chosen = cells.fold == number
        calibration, band = calibration_for(run, cells, number)
        calibrated[chosen] = probabilities(cells.logits[chosen], calibration)
        bands[number] = band
        part = cells.where(chosen)
        folds[str(number)] = {
            "subjects": _subjects(part),
            "calibration": calibration.model_dump(),
            "band": band.model_dump(),
            "figures": _with_intervals(part, calibrated[chosen], band),
        }
    report = {
        "split": run.config.split.kind,
        "cells": int(cells.labels.size),
        "folds": folds,
        "mean_of_folds": {
            name: float(np.mean([fold["figures"][name]["value"] for fold in folds.values()]))
            for name in next(iter(folds.values()))["figures"]
        },
        "overall": _overall(cells, calibrated, bands),
        "per_subject": _per_subject(cells, calibrated),
    }
    write_json(run.path / "report.json", report)
    return report


def _subjects(cells: OutOfFold) -> dict[str, list[str]]:
    return {
        name: sorted(set(cells.subjects[cells.labels == label].tolist()))
        for label, name in ((0, "healthy"), (1, "leukemic"))
    }


def _with_intervals(cells: OutOfFold, calibrated: Values, band: Band) -> dict[str, dict[str, float]]:
    drawn = bootstrap(cells.labels, cells.subjects, lambda rows: figures(cells.labels[rows], calibrated[rows], band))
    return {name: asdict(interval) for name, interval in drawn.items()}


def _overall(cells: OutOfFold, calibrated: Values, bands: dict[int, Band]) -> dict[str, dict[str, float]]:
    """All held-out cells together; each is decided or unsure by the band of its own fold."""

    def figure(rows: NDArray[np.int64]) -> dict[str, float]:
        labels: Labels = cells.labels[rows]
        low = np.array([bands[number].low for number in cells.fold[rows]])
        high = np.array([bands[number].high for number in cells.fold[rows]])
        decided = (calibrated[rows] <= low) | (calibrated[rows] >= high)
        right = (calibrated[rows] >= 0.5) == labels
        whole = figures(labels, calibrated[rows], Band(low=0.5, high=0.5))
        return whole | {"decided_share": float(decided.mean()), "decided_accuracy": float(right[decided].mean())}

    drawn = bootstrap(cells.labels, cells.subjects, figure)
    return {name: asdict(interval) for name, interval in drawn.items()}


def _per_subject(cells: OutOfFold, calibrated: Values) -> list[dict[str, Any]]:
    rows = []
    for subject in sorted(set(cells.subjects.tolist())):
        chosen = cells.subjects == subject
        right = int(((calibrated[chosen] >= 0.5) == cells.labels[chosen]).sum())
        n = int(chosen.sum())
        interval = Interval(right / n, *wilson_interval(right, n), n)
        label = int(cells.labels[chosen][0])
        mean = float(calibrated[chosen].mean())
        rows.append({"subject": subject, "label": label, "mean_probability": mean, "accuracy": asdict(interval)})
    return rows
