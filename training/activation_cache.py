"""Activations on disk, so that a run that was interrupted need not compute them again, and memory stays free."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from importlib.metadata import version
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from training.config import TrainingConfig
from training.data import Sample
from training.whole_files import cannot_write, write_whole

_PACKAGES = ("keras", "openvino", "numpy", "opencv-python-headless")


class ActivationCache:
    """A folder of float16 arrays, mapped into memory, and how many passes over the cells are in them.

    Parameters
    ----------
    folder
        Made when it is missing; emptied when it holds what another configuration, other cells or other versions of
        the libraries computed.
    key
        From :func:`activation_cache_key`.
    """

    def __init__(self, folder: Path, key: str) -> None:
        self._folder = folder
        self._key = key
        self._facts = folder / "passes.json"
        self._arrays: list[np.memmap[tuple[int, ...], np.dtype[np.float16]]] = []
        if folder.is_dir() and self._read()["key"] != key:
            shutil.rmtree(folder)
        folder.mkdir(parents=True, exist_ok=True)

    def _read(self) -> dict[str, str | int]:
        if not self._facts.is_file():
            return {"key": "", "passes": 0}
        facts: dict[str, str | int] = json.loads(self._facts.read_text(encoding="utf-8"))
        return facts

    @property
    def passes(self) -> int:
        """Passes that are complete."""
        return int(self._read()["passes"])

    def note(self, passes: int) -> None:
        """So many passes are complete."""
        for array in self._arrays:
            array.flush()
        text = json.dumps({"key": self._key, "passes": passes})
        write_whole(self._facts, lambda part: part.write_text(text, encoding="utf-8"))

    def array(self, name: str, shape: tuple[int, ...]) -> NDArray[np.float16]:
        """An array by its name, as it was left or new.

        Raises
        ------
        StoreError
            When there is no room for it.
        """
        file = self._folder / f"{name}.npy"
        if file.is_file() and self.passes:
            self._arrays.append(np.lib.format.open_memmap(file, mode="r+"))
            return self._arrays[-1]
        try:
            made = np.lib.format.open_memmap(file, mode="w+", dtype=np.float16, shape=shape)
            if hasattr(os, "posix_fallocate"):
                # Writing to a mapped page for which the disk has no room would kill the process.
                with file.open("r+b") as stream:
                    os.posix_fallocate(stream.fileno(), 0, file.stat().st_size)
        except OSError as error:
            file.unlink(missing_ok=True)
            raise cannot_write(file, error) from error
        self._arrays.append(made)
        return made

    def remove(self) -> None:
        """Make room; everything that needed it is done."""
        shutil.rmtree(self._folder)


def activation_cache_key(config: TrainingConfig, samples: tuple[Sample, ...]) -> str:
    """What decides the activations: configuration, cells and the libraries that compute."""
    deciding = {"seed", "preprocessing", "augment", "lymphocytes"}
    frozen = {"backbones", "weights", "weights_files", "standardize"}
    facts: dict[str, object] = {
        "config": config.model_dump(mode="json", include=deciding),
        "network": config.network.model_dump(mode="json", include=frozen),
        "draws": config.fit.draws,
        "train_from": config.fit.train_from,
        "cells": [sample.digest for sample in samples],
        "packages": {name: version(name) for name in _PACKAGES},
    }
    if config.data.canvas == "resize":
        facts["canvas"] = "resize"  # the same file then gives other pixels
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()
