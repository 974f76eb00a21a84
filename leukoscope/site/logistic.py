"""Ridge logistic regression toward a given model, two classes or several; numpy only.

The penalty is on the distance from a prior model: with no data, or endless shrinkage, the prior model comes back.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from leukoscope.inference.namings import softmax

Values = NDArray[np.float64]
_STEPS = 100
_TOLERANCE = 1e-10
_HALVINGS = 40


def sigmoid(x: Values) -> Values:
    """Logistic function without overflow."""
    return np.asarray(0.5 * (1.0 + np.tanh(0.5 * x)))


@dataclass(frozen=True, eq=False)
class Problem:
    """What a two-class regression is fitted to.

    Parameters
    ----------
    design
        Shape (n, k).
    labels
        0 or 1, shape (n,).
    weights
        How much each row counts, shape (n,).
    prior
        Coefficients that are shrunk toward, shape (k,).
    penalties
        At least 0, shape (k,): ``0.5 * sum(penalties * (coefficients - prior) ** 2)`` is added to the weighted sum of
        negative log-likelihoods.
    """

    design: Values
    labels: NDArray[np.int64]
    weights: Values
    prior: Values
    penalties: Values

    def loss(self, coefficients: Values) -> float:
        """What is made small."""
        signs = 2.0 * self.labels - 1.0
        data = self.weights @ np.logaddexp(0.0, -signs * (self.design @ coefficients))
        return float(data + 0.5 * self.penalties @ (coefficients - self.prior) ** 2)


def fit_two(problem: Problem) -> Values:
    """Coefficients of a two-class regression by Newton's method (IRLS) with halved steps, shape (k,)."""
    coefficients = problem.prior.copy()
    loss = problem.loss(coefficients)
    for _ in range(_STEPS):
        probability = sigmoid(problem.design @ coefficients)
        gradient = problem.design.T @ (problem.weights * (probability - problem.labels))
        gradient += problem.penalties * (coefficients - problem.prior)
        curvature = problem.weights * np.maximum(probability * (1 - probability), 1e-12)
        hessian = (problem.design * curvature[:, None]).T @ problem.design + np.diag(problem.penalties + 1e-10)
        step = np.linalg.solve(hessian, gradient)
        size = 1.0
        for _ in range(_HALVINGS):
            tried = coefficients - size * step
            lower = problem.loss(tried)
            if lower <= loss:
                break
            size /= 2
        else:
            break
        done = loss - lower <= _TOLERANCE * (1.0 + abs(loss))
        coefficients, loss = tried, lower
        if done:
            break
    return coefficients


@dataclass(frozen=True, eq=False)
class ManyProblem:
    """What a regression of several classes is fitted to.

    Parameters
    ----------
    design
        Shape (n, k).
    offsets
        Logits of the prior model, shape (n, classes).
    labels
        Shape (n,), numbers of classes.
    weights
        Shape (n,).
    penalties
        Shape (k,), above 0; the same for each class.
    """

    design: Values
    offsets: Values
    labels: NDArray[np.int64]
    weights: Values
    penalties: Values

    @property
    def hot(self) -> Values:
        """Shape (n, classes): 1 where the label is."""
        return np.asarray(self.labels[:, None] == np.arange(self.offsets.shape[1]), np.float64)

    def loss(self, coefficients: Values) -> float:
        """What is made small."""
        logits = self.offsets + self.design @ coefficients
        top = logits.max(axis=1)
        total = top + np.log(np.exp(logits - top[:, None]).sum(axis=1))
        data = self.weights @ (total - logits[np.arange(self.labels.size), self.labels])
        return float(data + 0.5 * (self.penalties[:, None] * coefficients**2).sum())


def fit_many(problem: ManyProblem) -> Values:
    """Coefficients of each class, shape (k, classes), by Newton's method with conjugate gradients (Nocedal and Wright
    2006, ch. 7): the step's equations are never written out.
    """
    coefficients = np.zeros((problem.design.shape[1], problem.offsets.shape[1]))
    hot, loss = problem.hot, problem.loss(coefficients)
    for _ in range(_STEPS):
        probability = softmax(problem.offsets + problem.design @ coefficients)
        gradient = problem.design.T @ (problem.weights[:, None] * (probability - hot))
        gradient += problem.penalties[:, None] * coefficients
        if np.linalg.norm(gradient) <= 1e-7 * (1.0 + loss):
            break
        step = _newton_step(problem, probability, gradient)
        slope, size = float((gradient * step).sum()), 1.0
        for _ in range(_HALVINGS):
            tried = coefficients - size * step
            lower = problem.loss(tried)
            if lower <= loss - 1e-4 * size * slope:
                break
            size /= 2
        else:
            break
        coefficients, loss = tried, lower
    return coefficients


def _newton_step(problem: ManyProblem, probability: Values, gradient: Values) -> Values:
    """The step that makes the second-order model smallest, to a tenth of the gradient or better near the end."""

    def curved(direction: Values) -> Values:
        moved = problem.design @ direction
        changed = probability * (moved - (probability * moved).sum(axis=1, keepdims=True))
        bent = problem.design.T @ (problem.weights[:, None] * changed)
        return np.asarray(bent + problem.penalties[:, None] * direction)

    size = float(np.linalg.norm(gradient))
    enough = min(0.1, size**0.5) * size
    step, left = np.zeros_like(gradient), gradient.copy()
    direction, rest = left.copy(), float((left**2).sum())
    for _ in range(200):
        bent = curved(direction)
        length = rest / float((direction * bent).sum())
        step += length * direction
        left -= length * bent
        after = float((left**2).sum())
        if after**0.5 <= enough:
            break
        direction = left + (after / rest) * direction
        rest = after
    return step
