"""Build the network that a configuration of Keras 2 describes, layer by layer. Runs in a child process only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import keras
from keras import tree

from leukoscope.domain.errors import BundleError, Cause
from leukoscope.inference.keras2 import words
from leukoscope.inference.keras2.layers import Apply, make_layer
from leukoscope.inference.keras2.operations import make_operation

Node = dict[str, Any]


@dataclass(frozen=True)
class Built:
    """One layer of the rebuilt network.

    Parameters
    ----------
    name
        In the file.
    path
        Names of the models around it from the outside in, then its own.
    layer
        In Keras 3.
    """

    name: str
    path: tuple[str, ...]
    layer: Any


@dataclass(eq=False)
class Rebuilt:
    """A network and its layers in the order of the file; ``layers`` grows while it is built."""

    layers: list[Built] = field(default_factory=list)
    model: Any = None


def rebuild(config: Node) -> Rebuilt:
    """The network of a configuration, with weights as Keras starts them.

    Raises
    ------
    BundleError
        With one sentence, when a layer has no equal or the graph does not join.
    """
    found = Rebuilt()
    found.model = _model(config, found, ())
    return found


def _model(node: Node, found: Rebuilt, path: tuple[str, ...]) -> keras.Model:
    if words.class_of(node) == "Sequential":
        return _sequential(node, found, path)
    return _Graph(node, found, path).model()


def _apply(node: Node, found: Rebuilt, path: tuple[str, ...]) -> Apply:
    name = words.class_of(node)
    if name in {words.OPERATION, words.SLICING}:
        return make_operation(node)
    own = name_of(node)
    if name in words.MODELS:
        model: Apply = _model(node, found, (*path, own))
        return model
    made = make_layer(node)
    found.layers.append(Built(own, (*path, own), made))
    return made


def name_of(node: Node) -> str:
    """A layer's name in its file."""
    config = node["config"]
    named = config.get("name") if isinstance(config, dict) else None
    return str(node.get("name") or named or node["class_name"].lower())


def input_of(config: Node) -> Any:
    """A symbolic input of any batch in float32."""
    shape = config.get("batch_input_shape") or config.get("batch_shape")
    if shape is None and config.get("input_dim"):
        shape = [None, config["input_dim"]]
    sides = _items(shape)
    if sides is None:
        raise _unjoined("no shape of the input")
    return keras.Input(shape=tuple(sides[1:]), dtype="float32", name=words.plain_name(str(config.get("name", "input"))))


def _items(value: Any) -> Any:
    return value.get("items") if isinstance(value, dict) else value


def _unjoined(detail: str) -> BundleError:
    message = "The network's layers cannot be joined as the file says; save it again with model.save('name.h5')."
    return BundleError(message, detail, cause=Cause.NOT_UNDERSTOOD)


def _sequential(node: Node, found: Rebuilt, path: tuple[str, ...]) -> keras.Model:
    config = node["config"]
    nodes = list(config if isinstance(config, list) else config["layers"])
    if not nodes:
        raise _unjoined("no layers")
    if words.class_of(nodes[0]) == words.INPUT:
        first = input_of(nodes.pop(0)["config"])
    else:
        first = input_of(_first_input(nodes[0], config))
    x = first
    for one in nodes:
        x = _apply(one, found, path)(x)
    name = "sequential" if isinstance(config, list) else str(config.get("name", "sequential"))
    return keras.Model(first, x, name=words.plain_name(name))


def _first_input(node: Node, whole: Any) -> Node:
    """What says the input's shape where a Sequential begins with a layer or a model of its own."""
    config = node["config"]
    if words.class_of(node) in words.MODELS:
        inner = config if isinstance(config, list) else config["layers"]
        if not isinstance(whole, dict) or not whole.get("build_input_shape"):
            return _first_input(inner[0], config)
    shape = config.get("batch_input_shape") or config.get("batch_shape")
    if shape is None and isinstance(whole, dict):
        shape = whole.get("build_input_shape")
    return {"batch_input_shape": shape, "input_dim": config.get("input_dim"), "name": f"{name_of(node)}_input"}


