"""What a fitted network says about cells it was not trained on, with the tops of its explanation maps."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from leukoscope.inference.layers import FilterTokenCrossAttention
from training.network_outputs import ATTENTION, NetworkOutputs
from training.split_network import Branch, SplitNetwork

_CHUNK = 64


def predict(
    parts: SplitNetwork, plain: Sequence[NDArray[np.float16]], rows: NDArray[np.int64], explained: NDArray[np.bool_]
) -> NetworkOutputs:
    """Judge cells from their cached activations.

    Parameters
    ----------
    parts
        A fitted network.
    plain
        For each branch (n, ...): activations of all cells, unaltered.
    rows
        Which of them to judge.
    explained
        Shape of ``rows``: for which the maps are worth their time.
    """
    chunks = [
        _predict_chunk(parts, plain, chosen[first : first + _CHUNK], maps)
        for chosen, maps in ((rows[explained], True), (rows[~explained], False))
        for first in range(0, chosen.size, _CHUNK)
    ]
    return NetworkOutputs(
        np.concatenate([chunk.rows for chunk in chunks]),
        np.concatenate([chunk.logits for chunk in chunks]),
        np.concatenate([chunk.features for chunk in chunks]),
        {name: np.concatenate([chunk.peaks[name] for chunk in chunks]) for name in chunks[0].peaks},
    )


def _predict_chunk(
    parts: SplitNetwork, plain: Sequence[NDArray[np.float16]], rows: NDArray[np.int64], maps: bool
) -> NetworkOutputs:
    names = [branch.name for branch in parts.branches]
    attention = next((layer for layer in parts.head.layers if isinstance(layer, FilterTokenCrossAttention)), None)
    inputs = [tf.constant(activations[rows].astype(np.float32)) for activations in plain]
    logit, vector, spatial, gradients = _explained(parts, inputs, maps)
    nothing = np.full(rows.size, np.nan)
    peaks = dict.fromkeys([*names, *([ATTENTION] if attention is not None else [])], nothing)
    if maps:
        for name, activation, gradient in zip(names, spatial, gradients, strict=True):
            peaks[name] = grad_cam(activation.numpy(), gradient.numpy()).max(axis=(1, 2)).astype(np.float64)
        if attention is not None:
            peaks[ATTENTION] = token_attention(attention, spatial[0]).max(axis=1).astype(np.float64)
    return NetworkOutputs(rows, logit.numpy()[:, 0].astype(np.float64), vector.numpy(), peaks)


def _explained(
    parts: SplitNetwork, inputs: list[tf.Tensor], maps: bool
) -> tuple[tf.Tensor, tf.Tensor, list[tf.Tensor], list[tf.Tensor]]:
    """Logit, novelty vector, last spatial activations and, with ``maps``, the logit's gradient there."""
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        outputs = [branch.tail(x, training=False) for branch, x in zip(parts.branches, inputs, strict=True)]
        spatial = [activation for activation, _ in outputs]
        given = [pooled for _, pooled in outputs]
        if maps:
            tape.watch(spatial)
            given = [_pooled(branch, activation) for branch, activation in zip(parts.branches, spatial, strict=True)]
        vector, hidden = parts.head(given if len(given) > 1 else given[0], training=False)
        logit = tf.matmul(hidden, tf.convert_to_tensor(parts.output.kernel)) + parts.output.bias
    return logit, vector, spatial, tape.gradient(logit, spatial) if maps else []


def _pooled(branch: Branch, activation: tf.Tensor) -> tf.Tensor:
    """What the head gets, computed again from the last spatial activation so that a gradient reaches it."""
    return branch.pool(activation, training=False)


def grad_cam(activation: NDArray[np.float32], gradient: NDArray[np.float32]) -> NDArray[np.float32]:
    """Grad-CAM (Selvaraju et al. 2017) of the logit.

    Parameters
    ----------
    activation, gradient
        Shape (batch, height, width, channels).

    Returns
    -------
    ndarray
        Shape (batch, height, width), float32, at least 0; not scaled.
    """
    weights = gradient.mean(axis=(1, 2), keepdims=True)
    return np.asarray(np.maximum((activation * weights).sum(axis=-1), 0.0), dtype=np.float32)


def token_attention(layer: FilterTokenCrossAttention, activation: tf.Tensor) -> NDArray[np.float32]:
    """Attention of each place, averaged over heads and tokens: (batch, places), each row sums to 1."""
    _, scores = layer(activation, return_attention_scores=True)
    return np.asarray(scores.numpy().mean(axis=(1, 2)), dtype=np.float32)
