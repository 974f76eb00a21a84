"""EfficientNet-Lite 0, 1 and 2: EfficientNet without squeeze-and-excitation, with ReLU6, stem and head not scaled.

Architecture from Tan and Le (2019) and the "lite" variants published with TensorFlow's TPU models. Layer names
follow ``keras.applications.EfficientNetB0`` (``block1a_dwconv``, ``top_activation`` ...), so a reader who knows one
knows the other.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import keras

from leukoscope.inference.layers import BranchScaling

STEM_FILTERS = 32
HEAD_FILTERS = 1280
FILTER_DIVISOR = 8
# As in the TensorFlow originals; PyTorch's momentum is one minus this.
BATCH_NORM = {"epsilon": 1e-3, "momentum": 0.99}


@dataclass(frozen=True)
class Stage:
    """One row of EfficientNet's table, before scaling."""

    repeats: int
    kernel: int
    stride: int
    expand: int
    filters: int


@dataclass(frozen=True)
class Block:
    """One inverted-residual block, after scaling."""

    name: str
    kernel: int
    stride: int
    expand: int
    filters_in: int
    filters_out: int

    @property
    def residual(self) -> bool:
        """Whether the block's input is added to its output."""
        return self.stride == 1 and self.filters_in == self.filters_out


STAGES = (
    Stage(1, 3, 1, 1, 16),
    Stage(2, 3, 2, 6, 24),
    Stage(2, 5, 2, 6, 40),
    Stage(3, 3, 2, 6, 80),
    Stage(3, 5, 1, 6, 112),
    Stage(4, 5, 2, 6, 192),
    Stage(1, 3, 1, 6, 320),
)

VARIANTS: dict[str, tuple[float, float]] = {
    "efficientnet-lite0": (1.0, 1.0),
    "efficientnet-lite1": (1.0, 1.1),
    "efficientnet-lite2": (1.1, 1.2),
}
"""Name -> (width, depth) multipliers."""


def round_filters(filters: int, width: float) -> int:
    """Scale a channel count and round it to a multiple of 8, never down by more than a tenth."""
    scaled = filters * width
    rounded = max(FILTER_DIVISOR, int(scaled + FILTER_DIVISOR / 2) // FILTER_DIVISOR * FILTER_DIVISOR)
    return rounded + FILTER_DIVISOR if rounded < 0.9 * scaled else rounded


def blocks(variant: str) -> Iterator[Block]:
    """List the blocks of one variant from the stem to the head; first and last stage keep their depth."""
    width, depth = VARIANTS[variant]
    filters_in = STEM_FILTERS
    for number, stage in enumerate(STAGES, start=1):
        fixed = number in (1, len(STAGES))
        repeats = stage.repeats if fixed else math.ceil(depth * stage.repeats)
        filters_out = round_filters(stage.filters, width)
        for repeat in range(repeats):
            yield Block(
                name=f"block{number}{chr(ord('a') + repeat)}",
                kernel=stage.kernel,
                stride=stage.stride if repeat == 0 else 1,
                expand=stage.expand,
                filters_in=filters_in,
                filters_out=filters_out,
            )
            filters_in = filters_out


def _normalized(x: keras.KerasTensor, prefix: str, *, activation: bool = True) -> keras.KerasTensor:
    x = keras.layers.BatchNormalization(name=f"{prefix}bn", **BATCH_NORM)(x)
    return keras.layers.ReLU(max_value=6.0, name=f"{prefix}activation")(x) if activation else x


def _block(x: keras.KerasTensor, block: Block) -> keras.KerasTensor:
    shortcut = x
    if block.expand != 1:
        x = keras.layers.Conv2D(block.filters_in * block.expand, 1, use_bias=False, name=f"{block.name}_expand_conv")(x)
        x = _normalized(x, f"{block.name}_expand_")
    x = keras.layers.DepthwiseConv2D(
        block.kernel, strides=block.stride, padding="same", use_bias=False, name=f"{block.name}_dwconv"
    )(x)
    x = _normalized(x, f"{block.name}_dw_")
    x = keras.layers.Conv2D(block.filters_out, 1, use_bias=False, name=f"{block.name}_project_conv")(x)
    x = _normalized(x, f"{block.name}_project_", activation=False)
    return keras.layers.Add(name=f"{block.name}_add")([x, shortcut]) if block.residual else x


def efficientnet_lite(
    variant: str, *, input_shape: tuple[int, int, int] = (224, 224, 3), pooling: str | None = None
) -> keras.Model:
    """Build one variant without its ImageNet classifier, weights at random.

    Parameters
    ----------
    variant
        A key of :data:`VARIANTS`; also the model's name.
    input_shape
        Height, width, 3. Input is raw RGB 0..255; the scaling ``x / 128 - 127 / 128`` of the originals is inside.
    pooling
        ``"avg"`` for a feature vector (batch, 1280), ``None`` for the map (batch, height/32, width/32, 1280).
    """
    inputs = keras.Input(input_shape, name="pixels")
    x = BranchScaling(scale=1.0 / 128.0, offset=-127.0 / 128.0, name="scaling")(inputs)
    x = keras.layers.Conv2D(STEM_FILTERS, 3, strides=2, padding="same", use_bias=False, name="stem_conv")(x)
    x = _normalized(x, "stem_")
    for block in blocks(variant):
        x = _block(x, block)
    x = keras.layers.Conv2D(HEAD_FILTERS, 1, use_bias=False, name="top_conv")(x)
    x = _normalized(x, "top_")
    if pooling == "avg":
        x = keras.layers.GlobalAveragePooling2D(name="avg_pool")(x)
    return keras.Model(inputs, x, name=variant)
