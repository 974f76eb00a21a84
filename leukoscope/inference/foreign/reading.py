"""Let OpenVINO read a model, and find out what it takes and gives. Runs in a child process only."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import openvino as ov
from numpy.typing import NDArray
from openvino import opset13 as op

from leukoscope.domain.errors import BundleError, Cause
from leukoscope.inference.adapting import FREE_SIDE
from leukoscope.inference.branches import ModelStructure
from leukoscope.inference.containers import Container, not_read, unpacked
from leukoscope.inference.figures import OutputKind
from leukoscope.inference.foreign.rules import core_with_rules, in_wide_numbers
from leukoscope.inference.outputs import fits

VARIABLES = "variables/variables.index"
PASSING = frozenset({"Convert", "Reshape", "Squeeze", "Unsqueeze"})
ROUNDING = "FakeQuantize"
"""What a network of whole numbers does with each of its figures."""
TOGETHER = frozenset({"Add", "Concat", "Divide", "Maximum", "Minimum", "Multiply", "ReduceMean", "Subtract"})
LEARNED = frozenset({"Convolution", "GroupConvolution", "MatMul"})
PROBABILITIES = frozenset({"HardSigmoid", "Sigmoid", "Softmax", "SoftMax"})


def read_graph(path: Path, container: Container, folder: Path, name: str = "") -> ov.Model:
    """Read a checked model; an exported folder is unpacked into ``folder``, which must outlive the graph.

    ``name`` is what the model is called in a sentence; without, as its file is.

    Raises
    ------
    BundleError
        When OpenVINO cannot.
    """
    source = unpacked(path, folder) if container == "saved_model" else path
    try:
        return in_wide_numbers(core_with_rules().read_model(source))
    except Exception as error:
        # Its readers raise whatever they meet; all of it means that there is no graph.
        if container == "saved_model" and not (source / VARIABLES).is_file():
            message = (
                f"“{name or path.name}” lies without its folder “variables”, which holds its weights; copy the whole "
                "folder that was exported, and import that."
            )
            raise BundleError(message, repr(error)[:2000], cause=Cause.UNREACHABLE) from error
        raise not_read(name or path.name, repr(error)) from error


def wanted_port(graph: ov.Model, classes: int, name: str, file_name: str) -> tuple[str, Any]:
    """Name and port of the output that is read: the one that was named, or the only one with a figure for each class.

    Raises
    ------
    BundleError
        When which is meant cannot be said.
    """
    names = [min(port.get_names(), default=f"output_{index}") for index, port in enumerate(graph.outputs)]
    if not names:
        message = (
            f"“{file_name}” says neither what it takes nor what it gives; type model.export('folder') in the notebook "
            "that made it, and import that folder."
        )
        raise BundleError(message, "no signature", cause=Cause.NOT_UNDERSTOOD)
    if len(names) == 1:
        return "", graph.outputs[0]
    counts = [_count(port) for port in graph.outputs]
    fitting = [one for one, count in zip(names, counts, strict=True) if fits(count, classes)]
    chosen = name if name in names else fitting[0] if len(fitting) == 1 and not name else None
    if chosen is None:
        message = (
            f"“{file_name}” has {len(names)} outputs; say which of them tells what a cell is: one of "
            f"{', '.join(names)[:120]}."
        )
        raise BundleError(message, f"{counts} figures, {classes} classes", cause=Cause.UNKNOWN_KIND)
    return chosen, graph.outputs[names.index(chosen)]


def _count(port: Any) -> int:
    """Figures for each cell; 0 where that is not one row of them."""
    sides = [side.get_length() if side.is_static else 0 for side in list(port.get_partial_shape())[1:]]
    return int(np.prod(sides)) if sides.count(1) >= len(sides) - 1 else 0


def input_of(graph: ov.Model, file_name: str) -> tuple[int, int, int, bool]:
    """Height, width and channels of the input, and whether the channels come first.

    Raises
    ------
    BundleError
        When it does not take one picture.
    """
    sides = [one.get_partial_shape() for one in graph.inputs]
    shapes = [[side.get_length() if side.is_static else None for side in one] for one in sides]
    if len(shapes) != 1:
        message = (
            f"“{file_name}” takes {len(shapes)} inputs; one picture is needed. Rebuild it so that everything it needs "
            "comes from one picture."
        )
        raise BundleError(message, str(shapes), cause=Cause.UNKNOWN_KIND)
    if graph.inputs[0].get_element_type() == ov.Type.i8:
        raise _whole_numbers(file_name)
    shape = shapes[0]
    if len(shape) == 4 and shape[3] in {1, 3}:
        return shape[1] or FREE_SIDE, shape[2] or FREE_SIDE, int(shape[3]), False
    if len(shape) == 4 and shape[1] in {1, 3}:
        return shape[2] or FREE_SIDE, shape[3] or FREE_SIDE, int(shape[1]), True
    sizes = " × ".join("?" if side is None else str(side) for side in shape[1:]) or "no size"
    message = (
        f"“{file_name}” takes an input of {sizes}; one picture of height × width × 3 (color) or 1 (gray) is needed. "
        "Rebuild it for such pictures, with the channels last."
    )
    raise BundleError(message, str(shapes), cause=Cause.UNKNOWN_KIND)


def structure_of(graph: ov.Model, port: Any, figures: NDArray[np.float32], file_name: str) -> ModelStructure:
    """What a model is, from its graph and from what it says of probe pictures, (probes, n).

    Raises
    ------
    BundleError
        When its figures are neither probabilities nor logits.
    """
    height, width, channels, _ = input_of(graph, file_name)
    if not port.get_element_type().is_real():
        raise _whole_numbers(file_name)
    kinds, values = _kinds(port.get_node().input_value(0)), np.asarray(figures, np.float64)
    found: OutputKind | None = None
    several = values.shape[1] > 1
    if kinds == {"linear"}:
        found = "logits" if several else "logit"
    elif kinds <= PROBABILITIES and values.min() >= -1e-6 and values.max() <= 1.0 + 1e-6:
        adds_up = several and kinds <= {"Softmax", "SoftMax"} and np.abs(values.sum(axis=1) - 1.0).max() < 1e-4
        found = "softmax" if adds_up else "sigmoids" if several else "sigmoid"
    if found is None:
        message = (
            f"“{file_name}” ends in figures made by “{min(kinds)}”, which may be more than 1 or less than 0; "
            "probabilities or logits are needed. Give its last layer the activation “sigmoid” or “softmax”, and train "
            "that."
        )
        raise BundleError(message, f"{sorted(kinds)} {values.min()} to {values.max()}", cause=Cause.UNKNOWN_KIND)
    weights = sum(int(np.prod(one.get_output_shape(0))) for one in graph.get_ops() if one.get_type_name() == "Constant")
    return ModelStructure(height, width, found, (), max(weights, 1), channels, values.shape[1])


def _whole_numbers(file_name: str) -> BundleError:
    message = (
        f"“{file_name}” takes or gives whole numbers of 8 bits, whose scale is not known here; convert it again "
        "without inference_input_type and inference_output_type, or import the Keras model that it was made of."
    )
    return BundleError(message, "whole numbers", cause=Cause.UNKNOWN_KIND)


def _hands_on(node: Any) -> bool:
    """Whether an operation gives the figures that it gets, in their order."""
    if node.get_type_name() != "Transpose":
        return node.get_type_name() in PASSING
    order = node.input_value(1).get_node()
    return order.get_type_name() == "Constant" and list(order.get_data()) == list(range(len(order.get_data())))


def _kinds(port: Any) -> set[str]:
    """By what a graph's last figures are made, behind what only hands them on and puts members together."""
    node = port.get_node()
    name = str(node.get_type_name())
    inputs = [one for one in node.input_values() if one.get_node().get_type_name() != "Constant"]
    if _hands_on(node) or name == ROUNDING:
        return _kinds(node.input_value(0))
    if name in LEARNED:
        return {"linear"}
    if name not in TOGETHER or not inputs:
        return {name}
    return set().union(*(_kinds(one) for one in inputs))


def before_activation(port: Any) -> Any:
    """Where the figures' logits are, before a Sigmoid or Softmax that can be taken off; ``None`` without."""
    node = port.get_node()
    while _hands_on(node):
        node = node.input_value(0).get_node()
    return node.input_value(0) if node.get_type_name() in {"Sigmoid", "Softmax", "SoftMax"} else None


def with_input(graph: ov.Model, pixels: Any, first: bool) -> None:
    """Let a graph read another node, (batch, height, width, channels) float32, in the place of its input."""
    parameter = graph.get_parameters()[0]
    given = op.transpose(pixels, op.constant(np.array([0, 3, 1, 2], np.int64))) if first else pixels
    kind = parameter.get_element_type()
    given = given if kind == ov.Type.f32 else op.convert(given, kind.to_string())
    parameter.output(0).replace(given.output(0))
