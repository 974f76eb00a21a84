"""Model files of every container, a million of them; see :mod:`tests.torture.fuzz`.

A damaged archive seldom gets past its checksums, so what lies in it is damaged apart: the configuration, the
description beside weights, and the files of other programs.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from leukoscope.inference.containers import container_of, unpacked
from leukoscope.inference.heads import heads_in, heads_of
from leukoscope.inference.safety import check_model_file
from leukoscope.inference.two_files import one_file
from tests.torture.tally import Tally, Until

KERAS2_FILES = Path(__file__).resolve().parents[1] / "unit" / "inference" / "keras2_files"
WANTED = {
    "model containers": 400_000,
    "model configurations": 500_000,
    "model descriptions": 50_000,
    "models of other programs": 50_000,
}
"""A million in all."""


def campaign(until: Until, seed: int, only: Sequence[str] = (), most: int | None = None) -> Iterator[Tally]:
    """Every reader of model files."""
    from tests.torture import fuzz

    return fuzz.campaign(until, seed, only or tuple(WANTED), most)


def _network() -> dict[str, Any]:
    dense = {"module": "keras.layers", "class_name": "Dense", "config": {"units": 1}, "registered_name": None}
    return {"module": "keras", "class_name": "Sequential", "config": {"name": "n", "layers": [dense] * 3}}


@cache
def _weights() -> bytes:
    weights = io.BytesIO()
    with h5py.File(weights, "w") as tree:
        tree["layers/dense/vars/0"] = np.zeros((3, 1), np.float32)
    return weights.getvalue()


def _keras(config: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("metadata.json", '{"keras_version": "3.15.1"}')
        archive.writestr("config.json", config)
        archive.writestr("model.weights.h5", _weights())
    return buffer.getvalue()


def containers() -> list[bytes]:
    """A small file of each kind that Keras saves."""
    tree_file = io.BytesIO(_weights())
    with h5py.File(tree_file, "a") as tree:
        tree.attrs["model_config"] = json.dumps(_network())
    return [_keras(json.dumps(_network()).encode()), tree_file.getvalue()]


def take_container(data: bytes, folder: Path) -> None:
    """Check a file, and read which outputs it has."""
    path = folder / "model.keras"
    path.write_bytes(data)
    check_model_file(path)
    if container_of(path) is None:
        heads_in(path)


@cache
def configurations() -> list[bytes]:
    """What Keras 2 wrote of real networks, and the small one of Keras 3."""
    found = [json.dumps(_network()).encode()]
    for file in sorted(KERAS2_FILES.glob("*.keras")):
        with zipfile.ZipFile(file) as archive:
            found.append(archive.read("config.json"))
    return found


def take_config(data: bytes, folder: Path) -> None:
    """Check a whole archive with this configuration."""
    path = folder / "model.keras"
    path.write_bytes(_keras(data))
    check_model_file(path)
    heads_of(json.loads(data))


def descriptions() -> list[bytes]:
    """Networks written down for a file of weights beside them, as JSON and as YAML."""
    import yaml

    return [b"json" + one for one in configurations()[:3]] + [b"yaml" + yaml.dump(_network()).encode()]


def take_description(data: bytes, folder: Path) -> None:
    """Join a description with weights, then check both."""
    (folder / "apart").mkdir(exist_ok=True)
    path = folder / "apart" / ("net.yaml" if data.startswith(b"yaml") else "net.json")
    path.write_bytes(data[4:])
    path.with_name("net.weights.h5").write_bytes(_weights())
    check_model_file(one_file(path, folder))


def others() -> list[bytes]:
    """What other programs keep: an exported folder in an archive, ONNX, TensorFlow Lite, a frozen graph."""
    from tests.own_models.onnx_file import Network

    exported = io.BytesIO()
    with zipfile.ZipFile(exported, "w") as archive:
        for name in ("fingerprint.pb", "saved_model.pb", "variables/variables.index"):
            archive.writestr(f"folder/{name}", b"\x08\x01" * 40)
    lite = b"\x1c\0\0\0TFL3" + bytes(80)
    return [exported.getvalue(), b".onnx" + Network(3, side=8).encoded(), lite, b".pb" + b"\x0a\x10" + bytes(80)]


def take_other(data: bytes, folder: Path) -> None:
    """See what a file is, and check it before OpenVINO reads it."""
    suffix = next((one for one in (".onnx", ".pb") if data.startswith(one.encode())), "")
    path = folder / f"model{suffix or '.zip'}"
    path.write_bytes(data[len(suffix) :])
    check_model_file(path)
    if container_of(path) == "saved_model":
        unpacked(path, folder / "exported")
