"""Make one layer of Keras 3 from its configuration in Keras 2. Runs in a child process only.

Initializers, regularizers and constraints are left out: the weights come from the file, and nothing is trained. So is
the precision: models are judged in float32.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import keras
from keras.src.applications.convnext import LayerScale
from keras.src.applications.inception_resnet_v2 import CustomScaleLayer

from leukoscope.domain.errors import BundleError, Cause
from leukoscope.inference.keras2 import words
from leukoscope.inference.keras2.known import scale_of
from leukoscope.inference.known_layers import LAYERS

_ONLY_TRAINING = ("_initializer", "_regularizer", "_constraint")
_ACTIVATIONS = frozenset(
    """
    elu exponential gelu hard_sigmoid leaky_relu linear mish relu relu6 selu sigmoid silu softmax softplus softsign
    swish tanh
    """.split()  # noqa: SIM905 - a list of words reads better
)
Apply = Callable[..., Any]
"""A layer, or a function of symbolic tensors that makes what a layer of Keras 2 was."""


def make_layer(node: dict[str, Any]) -> Apply:
    """The layer that a configuration describes.

    Raises
    ------
    BundleError
        With one sentence, when it is not one of Keras' own or has no equal in Keras 3.
    """
    name, config = words.class_of(node), dict(node["config"])
    title = words.plain_name(str(config.get("name") or node.get("name") or name.lower()))
    if name in words.IDENTITY:
        return _made(keras.layers.Identity(name=title))
    if name == "LayerScale":
        return _made(LayerScale(init_values=0.0, projection_dim=int(config["projection_dim"]), name=title))
    scale = scale_of(node)
    if scale is not None:
        return _made(CustomScaleLayer(scale, name=title))
    if name not in LAYERS:
        raise unknown_layer(name)
    kind = getattr(keras.layers, name)
    arguments = {key: _argument(key, value) for key, value in _renewed(name, config).items() if key in _accepted(kind)}
    step = _hard_sigmoid(name, arguments)
    layer = kind(**arguments, name=title)
    return HardSigmoid(layer, title) if step else _made(layer)


class HardSigmoid:
    """A layer whose activation is Keras 2's hard sigmoid, clip(0.2 x + 0.5, 0, 1).

    Keras 3 means relu6(x + 3) / 6 by that name (documentation of ``keras.activations``).
    """

    def __init__(self, layer: Any, name: str) -> None:
        self.layer, self._name = layer, name

    def __call__(self, x: Any, **kwargs: Any) -> Any:
        """The layer, then its activation."""
        y = keras.layers.Rescaling(0.2, 0.5, name=f"{self._name}_slope")(self.layer(x, **kwargs))
        return keras.layers.ReLU(max_value=1.0, name=f"{self._name}_limits")(y)


def _made(layer: Any) -> Apply:
    made: Apply = layer
    return made


def unknown_layer(name: str) -> BundleError:
    """What is said of a layer that is not Keras' own."""
    message = f"The model uses “{name[:60]}”, which this program does not know; only Keras' own layers can be imported."
    return BundleError(message, f"class {name}", cause=Cause.NOT_UNDERSTOOD)


def layer_of(apply: Apply) -> Any | None:
    """The layer whose weights a file may hold; ``None`` for a function without weights."""
    if isinstance(apply, keras.layers.Layer):
        return apply
    return apply.layer if isinstance(apply, HardSigmoid) else None


def _accepted(kind: type) -> set[str]:
    """Arguments that a layer of Keras 3 takes."""
    names: set[str] = set()
    for one in kind.__mro__:
        if one is keras.layers.Layer:
            break
        if "__init__" in one.__dict__:
            names |= set(inspect.signature(one.__dict__["__init__"]).parameters)
    return names - {"self", "args", "kwargs", "name", "dtype", "trainable", "seed"}


def _renewed(name: str, config: dict[str, Any]) -> dict[str, Any]:
    """A layer's arguments by their names in Keras 3; what only training needs is left out."""
    found = {key: value for key, value in config.items() if not key.endswith(_ONLY_TRAINING)}
    if name == "LeakyReLU" and "alpha" in found:
        found["negative_slope"] = found.pop("alpha")
    if name in {"BatchNormalization", "Normalization", "LayerNormalization"}:
        found["axis"] = _axis(found.get("axis", -1))
    if name == "Normalization" and found.get("mean") is None:
        # Adapted to data: mean and variance are weights of the file.
        found = {key: found[key] for key in ("axis", "invert") if key in found}
    if name in {"GRU", "LSTM", "SimpleRNN"}:
        # One cell at a time: a state kept from the cell before would be somebody else's.
        found.update(stateful=False, unroll=False)
    if name == "GRU":
        found.setdefault("reset_after", False)  # older than the argument
    return found


def _axis(value: Any) -> Any:
    value = value.get("items", value) if isinstance(value, dict) else value
    if isinstance(value, list):
        return int(value[0]) if len(value) == 1 else [int(one) for one in value]
    return value


def _argument(key: str, value: Any) -> Any:
    if key in {"activation", "recurrent_activation"}:
        return _activation(value)
    if key in {"layer", "forward_layer", "backward_layer", "cell"} and isinstance(value, dict):
        return make_layer(value)
    if isinstance(value, dict) and "items" in value:
        value = value["items"]
    return tuple(value) if isinstance(value, list) and key != "axis" else value


def _activation(value: Any) -> Any:
    if isinstance(value, dict):
        name = words.class_of(value)
        if name in LAYERS:
            return make_layer(value)
        value = value.get("config", name) if name in {"function", "builtin_function_or_method"} else name
    if value is None:
        return None
    if not isinstance(value, str) or value not in _ACTIVATIONS:
        message = f"The model uses the activation “{str(value)[:60]}”, which is not one of Keras' own."
        raise BundleError(message, f"activation {value}", cause=Cause.NOT_UNDERSTOOD)
    return value


def _hard_sigmoid(name: str, arguments: dict[str, Any]) -> bool:
    """Take Keras 2's hard sigmoid out of the arguments; whether it was there (:class:`HardSigmoid`)."""
    if arguments.get("recurrent_activation") == "hard_sigmoid":
        message = (
            f"The model's {name} uses Keras 2's hard sigmoid, which newer Keras computes in another way. "
            "Train it with recurrent_activation=“sigmoid”."
        )
        raise BundleError(message, f"{name} with hard_sigmoid", cause=Cause.NOT_UNDERSTOOD)
    if arguments.get("activation") != "hard_sigmoid":
        return False
    arguments["activation"] = "linear"
    return True
