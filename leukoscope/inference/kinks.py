"""Tell a wrong map from one where the network's own gradient jumps. Runs in a child process only.

ReLU, a maximum and the like have no gradient at one point: on both sides of it the map is another one, and two programs
that round differently may stand on different sides. Normalizations by small deviations make rounding large too.
Measured on eight probe pictures each of six networks of ``keras.applications`` at 32 and 64 pixels, normalized on four
pictures, and of networks with units that are zero on a picture:

- compiled maps that are right differed from Keras' by up to 1.7 of its maximum (EfficientNetB0 whose last map is one
  place), always by less than Keras' own map changed when every sample changed by a millionth (6 in that case);
- maps that are turned or moved by a place differed by 0.015 or more on every picture;
- how alike two maps are does not tell: a right one correlated by 0.89 with Keras', its transpose by up to 1.00.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

import numpy as np
from numpy.typing import NDArray

NEIGHBORS = 8
"""Pictures that are looked at beside a probe: each kink has half of them on its other side."""
STEP = 1e-6
"""Deviation of their noise, as a share of the largest sample: about what rounding does inside a network."""

Outputs = Mapping[str, NDArray[np.float32]]


def at_kinks(
    original: Callable[[NDArray[np.float32]], Outputs],
    pixels: NDArray[np.float32],
    compiled: Outputs,
    expected: Outputs,
    names: Collection[str],
) -> frozenset[str]:
    """Which of the maps that differ do so by no more than the original's own maps beside a picture.

    Parameters
    ----------
    original
        Gives the outputs of one picture, as Keras says them.
    pixels
        The picture, (height, width, channels) float32.
    compiled, expected
        What the graph and the original say of it, by name.
    names
        The maps in question.
    """
    found = {name for name in names if name in compiled}
    if not found:
        return frozenset()
    size = STEP * max(float(np.abs(pixels).max()), 1.0)
    jumps = dict.fromkeys(found, 0.0)
    for seed in range(NEIGHBORS):
        noise = np.random.default_rng(seed).normal(0.0, size, pixels.shape)
        beside = original((pixels + noise).astype(np.float32))
        for name in found:
            jumps[name] = max(jumps[name], float(np.abs(beside[name] - expected[name]).max()))
    return frozenset(name for name in found if float(np.abs(compiled[name] - expected[name]).max()) <= jumps[name])
