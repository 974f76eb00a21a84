"""Functions of TensorFlow that compute the same by another name in ``keras.ops``. Runs in a child process only.

Each takes the arguments of TensorFlow's, by place or by name, as a network of Keras 2 keeps them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from keras import ops

SMALLEST_DEVIATION = 1.0
"""Over the square root of the number of samples: ``tf.image.per_image_standardization`` divides by no less."""


def _of(compute: Callable[[Any], Any]) -> Callable[..., Any]:
    """Of one tensor, whatever its argument is called."""

    def apply(*args: Any, **named: Any) -> Any:
        return compute(args[0] if args else next(named[key] for key in ("x", "input", "features") if key in named))

    return apply


def _reduced(reduce: Callable[..., Any]) -> Callable[..., Any]:
    def apply(input_tensor: Any, axis: Any = None, keepdims: bool = False, **_: Any) -> Any:
        return reduce(input_tensor, axis=_axes(axis), keepdims=bool(keepdims))

    return apply


def _axes(axis: Any) -> Any:
    return tuple(axis) if isinstance(axis, list) else axis


def _normalized(x: Any, axis: Any = None, epsilon: float = 1e-12, **_: Any) -> Any:
    squared = ops.sum(ops.square(x), axis=_axes(axis), keepdims=True)
    return x * ops.rsqrt(ops.maximum(squared, epsilon))


def _matmul(a: Any, b: Any, transpose_a: bool = False, transpose_b: bool = False, **_: Any) -> Any:
    return ops.matmul(ops.swapaxes(a, -1, -2) if transpose_a else a, ops.swapaxes(b, -1, -2) if transpose_b else b)


def _gray(images: Any, **_: Any) -> Any:
    # ops.rgb_to_grayscale rounds its weights otherwise.
    red, green, blue = (images[..., channel : channel + 1] for channel in range(3))
    return red * 0.2989 + green * 0.587 + blue * 0.114


def _standardized(image: Any, **_: Any) -> Any:
    count = 1
    for side in image.shape[1:]:
        count *= int(side)
    mean = ops.mean(image, axis=(1, 2, 3), keepdims=True)
    deviation = ops.std(image, axis=(1, 2, 3), keepdims=True)
    return (image - mean) / ops.maximum(deviation, SMALLEST_DEVIATION / count**0.5)


def _patches(images: Any, sizes: Any, strides: Any, rates: Any, padding: str, **_: Any) -> Any:
    return ops.image.extract_patches(
        images, tuple(sizes[1:3]), strides=tuple(strides[1:3]), dilation_rate=int(rates[1]), padding=padding.lower()
    )


def _split(value: Any, num_or_size_splits: Any, axis: int = 0, **_: Any) -> Any:
    if isinstance(num_or_size_splits, int):
        return ops.split(value, num_or_size_splits, axis=axis)
    ends, places = 0, []
    for size in num_or_size_splits[:-1]:
        ends += int(size)
        places.append(ends)
    return ops.split(value, tuple(places), axis=axis)


def _leaky(features: Any, alpha: float = 0.2, **_: Any) -> Any:
    return ops.leaky_relu(features, alpha)


def _tiled(input: Any, multiples: Any, **_: Any) -> Any:  # noqa: A002 - TensorFlow's name of the argument
    return ops.tile(input, tuple(multiples))


def _reversed(tensor: Any, axis: Any, **_: Any) -> Any:
    return ops.flip(tensor, axis=_axes(axis))


def _of_two(compute: Callable[[Any, Any], Any]) -> Callable[..., Any]:
    return lambda x, y, **_: compute(x, y)


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "__operators__.neg": _of(ops.negative),
    "__operators__.pow": _of_two(ops.power),
    "abs": _of(ops.abs),
    "exp": _of(ops.exp),
    "image.extract_patches": _patches,
    "image.per_image_standardization": _standardized,
    "image.rgb_to_grayscale": _gray,
    "linalg.l2_normalize": _normalized,
    "linalg.matmul": _matmul,
    "math.abs": _of(ops.abs),
    "math.erf": _of(ops.erf),
    "math.exp": _of(ops.exp),
    "math.l2_normalize": _normalized,
    "math.log": _of(ops.log),
    "math.log1p": _of(ops.log1p),
    "math.maximum": _of_two(ops.maximum),
    "math.minimum": _of_two(ops.minimum),
    "math.negative": _of(ops.negative),
    "math.pow": _of_two(ops.power),
    "math.reduce_max": _reduced(ops.max),
    "math.reduce_mean": _reduced(ops.mean),
    "math.reduce_min": _reduced(ops.min),
    "math.reduce_std": _reduced(ops.std),
    "math.reduce_sum": _reduced(ops.sum),
    "math.reduce_variance": _reduced(ops.var),
    "math.rsqrt": _of(ops.rsqrt),
    "math.softplus": _of(ops.softplus),
    "math.sqrt": _of(ops.sqrt),
    "math.square": _of(ops.square),
    "math.squared_difference": _of_two(lambda x, y: ops.square(ops.subtract(x, y))),
    "math.tanh": _of(ops.tanh),
    "nn.leaky_relu": _leaky,
    "nn.softplus": _of(ops.softplus),
    "ones_like": _of(ops.ones_like),
    "reverse": _reversed,
    "split": _split,
    "sqrt": _of(ops.sqrt),
    "square": _of(ops.square),
    "stack": lambda values, axis=0, **_: ops.stack(list(values), axis=axis),
    "tile": _tiled,
    "zeros_like": _of(ops.zeros_like),
}
