"""The layers that the house networks need beyond Keras' own. Imported for their registration before a bundle loads.

All are built from plain matrix products, softmax and layer normalization: the graph converts to OpenVINO, and the
gradient of the logit can be written down by hand (:meth:`TokenAttention.attend`, then :meth:`TokenAttention.finish`).
"""

from __future__ import annotations

import math
from typing import Any

import keras
import numpy as np
from keras import ops

PACKAGE = "leukoscope"
EPSILON = 1e-6
"""Of every LayerNormalization in this module."""


@keras.saving.register_keras_serializable(package=PACKAGE)
class BranchScaling(keras.layers.Layer):
    """Bring raw samples 0..255 into the range a backbone was trained with: ``x * scale + offset``.

    Parameters
    ----------
    scale, offset
        One number for all channels, or one per channel (length 3).

    Notes
    -----
    Input and output: (batch, height, width, 3), float. No weights, so the parameter count stays the published one.
    """

    def __init__(self, scale: float | list[float], offset: float | list[float] = 0.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.scale = scale
        self.offset = offset

    def call(self, inputs: Any) -> Any:
        """Scale (batch, height, width, 3)."""
        scale = ops.convert_to_tensor(self.scale, dtype=self.compute_dtype)
        offset = ops.convert_to_tensor(self.offset, dtype=self.compute_dtype)
        return inputs * scale + offset

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Same as the input's."""
        return input_shape

    def get_config(self) -> dict[str, Any]:
        """Constructor arguments."""
        return {**super().get_config(), "scale": self.scale, "offset": self.offset}


class TokenAttention(keras.layers.Layer):
    """Transformer block on tokens: multi-head attention, residual, LayerNorm, feed-forward, residual, LayerNorm.

    Post-norm, as in Vaswani et al. (2017). The two subclasses differ only in what asks (queries) and what is asked
    (keys and values).

    Parameters
    ----------
    heads, head_size
        The attention's width is ``heads * head_size``; so is the tokens'.
    feed_forward
        Hidden units of the two-layer ReLU feed-forward.
    dropout
        After the attention's projection and after the feed-forward, during training only.
    """

    def __init__(
        self, heads: int = 8, head_size: int = 32, feed_forward: int = 256, dropout: float = 0.1, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.heads = heads
        self.head_size = head_size
        self.feed_forward = feed_forward
        self.dropout = dropout
        self.width = heads * head_size
        self.query = keras.layers.Dense(self.width, name="query")
        self.key = keras.layers.Dense(self.width, name="key")
        self.value = keras.layers.Dense(self.width, name="value")
        self.projection = keras.layers.Dense(self.width, name="projection")
        self.attention_norm = keras.layers.LayerNormalization(epsilon=EPSILON, name="attention_norm")
        self.expand = keras.layers.Dense(feed_forward, activation="relu", name="expand")
        self.contract = keras.layers.Dense(self.width, name="contract")
        self.output_norm = keras.layers.LayerNormalization(epsilon=EPSILON, name="output_norm")
        self.attention_dropout = keras.layers.Dropout(dropout, name="attention_dropout")
        self.output_dropout = keras.layers.Dropout(dropout, name="output_dropout")

    def _build_block(self, context_width: int) -> None:
        tokens = (None, None, self.width)
        self.query.build(tokens)
        for dense in (self.key, self.value):
            dense.build((None, None, context_width))
        self.projection.build(tokens)
        self.attention_norm.build(tokens)
        self.expand.build(tokens)
        self.contract.build((None, None, self.feed_forward))
        self.output_norm.build(tokens)
        self.attention_dropout.build(tokens)
        self.output_dropout.build(tokens)

    def split_heads(self, x: Any) -> Any:
        """(batch, n, heads * head_size) -> (batch, heads, n, head_size)."""
        x = ops.reshape(x, (-1, x.shape[1], self.heads, self.head_size))
        return ops.transpose(x, (0, 2, 1, 3))

    def join_heads(self, x: Any) -> Any:
        """(batch, heads, n, head_size) -> (batch, n, heads * head_size)."""
        x = ops.transpose(x, (0, 2, 1, 3))
        return ops.reshape(x, (-1, x.shape[1], self.width))

    def attend(self, asking: Any, context: Any) -> tuple[Any, Any]:
        """Scaled dot-product attention.

        Parameters
        ----------
        asking
            (batch, or 1 when the same for every cell; queries; width).
        context
            (batch, places, context width): keys and values.

        Returns
        -------
        tuple
            Mixed values (batch, queries, width) before the projection, and scores (batch, heads, queries, places),
            which sum to 1 over the places.
        """
        q = self.split_heads(self.query(asking))
        k = self.split_heads(self.key(context))
        v = self.split_heads(self.value(context))
        scores = ops.softmax(ops.matmul(q, ops.transpose(k, (0, 1, 3, 2))) * (1.0 / math.sqrt(self.head_size)), axis=-1)
        return self.join_heads(ops.matmul(scores, v)), scores

    def finish(self, asking: Any, mixed: Any, *, training: bool | None = None) -> Any:
        """Apply projection, residual, LayerNorm, feed-forward, residual, LayerNorm: (batch, queries, width)."""
        x = self.attention_norm(asking + self.attention_dropout(self.projection(mixed), training=training))
        y = self.contract(self.expand(x))
        return self.output_norm(x + self.output_dropout(y, training=training))

    def get_config(self) -> dict[str, Any]:
        """Constructor arguments."""
        return {
            **super().get_config(),
            "heads": self.heads,
            "head_size": self.head_size,
            "feed_forward": self.feed_forward,
            "dropout": self.dropout,
        }


@keras.saving.register_keras_serializable(package=PACKAGE)
class FilterTokenCrossAttention(TokenAttention):
    """Learnable filter tokens ask a feature map where their pattern is.

    Parameters
    ----------
    tokens
        Number of learnable tokens.
    **kwargs
        See :class:`TokenAttention`.

    Notes
    -----
    Input: (batch, height, width, channels), for example (batch, 7, 7, 1280); the places are flattened row by row.
    Output: (batch, tokens, heads * head_size); with ``return_attention_scores`` also the scores
    (batch, heads, tokens, height * width). Weights of its own: ``tokens`` and ``positions``, both
    (tokens, heads * head_size); queries are their sum, the same for every cell.
    """

    def __init__(self, tokens: int = 64, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.tokens = tokens

    def build(self, input_shape: Any) -> None:
        """Make the tokens, their positional embeddings and the block's weights."""
        shape = (self.tokens, self.width)
        self.token_embedding = self.add_weight(shape=shape, initializer="glorot_uniform", name="tokens")
        self.position_embedding = self.add_weight(
            shape=shape, initializer=keras.initializers.RandomNormal(stddev=0.02), name="positions"
        )
        self._build_block(input_shape[-1])
        self.built = True

    def queries(self) -> Any:
        """Tokens plus positions: (1, tokens, width)."""
        return ops.expand_dims(self.token_embedding + self.position_embedding, 0)

    def places(self, inputs: Any) -> Any:
        """(batch, height, width, channels) -> (batch, height * width, channels)."""
        height, width, channels = inputs.shape[1:]
        return ops.reshape(inputs, (-1, height * width, channels))

    def call(self, inputs: Any, training: bool | None = None, return_attention_scores: bool = False) -> Any:
        """Ask the map: (batch, height, width, channels) -> (batch, tokens, heads * head_size)."""
        asking = self.queries()
        mixed, scores = self.attend(asking, self.places(inputs))
        outputs = self.finish(asking, mixed, training=training)
        return (outputs, scores) if return_attention_scores else outputs

    def compute_output_shape(self, input_shape: Any, **_: Any) -> Any:
        """(batch, tokens, heads * head_size)."""
        return (input_shape[0], self.tokens, self.width)

    def get_config(self) -> dict[str, Any]:
        """Constructor arguments."""
        return {**super().get_config(), "tokens": self.tokens}


@keras.saving.register_keras_serializable(package=PACKAGE)
class TokenSelfAttention(TokenAttention):
    """Tokens ask each other.

    Notes
    -----
    Input and output: (batch, tokens, heads * head_size); with ``return_attention_scores`` also the scores
    (batch, heads, tokens, tokens).
    """

    def build(self, input_shape: Any) -> None:
        """Make the block's weights."""
        self._build_block(input_shape[-1])
        self.built = True

    def call(self, inputs: Any, training: bool | None = None, return_attention_scores: bool = False) -> Any:
        """Mix (batch, tokens, heads * head_size)."""
        mixed, scores = self.attend(inputs, inputs)
        outputs = self.finish(inputs, mixed, training=training)
        return (outputs, scores) if return_attention_scores else outputs

    def compute_output_shape(self, input_shape: Any, **_: Any) -> Any:
        """Same as the input's."""
        return input_shape


@keras.saving.register_keras_serializable(package=PACKAGE)
class CellStandardization(keras.layers.Layer):
    """Give the pixels of every cell the same mean and spread, so that stain and exposure carry less weight.

    Only pixels of the cell count. Background is black; a pixel whose largest sample is at most ``background`` belongs
    to it (JPEG files ring around zero) and becomes exactly black.

    Parameters
    ----------
    mean, deviation
        Of the cell's samples afterwards, in 0..255; one number for all channels, or one per channel (length 3).
    gray
        Replace the three channels by luma (ITU-R BT.601) first: hue is gone altogether.
    background
        Largest sample, 0..255, of a pixel that is background.
    low_pass
        Sigma in pixels of a Gaussian that takes out what is finer, before the statistics; 0 leaves it. Only pixels of
        the cell are averaged (normalized convolution), so no black bleeds in. How sharp and how noisy a picture is
        belongs to the microscope, not to the cell.

    Notes
    -----
    Input and output: (batch, height, width, 3), float, 0..255. No weights.
    """

    def __init__(
        self,
        mean: float | list[float] = 128.0,
        deviation: float | list[float] = 40.0,
        gray: bool = False,
        background: float = 12.0,
        low_pass: float = 0.0,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.mean = mean
        self.deviation = deviation
        self.gray = gray
        self.background = background
        self.low_pass = low_pass

    def call(self, inputs: Any) -> Any:
        """Standardize (batch, height, width, 3)."""
        x = inputs
        cell = ops.cast(ops.max(x, axis=-1, keepdims=True) > self.background, self.compute_dtype)
        if self.gray:
            luma = ops.convert_to_tensor([0.299, 0.587, 0.114], dtype=self.compute_dtype)
            x = ops.repeat(ops.sum(x * luma, axis=-1, keepdims=True), 3, axis=-1)
        if self.low_pass > 0:
            x = self._smooth(x, cell)
        count = ops.sum(cell, axis=(1, 2), keepdims=True) + 1.0
        mean = ops.sum(x * cell, axis=(1, 2), keepdims=True) / count
        centered = (x - mean) * cell
        spread = ops.sqrt(ops.sum(centered * centered, axis=(1, 2), keepdims=True) / count) + 1.0
        target = ops.convert_to_tensor(self.mean, dtype=self.compute_dtype)
        width = ops.convert_to_tensor(self.deviation, dtype=self.compute_dtype)
        return ops.clip(centered / spread * width + target, 0.0, 255.0) * cell

    def _smooth(self, x: Any, cell: Any) -> Any:
        """Gaussian mean of the cell's own pixels about each of them."""
        radius = math.ceil(3.0 * self.low_pass)
        taps = np.exp(-0.5 * (np.arange(-radius, radius + 1) / self.low_pass) ** 2)
        along = np.tile((taps / taps.sum())[:, None, None, None], (1, 1, 4, 1)).astype(np.float32)
        stacked = ops.concatenate([x * cell, cell], axis=-1)
        for kernel in (along, along.transpose(1, 0, 2, 3)):
            fixed = ops.convert_to_tensor(kernel, dtype=self.compute_dtype)
            stacked = ops.depthwise_conv(stacked, fixed, padding="same")
        return stacked[..., :3] / ops.maximum(stacked[..., 3:], 1e-3)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Same as the input's."""
        return input_shape

    def get_config(self) -> dict[str, Any]:
        """Constructor arguments."""
        return {
            **super().get_config(),
            "mean": self.mean,
            "deviation": self.deviation,
            "gray": self.gray,
            "background": self.background,
            "low_pass": self.low_pass,
        }
