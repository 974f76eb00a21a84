"""A model file is code until proven otherwise: what is checked before Keras sees it.

Keras had remote-code-execution holes in both formats (see docs/adr/0003). Here the structure is read with ``zipfile``,
``json`` and ``h5py`` only, and anything not on the list is refused.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import h5py

from leukoscope.domain.errors import BundleError, Cause
from leukoscope.inference.containers import Container, check_container, container_of
from leukoscope.inference.hdf5_check import MAX_UNPACKED_RATIO, check_tree, text_attribute
from leukoscope.inference.keras2 import words
from leukoscope.inference.keras2.known import is_known_to_keras2, scale_of, spread_over_cards
from leukoscope.inference.keras2.reading import CONFIG_ATTRIBUTE, VERSION_ATTRIBUTE, is_keras2, version_of
from leukoscope.inference.known_layers import (
    ACTIVATIONS,
    MODELS,
    RUNS_CODE,
    as_own_layer,
    is_edge,
    is_known,
    is_plain_activation,
)
from leukoscope.inference.manifest import MAX_MODEL_BYTES
from leukoscope.inference.other_kinds import other_archive, other_file, other_folder
from leukoscope.inference.refused import damaged

MAX_FILE_BYTES = MAX_MODEL_BYTES
MAX_CONFIG_BYTES = 64_000_000

H5_START = b"\x89HDF\r\n\x1a\n"
ENCRYPTED = 1
"""Flag of a locked file in a zip archive."""
TRAINING = "compile_config"
EXPORT = "model.export('folder')"
QUANTIZED = "Quantiz"
"""In the names of Keras' classes for it: QuantizedDTypePolicy, Int8QuantizationConfig, AbsMaxQuantizer."""
KERAS_MEMBERS = {"config.json", "metadata.json", "model.weights.h5"}


def check_model_file(path: Path) -> None:
    """Refuse a model file that is damaged, too large, or holds anything but known layers and numbers.

    Raises
    ------
    BundleError
        With one sentence that says what is wrong.
    """
    container = _container_of(path)
    if container is not None:
        check_container(path, container)
        return
    _check_kind(path, _start(path))
    if zipfile.is_zipfile(path):
        _check_keras(path)
    else:
        _check_h5(path)


def _container_of(path: Path) -> Container | None:
    if not path.is_dir():
        _start(path)
    with _damage_is_said(path):
        return container_of(path)


def _start(path: Path) -> bytes:
    """The first bytes of a file of a size that is loaded."""
    try:
        if path.is_dir():
            raise other_folder(path)
        size = path.stat().st_size
        with path.open("rb") as file:
            start = file.read(8)
    except FileNotFoundError as error:
        message = f"The model file “{path.name}” does not exist; check its name and that its drive is connected."
        raise BundleError(message, repr(error), cause=Cause.UNREACHABLE) from error
    except OSError as error:
        message = f"The model file “{path.name}” may not be read; check its permissions and its drive."
        raise BundleError(message, repr(error), cause=Cause.UNREACHABLE) from error
    if size == 0:
        raise BundleError(f"The model file “{path.name}” is empty; copy it again.", cause=Cause.BROKEN)
    if size > MAX_FILE_BYTES:
        raise BundleError(f"The model file “{path.name}” is larger than 2 GB; that is more than this program loads.")
    return start


def _check_kind(path: Path, start: bytes) -> None:
    """Tell a file of another kind from one whose end is missing."""
    if zipfile.is_zipfile(path) or h5py.is_hdf5(path):
        return
    if start.startswith((b"PK\x03\x04", H5_START)):
        raise damaged(path, "no end of archive")
    raise other_file(path, start)


def is_h5(path: Path) -> bool:
    """Whether a checked model file is of the HDF5 kind."""
    return not zipfile.is_zipfile(path)


def _check_keras(path: Path) -> None:
    with _damage_is_said(path), zipfile.ZipFile(path) as archive:
        _check_members(archive, path)
        config = json.loads(archive.read("config.json"))
        if archive.testzip() is not None:
            raise damaged(path, "bad checksum in the archive")
        version = version_of(path)
        with archive.open("model.weights.h5") as weights, h5py.File(weights, "r") as tree:
            check_tree(tree, path, archive.getinfo("model.weights.h5").file_size)
    _check_config(config, path, version)


@contextmanager
def _damage_is_said(path: Path) -> Iterator[None]:
    """Damaged bytes can make the readers of archives, JSON and HDF5 raise anything."""
    try:
        yield
    except (BundleError, MemoryError):
        raise
    except RecursionError as error:
        message = f"“{path.name}” describes a network that is nested too deep; it is refused."
        raise BundleError(message, repr(error), cause=Cause.NOT_UNDERSTOOD) from error
    except Exception as error:
        raise damaged(path, repr(error)) from error


def _check_members(archive: zipfile.ZipFile, path: Path) -> None:
    members = {member.filename: member for member in archive.infolist()}
    if len(members) != len(archive.infolist()):
        raise BundleError(f"“{path.name}” holds a file twice; it is refused.", "members of the same name")
    if any(member.flag_bits & ENCRYPTED for member in members.values()):
        message = f"“{path.name}” is locked with a password; save the model without one."
        raise BundleError(message, "encrypted members", cause=Cause.NOT_UNDERSTOOD)
    if "config.json" not in members:
        raise other_archive(path, members)
    foreign = sorted(set(members) - KERAS_MEMBERS)
    if foreign:
        message = f"“{path.name}” holds files that a Keras model does not need ({foreign[0][:60]}); it is refused."
        raise BundleError(message, f"foreign members {foreign[:10]}")
    if "model.weights.h5" not in members:
        raise damaged(path, "no weights")
    if members["config.json"].file_size > MAX_CONFIG_BYTES:
        raise BundleError(f"“{path.name}” describes a network that is too large; it is refused.")
    unpacked = sum(member.file_size for member in members.values())
    if unpacked > MAX_FILE_BYTES or unpacked > MAX_UNPACKED_RATIO * max(path.stat().st_size, 1_000_000):
        raise BundleError(f"“{path.name}” unpacks to far more than its size; it is refused.", f"{unpacked} bytes")


