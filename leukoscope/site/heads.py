"""New linear heads on what a bundle's features or figures say, shrunk toward the shipped one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from leukoscope.domain.cell_classes import ARTIFACT, NO_WHITE_CELL, SMUDGE
from leukoscope.domain.morphology import FIGURES
from leukoscope.inference.manifest import ShapeModel, ShapeTerm
from leukoscope.inference.namings import softmax
from leukoscope.inference.site_heads import SiteClassHead, SiteHead
from leukoscope.site.calibrating import platt
from leukoscope.site.cells import Labels, Names, NetworkView, Values
from leukoscope.site.logistic import ManyProblem, Problem, fit_many, fit_two
from leukoscope.site.reducing import Reduced, reduced

SHRINKAGES = (1e4, 30.0, 10.0, 3.0, 1.0, 0.3, 0.1, 0.03, 0.01)
"""Penalties that are tried, from the shipped head itself on."""
FREE = 1e-3
"""Penalty of a bias: none that counts."""
LOGGED = ("cell_area", "nucleus_area")
"""Figures that are compared by their ratio."""
LEAST_MEASURED = 0.9
"""A figure that is missing on more cells is not asked."""


@dataclass(frozen=True, eq=False)
class Taught:
    """A fitted head, and what it says of each teaching cell when that cell's patient is left out.

    Parameters
    ----------
    design
        Shape (n, k).
    coefficients
        Shape (k,); calibrated.
    shrinkage
        Penalty that held-out patients preferred.
    held_out
        Calibrated logits, shape (n,).
    """

    design: Values
    coefficients: Values
    shrinkage: float
    held_out: Values


def teach(design: Values, prior: Values, labels: Labels, weights: Values, folds: NDArray[np.int64]) -> Taught:
    """Fit a two-class head; held-out patients choose how much it is shrunk and calibrate it.

    Parameters
    ----------
    design
        Shape (n, k), the last column of ones.
    prior
        The shipped head's coefficients, shape (k,).
    labels, weights, folds
        Shape (n,).
    """
    shape = np.r_[np.ones(design.shape[1] - 1), 0.0]
    tried: list[tuple[float, float, Values]] = []
    for shrinkage in SHRINKAGES:
        held = np.empty(len(labels))
        for fold in np.unique(folds):
            out = folds == fold
            penalties = np.where(shape > 0, shrinkage, FREE)
            found = fit_two(Problem(design[~out], labels[~out], weights[~out], prior, penalties))
            held[out] = design[out] @ found
        tried.append((_loss(labels, held, weights), shrinkage, held))
    # Of two that are as good the one nearer to the shipped head comes first.
    _, best, held = min(tried, key=lambda one: one[0])
    penalties = np.where(shape > 0, best, FREE)
    coefficients = fit_two(Problem(design, labels, weights, prior, penalties))
    factor, bias = platt(labels, held, weights)
    calibrated = factor * coefficients
    calibrated[-1] += bias
    return Taught(design, calibrated, best, factor * held + bias)


def _loss(labels: Labels, logits: Values, weights: Values) -> float:
    """Mean loss after calibration: a head may be too sure of itself as long as it ranks cells well."""
    factor, bias = platt(labels, logits, weights)
    signs = 2.0 * labels - 1.0
    return float(np.average(np.logaddexp(0.0, -signs * (factor * logits + bias)), weights=weights))


@dataclass(frozen=True, eq=False)
class NetworkTaught:
    """A network's new head."""

    head: SiteHead
    taught: Taught


def teach_network(view: NetworkView, labels: Labels, weights: Values, folds: NDArray[np.int64]) -> NetworkTaught:
    """A new head on a network's features; with endless shrinkage the shipped head's own logit, calibrated."""
    axes = reduced(view.features, weights)
    design = np.column_stack([axes.coordinates, view.logits, np.ones(len(labels))])
    prior = np.r_[np.zeros(axes.coordinates.shape[1]), 1.0, 0.0]
    taught = teach(design, prior, labels, weights, folds)
    own = taught.coefficients
    return NetworkTaught(SiteHead(axes.mean, axes.axes @ own[:-2], float(own[-2]), float(own[-1])), taught)


@dataclass(frozen=True, eq=False)
class ShapeTaught:
    """A new regression on figures of shape."""

    model: ShapeModel
    taught: Taught

    def logits(self, figures: Values) -> Values:
        """Calibrated logits of cells: figures (n, all)."""
        return np.asarray(self.model.intercept + _standard(figures, self.model.terms).sum(axis=1))


def _standard(figures: Values, terms: Sequence[ShapeTerm]) -> Values:
    """What each term adds to the logit, shape (n, terms); what was not measured adds nothing."""
    places = {figure.code: place for place, figure in enumerate(FIGURES)}
    columns = []
    for term in terms:
        x = figures[:, places[term.figure]]
        x = np.log(np.maximum(x, 1e-6)) if term.log else x
        columns.append(np.nan_to_num(term.weight * (x - term.mean) / term.scale))
    return np.column_stack(columns) if columns else np.zeros((len(figures), 0))


