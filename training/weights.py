"""How much each cell counts in the loss."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray


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
