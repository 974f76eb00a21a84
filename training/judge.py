"""What a fitted network says about cells it was not trained on, with the tops of its explanation maps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from leukoscope.inference.layers import FilterTokenCrossAttention
from training.parts import Parts

_CHUNK = 64
ATTENTION = "attention"


@dataclass(frozen=True, eq=False)
class Judgements:
    """Outputs for ``rows`` of the cells.

    Parameters
    ----------
    rows
        Indices of the cells, shape (n,).
    logits
        Shape (n,), before calibration.
    features
        Shape (n, features), float32: the vector that novelty looks at.
    peaks
        Explanation name -> shape (n,): the largest value of the cell's map.
    """

    rows: NDArray[np.int64]
    logits: NDArray[np.float64]
    features: NDArray[np.float32]
    peaks: dict[str, NDArray[np.float64]]

    def save(self, path: Path) -> None:
        """Write one ``.npz``, whole or not at all."""
        part = path.with_suffix(".part.npz")
        peaks = {f"peak:{name}": values for name, values in self.peaks.items()}
        np.savez(part, rows=self.rows, logits=self.logits, features=self.features, **peaks)
        part.replace(path)

    @classmethod
    def load(cls, path: Path) -> Judgements:
        """Read what :meth:`save` wrote."""
        with np.load(path) as data:
            peaks = {key.removeprefix("peak:"): data[key] for key in data.files if key.startswith("peak:")}
            return cls(data["rows"], data["logits"], data["features"], peaks)


def judge(parts: Parts, plain: Sequence[NDArray[np.float16]], rows: NDArray[np.int64]) -> Judgements:
    """Judge cells from their cached activations.

    Parameters
    ----------
    parts
        A fitted network.
    plain
        For each branch (n, ...): activations of all cells, unaltered.
    rows
        Which of them to judge.
    """
    names = [branch.name for branch in parts.branches]
    attention = next((layer for layer in parts.head.layers if isinstance(layer, FilterTokenCrossAttention)), None)
    logits, features = [], []
    peaks: dict[str, list[NDArray[np.float64]]] = {name: [] for name in names}
    if attention is not None:
        peaks[ATTENTION] = []
    for first in range(0, rows.size, _CHUNK):
        chosen = rows[first : first + _CHUNK]
        inputs = [tf.constant(p[chosen].astype(np.float32)) for p in plain]
        logit, vector, spatial, gradients = _explained(parts, inputs)
        logits.append(logit.numpy()[:, 0].astype(np.float64))
        features.append(vector.numpy())
        for name, activation, gradient in zip(names, spatial, gradients, strict=True):
            peaks[name].append(grad_cam(activation.numpy(), gradient.numpy()).max(axis=(1, 2)))
        if attention is not None:
            peaks[ATTENTION].append(token_attention(attention, spatial[0]).max(axis=1))
    joined = {name: np.concatenate(values).astype(np.float64) for name, values in peaks.items()}
    return Judgements(rows, np.concatenate(logits), np.concatenate(features), joined)


def _explained(parts: Parts, inputs: list[tf.Tensor]) -> tuple[tf.Tensor, tf.Tensor, list[tf.Tensor], list[tf.Tensor]]:
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        outputs = [branch.tail(x, training=False) for branch, x in zip(parts.branches, inputs, strict=True)]
        vector, hidden = parts.head([given for _, given in outputs], training=False)
        logit = tf.matmul(hidden, tf.convert_to_tensor(parts.output.kernel)) + parts.output.bias
    spatial = [activation for activation, _ in outputs]
    return logit, vector, spatial, tape.gradient(logit, spatial)


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
    return np.maximum((activation * weights).sum(axis=-1), 0.0)


def token_attention(layer: FilterTokenCrossAttention, activation: tf.Tensor) -> NDArray[np.float32]:
    """Attention of each place, averaged over heads and tokens: (batch, places), each row sums to 1."""
    _, scores = layer(activation, return_attention_scores=True)
    return np.asarray(scores.numpy().mean(axis=(1, 2)), dtype=np.float32)
