"""A network as an ``.onnx`` file, written field by field: no library for it is needed, and none can be in the way.

The fields are those of ``onnx.proto3`` of ONNX 1.16.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def varint(value: int) -> bytes:
    found = bytearray()
    while value > 0x7F:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*found, value])


def number(field: int, value: int) -> bytes:
    return varint(field << 3) + varint(value)


def message(field: int, content: bytes | str) -> bytes:
    data = content.encode() if isinstance(content, str) else content
    return varint(field << 3 | 2) + varint(len(data)) + data


def tensor(name: str, values: NDArray[np.float32]) -> bytes:
    sides = b"".join(number(1, side) for side in values.shape)
    return sides + number(2, 1) + message(8, name) + message(9, values.astype("<f4").tobytes())


def value(name: str, shape: tuple[int, ...]) -> bytes:
    sides = b"".join(message(1, number(1, side)) for side in shape)
    return message(1, name) + message(2, message(1, number(1, 1) + message(2, sides)))


def node(kind: str, inputs: tuple[str, ...], output: str, attributes: bytes = b"") -> bytes:
    return b"".join(message(1, one) for one in inputs) + message(2, output) + message(4, kind) + attributes


def whole_numbers(name: str, values: tuple[int, ...]) -> bytes:
    return message(5, message(1, name) + b"".join(number(8, one) for one in values) + number(20, 7))


class Network:
    """Channels first, as PyTorch exports: a convolution of stride 2, ReLU, mean, linear, sigmoid."""

    def __init__(self, seed: int, side: int = 32) -> None:
        rng = np.random.default_rng(seed)
        self.side = side
        self.kernel = (rng.normal(0, 0.1, (4, 3, 2, 2)) / 64).astype(np.float32)
        self.weights = rng.normal(0, 1, (4, 1)).astype(np.float32)
        self.bias = np.array([0.2], np.float32)

    def encoded(self) -> bytes:
        nodes = (
            node("Conv", ("pixels", "kernel"), "a", whole_numbers("strides", (2, 2))),
            node("Relu", ("a",), "b"),
            node("GlobalAveragePool", ("b",), "c"),
            node("Flatten", ("c",), "d"),
            node("Gemm", ("d", "weights", "bias"), "e"),
            node("Sigmoid", ("e",), "figure"),
        )
        graph = b"".join(message(1, one) for one in nodes) + message(2, "net")
        for name, values in (("kernel", self.kernel), ("weights", self.weights), ("bias", self.bias)):
            graph += message(5, tensor(name, values))
        graph += message(11, value("pixels", (1, 3, self.side, self.side))) + message(12, value("figure", (1, 1)))
        return number(1, 8) + message(7, graph) + message(8, message(1, "") + number(2, 13))

    def logit(self, pixels: NDArray[np.float32]) -> float:
        """What it says of a cell (height, width, 3), by NumPy."""
        half = self.side // 2
        patches = pixels.astype(np.float64).reshape(half, 2, half, 2, 3)
        maps = np.maximum(np.einsum("aibjc,kcij->abk", patches, self.kernel.astype(np.float64)), 0.0)
        return float(maps.mean(axis=(0, 1)) @ self.weights[:, 0] + self.bias[0])

    def probability(self, pixels: NDArray[np.float32]) -> float:
        return float(1.0 / (1.0 + np.exp(-self.logit(pixels))))
