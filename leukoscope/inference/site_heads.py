"""What a site profile puts in the place of a network's head: a linear head on the same features. Pure, numpy only."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class SiteHead:
    """Logit of leukemic: ``scale * shipped + (features - mean) @ weights + bias``.

    Parameters
    ----------
    mean, weights
        Shape (d,).
    scale
        What the shipped head's calibrated logit counts.
    bias
        Added at the end; the calibration is in all of it.
    """

    mean: Values
    weights: Values
    scale: float
    bias: float

    def logits(self, features: Values, shipped: Values) -> Values:
        """Calibrated logits of cells: features (n, d), shipped calibrated logits (n,)."""
        return np.asarray(self.scale * shipped + (features - self.mean) @ self.weights + self.bias)


@dataclass(frozen=True, eq=False)
class SiteClassHead:
    """Logits of classes: ``(shipped + (features - mean) @ weights + bias) / temperature``.

    Classes that the lab has labeled no cells of keep what the shipped head says of them.

    Parameters
    ----------
    mean
        Shape (d,).
    weights
        Shape (d, classes).
    bias
        Shape (classes,).
    temperature
        Above 0.
    """

    mean: Values
    weights: Values
    bias: Values
    temperature: float

    def logits(self, features: Values, shipped: Values) -> Values:
        """Calibrated logits of cells: features (n, d), shipped calibrated logits (n, classes)."""
        return np.asarray((shipped + (features - self.mean) @ self.weights + self.bias) / self.temperature)
