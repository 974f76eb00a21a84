"""Give the rebuilt layers the weights of a ``.keras`` file of Keras 2.15. Runs in a child process only.

In it arrays have numbers instead of names: ``layers/conv2d_1/vars/0`` is the first variable of the second Conv2D of a
model, and a part of a layer bears the name of the attribute that holds it (``_query_dense``).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

import h5py
import numpy as np

from leukoscope.domain.errors import BundleError, Cause
from leukoscope.inference.keras2 import words
from leukoscope.inference.keras2.layers import layer_of
from leukoscope.inference.keras2.rebuild import Built, name_of
from leukoscope.inference.keras2.weights import assign, unfit, variables_of

_CONTAINERS = ("layers", "_layer_checkpoint_dependencies", "_self_tracked_trackables")
_VARIABLES = "vars"


def give_archive_weights(config: dict[str, Any], built: Sequence[Built], tree: h5py.Group) -> None:
    """Assign every array of a ``.keras`` file to the layer that it belongs to.

    Parameters
    ----------
    config
        The network's, as the file gives it.
    built
        Layers of the rebuilt network.
    tree
        ``model.weights.h5``.

    Raises
    ------
    BundleError
        When a layer's weights are missing or have another shape.
    """
    _give_model(config, {one.path: one.layer for one in built}, tree, ())


def _give_model(
    node: dict[str, Any], layers: dict[tuple[str, ...], Any], tree: h5py.Group, path: Sequence[str]
) -> None:
    container = next((tree[name] for name in _CONTAINERS if name in tree), None)
    if container is None:
        raise unfit(name_of(node), f"no layers under {tree.name}")
    config = node["config"]
    counted: Counter[str] = Counter()
    for one in config if isinstance(config, list) else config["layers"]:
        kind = _snake(str(one["class_name"]).rpartition(">")[2])
        group_name = f"{kind}_{counted[kind]}" if counted[kind] else kind
        counted[kind] += 1
        inside = (*path, name_of(one))
        if words.class_of(one) in words.MODELS:
            _give_model(one, layers, _group(container, group_name, one), inside)
            continue
        layer = layer_of(layers[inside]) if inside in layers else None
        if layer is not None and variables_of(layer):
            count = _give_layer(layer, _group(container, group_name, one))
            if count < len(variables_of(layer)):
                raise unfit(name_of(one), f"{count} of {len(variables_of(layer))} weights found")


def _group(container: h5py.Group, name: str, node: dict[str, Any]) -> h5py.Group:
    if name not in container:
        raise unfit(name_of(node), f"no group {name}")
    return container[name]


def _snake(name: str) -> str:
    """``BatchNormalization`` -> ``batch_normalization``, as Keras names groups."""
    name = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower()


def _give_layer(layer: Any, group: h5py.Group) -> int:
    """A layer's own variables, then those of its parts."""
    own = _own_variables(layer)
    arrays = _numbered(group[_VARIABLES]) if _VARIABLES in group else []
    if own and len(arrays) < len(own):
        raise unfit(layer.name, f"{len(arrays)} arrays for {len(own)} variables")
    for variable, array in zip(own, arrays, strict=False):
        assign(layer.name, variable, array)
    assigned = len(own)
    for name in group:
        part = getattr(layer, name, None) if name != _VARIABLES else None
        if part is not None and hasattr(part, "variables"):
            assigned += _give_layer(part, group[name])
    if hasattr(layer, "finalize_state"):
        layer.finalize_state()
    return assigned


def _own_variables(layer: Any) -> list[Any]:
    """A layer's weights without those of its parts, what is trained first."""
    parts = {id(one) for part in layer._flatten_layers(include_self=False) for one in part.weights}
    own = [one for one in variables_of(layer) if id(one) not in parts]
    return sorted(own, key=lambda one: not one.trainable) if layer.trainable else own


def _numbered(group: h5py.Group) -> list[np.ndarray[Any, np.dtype[Any]]]:
    if not all(name.isdecimal() for name in group):
        raise BundleError(
            "The weights of the model file have names that this program does not know; save the model again as .h5.",
            f"variables {list(group)[:5]}",
            cause=Cause.NOT_UNDERSTOOD,
        )
    return [np.asarray(group[name]) for name in sorted(group, key=int)]
