"""One run's folder: what went in, what came out, and what is already done when it is resumed."""

from __future__ import annotations

import json
import platform
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from leukoscope.domain.errors import SettingsError
from training.config import TrainingConfig, read_alone, read_config, write_config
from training.data import Sample
from training.network_outputs import NetworkOutputs
from training.splits import Fold

CONFIG_FILE = "config.toml"
OTHERS_FILE = "others.npz"
"""What a part said of another lab's lymphocytes that it was not fitted on."""
_OWN_FOLDERS = ("fold-*", "final", "cache", "report")
_OWN_FILES = (CONFIG_FILE, "split.json", "run.json", "calibration.json", "report.json")
_PACKAGES = ("keras", "tensorflow", "numpy", "opencv-python-headless", "openvino")


@dataclass(frozen=True)
class RunFolder:
    """Paths and readers of one run.

    Parameters
    ----------
    path
        The folder; :func:`open_run` checks it, :func:`start_run` makes it.
    config
        The run's own copy.
    """

    path: Path
    config: TrainingConfig

    def part(self, name: str) -> Path:
        """Folder of ``fold-0`` ... or ``final``."""
        return self.path / name

    def judgements(self, name: str) -> NetworkOutputs:
        """What a part said.

        Raises
        ------
        SettingsError
            When that part is not trained yet.
        """
        file = self.part(name) / "judgements.npz"
        if not file.is_file():
            raise SettingsError(f"“{self.path}” has no finished part {name}; run fit or cross-validate first.")
        return NetworkOutputs.load(file)

    def others(self, name: str) -> NetworkOutputs | None:
        """What a part said of another lab's lymphocytes that it was not fitted on; ``None`` where there are none."""
        file = self.part(name) / OTHERS_FILE
        return NetworkOutputs.load(file) if file.is_file() else None

    def done(self, name: str) -> bool:
        """Whether a part is complete."""
        return (self.part(name) / "judgements.npz").is_file()

    def done_folds(self) -> tuple[Fold, ...]:
        """Folds with out-of-fold judgements.

        Raises
        ------
        SettingsError
            When there is none.
        """
        folds = tuple(fold for fold in self.folds() if self.done(f"fold-{fold.number}"))
        if not folds:
            raise SettingsError(f"“{self.path}” has no finished fold; run cross-validate or fit first.")
        return folds

    def cells(self) -> tuple[NDArray[np.int64], NDArray[np.str_]]:
        """Labels and subjects of all cells, each of shape (n,)."""
        rows = self._split()["cells"]
        labels = np.array([row["label"] for row in rows], dtype=np.int64)
        return labels, np.array([row["subject"] for row in rows], dtype=np.str_)

    def folds(self) -> tuple[Fold, ...]:
        """The split as it was dealt."""
        assigned = [row["fold"] for row in self._split()["cells"]]
        return tuple(
            Fold(
                number,
                tuple(i for i, fold in enumerate(assigned) if fold != number),
                tuple(i for i, fold in enumerate(assigned) if fold == number),
            )
            for number in range(self.config.split.parts)
        )

    def _split(self) -> dict[str, Any]:
        return read_json(self.path / "split.json")

    def facts(self) -> dict[str, Any]:
        """Environment, commit, seeds, start."""
        return read_json(self.path / "run.json")


def start_run(
    path: Path,
    config_file: Path,
    config: TrainingConfig,
    samples: tuple[Sample, ...],
    folds: tuple[Fold, ...],
    *,
    left_out: Sequence[str] = (),
    force: bool = False,
) -> RunFolder:
    """Make a run's folder, or take up the one that is there.

    Parameters
    ----------
    path
        The run's folder.
    config_file
        Kept as it is, comments and all, if it says all of ``config`` by itself.
    config
        What that file says on top of what it extends, with a seed given otherwise.
    samples, folds
        The cells and how they are dealt.
    left_out
        A sentence for every picture that could not be used; kept in ``run.json``.
    force
        Whether a run of another configuration is replaced.

    Raises
    ------
    SettingsError
        When the folder holds a run of another configuration or other cells; nothing is overwritten.
    """
    path.mkdir(parents=True, exist_ok=True)
    fold_of = {index: fold.number for fold in folds for index in fold.test}
    split = {
        "kind": config.split.kind,
        "cells": [
            {
                "file": s.file,
                "sha256": s.digest,
                "label": s.label,
                "subject": s.subject,
                "twins": s.twins,
                "fold": fold_of.get(i, -1),
            }
            for i, s in enumerate(samples)
        ],
    }
    if (path / CONFIG_FILE).exists():
        same = read_config(path / CONFIG_FILE) == config and _same_split(read_json(path / "split.json"), split)
        if same:
            return RunFolder(path, config)
        if not force:
            raise SettingsError(
                f"“{path}” holds a run of another configuration or other cells; choose another folder, or say --force "
                "to replace it."
            )
        _clear(path)
    write_json(path / "split.json", split)
    write_json(path / "run.json", _environment(config) | {"left_out": list(left_out)})
    if read_alone(config_file) == config:
        (path / CONFIG_FILE).write_bytes(config_file.read_bytes())
    else:
        write_config(path / CONFIG_FILE, config)
    return RunFolder(path, config)


def _same_split(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Whether two runs dealt the same cells the same way. Twins follow from the pixels; older runs noted none."""
    bare = [
        [{key: value for key, value in cell.items() if key != "twins"} for cell in split.get("cells", [])]
        for split in (one, other)
    ]
    return bare[0] == bare[1] and one.get("kind") == other.get("kind")


def _clear(path: Path) -> None:
    """Remove what a run writes and nothing else."""
    for name in _OWN_FOLDERS:
        for folder in path.glob(name):
            shutil.rmtree(folder)
    for name in _OWN_FILES:
        (path / name).unlink(missing_ok=True)


def open_run(path: Path) -> RunFolder:
    """Open an existing run.

    Raises
    ------
    SettingsError
        When the folder holds none.
    """
    if not (path / CONFIG_FILE).is_file():
        raise SettingsError(f"“{path}” is no run folder; it has no {CONFIG_FILE}.")
    return RunFolder(path, read_config(path / CONFIG_FILE))


def _environment(config: TrainingConfig) -> dict[str, Any]:
    return {
        "started": datetime.now(UTC).isoformat(timespec="seconds"),
        "seed": config.seed,
        "commit": _commit(),
        "python": platform.python_version(),
        "machine": f"{platform.system()} {platform.machine()}",
        "packages": {name: version(name) for name in _PACKAGES},
    }


def _commit() -> str:
    try:
        answer = subprocess.run(
            ["git", "rev-parse", "HEAD"], cwd=Path(__file__).parent, capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return answer.stdout.strip() + (" with uncommitted changes" if _changed() else "")


def _changed() -> bool:
    answer = subprocess.run(
        ["git", "status", "--porcelain", "."], cwd=Path(__file__).parent, capture_output=True, text=True, check=False
    )
    return bool(answer.stdout.strip())


def read_json(path: Path) -> dict[str, Any]:
    """Read one JSON object.

    Raises
    ------
    SettingsError
        When the file is missing or damaged.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SettingsError(f"“{path}” cannot be read; the run is incomplete.", repr(error)) from error
    if not isinstance(document, dict):
        raise SettingsError(f"“{path}” does not hold what a run writes there.")
    return document


def write_json(path: Path, document: dict[str, Any]) -> None:
    """Write one JSON object, whole or not at all."""
    part = path.with_suffix(".part")
    part.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    part.replace(path)
