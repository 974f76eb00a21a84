"""The allow-list for files of Keras 2: everything that is not on it is refused before anything is rebuilt."""

from __future__ import annotations

import re
from typing import Any

from leukoscope.inference.keras2 import words
from leukoscope.inference.known_layers import ANYWHERE, INCEPTION_RESNET

OLD_NAMES = frozenset(
    """
    BatchNormalizationV1 BatchNormalizationV2 LayerNormalizationV2 Policy PolicyV1 RandomHeight RandomWidth
    SyncBatchNormalization TensorShape __ellipsis__ __tuple__
    """.split()  # noqa: SIM905 - a list of words reads better
)
"""Names that only files of Keras 2 bear: old layers, precisions, and how it wrote shapes."""


def is_known_to_keras2(node: dict[str, object]) -> bool:
    """Whether an object in a file of Keras 2 is rebuilt: by its class alone, or as a function of TensorFlow's by table.

    Its modules are those of another Keras; nothing is imported by them, for the network is built anew from the list.
    """
    name, config = str(node["class_name"]), node.get("config")
    if name == words.SLICING:
        return True
    if name == words.OPERATION:
        return isinstance(config, dict) and config.get("function") in words.OPERATIONS
    if scale_of(node) is not None:
        return True
    module = node.get("module")
    keras_own = module is None or (isinstance(module, str) and module.split(".")[0] in {"keras", "tensorflow"})
    return keras_own and node.get("registered_name") in (None, name) and name in ANYWHERE | OLD_NAMES


_RESIDUAL = re.compile(r"block(35|17|8)_\d+")
_SCALED_SUM = frozenset({"name", "trainable", "dtype", "scale"})


def scale_of(node: dict[str, object]) -> float | None:
    """The factor of InceptionResNetV2's scaled sum, ``a + scale * b``; ``None`` for anything else.

    Keras 2.13 made it a layer of its own, registered under ``Custom``. Before, it was a Lambda; that is known by its
    name, its arguments and its two inputs, and its code is never looked at.
    """
    config = node.get("config")
    name = str(node.get("class_name")).rpartition(">")[2]
    if not isinstance(config, dict):
        return None
    if name in INCEPTION_RESNET:
        scale = config.get("scale") if set(config) <= _SCALED_SUM else None
    elif name == "Lambda" and _RESIDUAL.fullmatch(str(config.get("name"))) and _has_two_inputs(node):
        given = config.get("arguments")
        scale = given.get("scale") if isinstance(given, dict) and set(given) == {"scale"} else None
    else:
        return None
    return float(scale) if isinstance(scale, int | float) else None


def _has_two_inputs(node: dict[str, Any]) -> bool:
    calls = node.get("inbound_nodes")
    return isinstance(calls, list) and len(calls) == 1 and isinstance(calls[0], list) and len(calls[0]) == 2


def spread_over_cards(config: dict[str, Any]) -> str:
    """Name of the network inside what ``multi_gpu_model`` makes of it: slices by Lambda, joined; empty without."""
    whole = config.get("config")
    nodes = whole.get("layers") if isinstance(whole, dict) else None
    if not isinstance(nodes, list) or not all(isinstance(one, dict) for one in nodes):
        return ""
    names = [words.class_of(one) for one in nodes]
    inner = [one for one, name in zip(nodes, names, strict=True) if name in words.MODELS]
    others = {name for name in names if name not in words.MODELS}
    if len(inner) != 1 or names.count("Lambda") < 2 or not others <= {words.INPUT, "Lambda", "Concatenate"}:
        return ""
    return str(inner[0].get("name") or "")
