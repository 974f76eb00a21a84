"""Contrastive pretraining: the loss is NT-Xent, it learns, it leaves the frozen part alone, and a config takes it."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from leukoscope.domain.errors import SettingsError
from training.__main__ import main
from training.config import NetworkConfig, PretextConfig
from training.contrastive import Pairs, contrast, contrastive_loss
from training.networks import backbones_of, build_network
from training.split_network import split_network

CONFIG = """
name = "tiny"
title = "Tiny"
[preprocessing]
canvas = 72
crop = 64
height = 64
width = 64
[network]
kind = "ensemble"
backbones = ["efficientnet-lite0"]
dense = 8
[pretext]
epochs = 1
batch = 4
projection = 8
[fit]
draws = 2
[fit.train_from]
efficientnet-lite0 = "block6d_add"
"""


def unit(*shape: int) -> np.ndarray:
    x = np.random.default_rng(1).normal(size=shape)
    return (x / np.linalg.norm(x, axis=-1, keepdims=True)).astype(np.float32)


def test_the_loss_is_cross_entropy_of_the_partner_among_all_others() -> None:
    vectors, temperature = unit(8, 5), 0.3
    loss = np.asarray(contrastive_loss(vectors, temperature))
    for row in range(8):
        others = [other for other in range(8) if other != row]
        likeness = np.array([vectors[row] @ vectors[other] / temperature for other in others])
        partner = others.index((row + 4) % 8)
        assert loss[row] == pytest.approx(np.log(np.exp(likeness).sum()) - likeness[partner], rel=1e-4)


def test_a_batch_holds_two_different_variants_of_each_cell() -> None:
    drawn = np.arange(3 * 10, dtype=np.float16).reshape(3, 10, 1)  # draw * 10 + cell
    batches = Pairs(drawn, np.array([1, 4, 5, 8, 9]), batch=2, seed=3)
    seen = []
    for index in range(len(batches)):
        values = batches[index][0][:, 0]
        one, other = values[:2], values[2:]
        np.testing.assert_array_equal(one % 10, other % 10)
        assert (one != other).all()
        seen += (one % 10).tolist()
    assert len(set(seen)) == 4
    assert set(seen) <= {1, 4, 5, 8, 9}


def test_it_learns_and_leaves_the_frozen_part_and_the_head_alone() -> None:
    network = build_network(NetworkConfig(kind="ensemble", backbones=("efficientnet-lite0",), dense=8), (64, 64, 3))
    parts = split_network(network, {"efficientnet-lite0": "block6d_add"})
    rng = np.random.default_rng(2)
    cells = rng.normal(size=(1, 16, 2, 2, 192))
    drawn = (cells + rng.normal(scale=0.5, size=(4, 16, 2, 2, 192))).astype(np.float16)
    before = {v.path: v.numpy() for v in network.variables}
    lines: list[str] = []
    config = PretextConfig(epochs=8, batch=16, rate=5e-4, projection=16)
    contrast([b.tail for b in parts.branches], [drawn], np.arange(16), config, 1, lines.append)
    changed = {v.path for v in network.variables if not np.array_equal(v.numpy(), before[v.path])}
    tail = {v.path for v in parts.branches[0].tail.trainable_variables}
    assert changed
    assert changed <= tail
    first, last = (float(word) for word in lines[0].replace(",", "").split() if word.replace(".", "").isdigit())
    assert last < first


def test_one_variant_is_not_enough() -> None:
    network = build_network(NetworkConfig(kind="ensemble", backbones=("efficientnet-lite0",), dense=8), (64, 64, 3))
    parts = split_network(network, {"efficientnet-lite0": "block6d_add"})
    drawn = np.zeros((1, 4, 2, 2, 192), np.float16)
    with pytest.raises(SettingsError, match=r"fit\.draws"):
        contrast([b.tail for b in parts.branches], [drawn], np.arange(4), PretextConfig(epochs=1), 1, print)


@pytest.fixture
def unlabeled(tmp_path: Path) -> Path:
    folder = tmp_path / "cells" / "deep"
    folder.mkdir(parents=True)
    rng = np.random.default_rng(4)
    for number in range(6):
        picture = np.zeros((72, 72, 3), np.uint8)
        cv2.circle(picture, (36, 36), int(rng.integers(12, 25)), rng.integers(40, 120, 3).tolist(), -1)
        cv2.imwrite(str(folder / f"{number}.png"), picture)
    return tmp_path / "cells"


@pytest.mark.heavy
def test_weights_of_unlabeled_cells_start_a_network(
    unlabeled: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config, out = tmp_path / "c.toml", tmp_path / "weights"
    config.write_text(CONFIG, encoding="utf-8")
    command = ["pretrain", str(config), "--data", str(unlabeled), "--out", str(out)]
    assert main(command) == 0
    file = out / "efficientnet-lite0.weights.h5"
    shown = capsys.readouterr().out
    assert "weights_files" in shown
    assert main(command) == 2
    assert "--force" in capsys.readouterr().err
    learned, plain = (
        build_network(
            NetworkConfig(kind="ensemble", backbones=("efficientnet-lite0",), dense=8, weights_files=files), (64, 64, 3)
        )
        for files in ({"efficientnet-lite0": str(file)}, {})
    )
    pairs = list(zip(backbones_of(learned)[0].variables, backbones_of(plain)[0].variables, strict=True))
    changed = {one.path for one, other in pairs if not np.array_equal(one.numpy(), other.numpy())}
    assert changed
    assert not any("stem" in path or "block1" in path for path in changed)


def test_a_folder_without_pictures_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = tmp_path / "c.toml"
    config.write_text(CONFIG, encoding="utf-8")
    (tmp_path / "empty").mkdir()
    assert main(["pretrain", str(config), "--data", str(tmp_path / "empty"), "--out", str(tmp_path / "w")]) == 2
    assert "no picture" in capsys.readouterr().err