def teach_shape(
    shipped: ShapeModel, temperature: float, figures: Values, labels: Labels, weights: Values,
    folds: NDArray[np.int64],
) -> ShapeTaught:  # fmt: skip
    """A new regression on all figures that are measured on most cells, toward the shipped one on its own figures.

    Parameters
    ----------
    shipped, temperature
        The shipped regression and its calibration.
    figures
        Shape (n, all), in the order of ``FIGURES``.
    labels, weights, folds
        Shape (n,).
    """
    known = {term.figure: term for term in shipped.terms}
    ranges = {one.figure for one in shipped.ranges}
    share = weights / weights.sum()
    units: list[ShapeTerm] = []
    prior: list[float] = []
    offset = shipped.intercept
    for place, figure in enumerate(FIGURES):
        there = np.isfinite(figures[:, place])
        if figure.code not in ranges or share[there].sum() < LEAST_MEASURED:
            continue
        logged = known[figure.code].log if figure.code in known else figure.code in LOGGED
        x = np.log(np.maximum(figures[there, place], 1e-6)) if logged else figures[there, place]
        mean = float(np.average(x, weights=weights[there]))
        spread = max(1e-9, float(np.sqrt(np.average((x - mean) ** 2, weights=weights[there]))))
        units.append(ShapeTerm(figure=figure.code, weight=1.0, mean=mean, scale=spread, log=logged))
        old = known.get(figure.code)
        prior.append(0.0 if old is None else old.weight * spread / old.scale)
        offset += 0.0 if old is None else old.weight * (mean - old.mean) / old.scale
    design = np.column_stack([_standard(figures, units), np.ones(len(labels))])
    taught = teach(design, np.r_[prior, offset] / temperature, labels, weights, folds)
    terms = tuple(
        unit.model_copy(update={"weight": float(weight)})
        for unit, weight in zip(units, taught.coefficients[:-1], strict=True)
    )
    model = shipped.model_copy(update={"intercept": float(taught.coefficients[-1]), "terms": terms})
    return ShapeTaught(model, taught)


@dataclass(frozen=True, eq=False)
class ClassesTaught:
    """A differential's new head, and what it says of each teaching cell when that cell's patient is left out.

    Parameters
    ----------
    head
        The head.
    seen
        Codes that the lab has labeled cells of.
    shrinkage
        Penalty that held-out patients preferred.
    held_out
        Calibrated probabilities, shape (n, all classes).
    """

    head: SiteClassHead
    seen: tuple[str, ...]
    shrinkage: float
    held_out: Values


def class_of(code: str) -> str:
    """The differential's class of a label: smudges and artifacts are no white cells to it."""
    return NO_WHITE_CELL if code in {SMUDGE, ARTIFACT} else code


def teach_classes(
    view: NetworkView, codes: Names, weights: Values, folds: NDArray[np.int64], seen: Sequence[str]
) -> ClassesTaught:
    """A new head on a differential's features.

    It is fitted to tell the classes that were labeled from each other; what the shipped head says of all others stays,
    so that a lab that labeled no blasts has not taught that there are none.

    Parameters
    ----------
    view
        Of the differential.
    codes
        Class of each cell, shape (n,), each among ``seen``.
    weights, folds
        Shape (n,).
    seen
        Classes that are told apart, all known to the bundle.
    """
    places = np.array([view.classes.index(code) for code in seen])
    labels = np.array([list(seen).index(str(code)) for code in codes], np.int64)
    axes = reduced(view.features, weights)
    design = np.column_stack([axes.coordinates, np.ones(len(labels))])
    problem = ManyProblem(design, view.logits[:, places], labels, weights, np.ones(design.shape[1]))
    tried: list[tuple[float, float, Values]] = []
    for shrinkage in SHRINKAGES:
        held = np.empty((len(labels), len(seen)))
        for fold in np.unique(folds):
            out = folds == fold
            held[out] = problem.offsets[out] + design[out] @ fit_many(_part(problem, ~out, shrinkage))
        loss = _cross_entropy(labels, held, weights, _temperature(labels, held, weights))
        tried.append((loss, shrinkage, held))
    _, best, held = min(tried, key=lambda one: one[0])
    temperature = _temperature(labels, held, weights)
    found = fit_many(_part(problem, np.ones(len(labels), np.bool_), best))
    whole = view.logits.copy()
    whole[:, places] = held
    head = _class_head(axes, found, places, len(view.classes), temperature)
    return ClassesTaught(head, tuple(seen), best, softmax(whole, temperature))


def _part(problem: ManyProblem, rows: NDArray[np.bool_], shrinkage: float) -> ManyProblem:
    penalties = np.r_[np.full(problem.design.shape[1] - 1, shrinkage), max(FREE, shrinkage * FREE)]
    return replace(
        problem, design=problem.design[rows], offsets=problem.offsets[rows], labels=problem.labels[rows],
        weights=problem.weights[rows], penalties=penalties,
    )  # fmt: skip


def _class_head(axes: Reduced, found: Values, places: NDArray[np.int64], n: int, temperature: float) -> SiteClassHead:
    weights, bias = np.zeros((len(axes.mean), n)), np.zeros(n)
    weights[:, places], bias[places] = axes.axes @ found[:-1], found[-1]
    return SiteClassHead(axes.mean, weights, bias, temperature)


def _cross_entropy(labels: Labels, logits: Values, weights: Values, temperature: float) -> float:
    shares = softmax(logits, temperature)[np.arange(len(labels)), labels]
    return float(np.average(-np.log(np.maximum(shares, 1e-12)), weights=weights))


def _temperature(labels: Labels, logits: Values, weights: Values) -> float:
    """The temperature of the smallest loss, between a half and eight (golden steps would find no better one)."""
    tried = np.geomspace(0.5, 8.0, 49)
    return float(min(tried, key=lambda one: _cross_entropy(labels, logits, weights, float(one))))
