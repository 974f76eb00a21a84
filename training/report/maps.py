"""The maps of a network for any cells: Grad-CAM of every branch and, where there is one, token attention."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from leukoscope.inference.layers import FilterTokenCrossAttention
from training.network_outputs import ATTENTION
from training.predict import grad_cam, token_attention
from training.split_network import SplitNetwork

Maps = dict[str, NDArray[np.float32]]
_CHUNK = 16
KINDS = {ATTENTION: "Token attention"}


def title_of(name: str) -> str:
    """A map's name as it is shown."""
    return KINDS.get(name, f"Grad-CAM, {name}")


def maps_of(parts: SplitNetwork) -> Callable[[NDArray[np.uint8]], Maps]:
    """Explain what a network says.

    Returns
    -------
    callable
        The network's input (n, height, width, 3), 0..255 -> map name -> (n, rows, columns), float32, at least 0.
        Grad-CAM is of the leukemic logit; where the network says healthy it is of the healthy one.
    """

    def explain(inputs: NDArray[np.uint8]) -> Maps:
        chunks = [_explained(parts, inputs[first : first + _CHUNK]) for first in range(0, len(inputs), _CHUNK)]
        return {name: np.concatenate([chunk[name] for chunk in chunks]) for name in chunks[0]}

    return explain


def _explained(parts: SplitNetwork, inputs: NDArray[np.uint8]) -> Maps:
    x = tf.constant(inputs.astype(np.float32))
    spatial = [branch.tail(branch.frozen(x, training=False), training=False)[0] for branch in parts.branches]
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(spatial)
        given = [branch.pool(s, training=False) for branch, s in zip(parts.branches, spatial, strict=True)]
        _, hidden = parts.head(given if len(given) > 1 else given[0], training=False)
        logit = tf.matmul(hidden, tf.convert_to_tensor(parts.output.kernel)) + parts.output.bias
        said = tf.where(logit >= 0, logit, -logit)
    maps = {
        branch.name: grad_cam(s.numpy(), gradient.numpy())
        for branch, s, gradient in zip(parts.branches, spatial, tape.gradient(said, spatial), strict=True)
    }
    for layer in parts.head.layers:
        if isinstance(layer, FilterTokenCrossAttention):
            attention = token_attention(layer, spatial[0])
            maps[ATTENTION] = attention.reshape(-1, *spatial[0].shape[1:3])
    return maps
