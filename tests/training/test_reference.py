"""The reference ensemble as published: the whole network in every step, the last 50 layers of each backbone train."""

from __future__ import annotations

from pathlib import Path

import cv2
import keras
import numpy as np
import pytest

from tests.training.drawn import finish, start, weights_in
from training.config import CONFIG_FOLDER, read_config, write_config
from training.pipeline import load_network
from training.run import open_run

PARAMETERS = 99_181_968


def write_large_cells(folder: Path) -> Path:
    folder.mkdir()
    rng = np.random.default_rng(1)
    healthy, ill = [(f"H{i}", "hem") for i in range(1, 5)], [(str(i), "all") for i in range(1, 5)]
    for subject, label in healthy + ill:
        for number in range(2):
            picture = np.zeros((450, 450, 3), np.uint8)
            color = rng.integers(60, 140, 3).tolist()
            cv2.circle(picture, (225, 225), int(rng.integers(60, 110)), color, -1)
            cv2.imwrite(str(folder / f"UID_{subject}_{number}_1_{label}.png"), picture)
    return folder


@pytest.mark.heavy
def test_the_reference_ensemble_fits_saves_and_loads(tmp_path: Path) -> None:
    """A few steps of four cells in each phase; held-out subjects stop it, as published."""
    shipped = read_config(CONFIG_FOLDER / "ensemble_reference.toml")
    fit = shipped.fit.model_copy(update={"batch": 4, "head_epochs": 1, "tail_epochs": 1, "tail_rate": 1e-3})
    network = shipped.network.model_copy(update={"weights": "none", "weights_files": {}})
    config = shipped.model_copy(
        update={"fit": fit, "network": network, "split": shipped.split.model_copy(update={"folds": 2})}
    )
    write_config(tmp_path / "config.toml", config)
    cells, out = write_large_cells(tmp_path / "cells"), tmp_path / "run"
    arguments = ["cross-validate", str(tmp_path / "config.toml"), "--data", str(cells), "--out", str(out)]
    finish(start([*arguments, "--folds", "0"]), timeout=3600)

    run = open_run(out)
    stored = weights_in(out / "fold-0" / "network.weights.h5")
    assert all(np.isfinite(value).all() for value in stored.values())
    loaded = load_network(run, "fold-0")
    assert loaded.count_params() == PARAMETERS
    loaded.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras", compile=False, safe_mode=True)
    pixels = np.random.default_rng(2).integers(0, 256, (1, 224, 224, 3)).astype(np.float32)
    np.testing.assert_array_equal(np.asarray(again(pixels)), np.asarray(loaded(pixels)))
    judged = run.judgements("fold-0")
    assert judged.rows.size == 16
    assert set(judged.peaks) == {"efficientnetb3", "resnet152v2", "convnext_tiny"}
