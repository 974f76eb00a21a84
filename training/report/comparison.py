"""Runs side by side: what differs in their configurations, their figures, and the paired difference to the first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from leukoscope.domain.errors import SettingsError
from training.metrics import ROUNDS, Labels, Values, areas, interval, resampled
from training.report.content import drawn_folds, fold_weights, mean_of_folds, with_intervals
from training.report.held_out import HeldOut, averaged, held_out_files, read_held_out
from training.run import RunFolder

LEAKY_HEADING = "Leaky split: same people on both sides; only for comparison with published figures"
_SHOWN = ("auroc", "auprc", "accuracy", "ece", "decided_share", "decided_accuracy")
_UNIMPORTANT = frozenset({"name", "title", "version"})
ABSENT = "–"


@dataclass(frozen=True)
class Row:
    """One run, or the average of all.

    Parameters
    ----------
    name
        The folder's name.
    leaky
        Dealt by image.
    differing
        Configuration key -> value, only keys in which the compared runs differ.
    folds
        Fold -> AUROC with interval.
    mean
        Figure -> mean of the folds with interval.
    difference
        AUROC less the first run's, mean of the folds, paired on the same cells; ``None`` for the first and where the
        folds do not hold the same cells.
    """

    name: str
    leaky: bool
    differing: dict[str, str]
    folds: dict[str, dict[str, float]]
    mean: dict[str, dict[str, float]]
    difference: dict[str, float] | None


def compare(runs: Sequence[RunFolder], *, average: bool) -> list[Row]:
    """One row for each run and, when asked for, one for their averaged calibrated probabilities.

    Raises
    ------
    SettingsError
        When no run is given, one has no finished fold, or runs of different cells or folds shall be averaged.
    """
    if not runs:
        raise SettingsError("Name at least one run to compare.")
    differing = differing_keys([_flat(run.config.model_dump(mode="json")) for run in runs])
    names = _distinct_names(runs)
    first: dict[bool, RunFolder] = {}
    rows = []
    for run, name, keys in zip(runs, names, differing, strict=True):
        leaky = run.config.split.kind == "image-leaky"
        cells = read_held_out(run)
        # A leaky run is measured against the first leaky one: its figures mean another thing.
        base = first.setdefault(leaky, run)
        paired = None if base is run or held_out_files(base) != held_out_files(run) else read_held_out(base)
        rows.append(_row(name, leaky, keys, cells, paired, run.config.seed))
    if average:
        if len(runs) < 2:
            raise SettingsError("An average needs at least two runs.")
        both = averaged(runs)
        leaky = runs[0].config.split.kind == "image-leaky"
        rows.append(_row("average of these", leaky, {}, both, read_held_out(runs[0]), runs[0].config.seed))
    return rows


def _row(name: str, leaky: bool, differing: dict[str, str], cells: HeldOut, first: HeldOut | None, seed: int) -> Row:
    drawn = drawn_folds(cells, fold_weights(cells, seed))
    mean = with_intervals(mean_of_folds(drawn), int(cells.labels.size))
    folds = {
        str(number): with_intervals({"auroc": named["auroc"]}, int((cells.fold == number).sum()))["auroc"]
        for number, named in drawn.items()
    }
    difference = None if first is None else paired_difference(first, cells, seed)
    return Row(name, leaky, differing, folds, {key: mean[key] for key in _SHOWN}, difference)


def paired_difference(first: HeldOut, second: HeldOut, seed: int) -> dict[str, float]:
    """Mean of the folds' AUROC of ``second`` less that of ``first``: each bootstrap sample is judged by both.

    Both must hold out the same cells in the same folds.
    """
    a, b = np.argsort(first.rows), np.argsort(second.rows)
    total = np.zeros(1 + ROUNDS)
    for number in first.numbers:
        own, other = a[first.fold[a] == number], b[second.fold[b] == number]
        weights = resampled(first.labels[own], first.subjects[own], seed=seed + number)
        total += _auroc(second, other, weights) - _auroc(first, own, weights)
    return asdict(interval(total / len(first.numbers), int(first.labels.size)))


def _auroc(cells: HeldOut, chosen: np.ndarray[Any, np.dtype[np.int64]], weights: Values) -> Values:
    labels: Labels = cells.labels[chosen]
    return areas(labels, cells.calibrated[chosen], weights)[0]


def differing_keys(configs: Sequence[dict[str, str]]) -> list[dict[str, str]]:
    """Of flat configurations, only the keys that are not the same in all."""
    keys = sorted({key for config in configs for key in config})
    kept = [key for key in keys if len({config.get(key, ABSENT) for config in configs}) > 1]
    return [{key: config.get(key, ABSENT) for key in kept} for config in configs]


def _flat(document: dict[str, Any], prefix: str = "") -> dict[str, str]:
    flat: dict[str, str] = {}
    for key, value in document.items():
        if not prefix and key in _UNIMPORTANT:
            continue
        if isinstance(value, dict):
            flat |= _flat(value, f"{prefix}{key}.")
        else:
            flat[f"{prefix}{key}"] = "none" if value is None else _text(value)
    return flat


def _text(value: object) -> str:
    return ", ".join(_text(v) for v in value) if isinstance(value, list | tuple) else str(value)


def _distinct_names(runs: Sequence[RunFolder]) -> list[str]:
    names = [run.path.resolve().name for run in runs]
    return names if len(set(names)) == len(names) else [str(run.path) for run in runs]
