"""Tell a wrong answer from one that rounding moves. Runs in a child process only.

A network may make small differences large: many layers of random weights, normalization by small deviations, a head
that takes nearly equal sums from each other. Then float32 itself decides the last digits, and two programs that add up
in another order say different ones. Measured on probe pictures, in log-odds, beside the same weights in float64:

- the published ensemble of random weights, 99 million parameters: Keras in float32 is off by up to 2.0e-4, the
  compiled graph by up to 7.5e-4; they differ by up to 9.5e-4 (2.1e-4 of a probability) where Keras' own answer moves
  by 3.4e-3 when every sample changes by a millionth;
- EfficientNetV2B0 of random weights at 64 pixels: Keras is off by up to 0.23, the graph by up to 0.11, of -138; they
  differ by up to 0.12 where Keras' own answer moves by 3.1.

On all sixteen pictures they differed by less than a third of what Keras' own answer moved. Both are rounding of one
size, so no other way of compiling brings them together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from leukoscope.inference.kinks import NEIGHBORS, STEP

MOST = 1e-3
"""Largest difference of a probability that is ever rounding: a model whose answer moves more than that is refused."""

Answer = Callable[[NDArray[np.float32]], NDArray[np.float64]]


def is_rounding(original: Answer, pixels: NDArray[np.float32], off: float) -> bool:
    """Whether an answer differs from the original's by no more than the original's own moves beside a picture.

    Parameters
    ----------
    original
        Gives the probabilities of one picture, as Keras says them.
    pixels
        The picture, (height, width, channels) float32.
    off
        Largest difference of a probability there.
    """
    if not off <= MOST:
        return False
    here = original(pixels)
    return any(float(np.abs(original(one) - here).max()) >= off for one in _beside(pixels))


def _beside(pixels: NDArray[np.float32]) -> Iterator[NDArray[np.float32]]:
    """Pictures a millionth away: all samples larger or smaller together, which no average takes out; then noise."""
    for factor in (1.0 + STEP, 1.0 - STEP):
        yield (pixels.astype(np.float64) * factor).astype(np.float32)
    size = STEP * max(float(np.abs(pixels).max()), 1.0)
    for seed in range(NEIGHBORS):
        noise = np.random.default_rng(seed).normal(0.0, size, pixels.shape)
        yield (pixels + noise).astype(np.float32)
