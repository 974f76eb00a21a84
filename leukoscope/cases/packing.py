"""Masks and explanation maps as small blobs, and back. Pure functions."""

from __future__ import annotations

import json
import zlib
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from leukoscope.domain.cells import Box, Mask
from leukoscope.domain.findings import Attribute, ExplanationMap, Naming
from leukoscope.domain.map_kinds import MapKind
from leukoscope.domain.parsing import parsed_row

_LEVEL = 6


class _MapHead(NamedTuple):
    name: str
    kind: MapKind
    shape: tuple[int, int]
    maximum: float
    extent: Box


def pack_mask(mask: Mask) -> bytes:
    """Pack a mask: zlib over its bits, row by row without padding between rows."""
    return zlib.compress(np.packbits(mask.astype(np.bool_), axis=None).tobytes(), _LEVEL)


def unpack_mask(data: bytes, height: int, width: int) -> Mask:
    """Inverse of :func:`pack_mask`: shape (height, width), bool.

    Raises
    ------
    ValueError
        When the blob is damaged or too short.
    """
    try:
        bits = np.frombuffer(zlib.decompress(data), np.uint8)
    except zlib.error as error:
        raise ValueError("mask is damaged") from error
    flat = np.unpackbits(bits, count=height * width) if bits.size * 8 >= height * width else None
    if flat is None:
        raise ValueError("mask is too short")
    return flat.view(np.bool_).reshape(height, width)


def pack_naming(naming: Naming) -> str:
    """Everything that a Naming says but its maps, as JSON."""
    said = {
        "probabilities": dict(naming.probabilities),
        "confident": naming.confident,
        "gate": naming.gate,
        "attributes": [[one.name, one.value, one.probability] for one in naming.attributes],
    }
    return json.dumps(said, separators=(",", ":"))


class UnpackedNaming(NamedTuple):
    """What :func:`pack_naming` kept."""

    probabilities: dict[str, float]
    confident: float
    gate: float
    attributes: tuple[Attribute, ...]


def unpack_naming(text: str) -> UnpackedNaming:
    """Inverse of :func:`pack_naming`.

    Raises
    ------
    ValueError, KeyError, TypeError
        When the text is damaged.
    """
    said = parsed_row(text)
    probabilities = {str(code): float(p) for code, p in said["probabilities"].items()}
    if not probabilities:
        raise ValueError("a naming without classes")
    attributes = tuple(Attribute(str(name), str(value), float(p)) for name, value, p in said["attributes"])
    return UnpackedNaming(probabilities, float(said["confident"]), float(said["gate"]), attributes)


def pack_maps(maps: Sequence[ExplanationMap]) -> bytes:
    """Pack the maps of one Opinion: one line of JSON that describes them, then zlib over all float32 values.

    The line is the same for every cell that a bundle judged, so reading it back is cached.
    """
    heads = [
        [m.name, m.kind.value, *m.values.shape, m.maximum, m.extent.x, m.extent.y, m.extent.width, m.extent.height]
        for m in maps
    ]
    values = b"".join(np.ascontiguousarray(m.values, dtype="<f4").tobytes() for m in maps)
    return json.dumps(heads, separators=(",", ":")).encode() + b"\n" + zlib.compress(values, _LEVEL)


@lru_cache(maxsize=256)
def _heads(line: bytes) -> tuple[_MapHead, ...]:
    return tuple(
        _MapHead(name, MapKind(kind), (rows, columns), maximum, Box(x, y, width, height))
        for name, kind, rows, columns, maximum, x, y, width, height in parsed_row(line)
    )


def unpack_maps(data: bytes) -> tuple[ExplanationMap, ...]:
    """Inverse of :func:`pack_maps`; the arrays are read-only.

    Raises
    ------
    ValueError
        When the blob is damaged.
    """
    line, _, packed = data.partition(b"\n")
    try:
        heads = _heads(line)
        values = np.frombuffer(zlib.decompress(packed), "<f4")
    except (TypeError, zlib.error) as error:
        raise ValueError("maps are damaged") from error
    maps, start = [], 0
    for head in heads:
        rows, columns = head.shape
        block = values[start : start + rows * columns].reshape(rows, columns)
        maps.append(ExplanationMap(head.name, head.kind, block, head.maximum, head.extent))
        start += rows * columns
    return tuple(maps)
