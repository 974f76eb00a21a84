"""Two devices, or two machines, end with the weights of one."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from leukoscope.domain.errors import SettingsError
from tests.training.drawn import HYBRID, finish, write_cells, write_config
from training.config import FitConfig
from training.fitting.distribution import find_distribution

# Random layers are off: every device has chances of its own. The ensemble's head is normalized by batches, and would be
# by those of each device.
NETWORK = "dropout = 0.0\nattention_dropout = 0.0\n"
FIT = """
head_epochs = 1
tail_epochs = 2
distribute = "{}"
[fit.train_from]
efficientnet-lite0 = "block6d_add"
"""


@pytest.fixture(scope="module")
def cells(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_cells(tmp_path_factory.mktemp("drawn") / "cells")


def begin(
    folder: Path, name: str, cells: Path, distribute: str, devices: int = 1, **more: str
) -> subprocess.Popen[str]:
    config = write_config(folder / f"{name}.toml", FIT.format(distribute), network=HYBRID)
    text = config.read_text(encoding="utf-8").replace("[split]", NETWORK + "[split]")
    config.write_text(text, encoding="utf-8")
    arguments = [str(config), str(cells), str(folder / name), str(devices)]
    return subprocess.Popen(
        [sys.executable, "-m", "tests.training.fit_somewhere", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=os.environ | more,
    )


def fitted(folder: Path) -> list[NDArray[Any]]:
    with np.load(folder / "fitted.npz") as stored:
        return [stored[name] for name in stored.files]


def assert_close(found: Sequence[NDArray[Any]], expected: Sequence[NDArray[Any]]) -> None:
    assert len(found) == len(expected)
    for one, other in zip(found, expected, strict=True):
        if one.dtype == np.float32:  # Not the states of random layers, which differ on purpose.
            np.testing.assert_allclose(one, other, atol=2e-4)


@pytest.fixture(scope="module")
def alone(cells: Path, tmp_path_factory: pytest.TempPathFactory) -> list[NDArray[Any]]:
    """What one device ends with."""
    folder = tmp_path_factory.mktemp("alone")
    finish(begin(folder, "one", cells, "none"))
    return fitted(folder / "one")


@pytest.mark.slow
@pytest.mark.heavy
def test_two_devices_end_with_the_weights_of_one(cells: Path, alone: list[NDArray[Any]], tmp_path: Path) -> None:
    finish(begin(tmp_path, "two", cells, "mirrored", devices=2))
    assert_close(fitted(tmp_path / "two"), alone)


def free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports: list[int] = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


@pytest.mark.slow
@pytest.mark.heavy
def test_two_workers_end_with_the_same_weights_as_one(cells: Path, alone: list[NDArray[Any]], tmp_path: Path) -> None:
    """The same of two processes."""
    addresses = [f"127.0.0.1:{port}" for port in free_ports(2)]
    tasks = [{"cluster": {"worker": addresses}, "task": {"type": "worker", "index": index}} for index in (0, 1)]
    processes = [
        begin(tmp_path, f"worker{index}", cells, "multi-worker", TF_CONFIG=json.dumps(task))
        for index, task in enumerate(tasks)
    ]
    for process in processes:
        finish(process)
    chief, other = fitted(tmp_path / "worker0"), fitted(tmp_path / "worker1")
    for one, same in zip(chief, other, strict=True):
        if one.dtype == np.float32:
            np.testing.assert_array_equal(one, same)
    assert_close(chief, alone)
    # Only the chief writes.
    assert (tmp_path / "worker0" / "checkpoint.npz").is_file()
    assert [path.name for path in (tmp_path / "worker1").iterdir()] == ["fitted.npz"]


@pytest.mark.parametrize("value", ["", "{}", "no json", '{"cluster": {"worker": ["127.0.0.1:1"]}}'])
def test_a_useless_tf_config_is_named(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TF_CONFIG", value)
    with pytest.raises(SettingsError, match="TF_CONFIG"):
        find_distribution(FitConfig(distribute="multi-worker"))
