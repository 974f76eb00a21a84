"""Features as coordinates along the cells that there are: a ridge fit needs no more of them than cells."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from leukoscope.site.cells import Values

_FLAT = 1e-6


@dataclass(frozen=True, eq=False)
class Reduced:
    """Standardized features turned onto their own axes; distances between cells stay as they are.

    Parameters
    ----------
    mean
        Shape (d,).
    axes
        Shape (d, r): ``(features - mean) @ axes`` are the coordinates, with a mean square length of 1.
    coordinates
        Of the cells that it was made of, shape (n, r).
    """

    mean: Values
    axes: Values
    coordinates: Values

    def of(self, features: Values) -> Values:
        """Coordinates of other cells, shape (n, r)."""
        return np.asarray((features - self.mean) @ self.axes)


def reduced(features: Values, weights: Values) -> Reduced:
    """Standardize by the site's own mean and spread, which is its stain to the network, and turn.

    Parameters
    ----------
    features
        Shape (n, d).
    weights
        How much each cell counts, shape (n,).
    """
    share = weights / weights.sum()
    mean = share @ features
    spread: Values = np.sqrt(share @ (features - mean) ** 2)
    is_told = spread > _FLAT * float(np.max(spread))
    inverse: Values = np.where(is_told, 1.0 / np.maximum(spread, 1e-30), 0.0)
    inverse /= max(1, int(np.count_nonzero(inverse))) ** 0.5
    standard = (features - mean) * inverse
    values, vectors = np.linalg.eigh(standard @ standard.T)
    kept = values > 1e-9 * max(1e-30, float(values[-1]))
    vectors, lengths = vectors[:, kept], np.sqrt(values[kept])
    axes = standard.T @ (vectors / lengths)
    return Reduced(np.asarray(mean), np.asarray(inverse[:, None] * axes), np.asarray(vectors * lengths))
