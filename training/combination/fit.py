"""How much the networks weigh beside the figures of shape: fitted on people whom no opinion has seen.

The program combines calibrated probabilities (``leukoscope.inference.decision.weights``): the networks together have a
share that falls with the distance of the cell from what they know, the figures of shape have the rest. Two numbers
decide that, and both are fitted here by log-likelihood with every person counted alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from training.calibrate import person_weights
from training.combination.opinions import Dealing
from training.metrics import Mask, Values

SHARES = tuple(round(0.05 * step, 2) for step in range(21))
"""Shares of the networks that are tried."""
FALLOFFS = (0.0, 0.25, 0.5, 1.0)
"""Exponents of the fall with distance that are tried; 0 is none up to the limit."""
_SMALLEST = 1e-6


@dataclass(frozen=True)
class Combination:
    """What decides the weights.

    Parameters
    ----------
    share
        Of the networks together, on a cell in the middle of what they know; 0..1.
    falloff
        The share is multiplied by (1 - novelty) to this power.
    """

    share: float
    falloff: float


def networks_share(dealing: Dealing, combination: Combination) -> Values:
    """Weight of all networks together on each cell, shape (n,); 0 beyond their limit."""
    novelty = np.max([said.novelty for said in dealing.said if said.novelty is not None], axis=0)
    inside = np.clip(1.0 - novelty, 0.0, 1.0)
    fall = np.where(novelty > 1.0, 0.0, inside**combination.falloff if combination.falloff else 1.0)
    return np.asarray(combination.share * fall)


def pooled(dealing: Dealing, combination: Combination) -> tuple[Values, Values, Values]:
    """Probability, and lower and upper end of the band, of each cell; each of shape (n,)."""
    share = networks_share(dealing, combination)
    networks = [said for said in dealing.said if said.novelty is not None]
    shape = next(said for said in dealing.said if said.novelty is None)
    probability, low, high = (
        share * np.mean([getattr(said, name) for said in networks], axis=0) + (1 - share) * getattr(shape, name)
        for name in ("probability", "low", "high")
    )
    return probability, low, high


def fit_combination(dealings: Sequence[Dealing], chosen: Sequence[Mask]) -> Combination:
    """Find the combination with the largest likelihood on some cells of each dealing.

    Parameters
    ----------
    dealings
        Held-out opinions.
    chosen
        For each dealing which cells are fitted on, shape (n,).
    """
    tried = [Combination(share, falloff) for falloff in FALLOFFS for share in SHARES]
    losses = [sum(_loss(d, rows, one) for d, rows in zip(dealings, chosen, strict=True)) for one in tried]
    return tried[int(np.argmin(losses))]


def _loss(dealing: Dealing, rows: Mask, combination: Combination) -> float:
    probability = np.clip(pooled(dealing, combination)[0][rows], _SMALLEST, 1 - _SMALLEST)
    labels = dealing.labels[rows]
    weights = person_weights(labels, dealing.subjects[rows])
    for label in (0, 1):
        weights[labels == label] *= 0.5 * labels.size / weights[labels == label].sum()
    return float(np.average(-np.log(np.where(labels == 1, probability, 1 - probability)), weights=weights))
