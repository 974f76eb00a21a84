"""Functions of TensorFlow in a network of Keras 2, each as a layer or an operation of Keras 3.

They come from a notebook's own arithmetic: ``x / 255``, ``preprocess_input(x)``, ``x[..., ::-1]``, ``tf.nn.relu(x)``.
Runs in a child process only.
"""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import ops

from leukoscope.domain.errors import BundleError, Cause
from leukoscope.inference.keras2 import words
from leukoscope.inference.keras2.functions import FUNCTIONS
from leukoscope.inference.keras2.layers import Apply


def make_operation(node: dict[str, Any]) -> Apply:
    """The function that a ``TFOpLambda`` or a ``SlicingOpLambda`` stands for.

    Raises
    ------
    BundleError
        When it is not in the table.
    """
    if words.class_of(node) == words.SLICING:
        return _Named(_slice, words.plain_name(str(node["config"].get("name", "slice"))))
    function = str(node["config"].get("function"))
    if function not in _TABLE:
        message = (
            f"The model calls TensorFlow's “{function[:60]}”, which this program does not rebuild; type "
            "model.export('folder'), or model.save('folder') before Keras 2.13, in the notebook that made it, and "
            "import that folder."
        )
        raise BundleError(message, f"function {function}", cause=Cause.NOT_UNDERSTOOD)
    return _Named(_TABLE[function], words.plain_name(str(node["config"].get("name", function))))


class _Named:
    """Gives what a function makes the name of its node: names that Keras makes up may be those of other layers."""

    def __init__(self, function: Apply, name: str) -> None:
        self._function, self._name, self._calls = function, name, 0

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        kwargs.pop("name", None)
        made = self._function(*args, **kwargs)
        first = made[0] if isinstance(made, list | tuple) else made
        first._keras_history.operation.name = f"{self._name}_{self._calls}" if self._calls else self._name
        self._calls += 1
        return made


def _is_tensor(value: Any) -> bool:
    return isinstance(value, keras.KerasTensor)


def _numbers(value: Any) -> Any:
    """A constant as Rescaling takes it: one number, or one for each channel."""
    array = np.asarray(value, np.float64)
    return float(array) if array.ndim == 0 or array.size == 1 else [float(one) for one in array.reshape(-1)]


def _negative(value: Any) -> Any:
    return (-np.asarray(value, np.float64)).tolist()


def _inverse(value: Any) -> Any:
    return (1.0 / np.asarray(value, np.float64)).tolist()


def _scale(x: Any, scale: Any, offset: Any) -> Any:
    if not all(_is_plain(one) for one in (scale, offset)):
        return ops.add(ops.multiply(x, np.asarray(scale, np.float32)), np.asarray(offset, np.float32))
    return keras.layers.Rescaling(_numbers(scale), _numbers(offset))(x)


def _is_plain(value: Any) -> bool:
    """Whether a constant is one number, or one for each channel."""
    shape = np.shape(value)
    return int(np.prod(shape)) == (shape[-1] if shape else 1)


def _add(x: Any, y: Any, **_: Any) -> Any:
    if _is_tensor(x) and _is_tensor(y):
        return keras.layers.Add()([x, y])
    return _scale(x, 1.0, y) if _is_tensor(x) else _scale(y, 1.0, x)


def _subtract(x: Any, y: Any, **_: Any) -> Any:
    if _is_tensor(x) and _is_tensor(y):
        return keras.layers.Subtract()([x, y])
    return _scale(x, 1.0, _negative(y)) if _is_tensor(x) else _scale(y, -1.0, x)


def _multiply(x: Any, y: Any, **_: Any) -> Any:
    if _is_tensor(x) and _is_tensor(y):
        return keras.layers.Multiply()([x, y])
    return _scale(x, y, 0.0) if _is_tensor(x) else _scale(y, x, 0.0)


def _divide(x: Any, y: Any, **_: Any) -> Any:
    return _scale(x, _inverse(y), 0.0) if _is_tensor(x) and not _is_tensor(y) else ops.true_divide(x, y)


def _bias(value: Any, bias: Any, **_: Any) -> Any:
    return _add(value, bias)


def _same(x: Any, *_: Any, **__: Any) -> Any:
    return keras.layers.Identity()(x)


def _activation(name: str) -> Apply:
    return lambda x=None, features=None, **_: keras.layers.Activation(name)(x if x is not None else features)


def _softmax(logits: Any, axis: int | None = -1, **_: Any) -> Any:
    return keras.layers.Softmax(axis=-1 if axis is None else axis)(logits)


def _between(t: Any, clip_value_min: float, clip_value_max: float, **_: Any) -> Any:
    return ops.clip(t, clip_value_min, clip_value_max)


def _reshape(tensor: Any, shape: Any, **_: Any) -> Any:
    return keras.layers.Reshape(tuple(int(side) for side in list(shape)[1:]))(tensor)


def _transpose(a: Any, perm: Any = None, **_: Any) -> Any:
    return ops.transpose(a, None if perm is None else tuple(perm))


def _joined(values: Any, axis: int = -1, **_: Any) -> Any:
    return keras.layers.Concatenate(axis=axis)(list(values))


def _expanded(input: Any, axis: int, **_: Any) -> Any:  # noqa: A002 - TensorFlow's name of the argument
    return ops.expand_dims(input, axis)


def _squeezed(input: Any, axis: Any = None, **_: Any) -> Any:  # noqa: A002 - TensorFlow's name of the argument
    return ops.squeeze(input, tuple(axis) if isinstance(axis, list) else axis)


def _resized(images: Any, size: Any, method: str = "bilinear", **_: Any) -> Any:
    height, width = (int(side) for side in size)
    return keras.layers.Resizing(height, width, interpolation=str(method))(images)


def _slice(x: Any, slice_spec: Any = None, **_: Any) -> Any:
    """``x[..., ::-1]`` and the like."""
    spec = slice_spec if isinstance(slice_spec, list) else [slice_spec]
    return x[tuple(_index(one) for one in spec)]


def _index(one: Any) -> Any:
    if not isinstance(one, dict):
        return one
    if "start" in one or "stop" in one:
        return slice(one.get("start"), one.get("stop"), one.get("step"))
    return Ellipsis


_TABLE: dict[str, Apply] = {
    "__operators__.add": _add,
    "__operators__.mul": _multiply,
    "__operators__.sub": _subtract,
    "__operators__.truediv": _divide,
    "cast": _same,
    "clip_by_value": _between,
    "compat.v1.squeeze": _squeezed,
    "concat": _joined,
    "expand_dims": _expanded,
    "identity": _same,
    "image.resize": _resized,
    "math.add": _add,
    "math.divide": _divide,
    "math.multiply": _multiply,
    "math.sigmoid": _activation("sigmoid"),
    "math.subtract": _subtract,
    "math.truediv": _divide,
    "nn.bias_add": _bias,
    "nn.elu": _activation("elu"),
    "nn.gelu": _activation("gelu"),
    "nn.relu": _activation("relu"),
    "nn.relu6": _activation("relu6"),
    "nn.selu": _activation("selu"),
    "nn.sigmoid": _activation("sigmoid"),
    "nn.silu": _activation("silu"),
    "nn.softmax": _softmax,
    "reshape": _reshape,
    "squeeze": _squeezed,
    "transpose": _transpose,
    **FUNCTIONS,
}
assert set(_TABLE) == words.OPERATIONS
