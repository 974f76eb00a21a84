"""Rates, patience, order, the best epoch, half precision; what goes wrong is said and harms nothing."""

from __future__ import annotations

import csv
import resource
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr
from io import StringIO
from pathlib import Path

import keras
import numpy as np
import pytest

from leukoscope.domain.errors import SettingsError, StoreError
from tests.training.drawn import weights_in, write_cells, write_config
from tests.training.shallow import STAGES, TAIL
from training import efficientnet_lite
from training.__main__ import main
from training.activations import Activations, compute_activations
from training.config import FitConfig, read_config
from training.data import find_samples, read_cells
from training.fitting.batches import Batch, CachedSource, Deal, mixed
from training.fitting.checkpoint import Checkpoint
from training.fitting.distribution import find_distribution
from training.fitting.loop import fit_network
from training.fitting.schedules import Patience, rate_at
from training.fitting.task import make_task, new_network
from training.networks import backbones_of
from training.pipeline import load_network
from training.run import open_run
from training.splits import make_folds
from training.whole_files import write_whole


@pytest.fixture(scope="module", autouse=True)
def _shallow() -> Iterator[None]:
    """How deep the network is makes no difference to fitting, but to how long it takes to build and to trace."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(efficientnet_lite, "STAGES", STAGES)
        yield


@pytest.fixture(scope="module")
def cells(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_cells(tmp_path_factory.mktemp("drawn") / "cells")


def test_the_cosine_falls_and_the_plateau_waits() -> None:
    cosine = [rate_at(FitConfig(), 1.0, share, Patience()) for share in (0.0, 0.5, 1.0)]
    assert cosine == pytest.approx([1.0, 0.5, 0.0])
    config = FitConfig(schedule="plateau", plateau_factor=0.1, plateau_patience=2, stop_patience=3)
    patience = Patience()
    seen = []
    for loss in (1.0, 0.9, 0.9, 0.95, 0.9):
        patience = patience.after(loss, config)
        seen.append((round(rate_at(config, 1.0, 0.5, patience), 6), patience.exhausted(config)))
    assert seen == [(1.0, False), (1.0, False), (1.0, False), (0.1, False), (0.1, True)]
    assert patience.after(0.1, config).exhausted(config) is False


def deal(batch: int = 4, seed: int = 3) -> Deal:
    kept = np.arange(2 * 20, dtype=np.float16).reshape(2, 20, 1)
    labels, weights = np.arange(20) % 2, np.ones(20)
    source = CachedSource(Activations((kept[0],), (kept,)), seed)
    return Deal(source, np.arange(3, 20), labels, weights, batch, seed)


def test_order_and_variants_follow_from_the_epoch_alone() -> None:
    first = [parts[0].inputs[0] for parts in deal().epoch(5, range(1), 1)]
    other = deal()
    list(other.epoch(2, range(1), 1))
    again = [parts[0].inputs[0] for parts in other.epoch(5, range(1), 1)]
    np.testing.assert_array_equal(first, again)
    assert len(first) == other.steps == 4
    elsewhen = [parts[0].inputs[0] for parts in other.epoch(6, range(1), 1)]
    assert not np.array_equal(first, elsewhen)


def test_every_device_gets_its_own_part_of_each_batch() -> None:
    whole = [parts[0] for parts in deal().epoch(0, range(1), 1)]
    first, second = ([parts[0] for parts in deal().epoch(0, range(n, n + 1), 2)] for n in (0, 1))
    for batch, one, other in zip(whole, first, second, strict=True):
        np.testing.assert_array_equal(batch.inputs[0], np.concatenate([one.inputs[0], other.inputs[0]]))
        np.testing.assert_array_equal(batch.labels, np.concatenate([one.labels, other.labels]))


def test_a_mixed_cell_keeps_at_least_half_of_itself() -> None:
    batch = Batch((np.eye(8, dtype=np.float32),), np.ones((8, 1), np.float32), np.ones(8, np.float32))
    out = mixed(batch, 0.4, np.random.default_rng(1))
    assert (np.diag(out.inputs[0]) >= 0.5).all()
    np.testing.assert_allclose(out.inputs[0].sum(axis=1), 1, atol=1e-6)
    assert (out.inputs[0] != batch.inputs[0]).any()


def test_a_checkpoint_comes_back_as_it_was() -> None:
    rng = np.random.default_rng(1)
    values = [rng.normal(size=(3, 2)).astype(np.float32), np.array(7, np.int64)]
    state = Checkpoint(1, 2, 5, False, Patience(0.1 + 0.2, 1, 1, 0.3), [{"phase": "head", "loss": 0.1}], values, values)
    back = Checkpoint.unpack(state.pack())
    assert (back.phase, back.epoch, back.total, back.ended) == (1, 2, 5, False)
    assert (back.patience, back.history, back.best) == (state.patience, state.history, [])
    for one, other in zip(back.weights + back.slots, values * 2, strict=True):
        assert one.dtype == other.dtype
        np.testing.assert_array_equal(one, other)


def test_a_damaged_checkpoint_is_named() -> None:
    whole = Checkpoint(weights=[np.arange(1000.0)]).pack()
    for damaged in (b"nothing", whole[:2000], whole.replace(b"facts", b"fakes")):
        with pytest.raises(StoreError, match=r"checkpoint\.npz"):
            Checkpoint.unpack(damaged)


@contextmanager
def room_for(size: int) -> Iterator[None]:
    """No file may grow beyond ``size`` bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_full_disk_leaves_the_earlier_file_and_nothing_half_written(tmp_path: Path) -> None:
    file = tmp_path / "checkpoint.npz"
    write_whole(file, lambda part: part.write_bytes(b"earlier"))
    with room_for(1000), pytest.raises(StoreError, match=r"checkpoint\.npz.*disk is full"):
        write_whole(file, lambda part: part.write_bytes(bytes(5000)))
    assert [path.name for path in tmp_path.iterdir()] == ["checkpoint.npz"]
    assert file.read_bytes() == b"earlier"


