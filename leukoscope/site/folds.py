"""Leave patients out: which cells are held out together."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from leukoscope.site.cells import Names


def patients_of(groups: Names, subjects: Names) -> dict[str, int]:
    """Number of patients of each group (side or class)."""
    return {str(group): int(np.unique(subjects[groups == group]).size) for group in np.unique(groups)}


def deal(groups: Names, subjects: Names, most: int, seed: int = 0) -> NDArray[np.int64]:
    """Deal patients into folds so that each fold leaves every group others to learn from.

    Parameters
    ----------
    groups
        Side or class of each cell, shape (n,); each is of two patients at least.
    subjects
        Shape (n,).
    most
        Largest number of folds; there are no more than patients of the rarest group.
    seed
        Of the order in which patients are dealt.

    Returns
    -------
    ndarray
        Fold of each cell, shape (n,); cells of one patient are in one fold.

    Raises
    ------
    ValueError
        When a group is of one patient only.
    """
    counts = patients_of(groups, subjects)
    folds = min(most, *counts.values())
    if folds < 2:
        raise ValueError("a group of cells is of one patient only")
    rng = np.random.default_rng(seed)
    dealt: dict[str, int] = {}
    load: NDArray[np.int64] = np.zeros((folds, len(counts)), np.int64)
    names = sorted(counts, key=lambda name: counts[name])
    for name in names:
        own = np.unique(subjects[groups == name])
        for who in rng.permutation(own):
            if str(who) in dealt:
                continue
            there = [names.index(str(group)) for group in np.unique(groups[subjects == who])]
            column = names.index(name)
            # Fewest patients of this group first, then fewest in all.
            fold = min(range(folds), key=lambda one: (load[one, column], load[one].sum()))
            dealt[str(who)] = fold
            load[fold, there] += 1
    return np.array([dealt[str(who)] for who in subjects], np.int64)
