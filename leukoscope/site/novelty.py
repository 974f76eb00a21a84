"""What the site's own cells look like to a network, and how far off a cell of another patient still is of them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from leukoscope.inference.opinions import NoveltyReference
from leukoscope.site.cells import Values

MOST_AXES = 32
CELLS_PER_AXIS = 6
PERCENTILE = 99.0


def reference_of(features: Values, k: int, threshold: float = 1.0) -> NoveltyReference:
    """The first ``k`` principal axes of some cells: features (n, d)."""
    mean = features.mean(axis=0)
    centered = features - mean
    values, vectors = np.linalg.eigh(centered @ centered.T)
    values, vectors = np.maximum(values[::-1][:k], 1e-12), vectors[:, ::-1][:, :k]
    components = ((vectors / np.sqrt(values)).T @ centered).astype(np.float32)
    scale = np.sqrt(values / max(1, len(features) - 1)).astype(np.float32)
    return NoveltyReference(mean.astype(np.float32), components, np.maximum(scale, 1e-9), threshold)


def distances(reference: NoveltyReference, features: Values) -> Values:
    """Distance of cells over the reference's limit, shape (n,)."""
    return np.array([reference.novelty(row) for row in features.astype(np.float32)], np.float64)


def fit_reference(features: Values, folds: NDArray[np.int64]) -> NoveltyReference:
    """A reference whose limit leaves out one of a hundred cells, of those that it was made of and of other patients.

    Parameters
    ----------
    features
        Shape (n, d).
    folds
        Fold of each cell, shape (n,); cells of one patient are in one fold.
    """
    numbers, counts = np.unique(folds, return_counts=True)
    k = max(1, min(MOST_AXES, int(len(features) - counts.max()) // CELLS_PER_AXIS))
    off: list[float] = []
    for fold in numbers:
        held = folds == fold
        off += distances(reference_of(features[~held], k), features[held]).tolist()
    own = distances(reference_of(features, k), features)
    limit = max(1e-6, float(np.percentile(off, PERCENTILE)), float(np.percentile(own, PERCENTILE)))
    return reference_of(features, k, limit)
