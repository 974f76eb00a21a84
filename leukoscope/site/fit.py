"""Everything that a lab's labeled cells teach, in one go."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from leukoscope.domain.site_labels import ENOUGH_CELLS
from leukoscope.domain.site_steps import OnStep, TeachStage, TeachStep, nobody_listens
from leukoscope.inference.manifest import Manifest, NamingRule, ShapeModel
from leukoscope.inference.opinions import NoveltyReference
from leukoscope.site.calibrating import Found, Pool, fit_pool, unsure_band
from leukoscope.site.cells import UNKNOWN, Mask, Names, SiteCells, Values, person_weights
from leukoscope.site.folds import deal, patients_of
from leukoscope.site.heads import (
    ClassesTaught,
    NetworkTaught,
    ShapeTaught,
    class_of,
    teach_classes,
    teach_network,
    teach_shape,
)
from leukoscope.site.logistic import sigmoid
from leukoscope.site.novelty import fit_reference

INNER_FOLDS = 4
LEAST_CELLS, LEAST_PATIENTS = 5, 2
"""Of a side or class, or it cannot be taught at all."""
PARTS = 3
"""Leukemia, classes, novelty."""
SIDES = np.array(["healthy", "leukemic"])


@dataclass(frozen=True, eq=False)
class LeukemiaTaught:
    """What was learned of leukemia: heads by the bundle's name, how they are combined, and each one's unsure band."""

    networks: Mapping[str, NetworkTaught]
    shapes: Mapping[str, ShapeTaught]
    order: tuple[str, ...]
    pool: Pool
    band: Found
    bands: Mapping[str, Found]

    def logits(self, cells: SiteCells) -> Values:
        """Calibrated logit of each bundle on other cells, shape (n, bundles)."""
        columns = []
        for name in self.order:
            if name in self.networks:
                view = cells.networks[name]
                columns.append(self.networks[name].head.logits(view.features, view.logits))
            else:
                columns.append(self.shapes[name].logits(cells.figures))
        return np.column_stack(columns)


@dataclass(frozen=True, eq=False)
class NamesTaught:
    """What was learned of classes, and from which probability on a cell is named; ``rule`` has it class by class."""

    classes: ClassesTaught
    confident: Found
    rule: NamingRule


@dataclass(frozen=True, eq=False)
class Lesson:
    """All that was learned; ``None`` where there were too few cells for it."""

    leukemia: LeukemiaTaught | None
    names: NamesTaught | None
    novelty: Mapping[str, NoveltyReference]


def teachable(groups: Names, subjects: Names) -> tuple[str, ...]:
    """Groups with enough cells of enough patients to be taught at all."""
    patients = patients_of(groups, subjects)
    return tuple(
        name for name, n in patients.items() if name and n >= LEAST_PATIENTS and (groups == name).sum() >= LEAST_CELLS
    )


def sides_of(cells: SiteCells) -> Names:
    """``healthy`` or ``leukemic`` of each cell, empty where it is neither; shape (n,)."""
    named = SIDES[np.maximum(cells.verdicts, 0)]
    return np.where(cells.verdicts == UNKNOWN, "", named).astype(np.str_)


def classes_of(cells: SiteCells) -> Names:
    """The differential's class of each cell, empty where none was named or it knows none such; shape (n,)."""
    known = cells.differential.classes if cells.differential is not None else ()
    codes = [class_of(str(code)) for code in cells.codes]
    return np.array([code if code in known else "" for code in codes], np.str_)


def fit(cells: SiteCells, manifests: Mapping[str, Manifest], wanted: float, on_step: OnStep = nobody_listens) -> Lesson:
    """Learn from labeled cells.

    Parameters
    ----------
    cells
        All that may be learned from.
    manifests
        Of the shipped bundles, by name.
    wanted
        Accuracy that decided cells shall have, 0.5..1.
    on_step
        Told what is being fitted; may raise to stop.
    """
    on_step(TeachStep(TeachStage.LEARNING, 1, PARTS))
    leukemia = _leukemia(cells, manifests, wanted)
    on_step(TeachStep(TeachStage.LEARNING, 2, PARTS))
    names = _names(cells, manifests, wanted)
    on_step(TeachStep(TeachStage.LEARNING, 3, PARTS))
    return Lesson(leukemia, names, _novelty(cells))


