"""What turns logits into probabilities and decisions: temperature, the naming threshold and the gate. Pure."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar

from leukoscope.domain.findings import spared_probability
from leukoscope.inference.manifest import GatePoint
from leukoscope.inference.namings import softmax

Probabilities = NDArray[np.float64]
LEAST_SURE = 0.7
"""Nothing is named with less, however few errors were seen among few cells."""
_LEAST_NAMED = 20
CURVE = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999)


def find_temperature(logits: NDArray[np.float32], labels: NDArray[np.int64]) -> float:
    """The temperature of least log loss, every class weighted alike (Guo et al. 2017)."""
    weights = 1.0 / np.bincount(labels)[labels]
    rows = np.arange(labels.size)

    def loss(logarithm: float) -> float:
        p = softmax(logits, float(np.exp(logarithm)))[rows, labels]
        return float(np.average(-np.log(np.maximum(p, 1e-12)), weights=weights))

    return float(np.exp(minimize_scalar(loss, bounds=(-2.0, 2.0), method="bounded").x))


def naming_threshold(probabilities: Probabilities, labels: NDArray[np.int64], right: float) -> float:
    """Least probability from which on the cells that are named are right with the wanted accuracy, classes alike.

    At least 0.5; 0.99 when no threshold reaches it.
    """
    best, named = probabilities.max(axis=1), probabilities.argmax(axis=1)
    weights = 1.0 / np.bincount(labels)[labels]
    for threshold in np.arange(0.5, 0.99, 0.01):
        chosen = best >= threshold
        if chosen.any() and np.average((named == labels)[chosen], weights=weights[chosen]) >= right:
            return float(round(threshold, 2))
    return 0.99


def class_thresholds(
    probabilities: Probabilities, labels: NDArray[np.int64], right: float, fallback: float
) -> NDArray[np.float64]:
    """For each class, shape (classes,), the least probability from which on cells named so are right as wanted.

    True classes weigh alike among them. At least ``LEAST_SURE``; ``fallback`` where no threshold reaches it with
    ``_LEAST_NAMED`` cells.
    """
    best, named = probabilities.max(axis=1), probabilities.argmax(axis=1)
    weights = 1.0 / np.bincount(labels, minlength=probabilities.shape[1])[labels]
    found = np.full(probabilities.shape[1], fallback)
    for code in range(found.size):
        for threshold in np.arange(LEAST_SURE, 0.99, 0.01):
            chosen = (named == code) & (best >= threshold)
            if chosen.sum() < _LEAST_NAMED:
                break
            if np.average((labels == code)[chosen], weights=weights[chosen]) >= right:
                found[code] = round(float(threshold), 2)
                break
    return found


def spared(probabilities: Probabilities, classes: Sequence[str]) -> NDArray[np.float64]:
    """Probability of each cell, shape (n,), that the leukemia models need not be asked about it."""
    takes = np.array([spared_probability({code: 1.0}) for code in classes])
    return np.asarray(probabilities @ takes)


def gate_threshold(of_leukemic: NDArray[np.float64], kept_out: float) -> float:
    """Least threshold of the spared probability that at most a share ``kept_out`` of leukemic cells reaches.

    At least 0.5: what is more probably mononuclear than not is always asked about.
    """
    ordered = np.sort(of_leukemic)[::-1]
    allowed = int(np.floor(kept_out * ordered.size))
    return float(max(0.5, np.nextafter(ordered[allowed], 2.0)))


def gate_curve(of_leukemic: NDArray[np.float64], of_spared: NDArray[np.float64]) -> tuple[GatePoint, ...]:
    """The gate at several thresholds: shares of leukemic cells and of cells to be spared that it keeps out."""
    return tuple(
        GatePoint(
            threshold=threshold,
            leukemic_kept_out=float((of_leukemic >= threshold).mean()),
            spared=float((of_spared >= threshold).mean()),
        )
        for threshold in CURVE
    )
