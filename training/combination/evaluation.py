"""Figures of the combined verdict over several dealings, each with a combination fitted on the other folds' people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from training.combination.fit import Combination, fit_combination, pooled
from training.combination.opinions import Dealing
from training.metrics import Values
from training.repeated_metrics import SHARES, Spread, accuracy_curve, dealt_figures, spread

TITLES = {
    "auroc_by_fold": "AUROC, mean of the folds",
    "auroc_pooled": "AUROC, pooled",
    "ece_by_fold": "ECE, mean of the folds",
    "ece_pooled": "ECE, pooled",
    "ece_balanced": "ECE, pooled, both classes alike",
    "accuracy": "accuracy",
    "decided": "decided",
    "accuracy_decided": "accuracy of decided",
    "blasts_called_healthy": "blasts called healthy",
    "healthy_called_leukemic": "healthy called leukemic",
}
"""Name of a figure -> how the report calls it."""


@dataclass(frozen=True)
class CombinationReport:
    """Figures of each opinion and of all together; the combination fitted on everybody is the one that ships."""

    shipped: Combination
    figures: dict[str, dict[str, Spread]]
    curve: dict[float, Spread]
    dealings: int
    cells: int


COMBINED = "combined"


def judge_combination(dealings: Sequence[Dealing]) -> CombinationReport:
    """Judge every opinion alone and all together."""
    rows: dict[str, list[dict[str, float]]] = {}
    curves = []
    for dealing in dealings:
        for said in dealing.said:
            found = _figures(dealing, said.probability, said.low, said.high)
            rows.setdefault(said.name, []).append(found)
        probability, low, high = _nested(dealing)
        rows.setdefault(COMBINED, []).append(_figures(dealing, probability, low, high))
        curves.append(accuracy_curve(dealing.labels, probability))
    everybody = [np.ones(dealing.labels.size, np.bool_) for dealing in dealings]
    return CombinationReport(
        fit_combination(dealings, everybody),
        {name: {key: spread([row[key] for row in found]) for key in found[0]} for name, found in rows.items()},
        {share: spread([curve[share] for curve in curves]) for share in SHARES},
        len(dealings),
        int(dealings[0].labels.size),
    )


def _nested(dealing: Dealing) -> tuple[Values, Values, Values]:
    """Combine each fold's cells with what was fitted on the other folds' people."""
    made = tuple(np.empty(dealing.labels.size) for _ in range(3))
    for number in sorted(set(dealing.fold.tolist())):
        own = dealing.fold == number
        combination = fit_combination([dealing], [~own])
        for target, values in zip(made, pooled(dealing, combination), strict=True):
            target[own] = values[own]
    return made[0], made[1], made[2]


def _figures(dealing: Dealing, probability: Values, low: Values, high: Values) -> dict[str, float]:
    decided = (probability < low) | (probability > high)
    found = dealt_figures(dealing.labels, dealing.fold, probability, probability, decided)
    return {TITLES[name]: value for name, value in found.items()}


def as_text(report: CombinationReport) -> str:
    """The report as a table."""
    names = list(report.figures)
    width = max(len(key) for key in report.figures[COMBINED]) + 2
    lines = [
        f"C-NMC, {report.cells:,} cells, {report.dealings} dealings of the people into folds: mean (lowest to highest)",
        "".ljust(width) + "".join(name.rjust(26) for name in names),
    ]
    for key in report.figures[COMBINED]:
        lines.append(key.ljust(width) + "".join(_shown(report.figures[name][key]).rjust(26) for name in names))
    lines += ["", "Accuracy of the surest cells, by the share that is decided (combined)"]
    lines += [f"{100 * share:3.0f} %  {_shown(value)}" for share, value in report.curve.items()]
    shipped = report.shipped
    lines += [
        "",
        f"Fitted on all held-out people: share of the networks {shipped.share:g}, falloff {shipped.falloff:g}",
    ]
    return "\n".join(lines)


def _shown(value: Spread) -> str:
    return f"{value.mean:.3f} ({value.low:.3f} to {value.high:.3f})"
