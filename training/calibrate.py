"""From logits to probabilities that mean what they say, and the band in which the program abstains.

Fitted only on cells that the judged weights did not see: a fold's calibration comes from the other folds'
out-of-fold logits, the shipped one from all of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from leukoscope.domain.errors import SettingsError
from leukoscope.inference.manifest import Band, Calibration
from training.metrics import Labels, Values, sigmoid
from training.run import RunFolder, write_json
from training.splits import Fold


@dataclass(frozen=True, eq=False)
class OutOfFold:
    """Outputs for cells by weights that never saw their subjects.

    Parameters
    ----------
    rows
        Indices of the cells, shape (n,).
    fold
        Which fold's weights judged, shape (n,).
    labels, subjects, logits
        Shape (n,).
    """

    rows: NDArray[np.int64]
    fold: NDArray[np.int64]
    labels: Labels
    subjects: NDArray[np.str_]
    logits: Values

    def where(self, chosen: NDArray[np.bool_]) -> OutOfFold:
        """A part of the cells."""
        return OutOfFold(
            self.rows[chosen], self.fold[chosen], self.labels[chosen], self.subjects[chosen], self.logits[chosen]
        )


def out_of_fold(run: RunFolder) -> OutOfFold:
    """Gather every finished fold's held-out cells."""
    labels, subjects = run.cells()
    rows, numbers, logits = [], [], []
    for fold in run.done_folds():
        judged = held_out(run, fold)
        rows.append(judged[0])
        logits.append(judged[1])
        numbers.append(np.full(judged[0].size, fold.number))
    chosen = np.concatenate(rows)
    return OutOfFold(chosen, np.concatenate(numbers), labels[chosen], subjects[chosen], np.concatenate(logits))


def held_out(run: RunFolder, fold: Fold) -> tuple[NDArray[np.int64], Values]:
    """Rows and logits of one fold's held-out cells."""
    judgements = run.judgements(f"fold-{fold.number}")
    held = np.isin(judgements.rows, fold.test)
    return judgements.rows[held], judgements.logits[held]


def choosing_cells(run: RunFolder, fold: int) -> OutOfFold:
    """The cells that chose a fold's epoch, as its weights judge them; none of them trained."""
    labels, subjects = run.cells()
    judgements = run.judgements(f"fold-{fold}")
    chose = np.isin(judgements.rows, judgements.choosing)
    rows = judgements.rows[chose]
    return OutOfFold(rows, np.full(rows.size, fold), labels[rows], subjects[rows], judgements.logits[chose])


def person_weights(labels: Labels, subjects: NDArray[np.str_]) -> Values:
    """Every person of a class counts alike, and each class as much as it has cells; shape (n,), mean 1.

    The calibration is to hold for the next person's cells, so somebody with 757 cells has no more to say than
    somebody with 53. The classes keep their share, which a bias depends on.
    """
    _, person, counts = np.unique(subjects, return_inverse=True, return_counts=True)
    weights = 1.0 / counts[person]
    for label in (0, 1):
        chosen = labels == label
        if chosen.any():
            weights[chosen] *= chosen.sum() / weights[chosen].sum()
    return np.asarray(weights)


def fit_calibration(
    labels: Labels, logits: Values, *, with_bias: bool, fitted_on: str, weights: Values | None = None
) -> Calibration:
    """Temperature (Guo et al. 2017) and, if wanted, bias (Platt 1999) that minimize the negative log-likelihood.

    ``weights``, shape (n,), says how much each cell counts; ``None``: all alike.

    Raises
    ------
    SettingsError
        When a class is missing.
    """
    if np.unique(labels).size < 2:
        raise SettingsError("Calibration needs cells of both classes.")
    signs = 2.0 * labels - 1.0

    def loss(parameters: Values) -> float:
        bias = parameters[1] if with_bias else 0.0
        losses = np.logaddexp(0.0, -signs * (logits * np.exp(-parameters[0]) + bias))
        return float(np.average(losses, weights=weights))

    best = minimize(loss, np.zeros(2 if with_bias else 1), method="Nelder-Mead")
    return Calibration(
        temperature=float(np.clip(np.exp(best.x[0]), 0.05, 50.0)),
        bias=float(best.x[1]) if with_bias else 0.0,
        fitted_on=fitted_on,
        n=int(labels.size),
    )


def probabilities(logits: Values, calibration: Calibration) -> Values:
    """Calibrated probability of leukemic, shape of ``logits``."""
    return sigmoid(logits / calibration.temperature + calibration.bias)


def unsure_band(calibrated: Values, share: float) -> Band:
    """The band around one half that leaves out ``share`` of the given cells."""
    half = min(0.49, float(np.quantile(np.abs(calibrated - 0.5), share))) if share else 0.0
    return Band(low=0.5 - half, high=0.5 + half)


def calibration_for(run: RunFolder, cells: OutOfFold, fold: int | None) -> tuple[Calibration, Band]:
    """Calibration and band for one fold's judgements (from the other folds), or for the shipped weights (from all).

    A run with a single finished fold has no other. Then those cells serve that chose its epoch; where there are none,
    that fold's own cells, and ``fitted_on`` says so.
    """
    numbers: Sequence[int] = sorted(set(cells.fold.tolist()))
    others = cells.where(cells.fold != fold)
    if others.labels.size:
        used = [number for number in numbers if number != fold]
        what = f"out-of-fold cells of folds {', '.join(map(str, used))}"
    elif fold is not None and (chose := choosing_cells(run, fold)).labels.size:
        others, what = chose, f"the validation cells of fold {fold}, which chose its epoch"
    else:
        others, what = cells, "the judged cells themselves, for want of another fold"
    calibration = fit_calibration(
        others.labels,
        others.logits,
        with_bias=run.config.calibration == "platt",
        fitted_on=what,
        weights=person_weights(others.labels, others.subjects),
    )
    return calibration, unsure_band(probabilities(others.logits, calibration), run.config.unsure_share)


def calibrate(run: RunFolder) -> tuple[Calibration, Band]:
    """Calibrate the weights that ship and note it in ``calibration.json``."""
    calibration, band = calibration_for(run, out_of_fold(run), None)
    write_json(
        run.path / "calibration.json", {"calibration": calibration.model_dump(), "thresholds": band.model_dump()}
    )
    return calibration, band
