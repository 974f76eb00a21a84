"""How a network is fed: cut and crop, the order of colors, the range of samples, mean and deviation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Literal

from leukoscope.domain.cuts import CELL_IMAGE_SIDE, Cutting

Color = Literal["RGB", "BGR", "gray"]
Scaling = Literal["0..255", "0..1", "-1..1"]
Resize = Literal["area", "bilinear", "nearest", "bicubic", "lanczos"]

COLORS: tuple[Color, ...] = ("RGB", "BGR", "gray")
SCALINGS: tuple[Scaling, ...] = ("0..255", "0..1", "-1..1")
RESIZES: tuple[Resize, ...] = ("area", "bilinear", "nearest", "bicubic", "lanczos")
LARGEST_CANVAS = 4096
"""Pixels of a CellImage: 246 µm."""
LEAST_AUROC = 0.6
"""A model below it sees little more than chance does on twenty cells, or the opposite of what it was trained to."""


@dataclass(frozen=True)
class Feeding:
    """How a Cell becomes a network's input; the network itself says of what size that is.

    Parameters
    ----------
    cut_out
        What stays around the cell.
    canvas, crop
        Side of the square that is cut out around the cell, and of its central part that is kept, in pixels of a
        CellImage. Of no meaning for a whole field.
    resize
        How the crop is brought to the size of the input.
    color
        Order of the channels; ``gray`` is ``0.299 R + 0.587 G + 0.114 B`` (ITU-R BT.601), in one channel or three.
    scaling
        Range of the samples.
    mean, deviation
        Of each channel in the order of ``color`` and the range of ``scaling``: ``(sample - mean) / deviation``; empty
        for none.
    """

    cut_out: Cutting = Cutting.BLACK
    canvas: int = CELL_IMAGE_SIDE
    crop: int = 300
    resize: Resize = "area"
    color: Color = "RGB"
    scaling: Scaling = "0..255"
    mean: tuple[float, ...] = ()
    deviation: tuple[float, ...] = ()

    @property
    def text(self) -> str:
        """In one line, for a table, a card or a log: ``450 of 450 on black, RGB 0..1``."""
        return f"{self._cut_text}, {self.color} {self.scaling}{self._normal_text}"

    @property
    def _cut_text(self) -> str:
        if self.cut_out is Cutting.WHOLE:
            return "the whole field"
        ground = {Cutting.BLACK: "on black", Cutting.KEPT: "in its surroundings", Cutting.MEAN: "on its mean color"}
        return f"{self.crop} of {self.canvas} {ground[self.cut_out]}"

    @property
    def _normal_text(self) -> str:
        parts = [
            f"{word} {', '.join(f'{value:g}' for value in values)}"
            for word, values in (("minus", self.mean), ("divided by", self.deviation))
            if values
        ]
        return f" {' '.join(parts)}" if parts else ""


def fitting(feeding: Feeding, channels: int) -> Feeding:
    """The same for a network of so many channels: one channel is gray, and has one mean and deviation."""
    if channels != 1 or feeding.color == "gray":
        return feeding
    return replace(feeding, color="gray", mean=_gray(feeding.mean), deviation=_gray(feeding.deviation))


def _gray(values: tuple[float, ...]) -> tuple[float, ...]:
    return (sum(values) / len(values),) if values else ()


@dataclass(frozen=True)
class Normalization:
    """What keras.applications calls a mode of ``preprocess_input``, in numbers."""

    color: Color
    scaling: Scaling
    mean: tuple[float, ...] = ()
    deviation: tuple[float, ...] = ()

    def of(self, feeding: Feeding) -> Feeding:
        """The same feeding with these numbers."""
        return replace(feeding, color=self.color, scaling=self.scaling, mean=self.mean, deviation=self.deviation)


PRESETS: Mapping[str, Normalization] = MappingProxyType(
    {
        "caffe": Normalization("BGR", "0..255", (103.939, 116.779, 123.68)),
        "torch": Normalization("RGB", "0..1", (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)),
        "tf": Normalization("RGB", "-1..1"),
    }
)
"""Modes of ``preprocess_input`` in keras.applications: of VGG and ResNet; DenseNet; Inception, MobileNet, ResNetV2."""