class _Graph:
    """A functional model: layers that are called once or more, in whatever order their inputs are ready."""

    def __init__(self, node: Node, found: Rebuilt, path: tuple[str, ...]) -> None:
        self._config = node["config"]
        self._nodes: dict[str, Node] = {name_of(one): one for one in self._config["layers"]}
        self._called: dict[str, Apply] = {}
        self._values: dict[tuple[str, int], list[Any]] = {}
        self._calls: list[tuple[str, int, Any]] = []
        self._path, self._found = path, found
        self._first: dict[str, int] = {}

    def model(self) -> keras.Model:
        """Build it."""
        for name, node in self._nodes.items():
            if words.class_of(node) == words.INPUT:
                self._values[name, 0] = [input_of(node["config"])]
                continue
            self._called[name] = _apply(node, self._found, self._path)
            self._calls += [(name, index, call) for index, call in enumerate(node["inbound_nodes"])]
        self._number_nodes()
        self._join()
        inputs = [self._tensor(one) for one in _references(self._config["input_layers"])]
        outputs = [self._tensor(one) for one in _references(self._config["output_layers"])]
        name = words.plain_name(str(self._config.get("name", "model")))
        return keras.Model(_one_or_all(inputs), _one_or_all(outputs), name=name)

    def _number_nodes(self) -> None:
        """Older Keras counts a nested model's own making as its first call, and so do references to it."""
        highest: dict[str, int] = {}
        for reference in self._all_references():
            highest[reference[0]] = max(highest.get(reference[0], 0), int(reference[1]))
        for name, node in self._nodes.items():
            calls = len(node["inbound_nodes"])
            self._first[name] = 1 if calls and highest.get(name, 0) >= calls else 0

    def _all_references(self) -> list[list[Any]]:
        ends = [*_references(self._config["input_layers"]), *_references(self._config["output_layers"])]
        return ends + self._references_in([call for _, _, call in self._calls])

    def _references_in(self, value: Any) -> list[list[Any]]:
        """Every reference to a tensor in the arguments of calls, however deep."""
        found: list[list[Any]] = []
        stack: list[Any] = [value]
        while stack:
            one = stack.pop()
            if self._is_reference(one):
                found.append(one)
                stack.extend(one[3:])
            elif isinstance(one, list):
                stack.extend(one)
            elif isinstance(one, dict):
                stack.extend(one.values())
        return found

    def _is_reference(self, value: Any) -> bool:
        return (
            isinstance(value, list)
            and len(value) in {3, 4}
            and isinstance(value[0], str)
            and value[0] in self._nodes
            and all(isinstance(one, int) for one in value[1:3])
        )

    def _join(self) -> None:
        while self._calls:
            waiting = [one for one in self._calls if not self._call(*one)]
            if len(waiting) == len(self._calls):
                raise _unjoined(f"no inputs for {waiting[0][0]}")
            self._calls = waiting

    def _call(self, name: str, index: int, call: Any) -> bool:
        """Call a layer if all that it needs is there."""
        references = _references(call)
        extra = next((one[3] for one in references if len(one) == 4 and isinstance(one[3], dict)), {})
        if any(self._find(one) is None for one in self._references_in(call)):
            return False
        # A TFOpLambda may begin with a constant: ["_CONSTANT_VALUE", -1, 255.0, {...}].
        args = [self._tensor(one) if self._is_reference(one) else one[2] for one in references]
        kwargs = {key: self._filled(value) for key, value in extra.items() if key not in {"training", "mask"}}
        result = self._called[name](_one_or_all(args), **kwargs)
        self._values[name, index + self._first[name]] = tree.flatten(result)
        return True

    def _filled(self, value: Any) -> Any:
        if self._is_reference(value):
            return self._tensor(value)
        if isinstance(value, list):
            return [self._filled(one) for one in value]
        return value

    def _find(self, reference: Sequence[Any]) -> list[Any] | None:
        return self._values.get((reference[0], int(reference[1])))

    def _tensor(self, reference: Sequence[Any]) -> Any:
        values = self._find(reference)
        if values is None or not 0 <= int(reference[2]) < len(values):
            raise _unjoined(f"no tensor {list(reference[:3])}")
        return values[int(reference[2])]


def _references(value: Any) -> list[list[Any]]:
    """``["a", 0, 0]`` and ``[["a", 0, 0], …]`` alike; a dictionary of outputs gives its values."""
    if isinstance(value, dict):
        return [one for inner in value.values() for one in _references(inner)]
    if not isinstance(value, list) or not value:
        return []
    return [value] if isinstance(value[0], str) else [one for inner in value for one in _references(inner)]


def _one_or_all(values: list[Any]) -> Any:
    return values[0] if len(values) == 1 else values
