"""How much each cell counts in the loss."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from training.lymphocytes import OTHER_LAB


def cell_weights(
    labels: NDArray[np.int64], subjects: NDArray[np.str_], balance: Literal["none", "class", "subject"]
) -> NDArray[np.float64]:
    """Weights with mean 1.

    ``class`` gives both classes the same total. ``subject`` moreover damps subjects with many cells: a cell counts
    with the inverse square root of how many cells its subject has, so that one patient's stain does not rule.

    Parameters
    ----------
    labels, subjects
        Of the training cells, shape (n,).
    balance
        As in the configuration.

    Returns
    -------
    ndarray
        Shape (n,), float64.
    """
    weights = np.ones(labels.size)
    if balance == "none":
        return weights
    if balance == "subject":
        _, inverse, counts = np.unique(subjects, return_inverse=True, return_counts=True)
        weights = 1.0 / np.sqrt(counts[inverse])
    for label in (0, 1):
        chosen = labels == label
        weights[chosen] /= weights[chosen].sum()
    return np.asarray(weights / weights.mean())


def weights_with_others(
    labels: NDArray[np.int64],
    subjects: NDArray[np.str_],
    balance: Literal["none", "class", "subject"],
    share: float,
) -> NDArray[np.float64]:
    """Weights with mean 1 of a lab's own cells, as :func:`cell_weights`, and of another lab's healthy ones.

    Parameters
    ----------
    labels, subjects
        Of the training cells, shape (n,); the other lab's have the subject ``OTHER_LAB``.
    balance
        As in the configuration.
    share
        Part of the healthy cells' weight that the other lab's take, 0..1.
    """
    strange = subjects == OTHER_LAB
    weights = np.zeros(labels.size)
    weights[~strange] = cell_weights(labels[~strange], subjects[~strange], balance)
    if strange.any():
        healthy = ~strange & (labels == 0)
        total = weights[healthy].sum()
        weights[healthy] *= 1.0 - share
        weights[strange] = share * total / strange.sum()
    return np.asarray(weights / weights.mean())
