"""Bring somebody's model into the one form that is judged here: float32, any batch, one picture in, one tensor out.

What a model was trained with is not what it is: mixed precision, a fixed batch and names for its outputs say how the
training went, and change nothing of its weights. Runs in a child process only.
"""

from __future__ import annotations

import json
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import h5py
import keras

from leukoscope.inference.channels import channels_last
from leukoscope.inference.known_layers import as_function, as_own_layer, is_plain_activation
from leukoscope.inference.safety import TRAINING
from leukoscope.inference.trace import as_functional

PRECISIONS = frozenset({"float16", "bfloat16", "float64", "half", "double", "mixed_float16", "mixed_bfloat16"})
INPUTS = PRECISIONS | {"uint8", "int32", "int64"}
"""Pixels come as float32, whatever the model's input was declared as: the values are the same."""
POLICIES = frozenset({"DTypePolicy", "FloatDTypePolicy", "Policy"})
CONFIG, WEIGHTS_ATTRIBUTE = "config.json", "model_config"

_DOTS = "__ellipsis__"

TAILS = (
    keras.layers.Dropout,
    keras.layers.SpatialDropout1D,
    keras.layers.SpatialDropout2D,
    keras.layers.AlphaDropout,
    keras.layers.GaussianDropout,
    keras.layers.GaussianNoise,
    keras.layers.ActivityRegularization,
    keras.layers.Identity,
    keras.layers.Flatten,
    keras.layers.Reshape,
)
"""Layers that hand numbers on as they are when a model is not being trained; some give them another shape."""


def hands_on(layer: Any) -> bool:
    """Whether a layer gives the very numbers that it gets."""
    if isinstance(layer, keras.layers.Activation):
        return layer.activation is keras.activations.linear
    return isinstance(layer, TAILS)


def plain_config(config: Any) -> bool:
    """Set every precision in a model's config to float32, free its batch, and forget how it was trained.

    Training may name losses, metrics and functions that are not here, inside members too; Keras never sees them.

    Returns
    -------
    bool
        Whether anything was changed.
    """
    changed = channels_last(config)
    for node in _dicts(config):
        changed |= _without_code(node)
        allowed = INPUTS if "batch_shape" in node or "batch_input_shape" in node else PRECISIONS
        dtype = node.get("dtype")
        if isinstance(dtype, str) and dtype in allowed:
            node["dtype"], changed = "float32", True
        elif isinstance(dtype, dict) and dtype.get("class_name") in POLICIES:
            policy = dtype.get("config")
            if isinstance(policy, dict) and policy.get("name") in PRECISIONS:
                policy["name"], changed = "float32", True
        for key in ("batch_shape", "batch_input_shape"):
            shape = node.get(key)
            if isinstance(shape, list) and len(shape) > 1 and isinstance(shape[0], int) and shape[0] > 1:
                shape[0], changed = None, True
    return changed


def _without_code(node: dict[str, Any]) -> bool:
    """Take away how a model was trained, and name functions, and what is kept as one, as Keras finds them."""
    changed = node.pop(TRAINING, None) is not None
    own, function = as_own_layer(node), as_function(node)
    if own is not None and own != node:
        node.update(own)
        changed = True
    if function is not None:
        node.update(function, inbound_nodes=[_without_dots(one) for one in node["inbound_nodes"]])
        changed = True
    for key, value in node.items():
        if is_plain_activation(value):
            node[key], changed = value["config"], True
    return changed


def _without_dots(call: Any) -> Any:
    """The call of a function whose index has no ``...``: Keras writes it into ``.h5`` files and cannot read it back."""
    args = call.get("args") if isinstance(call, dict) else None
    if not isinstance(args, list) or len(args) != 2 or not isinstance(args[1], list):
        return call
    dots = [place for place, one in enumerate(args[1]) if isinstance(one, dict) and one.get("class_name") == _DOTS]
    shape = args[0].get("config", {}).get("shape") if isinstance(args[0], dict) else None
    if len(dots) != 1 or not isinstance(shape, list):
        return call
    every = {"class_name": "__slice__", "config": {"start": None, "stop": None, "step": None}}
    missing = [every] * (len(shape) - len(args[1]) + 1)
    return {**call, "args": [args[0], [*args[1][: dots[0]], *missing, *args[1][dots[0] + 1 :]]]}


def _dicts(value: Any) -> Iterator[dict[str, Any]]:
    stack = [value]
    while stack:
        one = stack.pop()
        if isinstance(one, dict):
            yield one
            stack.extend(one.values())
        elif isinstance(one, list):
            stack.extend(one)


def plain_keras(path: Path, target: Path) -> bool:
    """Write a checked ``.keras`` file anew with its config plain; ``False`` when it is plain already.

    Raises
    ------
    OSError, ValueError, zipfile.BadZipFile
        When it cannot be read or written.
    """
    with zipfile.ZipFile(path) as archive:
        config = json.loads(archive.read(CONFIG))
        if not plain_config(config):
            return False
        with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as written:
            for name in archive.namelist():
                if name == CONFIG:
                    written.writestr(name, json.dumps(config))
                    continue
                with archive.open(name) as old, written.open(name, "w", force_zip64=True) as new:
                    shutil.copyfileobj(old, new, 1 << 20)
    return True


def plain_h5(path: Path, target: Path) -> bool:
    """The same for a checked ``.h5`` file, whose config is an attribute."""
    with h5py.File(path, "r") as tree:
        config = json.loads(tree.attrs[WEIGHTS_ATTRIBUTE])
    if not plain_config(config):
        return False
    shutil.copyfile(path, target)
    with h5py.File(target, "r+") as tree:
        tree.attrs[WEIGHTS_ATTRIBUTE] = json.dumps(config)
    return True


def output_names(model: keras.Model) -> tuple[str, ...]:
    """What each of a model's outputs is called: by its key in a dictionary, else by the layer that makes it."""
    graph: Any = as_functional(model)
    given = graph._outputs_struct
    if isinstance(given, dict):
        return tuple(str(key) for key, _ in sorted(given.items()))
    return tuple(tensor._keras_history.operation.name for tensor in graph.outputs)


def with_output(model: keras.Model, name: str) -> keras.Model:
    """A model of several outputs with one of them; itself where there is no such name, or only one."""
    graph: Any = as_functional(model)
    names = output_names(model)
    if len(names) < 2 or name not in names:
        return model
    return keras.Model(graph.inputs[0] if len(graph.inputs) == 1 else graph.inputs, graph.outputs[names.index(name)])


def one_output(model: keras.Model) -> keras.Model:
    """A model that takes and gives one tensor, without what stands behind its last figures and changes none of them.

    A dictionary or a list of one output becomes that output. A model with several inputs or outputs stays as it is:
    which of them counts is for a person to say.
    """
    graph = as_functional(model)
    if graph is None or len(graph.inputs) != 1 or len(graph.outputs) != 1:
        return model
    found = _before_the_tail(graph.outputs[0])
    single = hasattr(graph._outputs_struct, "shape") and hasattr(graph._inputs_struct, "shape")
    if single and found is graph.outputs[0]:
        return model
    return keras.Model(graph.inputs[0], found, name=model.name)


def _before_the_tail(output: Any) -> Any:
    found = tensor = output
    while True:
        operation, node_index, _ = tensor._keras_history
        node = operation._inbound_nodes[node_index]
        if node.is_input or len(node.input_tensors) != 1 or not hands_on(operation):
            return found
        tensor = node.input_tensors[0]
        # One cell's figures in a row: a model whose figures need the reshaping keeps it.
        if len(tensor.shape) == 2:
            found = tensor
