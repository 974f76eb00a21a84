"""Where the built program lies, and what its tests need besides."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path, PurePath, PureWindowsPath
from typing import Any

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
BUILD = REPOSITORY / "build" / "package"
UNDER_WINE = sys.platform == "linux" and bool(os.environ.get("LEUKOSCOPE_UNDER_WINE"))
"""Whether the Windows program is tested here, under Wine, where ``windows_installed.py`` installs it."""
FOR_WINDOWS = UNDER_WINE or sys.platform == "win32"
WINDOWS_EDITION = os.environ.get("LEUKOSCOPE_WINDOWS_EDITION", "LeukoScope-Lite")
INSTALLED = REPOSITORY / "build" / "windows-package" / WINDOWS_EDITION / "drive_c" / "Prüf 王" / "LeukoScope"

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
    usual = INSTALLED if UNDER_WINE else BUILD / os.environ.get("LEUKOSCOPE_EDITION", "full")
    folder = Path(named) if named else usual
    if not command(folder, "leukoscope").is_file():
        pytest.fail(f"There is no program in {folder}; run make package first.")
    return folder


def command(folder: Path, name: str) -> Path:
    """One of its programs."""
    return folder / (name + (".exe" if FOR_WINDOWS else ""))


def call(
    folder: Path, *words: str | Path, name: str = "leukoscope", variables: dict[str, str | Path]
) -> dict[str, Any]:
    """``args`` and ``env`` for :mod:`subprocess`: one of the programs, under Wine where it is a Windows program.

    Under Wine a ``Path`` among the words or variables gets the name that Windows has for it.
    """
    program = command(folder, name)
    if not UNDER_WINE:
        environment = {key: str(value) for key, value in variables.items()}
        return {"args": [str(program), *map(str, words)], "env": {**os.environ, **environment}}
    from tests.package.wine import prefix_of, wine_root

    named = {key: windows_name(value) for key, value in variables.items()}
    return {"args": wine_root(prefix_of(program)).wine(program, *words, **named), "env": {**os.environ}}


def windows_name(value: str | PurePath) -> str:
    """How Windows calls a file of this machine; text stays as it is."""
    return "Z:" + str(value).replace("/", "\\") if isinstance(value, PurePath) else value


def said_path(text: str) -> Path:
    """The file that a program named, as it is called here."""
    if not UNDER_WINE:
        return Path(text)
    path = PureWindowsPath(text)
    assert path.drive == "Z:", text
    return Path("/", *path.parts[1:])


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
