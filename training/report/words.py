"""How the report names its figures and what it says of them."""

from __future__ import annotations

import math
from typing import Any

TITLES = {
    "auroc": "AUROC",
    "auprc": "AUPRC (average precision)",
    "accuracy": "Accuracy at 0.5",
    "balanced_accuracy": "Balanced accuracy",
    "sensitivity": "Sensitivity",
    "specificity": "Specificity",
    "precision": "Precision",
    "negative_predictive_value": "Negative predictive value",
    "f1": "F1",
    "weighted_f1": "Weighted F1",
    "mcc": "Matthews correlation",
    "brier": "Brier score, calibrated",
    "brier_uncalibrated": "Brier score, before calibration",
    "ece": "ECE, calibrated",
    "ece_uncalibrated": "ECE, before calibration",
    "decided_share": "Share decided",
    "decided_accuracy": "Accuracy of decided cells",
    "changed": "Other label than unaltered",
}
BY_IMAGE = (
    "Split by picture: people may be on both sides. Nobody is named in these pictures; copies of one picture were kept "
    "on one side, but how the figures hold for a new person's cells is not known, and they are probably too good."
)
LIMITS = (
    "Decision support for research and evaluation, not a medical device. A person qualified to do so decides about "
    "each cell.",
    "All cells come from one data set. Cells of another laboratory, stain, camera or kind of microscope were not "
    "tried; the changes under “Robustness” only imitate them.",
    "A map shows where the network's evidence lies. It does not prove that the evidence is biology.",
)


def shown(value: float, digits: int = 3) -> str:
    """A number as the page prints it; a dash where there is none."""
    return "–" if not math.isfinite(value) else f"{value:.{digits}f}".replace("-", "−")


def signed(value: float) -> str:
    """A difference as the page prints it."""
    return "–" if not math.isfinite(value) else f"{value:+.3f}".replace("-", "−")


def spread(figure: dict[str, float], digits: int = 3) -> str:
    """The 95 % interval as the page prints it."""
    return f"{shown(figure['low'], digits)} to {shown(figure['high'], digits)}"


def key_figures(report: dict[str, Any]) -> list[dict[str, Any]]:
    """Four figures, the mean of the folds, each with what it means."""
    mean = report["mean_of_folds"]
    pairs, decided = mean["auroc"]["value"], mean["decided_share"]["value"]
    right = percent(mean["decided_accuracy"]["value"])
    return [
        _key(
            "auroc",
            mean,
            f"Of a leukemic and a healthy cell drawn at random, the leukemic one gets the higher probability in "
            f"{percent(pairs)} of such pairs.",
        ),
        _key("decided_accuracy", mean, f"Right in {right} of the cells that it decides: {percent(decided)} of all."),
        _key(
            "ece",
            mean,
            f"A probability is off by {_points(mean['ece']['value'])} on average; before calibration by "
            f"{_points(mean['ece_uncalibrated']['value'])}.",
        ),
        _key(
            "sensitivity",
            mean,
            f"Of leukemic cells {percent(mean['sensitivity']['value'])}, of healthy ones "
            f"{percent(mean['specificity']['value'])} (specificity) get the right name at the threshold 0.5.",
        ),
    ]


def _key(name: str, mean: dict[str, Any], words: str) -> dict[str, Any]:
    return {"title": TITLES[name], "figure": mean[name], "words": words}


def percent(share: float) -> str:
    """A share as the page prints it."""
    return "an unknown share" if not math.isfinite(share) else f"{100 * share:.0f} %"


def _points(error: float) -> str:
    return f"{100 * error:.1f} percentage points"
