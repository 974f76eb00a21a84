"""A network in one file with its weights in another, joined.

As older notebooks keep them, in ``.json`` or ``.yaml``, and as a ``.keras`` archive that was unpacked into a folder.
"""

from __future__ import annotations

import json
import shutil
import zipfile
from pathlib import Path
from typing import Any

import h5py

from leukoscope.domain.errors import BundleError, Cause
from leukoscope.inference.hdf5_check import MAX_BYTES, check_tree
from leukoscope.inference.keras2.reading import CONFIG_ATTRIBUTE, VERSION_ATTRIBUTE, is_keras2
from leukoscope.inference.refused import damaged

LONGEST = 64_000_000
"""Bytes of a description that is read."""
LONGEST_YAML = 4_000_000
"""The same of YAML, which is read a hundred times slower; that of a network of a thousand layers has one million."""
MOST_VALUES = 500_000
"""Values in a description: YAML can repeat a part by a word, and parts of parts."""
DESCRIPTIONS = (".json", ".yaml", ".yml")
ARCHIVED = CONFIG, METADATA, WEIGHTS = "config.json", "metadata.json", "model.weights.h5"
"""What lies in an archive of Keras."""
_WEIGHTS = (".weights.h5", "_weights.h5", ".h5", ".hdf5")


def one_file(path: Path, folder: Path) -> Path:
    """The model as one file that Keras would have saved; itself where it is one already.

    Parameters
    ----------
    path
        What a person chose.
    folder
        Where the joined file is written.

    Raises
    ------
    BundleError
        When there are no weights beside it, or when it is no description of a network.
    """
    parts = path if path.is_dir() else path.parent if path.name == CONFIG else None
    if parts is not None and all((parts / name).is_file() for name in ARCHIVED):
        return _packed(parts, folder / f"{parts.name}.keras")
    if path.suffix.lower() not in DESCRIPTIONS or not path.is_file():
        return path
    config = _described(path)
    weights = _beside(path)
    version = str(config.get("keras_version", "3"))
    _check_size(weights)
    if is_keras2(version):
        return _h5(config, version, weights, folder / f"{path.stem}.h5")
    joined = folder / f"{path.stem}.keras"
    with zipfile.ZipFile(joined, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr(METADATA, json.dumps({"keras_version": version}))
        archive.writestr(CONFIG, json.dumps(config))
        archive.write(weights, WEIGHTS)
    return joined


def _packed(parts: Path, joined: Path) -> Path:
    """As one archive again; what is in it is checked as that of any other."""
    with zipfile.ZipFile(joined, "w", zipfile.ZIP_STORED) as archive:
        for name in ARCHIVED:
            _check_size(parts / name)
            archive.write(parts / name, name)
    return joined


def _check_size(path: Path) -> None:
    if path.stat().st_size > MAX_BYTES:
        raise BundleError(f"The model file “{path.name}” is larger than 2 GB; that is more than this program loads.")


def _described(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > LONGEST:
            raise BundleError(f"“{path.name}” describes a network that is too large; it is refused.")
        text = path.read_text(encoding="utf-8")
        if path.suffix.lower() != ".json":
            config = _from_yaml(text, path)
        else:
            config = json.loads(text)
            config = json.loads(config) if isinstance(config, str) else config
    except (ValueError, RecursionError) as error:
        raise damaged(path, repr(error)) from error
    if not isinstance(config, dict) or "class_name" not in config:
        message = f"“{path.name}” describes no network; save the whole model with model.save()."
        raise BundleError(message, "config is no model", cause=Cause.NOT_UNDERSTOOD)
    return config


def _from_yaml(text: str, path: Path) -> Any:
    """What a YAML text says; tuples become lists, and nothing else of Python is made."""
    import yaml

    class Loader(yaml.SafeLoader):
        pass

    Loader.add_constructor("tag:yaml.org,2002:python/tuple", Loader.construct_sequence)
    Loader.add_constructor("tag:yaml.org,2002:python/unicode", Loader.construct_scalar)
    if len(text) > LONGEST_YAML:
        raise BundleError(f"“{path.name}” describes a network that is too large; it is refused.")
    try:
        # What stands there once may be meant many times.
        return _unfolded(yaml.load(text, Loader))
    except yaml.YAMLError as error:
        raise ValueError(repr(error)[:500]) from error


def _unfolded(value: Any) -> Any:
    """The same value, in which nothing is shared; ValueError where it has too many parts, or holds itself."""
    left = MOST_VALUES

    def copied(one: Any, depth: int) -> Any:
        nonlocal left
        left -= 1
        if left < 0 or depth > 100:
            raise ValueError("too many values")
        if isinstance(one, dict):
            return {str(key): copied(inner, depth + 1) for key, inner in one.items()}
        return [copied(inner, depth + 1) for inner in one] if isinstance(one, list) else one

    return copied(value, 0)


def _beside(path: Path) -> Path:
    """The weights that lie beside a description: under its name, or the only ones there."""
    named = [path.with_name(path.stem + ending) for ending in _WEIGHTS]
    there = sorted(one for one in path.parent.iterdir() if one.suffix.lower() in {".h5", ".hdf5"})
    found = [one for one in named if one.is_file()] or (there if len(there) == 1 else [])
    if not found:
        message = (
            f"“{path.name}” describes a network without its weights; put them beside it as “{path.stem}.weights.h5”, "
            "then import it again."
        )
        raise BundleError(message, f"{len(there)} files of weights", cause=Cause.UNREACHABLE)
    return found[0]


def _h5(config: dict[str, Any], version: str, weights: Path, joined: Path) -> Path:
    """As Keras 2 saves a whole model: the arrays, with the network as an attribute."""
    shutil.copyfile(weights, joined)
    try:
        with h5py.File(joined, "r+") as tree:
            check_tree(tree, weights, weights.stat().st_size)
            tree.attrs[CONFIG_ATTRIBUTE] = json.dumps(config)
            tree.attrs[VERSION_ATTRIBUTE] = version
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        raise damaged(weights, repr(error)) from error
    return joined
