"""Labeled cells as arrays: what people say of them, and what the shipped bundles say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from leukoscope.domain.findings import BundleId
from leukoscope.domain.judgements import Judgement

Values = NDArray[np.float64]
Labels = NDArray[np.int64]
Names = NDArray[np.str_]
Mask = NDArray[np.bool_]
UNKNOWN = -1
"""Verdict of a cell whose class answers no question of leukemia: a precursor, what is no white cell."""


@dataclass(frozen=True, eq=False)
class NetworkView:
    """What one network says of all cells.

    Parameters
    ----------
    bundle
        Which version.
    features
        What enters its head, shape (n, d), float64.
    logits
        Calibrated logits of leukemic, shape (n,); of a differential the logarithms of the classes' calibrated
        probabilities, shape (n, classes).
    classes
        Of a differential; empty for a leukemia bundle.
    """

    bundle: BundleId
    features: Values
    logits: Values
    classes: tuple[str, ...] = ()

    def rows(self, chosen: NDArray[np.int64] | Mask) -> NetworkView:
        """A part of the cells."""
        return replace(self, features=self.features[chosen], logits=self.logits[chosen])


@dataclass(frozen=True, eq=False)
class SiteCells:
    """Labeled cells of one lab, in one order.

    Parameters
    ----------
    sources
        Where each came from, for sentences about single cells; n of them.
    subjects
        Pseudonym of the patient, shape (n,).
    verdicts
        1 leukemic, 0 healthy, ``UNKNOWN``; shape (n,).
    codes
        Cell class that was named, empty where only a verdict was given; shape (n,).
    networks
        By the bundle's name, leukemia bundles and at most one differential.
    figures
        Figures of shape, shape (n, figures) in the order of ``domain.morphology.FIGURES``; nan: not measured.
    shipped
        What the shipped bundles say: opinions of all leukemia bundles, and the naming; n of them.
    scales
        Micrometers for one pixel of the picture it came from, shape (n,); nan where nothing says it.
    """

    sources: tuple[str, ...]
    subjects: Names
    verdicts: Labels
    codes: Names
    networks: Mapping[str, NetworkView]
    figures: Values
    shipped: tuple[Judgement, ...]
    scales: Values

    def __len__(self) -> int:
        return len(self.sources)

    def rows(self, chosen: NDArray[np.int64] | Mask) -> SiteCells:
        """A part of the cells."""
        places = np.arange(len(self))[chosen]
        return SiteCells(
            tuple(self.sources[place] for place in places),
            self.subjects[places],
            self.verdicts[places],
            self.codes[places],
            {name: view.rows(places) for name, view in self.networks.items()},
            self.figures[places],
            tuple(self.shipped[place] for place in places),
            self.scales[places],
        )

    @property
    def differential(self) -> NetworkView | None:
        """The network that names cells."""
        return next((view for view in self.networks.values() if view.classes), None)

    @property
    def leukemia(self) -> Mapping[str, NetworkView]:
        """The networks that say whether a cell is leukemic."""
        return {name: view for name, view in self.networks.items() if not view.classes}


def person_weights(groups: Sequence[object] | NDArray[np.generic], subjects: Names) -> Values:
    """Weights of cells, shape (n,), mean 1: every group weighs alike, and every person within a group.

    Somebody with 700 cells has no more to say of a class than somebody with 20, and a frequent class no more than a
    rare one.
    """
    labels = np.unique(np.asarray(groups), return_inverse=True)[1].reshape(-1)
    weights = np.zeros(labels.size)
    for label in np.unique(labels):
        chosen = labels == label
        _, person, counts = np.unique(subjects[chosen], return_inverse=True, return_counts=True)
        weights[chosen] = 1.0 / (counts[person.reshape(-1)] * counts.size)
    return np.asarray(weights / weights.mean())
