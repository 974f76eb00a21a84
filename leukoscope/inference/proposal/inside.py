"""What a network does with samples before its first weights: read off numbers, however it was written.

Runs in a child process only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from leukoscope.inference.trace import as_functional, trace

_WHITE = 255.0
_TOLERANCE = 1e-3


@dataclass(frozen=True, eq=False)
class Inside:
    """One branch: ``out = gain @ samples + offset`` at each pixel.

    Parameters
    ----------
    gain
        Shape (channels out, channels in).
    offset
        Shape (channels out,).
    is_affine
        Whether that is all; a layer that standardizes each cell is not.
    """

    gain: NDArray[np.float64]
    offset: NDArray[np.float64]
    is_affine: bool = True

    @property
    def is_plain(self) -> bool:
        """Whether samples reach the first weights as they came."""
        rows, columns = self.gain.shape
        return (
            self.is_affine
            and rows == columns
            and bool(np.abs(self.gain - np.eye(rows)).max() <= _TOLERANCE)
            and bool(np.abs(self.offset).max() <= _TOLERANCE)
        )

    @property
    def text(self) -> str:
        """What it does, in a few words, if samples are 0..255."""
        if self.is_plain:
            return "takes samples as they come"
        if not self.is_affine:
            return "standardizes each picture itself"
        low = self.offset + np.minimum(self.gain, 0.0).sum(axis=1) * _WHITE
        high = self.offset + np.maximum(self.gain, 0.0).sum(axis=1) * _WHITE
        turned = self.gain.shape == (3, 3) and bool(
            (np.abs(self.gain).argmax(axis=1) == [2, 1, 0]).all() and np.abs(self.gain).max() > 0
        )
        colors = " and turns RGB into BGR" if turned else ""
        return f"scales 0..255 to {low.min():.3g}..{high.max():.3g} itself{colors}"


def look_inside(model: keras.Model, shape: tuple[int, int, int]) -> tuple[Inside, ...]:
    """What each branch does with samples before its first weights.

    Parameters
    ----------
    model
        A graph of layers with one input.
    shape
        Height, width and channels of the input.
    """
    height, width, channels = shape

    def reach(pixels: Any) -> list[Any]:
        raw, reached = {id(pixels)}, dict[int, Any]()
        for step in trace(model, pixels).steps:
            # Of three sides too: “caffe” takes the channels out one by one and stacks them in the other order.
            given = [one for one in step.inputs if len(one.shape) in {3, 4}]
            if not given or not all(id(one) in raw for one in given):
                continue
            # An operation between tensors, as x / 255, has none.
            if any(len(weight.shape) > 1 for weight in getattr(step.layer, "weights", ())):
                reached |= {id(one): one for one in given if len(one.shape) == 4}
            else:
                raw |= {id(one) for one in step.outputs}
        return [one[:, one.shape[1] // 2, one.shape[2] // 2, :] for one in reached.values()]

    # Black, then each channel alone at its most: plain colors, so that resizing and cropping layers change nothing.
    # The last, some other color, tells whether that is all there is to know.
    other = np.linspace(200.0, 40.0, channels)
    colors = np.vstack([np.zeros(channels), _WHITE * np.eye(channels), other]).astype(np.float32)
    pixels = np.broadcast_to(colors[:, None, None, :], (channels + 2, height, width, channels))
    found = tf.function(reach, autograph=False)(tf.constant(np.ascontiguousarray(pixels)))
    return tuple(_inside(np.asarray(one, np.float64), other) for one in found)


def _inside(values: NDArray[np.float64], other: NDArray[np.float64]) -> Inside:
    """From what comes of black, of each channel alone and of another color: shape (2 + channels in, channels out)."""
    gain, offset = ((values[1:-1] - values[0]) / _WHITE).T, values[0]
    off = np.abs(gain @ other + offset - values[-1]).max()
    return Inside(gain, offset, bool(off <= _TOLERANCE * max(1.0, float(np.abs(values).max()))))


def names_in(model: keras.Model) -> tuple[str, ...]:
    """Names of a model's layers, nested ones included."""
    graph = as_functional(model)
    if graph is None:
        return (str(model.name),)
    return (str(model.name), *(name for layer in graph.layers for name in names_in(layer)))