def _leukemia(cells: SiteCells, manifests: Mapping[str, Manifest], wanted: float) -> LeukemiaTaught | None:
    sides = sides_of(cells)
    if len(teachable(sides, cells.subjects)) < 2:
        return None
    own = cells.rows(sides != "")
    labels, sides = own.verdicts, sides[sides != ""]
    weights, folds = person_weights(sides, own.subjects), deal(sides, own.subjects, INNER_FOLDS)
    networks = {name: teach_network(view, labels, weights, folds) for name, view in own.leukemia.items()}
    shapes = {
        name: teach_shape(shape, manifests[name].calibration.temperature, own.figures, labels, weights, folds)
        for name, shape in _shape_models(manifests).items()
    }
    order = (*networks, *shapes)
    taught = {name: one.taught for name, one in networks.items()}
    taught |= {name: one.taught for name, one in shapes.items()}
    held = np.column_stack([taught[name].held_out for name in order])
    pool = fit_pool(labels, held, weights)
    band = unsure_band(labels, pool.probabilities(held), weights, wanted)
    bands = {name: unsure_band(labels, sigmoid(held[:, place]), weights, wanted) for place, name in enumerate(order)}
    return LeukemiaTaught(networks, shapes, order, pool, band, bands)


def _shape_models(manifests: Mapping[str, Manifest]) -> dict[str, ShapeModel]:
    return {name: manifest.shape for name, manifest in manifests.items() if manifest.shape is not None}


def _names(cells: SiteCells, manifests: Mapping[str, Manifest], wanted: float) -> NamesTaught | None:
    view, codes = cells.differential, classes_of(cells)
    seen = teachable(codes, cells.subjects)
    shipped = None if view is None else manifests[view.bundle.name].naming
    if view is None or shipped is None or len(seen) < 2:
        return None
    there: Mask = np.isin(codes, seen)
    codes, subjects = codes[there], cells.subjects[there]
    weights, folds = person_weights(codes, subjects), deal(codes, subjects, INNER_FOLDS)
    taught = teach_classes(view.rows(there), codes, weights, folds, seen)
    named = taught.held_out.argmax(axis=1)
    right = np.array([view.classes[place] for place in named]) == codes
    confident = _confident(taught.held_out.max(axis=1), right, weights, wanted)
    by_class = {**shipped.by_class, **dict.fromkeys(seen, confident.high)}
    return NamesTaught(taught, confident, shipped.model_copy(update={"by_class": by_class}))


def _confident(shares: Values, right: Mask, weights: Values, wanted: float) -> Found:
    """The lowest probability from which on names are right as often as wanted, as a band that ends there."""
    order = np.argsort(shares, kind="stable")
    named = np.cumsum(weights[order][::-1])[::-1]
    hits = np.cumsum((weights * right)[order][::-1])[::-1]
    good = np.flatnonzero(hits >= wanted * named)
    if not good.size:
        return Found(0.0, 0.99, is_reached=False)
    first = int(good[0])
    limit = 0.5 if first == 0 else float(shares[order[first - 1]] + shares[order[first]]) / 2
    return Found(0.0, min(0.99, max(0.5, limit)), is_reached=True)


def _novelty(cells: SiteCells) -> dict[str, NoveltyReference]:
    """A reference for each network: of the mononuclear cells for those that judge these, of all for the other."""
    found = {}
    for name, view in cells.networks.items():
        chosen = np.ones(len(cells), np.bool_) if view.classes else cells.verdicts != UNKNOWN
        if chosen.sum() < ENOUGH_CELLS or np.unique(cells.subjects[chosen]).size < LEAST_PATIENTS:
            continue
        folds = _patients_in_folds(cells.subjects[chosen])
        found[name] = fit_reference(view.features[chosen], folds)
    return found


def _patients_in_folds(subjects: Names) -> NDArray[np.int64]:
    return deal(np.full(len(subjects), "all"), subjects, INNER_FOLDS)
