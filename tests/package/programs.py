"""Where the built program lies, and what its tests need besides."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
BUILD = REPOSITORY / "build" / "package"

SMALL_MODEL = """
import sys, keras
keras.utils.set_random_seed(7)
x = inputs = keras.Input((64, 64, 3))
x = keras.layers.Rescaling(1 / 255)(x)
for filters in (8, 16):
    x = keras.layers.Conv2D(filters, 3, strides=2, activation="relu")(x)
x = keras.layers.GlobalAveragePooling2D()(x)
keras.Model(inputs, keras.layers.Dense(1, activation="sigmoid")(x)).save(sys.argv[1])
"""


def program_folder() -> Path:
    """The frozen program under test."""
    named = os.environ.get("LEUKOSCOPE_PROGRAM")
    folder = Path(named) if named else BUILD / os.environ.get("LEUKOSCOPE_EDITION", "full")
    if not command(folder, "leukoscope").is_file():
        pytest.fail(f"There is no program in {folder}; run make package first.")
    return folder


def command(folder: Path, name: str) -> Path:
    """One of its programs."""
    return folder / (name + (".exe" if sys.platform == "win32" else ""))


def is_lite(folder: Path) -> bool:
    """Whether it is the edition without importer."""
    return not command(folder, "leukoscope-importer").is_file()


def source_environment(home: Path) -> dict[str, str]:
    """Variables for the program from source, with the graphs that the build compiled from source."""
    if (BUILD / "graphs").is_dir():
        shutil.copytree(BUILD / "graphs", home / "cache" / "graphs")
    return {**os.environ, "LEUKOSCOPE_HOME": str(home), "PYTHONPATH": str(REPOSITORY)}


def save_small_model(path: Path) -> Path:
    """Save a real Keras model, in a process of its own."""
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "KERAS_BACKEND": "tensorflow"}
    subprocess.run([sys.executable, "-c", SMALL_MODEL, str(path)], check=True, env=environment, capture_output=True)
    return path
