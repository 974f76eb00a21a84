"""Which outputs a Keras model has and how many figures each gives, read off its configuration. No Keras."""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py

from leukoscope.inference.hdf5_check import text_attribute
from leukoscope.inference.keras2.reading import CONFIG_ATTRIBUTE

_FIGURES = ("units", "filters")
"""What layers call how many figures they give."""
_DEEPEST = 200
"""Layers that are followed back from an output; the figures are made by one of the last."""


@dataclass(frozen=True)
class Head:
    """One output.

    Parameters
    ----------
    name
        As ``--output`` calls it.
    figures
        How many figures it gives of a cell; 0 where the configuration does not say it.
    """

    name: str
    figures: int


def plain_name(name: str) -> str:
    """A layer's name as TensorFlow takes it: letters, digits, ``._-``; other letters become ``_``."""
    plain = re.sub(r"[^A-Za-z0-9_.-]", "_", name)
    return plain if re.match(r"[A-Za-z0-9]", plain) else f"layer{plain}"


def heads_in(path: Path) -> tuple[Head, ...]:
    """Outputs of a checked Keras file, in the order of the model; none where its configuration names none."""
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            return heads_of(json.loads(archive.read("config.json")))
    with h5py.File(path, "r") as tree:
        return heads_of(json.loads(text_attribute(tree, CONFIG_ATTRIBUTE, path) or "{}"))


def heads_of(config: Any) -> tuple[Head, ...]:
    """The same of a configuration that was read."""
    inner = config.get("config") if isinstance(config, dict) else None
    outputs = inner.get("output_layers") if isinstance(inner, dict) else None
    if outputs is None:
        return (Head("", _figures_of(config, 0)),)
    layers = _by_name(inner)
    if isinstance(outputs, dict):
        made = [(str(key), _made_by(value)) for key, value in sorted(outputs.items())]
    else:
        listed = [outputs] if _made_by(outputs) else list(outputs) if isinstance(outputs, list) else []
        made = [(plain_name(_made_by(value)), _made_by(value)) for value in listed]
    return tuple(Head(name, _figures_from(layers, layer)) for name, layer in made)


def _made_by(place: Any) -> str:
    """Name of the layer in ``["name", 0, 0]``, which is where an output comes from; empty for anything else."""
    return place[0] if isinstance(place, list) and len(place) >= 3 and isinstance(place[0], str) else ""


def _by_name(config: Any) -> dict[str, dict[str, Any]]:
    layers = config.get("layers") if isinstance(config, dict) else config
    found: dict[str, dict[str, Any]] = {}
    for one in layers if isinstance(layers, list) else ():
        if isinstance(one, dict):
            inner = one.get("config")
            name = one.get("name") or (inner.get("name") if isinstance(inner, dict) else None)
            found[str(name)] = one
    return found


def _figures_from(layers: dict[str, dict[str, Any]], name: str) -> int:
    """Figures of a layer, or of the one that it has its figures from."""
    for _ in range(_DEEPEST):
        layer = layers.get(name)
        if layer is None:
            return 0
        figures = _figures_of(layer, 0)
        if figures:
            return figures
        name = next(_before(layer.get("inbound_nodes"), layers), "")
    return 0


def _before(nodes: Any, layers: dict[str, dict[str, Any]]) -> Iterator[str]:
    """Layers that a layer takes from: Keras 3 keeps each tensor's history, Keras 2 a list of places."""
    stack = [nodes]
    while stack:
        one = stack.pop()
        if isinstance(one, dict):
            stack.extend(reversed(list(one.values())))
        elif isinstance(one, list):
            if _made_by(one) in layers:
                yield one[0]
            else:
                stack.extend(reversed(one))


def _figures_of(layer: Any, depth: int) -> int:
    """Figures that a layer, or a network used as one, gives of itself; 0 for one that hands on what it gets."""
    config = layer.get("config") if isinstance(layer, dict) else None
    if depth > 8:
        return 0
    if isinstance(config, list) or (isinstance(config, dict) and "layers" in config):
        if isinstance(config, dict) and "output_layers" in config:
            heads = heads_of(layer)
            return heads[0].figures if len(heads) == 1 else 0
        inner = list(_by_name(config).values())
        return next((found for one in reversed(inner) if (found := _figures_of(one, depth + 1))), 0)
    if not isinstance(config, dict):
        return 0
    return next((config[key] for key in _FIGURES if isinstance(config.get(key), int) and config[key] > 0), 0)
