"""Small networks that were taught, by logistic regression, on cells fed in a known way."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np

from leukoscope.domain.feeding import Feeding
from leukoscope.inference.input_schema import Preprocessing
from leukoscope.inference.preprocessing import model_input
from leukoscope.inference.proposal.tried import TrialCell
from leukoscope.site.logistic import Problem, fit_two

SIDE = 24


def taught(
    cells: Sequence[TrialCell], feeding: Feeding, *, channels: int = 3, own: Sequence[Any] = (), softmax: bool = False
) -> Any:
    """A network of one convolution, the mean of its places, and a head that is taught on these cells.

    Parameters
    ----------
    cells
        What it is taught.
    feeding
        How these are fed to it.
    channels
        Of its input.
    own
        Layers of its own that stand before the convolution.
    softmax
        Two outputs instead of one.
    """
    layers = keras.layers
    fed = Preprocessing.of(feeding, SIDE, SIDE, channels)
    given = np.stack([model_input(one.views[fed.cut], fed) for one in cells])
    x = inputs = keras.Input((SIDE, SIDE, channels))
    for layer in own:
        x = layer(x)
    seen = np.asarray(keras.Model(inputs, x)(given))
    x = layers.Conv2D(2 * channels, 3, activation="relu", padding="same", name="conv")(x)
    x = layers.GlobalAveragePooling2D()(x)
    features = keras.Model(inputs, x)
    kernel, bias = np.zeros((3, 3, channels, 2 * channels), np.float32), np.zeros(2 * channels, np.float32)
    for channel in range(channels):
        low, high = np.percentile(seen[..., channel], [1, 99])
        kernel[1, 1, channel, 2 * channel], kernel[1, 1, channel, 2 * channel + 1] = 1.0, 1.0
        bias[2 * channel], bias[2 * channel + 1] = -low, -(low + high) / 2
    features.get_layer("conv").set_weights([kernel, bias])
    slopes, intercept = _fit(np.asarray(features(given), np.float64), np.array([one.leukemic for one in cells]))
    head = layers.Dense(2 if softmax else 1, activation="softmax" if softmax else "sigmoid", name="head")
    model = keras.Model(inputs, head(x))
    weights, biases = slopes[:, None], np.array([intercept])
    if softmax:
        weights, biases = np.hstack([-weights / 2, weights / 2]), np.hstack([-biases / 2, biases / 2])
    head.set_weights([weights.astype(np.float32), biases.astype(np.float32)])
    return model


def _fit(rows: Any, leukemic: Any) -> tuple[Any, float]:
    """Slopes and intercept; shrunk a little, so that cells that are told apart completely have finite ones."""
    middle, spread = rows.mean(axis=0), rows.std(axis=0) + 1e-9
    design = np.column_stack([np.ones(len(rows)), (rows - middle) / spread])
    k = design.shape[1]
    penalties = np.array([0.0, *[0.3] * (k - 1)])
    found = fit_two(Problem(design, leukemic.astype(np.int64), np.ones(len(rows)), np.zeros(k), penalties))
    slopes = found[1:] / spread
    return slopes, float(found[0] - slopes @ middle)