def _check_h5(path: Path) -> None:
    with _damage_is_said(path), h5py.File(path, "r") as tree:
        check_tree(tree, path, path.stat().st_size)
        text = text_attribute(tree, CONFIG_ATTRIBUTE, path)
        if text is None:
            message = f"“{path.name}” holds weights but no network; save the whole model with model.save()."
            raise BundleError(message, "no model_config attribute")
        config = json.loads(text)
        version = text_attribute(tree, VERSION_ATTRIBUTE, path) or ""
    _check_config(config, path, version)


def _check_config(config: Any, path: Path, version: str) -> None:
    if not isinstance(config, dict) or "class_name" not in config:
        message = f"“{path.name}” describes no network; save the whole model with model.save()."
        raise BundleError(message, "config is no model", cause=Cause.NOT_UNDERSTOOD)
    inner = spread_over_cards(config)
    if inner:
        message = (
            f"“{path.name}” is spread over several graphics cards (multi_gpu_model); type "
            f"model.get_layer('{inner[:60]}').save('name.h5') in the notebook that made it, and import that."
        )
        raise BundleError(message, "slices by Lambda", cause=Cause.UNKNOWN_KIND)
    if "config" in config and not is_edge(config):
        _check_whole(str(config["class_name"]), config, path, version)
    for node in _objects(config):
        _check_object(node, path, version)


def _check_whole(name: str, config: dict[str, Any], path: Path, version: str) -> None:
    """Tell a model that is written as a class from one layer that is not known."""
    known = name in MODELS or is_keras2(version) or is_known(name, config.get("module"), config.get("registered_name"))
    if not known and name not in RUNS_CODE:
        message = (
            f"“{path.name}” is written as a class of its own ({name[:60]}), which is code; type "
            "model.export('folder') in the notebook that made it, and import that folder."
        )
        raise BundleError(message, f"{config.get('module')}.{name}", cause=Cause.UNKNOWN_KIND)


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    """Every serialized object in a config, however deep, and everything that names an activation.

    How a model, or one inside it, was trained is left out: it is dropped before Keras sees the file.
    """
    stack = [value]
    while stack:
        one = stack.pop()
        if isinstance(one, dict):
            if "class_name" in one or "activation" in one or "recurrent_activation" in one:
                yield one
            stack.extend(inner for key, inner in one.items() if key != TRAINING)
        elif isinstance(one, list):
            stack.extend(one)


def _check_object(node: dict[str, Any], path: Path, version: str) -> None:
    for key in ("activation", "recurrent_activation"):
        named = node.get(key)
        if isinstance(named, str) and named not in ACTIVATIONS:
            raise _unknown_layer(path, named, f"activation {named}", version)
    if "class_name" not in node:
        return
    name = str(node["class_name"])
    module, registered = node.get("module"), node.get("registered_name")
    if is_edge(node) or is_plain_activation(node) or as_own_layer(node) is not None:
        return
    if name in RUNS_CODE and not (is_keras2(version) and scale_of(node) is not None):
        kind = "a function of its own" if name == "function" else f"a {name} layer"
        message = (
            f"“{path.name}” contains {kind}, which can run code; type {_export(version)} in the notebook that made it, "
            "and import that folder."
        )
        raise BundleError(message, f"class {name}")
    if QUANTIZED in name:
        message = (
            f"“{path.name}” was made smaller by model.quantize(); import the model as model.save() kept it before, or, "
            "for int8 and int4, type model.export('folder') and import that folder."
        )
        raise BundleError(message, f"class {name}")
    if is_keras2(version):
        _check_keras2(node, name, path, version)
    elif not is_known(name, module, registered):
        raise _unknown_layer(path, name, f"{module}.{name} {registered}", version)


def _check_keras2(node: dict[str, Any], name: str, path: Path, version: str) -> None:
    if is_known_to_keras2(node):
        return
    config = node.get("config")
    if name == words.OPERATION and isinstance(config, dict):
        function = str(config.get("function"))[:60]
        message = (
            f"“{path.name}” calls TensorFlow's “{function}”, which this program does not rebuild; type "
            f"{_export(version)} in the notebook that made it, and import that folder."
        )
        raise BundleError(message, f"function {function}")
    detail = f"Keras 2: {node.get('module')}.{name} {node.get('registered_name')}"
    raise _unknown_layer(path, name, detail, version)


def _export(version: str) -> str:
    """What writes a folder of a model, by the Keras that saved it."""
    return "model.export('folder'), or model.save('folder') before Keras 2.13," if is_keras2(version) else EXPORT


def _unknown_layer(path: Path, name: str, detail: str, version: str) -> BundleError:
    # An .h5 file names what is registered by its package too: “keras_hub>ResNetBackbone”.
    plain = name.rpartition(">")[2] or name
    message = (
        f"“{path.name}” uses “{plain[:60]}”, which this program does not know; type {_export(version)} in the notebook "
        "that made it, and import that folder."
    )
    return BundleError(message, detail)
