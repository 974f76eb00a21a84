"""Logistic regression on figures of shape, and what it says of people whom it has not seen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from leukoscope.inference.manifest import Band, Calibration
from training.calibrate import fit_calibration, person_weights, probabilities, unsure_band
from training.dealings import different_dealings
from training.lymphocytes import is_taught
from training.shape.config import ShapeConfig
from training.shape.measuring import Measured, Values
from training.splits import Fold


@dataclass(frozen=True, eq=False)
class Regression:
    """Logistic regression on standardized figures; each array has the shape (figures,)."""

    mean: Values
    scale: Values
    weights: Values
    intercept: float

    def logits(self, values: Values) -> Values:
        """Shape (n,); a figure that is missing adds nothing."""
        standard = np.nan_to_num((values - self.mean) / self.scale, nan=0.0)
        return np.asarray(standard @ self.weights + self.intercept)


def inputs(config: ShapeConfig, cells: Measured) -> Values:
    """The figures that enter, with their logarithms where asked: shape (n, figures)."""
    values = cells.columns(config.figures).copy()
    for number, code in enumerate(config.figures):
        if code in config.logarithms:
            values[:, number] = np.log(np.maximum(values[:, number], 1e-6))
    return values


def fit(config: ShapeConfig, values: Values, labels: NDArray[np.int64], weights: Values) -> Regression:
    """Fit on weighted cells; both classes weigh alike."""
    weights = weights.copy()
    for label in (0, 1):
        weights[labels == label] *= 0.5 * labels.size / weights[labels == label].sum()
    known = np.isfinite(values)
    mean = np.array([np.average(values[k, i], weights=weights[k]) for i, k in enumerate(known.T)])
    spread = [np.average((values[k, i] - mean[i]) ** 2, weights=weights[k]) for i, k in enumerate(known.T)]
    scale = np.maximum(np.sqrt(np.array(spread)), 1e-6)
    standard = np.nan_to_num((values - mean) / scale, nan=0.0)
    model = LogisticRegression(C=config.strength, max_iter=2000).fit(standard, labels, sample_weight=weights)
    return Regression(mean, scale, np.asarray(model.coef_[0], np.float64), float(model.intercept_[0]))


def fit_with_others(
    config: ShapeConfig, cells: Measured, rows: NDArray[np.int64], others: Measured, other_rows: NDArray[np.int64]
) -> Regression:
    """Fit on some cells, people of a class alike, and on the other lab's lymphocytes with their share."""
    labels, weights = cells.labels[rows], person_weights(cells.labels[rows], cells.subjects[rows])
    values = inputs(config, cells)[rows]
    if config.lymphocytes is not None and other_rows.size:
        share = config.lymphocytes.share * weights[labels == 0].sum()
        values = np.concatenate([values, inputs(config, others)[other_rows]])
        labels = np.concatenate([labels, np.zeros(other_rows.size, np.int64)])
        weights = np.concatenate([weights, np.full(other_rows.size, share / other_rows.size)])
    return fit(config, values, labels, weights)


def dealings(config: ShapeConfig, cells: Measured) -> list[tuple[Fold, ...]]:
    """Different ways to deal the people into folds; see :func:`training.dealings.different_dealings`."""
    return different_dealings(cells.samples, config.split.folds, config.dealings, config.seed)


@dataclass(frozen=True, eq=False)
class Dealt:
    """What one dealing's folds said of everybody held out, and of the other lab's held-out lymphocytes.

    Parameters
    ----------
    fold
        Which fold judged each cell, shape (n,).
    logits
        Of all cells, each by the fold that did not see its person, shape (n,).
    calibrated
        Probabilities, each fold's calibration from the other folds, shape (n,).
    bands
        Of each fold, from the other folds.
    others
        Calibrated probabilities of the other lab's held-out lymphocytes, shape (folds, m).
    """

    fold: NDArray[np.int64]
    logits: Values
    calibrated: Values
    bands: tuple[Band, ...]
    others: Values

    @property
    def decided(self) -> NDArray[np.bool_]:
        """Whether each cell lies outside its fold's band, shape (n,)."""
        low = np.array([band.low for band in self.bands])[self.fold]
        high = np.array([band.high for band in self.bands])[self.fold]
        return np.asarray((self.calibrated < low) | (self.calibrated > high))


def halves(others: Measured) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows of the other lab's lymphocytes that are fitted on, and those that are only judged: by the file's digest."""
    even = np.array([is_taught(sample.digest) for sample in others.samples], bool)
    return np.flatnonzero(even), np.flatnonzero(~even)


def judge_dealing(config: ShapeConfig, cells: Measured, others: Measured, folds: tuple[Fold, ...]) -> Dealt:
    """Fit each fold and let it judge whom it has not seen."""
    taught, kept = halves(others)
    number, logits = np.zeros(len(cells.samples), np.int64), np.zeros(len(cells.samples))
    values, strange = inputs(config, cells), inputs(config, others)[kept]
    fits = []
    for fold in folds:
        regression = fit_with_others(config, cells, np.array(fold.train), others, taught)
        fits.append(regression)
        test = np.array(fold.test)
        number[test], logits[test] = fold.number, regression.logits(values[test])
    calibrated, bands, said = np.zeros(logits.size), [], []
    for fold, regression in zip(folds, fits, strict=True):
        calibration, band = calibrate(config, cells, logits, number != fold.number, "the other folds")
        mine = number == fold.number
        calibrated[mine] = probabilities(logits[mine], calibration)
        bands.append(band)
        said.append(probabilities(regression.logits(strange), calibration))
    return Dealt(number, logits, calibrated, tuple(bands), np.array(said))


def calibrate(
    config: ShapeConfig, cells: Measured, logits: Values, rows: NDArray[np.bool_], fitted_on: str
) -> tuple[Calibration, Band]:
    """Temperature and unsure band on held-out logits."""
    labels, subjects = cells.labels[rows], cells.subjects[rows]
    calibration = fit_calibration(
        labels, logits[rows], with_bias=False, fitted_on=fitted_on, weights=person_weights(labels, subjects)
    )
    return calibration, unsure_band(probabilities(logits[rows], calibration), config.unsure_share)
