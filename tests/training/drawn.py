"""Drawn cells and a network as small as it gets, for tests that fit."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import cv2
import h5py
import numpy as np
from numpy.typing import NDArray

# Fitting is the same for both networks, and this one's head has six variables to trace.
ENSEMBLE = """
[network]
kind = "ensemble"
backbones = ["efficientnet-lite0"]
weights = "none"
dense = 8
"""
HYBRID = """
[network]
kind = "hybrid"
backbones = ["efficientnet-lite0"]
weights = "none"
dense = 8
tokens = 4
heads = 2
head_size = 4
feed_forward = 8
self_attention_blocks = 1
"""
CONFIG = """
name = "tiny"
title = "Tiny"
[preprocessing]
canvas = 72
crop = 64
height = 64
width = 64
{network}
[split]
folds = 2
[fit]
draws = 2
batch = 8
"""


def write_cells(folder: Path, each: int = 8) -> Path:
    """Small pale cells are healthy, large dark ones leukemic; two people of each kind."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(1)
    for label, people in (("hem", ("H1", "H2")), ("all", ("1", "2"))):
        for person in people:
            for number in range(each):
                picture = np.zeros((72, 72, 3), np.uint8)
                radius = int(rng.integers(12, 15) if label == "hem" else rng.integers(22, 26))
                color = rng.integers((90, 60, 90), (110, 80, 110)) if label == "hem" else rng.integers(40, 60, 3)
                cv2.circle(picture, (36, 36), radius, color.tolist(), -1)
                cv2.imwrite(str(folder / f"UID_{person}_{number}_1_{label}.png"), picture)
    return folder


def write_config(path: Path, fit: str, rest: str = "", network: str = ENSEMBLE) -> Path:
    """A configuration whose ``[fit]`` ends with the lines ``fit``; ``rest`` are further tables."""
    path.write_text(CONFIG.replace("{network}", network.strip()) + fit + "\n" + rest, encoding="utf-8")
    return path


def start(arguments: list[str], module: str = "training", **environment: str) -> subprocess.Popen[str]:
    """``python -m training`` as a process of its own; or another module that takes its words."""
    return subprocess.Popen(
        [sys.executable, "-m", module, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=os.environ | environment,
    )


def finish(process: subprocess.Popen[str], timeout: float = 600) -> str:
    """Wait for a process that must succeed; what it said."""
    said, _ = process.communicate(timeout=timeout)
    assert process.returncode == 0, said
    return said


def weights_in(file: Path) -> dict[str, NDArray[np.float32]]:
    """Every array of a weights file."""
    found: dict[str, NDArray[np.float32]] = {}
    with h5py.File(file) as stored:
        stored.visititems(lambda name, item: found.update({name: item[()]}) if isinstance(item, h5py.Dataset) else None)
    return found
