"""Different ways to deal the same people into folds: how much of a figure is who happened to be held out."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from leukoscope.domain.errors import SettingsError
from training.config import SplitConfig
from training.listing import Sample
from training.splits import Fold, assert_disjoint, make_folds

TRIES = 200
"""Seeds that are looked through for different dealings."""
SEED = 1
"""First of them where a run takes one dealing of several: whatever is fitted, the Nth dealing is the same."""


def deal(samples: Sequence[Sample], config: SplitConfig, seed: int) -> tuple[Fold, ...]:
    """Deal as configured: by :func:`training.splits.make_folds`, or the Nth of different dealings.

    Raises
    ------
    SettingsError
        When there are too few people.
    """
    if not config.deal:
        return make_folds(samples, config, seed)
    if config.kind != "subject":
        raise SettingsError("split.deal deals people: it goes with split.kind = “subject” only.")
    return different_dealings(samples, config.folds, config.deal, SEED)[config.deal - 1]


def different_dealings(samples: Sequence[Sample], folds: int, count: int, seed: int) -> list[tuple[Fold, ...]]:
    """Deal the people of each class into folds by chance, as evenly as can be, in so many different ways.

    Parameters
    ----------
    samples
        All cells; in what order does not matter.
    folds
        In each dealing.
    count
        Dealings.
    seed
        The first one looked at; the same seed gives the same dealings, a larger count only adds to them.

    Raises
    ------
    SettingsError
        When there are too few people for so many.
    LeakError
        When pictures of one cell stand under two people's names.
    """
    labels = np.array([sample.label for sample in samples], np.int64)
    subjects = np.array([sample.subject for sample in samples], np.str_)
    found: dict[frozenset[frozenset[str]], tuple[Fold, ...]] = {}
    for start in range(seed, seed + TRIES):
        part = _dealt(labels, subjects, folds, np.random.default_rng(start))
        dealt = tuple(
            Fold(number, tuple(np.flatnonzero(part != number).tolist()), tuple(np.flatnonzero(part == number).tolist()))
            for number in range(folds)
        )
        found.setdefault(frozenset(frozenset(subjects[list(fold.test)].tolist()) for fold in dealt), dealt)
        if len(found) == count:
            for dealt in found.values():
                for fold in dealt:
                    assert_disjoint(samples, fold)
            return list(found.values())
    raise SettingsError(f"There are only {len(found)} ways to deal these people into folds; lower dealings or folds.")


def _dealt(
    labels: NDArray[np.int64], subjects: NDArray[np.str_], folds: int, rng: np.random.Generator
) -> NDArray[np.int64]:
    """Number of the fold that each cell is held out in, shape (n,)."""
    part = np.zeros(labels.size, np.int64)
    start = 0
    for label in (0, 1):
        people = np.unique(subjects[labels == label])
        if people.size < folds:
            raise SettingsError(f"{folds} folds need {folds} people of each class; lower split.folds or add people.")
        for place, person in enumerate(rng.permutation(people), start=start):
            part[subjects == person] = place % folds
        # The next class goes on where this one stopped, so that all folds hold about as many people.
        start += people.size
    return part
