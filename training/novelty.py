"""How far a cell's features lie from those of the training cells."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from leukoscope.domain.errors import EngineError
from training.run import RunFolder

COMPONENTS = 32
PERCENTILE = 99.0


@dataclass(frozen=True, eq=False)
class Reference:
    """Whitened principal components of the training cells' features; see ``manifest.Novelty``.

    Parameters
    ----------
    mean
        Shape (features,).
    components
        Shape (k, features), orthonormal rows.
    scale
        Shape (k,), standard deviation along each.
    """

    mean: NDArray[np.float32]
    components: NDArray[np.float32]
    scale: NDArray[np.float32]

    def distance(self, features: NDArray[np.float32]) -> NDArray[np.float64]:
        """(n, features) -> (n,): about 1 for a typical training cell."""
        along = ((features - self.mean) @ self.components.T) / self.scale
        return np.asarray(np.linalg.norm(along.astype(np.float64), axis=1) / np.sqrt(self.scale.size))

    def save(self, path: Path) -> None:
        """Write the bundle's ``novelty.npz``."""
        np.savez(path, mean=self.mean, components=self.components, scale=self.scale)


def fit_reference(features: NDArray[np.float32], components: int = COMPONENTS) -> Reference:
    """Principal components of (n, features); directions in which nothing varies are left out.

    Raises
    ------
    EngineError
        When the features do not vary at all.
    """
    mean = features.mean(axis=0)
    _, singular, rows = np.linalg.svd(features - mean, full_matrices=False)
    scale = singular / np.sqrt(max(1, features.shape[0] - 1))
    if not scale[0] > 0:
        raise EngineError("The network gives the same features for every cell; it has learned nothing to compare.")
    keep = int(min(components, (scale > 1e-5 * scale[0]).sum()))
    return Reference(mean, rows[:keep].astype(np.float32), scale[:keep].astype(np.float32))


def threshold(run: RunFolder) -> float:
    """Distance that one in a hundred cells of subjects held out of training exceeds, over all finished folds."""
    distances = []
    for fold in run.done_folds():
        judgements = run.judgements(f"fold-{fold.number}")
        held = np.isin(judgements.rows, fold.test)
        reference = fit_reference(judgements.features[~held])
        distances.append(reference.distance(judgements.features[held]))
    return float(np.percentile(np.concatenate(distances), PERCENTILE))
