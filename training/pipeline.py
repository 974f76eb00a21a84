"""The order of a run: read, split, run the frozen part, train each fold, train the weights that ship.

A part that is finished is not done again, and one that was interrupted goes on after its last whole epoch.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import keras
import numpy as np
from numpy.typing import NDArray

from leukoscope.domain.errors import SettingsError
from training.activation_cache import ActivationCache, activation_cache_key
from training.activations import Activations, compute_activations
from training.config import read_config
from training.data import CellSet, find_samples, read_cells
from training.dealings import deal
from training.fitting.checkpoint import CHECKPOINT_FILE
from training.fitting.distribution import Distribution, find_distribution
from training.fitting.loop import fit_network
from training.fitting.task import make_task, new_network
from training.lymphocytes import joined, kept_rows, read_lymphocytes, taught_rows
from training.networks import build_network
from training.predict import predict
from training.run import OTHERS_FILE, RunFolder, start_run
from training.split_network import split_network
from training.splits import Fold, validation_rows
from training.whole_files import write_whole

Say = Callable[[str], None]
Rows = NDArray[np.int64]
FINAL = "final"
WEIGHTS_FILE = "network.weights.h5"
CACHE_FOLDER = "cache"
_NOTHING = Activations((), ())


@dataclass(frozen=True, eq=False)
class _Material:
    """What every part of a run shares."""

    run: RunFolder
    distribution: Distribution
    cells: CellSet
    activations: Activations
    say: Say


@dataclass(frozen=True)
class RunParts:
    """Which parts of a run to train, and how it is told apart from others.

    Parameters
    ----------
    folds
        Their numbers; ``None`` is all, an empty sequence none.
    final
        Whether to train the weights that ship, on all cells.
    seed
        In place of the configuration's, if it is given.
    force
        Whether a run of another configuration in the same folder is replaced.
    deal
        In place of the configuration's ``split.deal``, if it is given.
    lymphocytes
        Folders of another lab's lymphocytes, where the configuration takes them.
    activations
        Folder in which what the frozen part makes of the cells is kept for other runs of the same recipe; ``None``:
        in the run's own folder, until it is done.
    """

    folds: Sequence[int] | None = None
    final: bool = False
    seed: int | None = None
    force: bool = False
    deal: int | None = None
    lymphocytes: Sequence[Path] = ()
    activations: Path | None = None


def run_parts(config_file: Path, data: Path, out: Path, wanted: RunParts, say: Say) -> RunFolder:
    """Train the wanted parts of a run that are not finished yet.

    Parameters
    ----------
    config_file, data, out
        The TOML file, the folder of cells, the run's folder.
    wanted
        Which parts.
    say
        Gets a line now and then.
    """
    config = read_config(config_file)
    if wanted.seed is not None:
        config = config.model_copy(update={"seed": wanted.seed})
    if wanted.deal is not None:
        config = config.model_copy(update={"split": config.split.model_copy(update={"deal": wanted.deal})})
    distribution = find_distribution(config.fit)
    own = read_cells(find_samples(data, config.data), config.preprocessing, config.data)
    if own.left_out:
        say(f"{len(own.left_out):,} pictures cannot be used and are left out; run.json names them")
    cells = own
    if config.lymphocytes is not None:
        if not wanted.lymphocytes:
            raise SettingsError(
                "The configuration takes another lab's lymphocytes; name their folders with --lymphocytes."
            )
        cells = joined(own, read_lymphocytes(wanted.lymphocytes, config.lymphocytes, config.preprocessing))
    dealt = deal(own.samples, config.split, config.seed)
    numbers = range(len(dealt)) if wanted.folds is None else wanted.folds
    if set(numbers) - set(range(len(dealt))):
        raise SettingsError(f"This configuration has the folds 0 to {len(dealt) - 1}.")
    run = RunFolder(out, config)
    if distribution.chief:
        run = start_run(out, config_file, config, own.samples, dealt, left_out=own.left_out, force=wanted.force)
    names = [f"fold-{number}" for number in numbers] + ([FINAL] if wanted.final else [])
    open_parts = [name for name in names if not run.done(name)] if distribution.chief else []
    todo: list[str] = json.loads(distribution.share(json.dumps(open_parts).encode()))
    if not todo:
        say("everything asked for is already done")
        return run
    others = len(cells.samples) - len(own.samples)
    also = f", and {others} lymphocytes of another lab" if others else ""
    people = f"{np.unique(own.subjects).size} subjects" if config.data.knows_people else "nobody who is named"
    say(f"{len(own.samples)} cells of {people}{also}")
    folder = wanted.activations or out / CACHE_FOLDER
    cache = (
        ActivationCache(folder, activation_cache_key(config, cells.samples))
        if distribution.chief and config.fit.cache
        else None
    )
    activations = _NOTHING
    if config.fit.cache:
        activations = compute_activations(new_network(config)[1].branches, cells, config, say, cache=cache)
    material = _Material(run, distribution, cells, activations, say)
    for name in todo:
        train, test = _rows(name, len(own.samples), dealt)
        _train_part(material, name, train, test)
    if cache is not None and wanted.activations is None:
        cache.remove()
    distribution.share(b"done")  # Nobody leaves before the chief has written everything.
    return run


def _rows(name: str, count: int, dealt: Sequence[Fold]) -> tuple[Rows, Rows]:
    """Training and held-out cells of a part."""
    if name == FINAL:
        return np.arange(count), np.arange(0)
    fold = dealt[int(name.removeprefix("fold-"))]
    return np.array(fold.train), np.array(fold.test)


def _train_part(material: _Material, name: str, train: Rows, test: Rows) -> None:
    """Fit one network and write its weights, its epochs and what it says of every cell."""
    config, distribution, say = material.run.config, material.distribution, material.say
    folder = material.run.part(name)
    if distribution.chief:
        folder.mkdir(exist_ok=True)
    own = material.cells.samples[: train.size + test.size]
    chosen = validation_rows(own, train.tolist(), config.split, config.seed)
    validation = np.array(chosen, dtype=np.int64)
    train = np.setdiff1d(train, validation)
    say(f"{name}: {train.size} cells train, {validation.size} choose the epoch, {test.size} are held out")
    taught = np.concatenate([train, np.flatnonzero(taught_rows(material.cells))])
    network, task = make_task(config, distribution, material.cells, material.activations, taught, validation, say)
    fit_network(task, distribution, folder, say)
    if not distribution.chief:
        return
    # Without strategy and half precision: what ships computes in float32 on one device.
    plain, parts = new_network(config)
    for variable, fitted in zip(plain.variables, network.variables, strict=True):
        variable.assign(keras.ops.convert_to_numpy(fitted))
    write_whole(folder / WEIGHTS_FILE, plain.save_weights)
    activations = material.activations
    if not config.fit.cache:
        activations = compute_activations(parts.branches, material.cells, config, say, draws=0)
    rows = np.concatenate([test, train, validation])
    outputs = replace(predict(parts, activations.plain, rows, np.arange(rows.size) < test.size), choosing=validation)
    kept = np.flatnonzero(kept_rows(material.cells))
    if kept.size:
        strange = predict(parts, activations.plain, kept, np.zeros(kept.size, np.bool_))
        write_whole(folder / OTHERS_FILE, strange.save)
    # Written last: its presence says that the part is complete.
    write_whole(folder / "judgements.npz", outputs.save)
    (folder / CHECKPOINT_FILE).unlink(missing_ok=True)


def load_network(run: RunFolder, name: str = FINAL) -> keras.Model:
    """Build the run's network and give it the weights of one finished part.

    Raises
    ------
    SettingsError
        When that part is not trained yet.
    """
    if not run.done(name):
        raise SettingsError(f"“{run.path}” has no finished part {name}; run fit first.")
    config = run.config
    bare = config.network.model_copy(update={"weights": "none", "weights_files": {}})
    network = build_network(bare, (config.preprocessing.height, config.preprocessing.width, 3))
    split_network(
        network, config.fit.train_from
    )  # The same layers are trainable, so the weights lie in the same order.
    network.load_weights(run.part(name) / WEIGHTS_FILE)
    return network
