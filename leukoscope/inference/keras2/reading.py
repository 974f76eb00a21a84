"""What a file of Keras 2 holds: the configuration of its network and the arrays of its weights, read as numbers."""

from __future__ import annotations

import json
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

CONFIG_ATTRIBUTE, VERSION_ATTRIBUTE = "model_config", "keras_version"
METADATA = "metadata.json"


@dataclass(frozen=True, eq=False)
class Saved:
    """One array of a saved network.

    Parameters
    ----------
    top
        The layer of the whole network under which it is kept.
    owner
        Names of the layers and parts that its variable belongs to, from the outside in.
    variable
        The variable's name.
    array
        Its numbers.
    """

    top: str
    owner: tuple[str, ...]
    variable: str
    array: NDArray[np.generic]


def text_of(value: object) -> str:
    """An attribute's text; h5py gives bytes for what older programs wrote."""
    return value.decode("utf-8") if isinstance(value, bytes) else str(value)


def version_of(path: Path) -> str:
    """Keras' version that saved a model file; an empty string where an ``.h5`` file names none, as those of Keras 1.

    An archive without it is held to be of the Keras that is here.

    Raises
    ------
    OSError, KeyError, ValueError, zipfile.BadZipFile
        When it cannot be read.
    """
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            if METADATA not in archive.namelist():
                return "3"
            metadata = json.loads(archive.read(METADATA))
            return str(metadata.get("keras_version", "3")) if isinstance(metadata, dict) else "3"
    with h5py.File(path, "r") as tree:
        return text_of(tree.attrs.get(VERSION_ATTRIBUTE, b""))


def is_keras2(version: str) -> bool:
    """Whether a version is older than Keras 3; files of Keras 1 hold none."""
    major = version.partition(".")[0]
    return not major.isdecimal() or int(major) < 3


def config_of(path: Path) -> Any:
    """The configuration of a checked model file."""
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            return json.loads(archive.read("config.json"))
    with h5py.File(path, "r") as tree:
        return json.loads(text_of(tree.attrs[CONFIG_ATTRIBUTE]))


def h5_weights(tree: h5py.Group) -> list[Saved]:
    """Arrays of an ``.h5`` file: groups of layers with the names of their weights as attributes.

    Raises
    ------
    KeyError
        When the attributes are missing.
    """
    group = tree.get("model_weights", tree)
    found = []
    for top in _names(group, "layer_names"):
        for name in _names(group[top], "weight_names"):
            owner, _, variable = name.rpartition("/")
            array = np.asarray(group[top][name])
            found.append(Saved(top, tuple(owner.split("/")) if owner else (), variable.partition(":")[0], array))
    return found


def _names(group: h5py.Group, attribute: str) -> list[str]:
    """A list of names; Keras cuts those that are too long for one attribute into several."""
    if attribute in group.attrs:
        return [text_of(name) for name in group.attrs[attribute]]
    if f"{attribute}0" not in group.attrs:
        raise KeyError(attribute)
    names, number = [], 0
    while f"{attribute}{number}" in group.attrs:
        names += [text_of(name) for name in group.attrs[f"{attribute}{number}"]]
        number += 1
    return names