HEAD_ONLY = "head_epochs = 1\ntail_epochs = 0\n" + TAIL


@pytest.fixture(scope="module")
def ended(cells: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[list[str], Path, list[str]]:
    """A command, its run that has ended at the third start, and what the first two said.

    First there is no room for the checkpoint, then for that and not for the weights, at last for all.
    """
    folder = tmp_path_factory.mktemp("full")
    config, run = write_config(folder / "c.toml", HEAD_ONLY), folder / "run"
    command, said = ["cross-validate", str(config), "--data", str(cells), "--folds", "0"], []
    for room in (600_000, 2_000_000):
        with room_for(room), redirect_stderr(StringIO()) as errors:
            assert main([*command, "--out", str(run)]) == 2
        said.append(errors.getvalue())
        assert not list(run.rglob(".part*"))
        assert not open_run(run).done("fold-0")
    assert main([*command, "--out", str(run)]) == 0
    return command, run, said


def test_a_fit_on_a_full_disk_says_so_and_goes_on_when_there_is_room(ended: tuple[list[str], Path, list[str]]) -> None:
    _, run, said = ended
    for file, sentence in zip(("checkpoint.npz", "network.weights.h5"), said, strict=True):
        assert file in sentence and "the disk is full" in sentence
    assert open_run(run).done("fold-0")


def test_a_loss_that_is_no_number_names_the_key(
    cells: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = write_config(tmp_path / "c.toml", "head_epochs = 3\nhead_rate = 1e38\n")
    command = ["cross-validate", str(config), "--data", str(cells), "--out", str(tmp_path / "run"), "--folds", "0"]
    assert main(command) == 2
    assert "fit.head_rate" in capsys.readouterr().err


def fitted(config_file: Path, data: Path, folder: Path, validation: int) -> list[dict[str, str]]:
    """Fit the first fold, the last few of its training cells choosing the epoch; rows of ``epochs.csv``."""
    config = read_config(config_file)
    cells = read_cells(find_samples(data, config.data), config.preprocessing)
    train = np.array(make_folds(cells.samples, config.split, config.seed)[0].train)
    rows = np.arange(0, train.size, train.size // validation)[:validation] if validation else np.arange(0)
    activations = compute_activations(new_network(config)[1].branches, cells, config, print)
    distribution = find_distribution(config.fit)
    network, task = make_task(config, distribution, cells, activations, np.delete(train, rows), train[rows], print)
    folder.mkdir()
    fit_network(task, distribution, folder, print)
    network.save_weights(folder / "network.weights.h5")
    probability = np.asarray(task.model(list(task.deal.source.plain(train[rows]))))[:, 0]
    weights = task.deal.weights[train[rows]]
    right = np.where(cells.labels[train[rows]] == 1, probability, 1 - probability)
    (folder / "loss.txt").write_text(repr(float(np.average(-np.log(right), weights=weights))), encoding="utf-8")
    with (folder / "epochs.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_the_best_epoch_of_held_out_people_is_kept_and_the_rest_is_spared(cells: Path, tmp_path: Path) -> None:
    fit = 'head_epochs = 30\nhead_rate = 0.05\nschedule = "constant"\nstop_patience = 2\ntail_epochs = 0\n'
    rows = fitted(write_config(tmp_path / "c.toml", fit), cells, tmp_path / "fit", validation=6)
    losses = [float(row["val_loss"]) for row in rows]
    assert float((tmp_path / "fit" / "loss.txt").read_text(encoding="utf-8")) == pytest.approx(min(losses), rel=1e-4)
    assert len(rows) == 30 or losses.index(min(losses)) == len(rows) - 3
    assert set(rows[0]) == {
        *("phase", "epoch", "loss", "accuracy"),
        *("val_loss", "val_accuracy", "val_auroc", "learning_rate", "seconds"),
    }
    assert list((tmp_path / "fit" / "tensorboard").glob("events*"))


def test_early_stopping_without_anything_to_watch_is_refused(cells: Path, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="stop_patience"):
        fitted(write_config(tmp_path / "c.toml", "stop_patience = 2\n"), cells, tmp_path / "fit", validation=0)


@pytest.mark.slow
def test_the_published_way_with_half_precision_and_xla_ends_in_float32(cells: Path, tmp_path: Path) -> None:
    fit = (
        "cache = false\ntrain_last = 4\nmixed_precision = true\nxla = true\nhead_epochs = 0\ntail_epochs = 1\n"
        'optimizer = "adam"\ntail_rate = 1e-2\n'
    )
    config = write_config(tmp_path / "c.toml", fit)
    command = ["cross-validate", str(config), "--data", str(cells), "--out", str(tmp_path / "run"), "--folds", "0"]
    assert main(command) == 0
    assert keras.config.dtype_policy().name == "float32"
    stored = weights_in(tmp_path / "run" / "fold-0" / "network.weights.h5")
    assert {value.dtype for value in stored.values() if value.dtype.kind == "f"} == {np.dtype(np.float32)}
    assert all(np.isfinite(value).all() for value in stored.values())
    run = open_run(tmp_path / "run")
    network = load_network(run, "fold-0")
    assert "bfloat16" not in network.to_json()
    start, _ = new_network(run.config)
    (before,), (after,) = backbones_of(start), backbones_of(network)
    changed = {
        layer.name
        for layer, same in zip(after.layers, before.layers, strict=True)
        if any(not np.array_equal(a, b) for a, b in zip(layer.get_weights(), same.get_weights(), strict=True))
    }
    assert changed
    assert changed <= {layer.name for layer in after.layers[-4:]}


def test_another_configuration_replaces_a_run_only_by_force(
    ended: tuple[list[str], Path, list[str]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first, run, _ = ended
    out = tmp_path / "run"
    shutil.copytree(run, out)
    (out / "notes.txt").write_text("mine", encoding="utf-8")
    command = [*first, "--out", str(out), "--seed", "9"]
    assert main(command) == 2
    assert "--force" in capsys.readouterr().err
    assert open_run(out).config.seed == 1
    assert main([*command, "--force"]) == 0
    assert open_run(out).config.seed == 9
    assert (out / "notes.txt").read_text(encoding="utf-8") == "mine"
