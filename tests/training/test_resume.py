"""A run that is stopped or killed and started again ends with the weights of one that was not."""

from __future__ import annotations

import signal
import subprocess
import time
from pathlib import Path

import numpy as np
import pytest

from tests.training.drawn import HYBRID, finish, start, weights_in, write_cells, write_config

FIT = """
head_epochs = 2
tail_epochs = 24
ema = 0.5
mixup = 0.4
schedule = "plateau"
plateau_patience = 2
[fit.train_from]
efficientnet-lite0 = "block6d_add"
"""
PART = "fold-0"


def wait_for_epoch(process: subprocess.Popen[str], run: Path, epoch: int) -> None:
    """Until that epoch of phase 2 is written, for as long as the process lives."""
    file, row = run / PART / "epochs.csv", f"\ntail,{epoch},"
    end = time.monotonic() + 300
    while not (file.is_file() and row in file.read_text(encoding="utf-8")):
        assert time.monotonic() < end
        try:
            process.wait(timeout=0.01)
        except subprocess.TimeoutExpired:
            continue
        raise AssertionError(process.communicate()[0])


@pytest.mark.slow
@pytest.mark.heavy
def test_stopped_and_killed_it_ends_with_the_same_weights(tmp_path: Path) -> None:
    cells = write_cells(tmp_path / "cells")
    config = write_config(tmp_path / "config.toml", FIT, network=HYBRID)
    whole, broken = tmp_path / "whole", tmp_path / "broken"

    def command(out: Path) -> list[str]:
        return ["cross-validate", str(config), "--data", str(cells), "--out", str(out), "--folds", "0"]

    finish(start(command(whole)))
    process = start(command(broken))
    wait_for_epoch(process, broken, 3)
    process.send_signal(signal.SIGINT)
    said, _ = process.communicate(timeout=300)
    assert process.returncode == 130, said
    assert "Start the same command again" in said

    process = start(command(broken))
    wait_for_epoch(process, broken, 12)
    process.kill()
    process.communicate()
    assert (broken / PART / "checkpoint.npz").is_file()
    assert not (broken / PART / "judgements.npz").exists()

    said = finish(start(command(broken)))
    assert "goes on after" in said
    expected, found = (weights_in(run / PART / "network.weights.h5") for run in (whole, broken))
    assert expected.keys() == found.keys()
    for name, value in expected.items():
        np.testing.assert_array_equal(found[name], value, err_msg=name)
    rows = [(run / PART / "epochs.csv").read_text(encoding="utf-8").splitlines() for run in (whole, broken)]
    assert len(rows[0]) == 1 + 26
    assert [row.rpartition(",")[0] for row in rows[0]] == [row.rpartition(",")[0] for row in rows[1]]
    assert not list(broken.rglob("checkpoint.npz")) + list(broken.rglob(".part*"))
    assert not (broken / "cache").exists()
