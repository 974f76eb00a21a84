"""The order of a run: read, split, run the frozen part, train each fold, train the weights that ship.

A part that is finished is not done again, so an interrupted run goes on where it stopped.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np
from numpy.typing import NDArray

from leukoscope.domain.errors import SettingsError
from training.activations import Activations, compute_activations
from training.config import TrainingConfig, read_config
from training.data import CellSet, find_samples, read_cells
from training.fit import fit_network, new_network
from training.judge import judge
from training.networks import build_network
from training.parts import take_apart
from training.run import RunFolder, start_run
from training.splits import make_folds

Say = Callable[[str], None]
FINAL = "final"
WEIGHTS_FILE = "network.weights.h5"


@dataclass(frozen=True, eq=False)
class _Material:
    """What every part of a run shares."""

    config: TrainingConfig
    cells: CellSet
    activations: Activations


def run_parts(
    config_file: Path, data: Path, out: Path, *, folds: Sequence[int] | None, final: bool, say: Say
) -> RunFolder:
    """Train the wanted parts of a run that are not finished yet.

    Parameters
    ----------
    config_file, data, out
        The TOML file, the folder of cells, the run's folder.
    folds
        Which folds; ``None`` is all, an empty sequence none.
    final
        Whether to train the weights that ship, on all cells.
    say
        Gets a line now and then.
    """
    config = read_config(config_file)
    cells = read_cells(find_samples(data, config.data), config.preprocessing)
    dealt = make_folds(cells.samples, config.split, config.seed)
    run = start_run(out, config_file, cells.samples, dealt)
    wanted = range(len(dealt)) if folds is None else folds
    if set(wanted) - set(range(len(dealt))):
        raise SettingsError(f"This configuration has the folds 0 to {len(dealt) - 1}.")
    todo = [f"fold-{number}" for number in wanted] + ([FINAL] if final else [])
    todo = [name for name in todo if not run.done(name)]
    if not todo:
        say("everything asked for is already done")
        return run
    say(f"{len(cells.samples)} cells of {np.unique(cells.subjects).size} subjects")
    _, parts = new_network(config)
    material = _Material(config, cells, compute_activations(parts.branches, cells, config, say))
    everything = np.arange(len(cells.samples))
    for name in todo:
        if name == FINAL:
            _train_part(run, name, material, everything, everything[:0], say)
        else:
            fold = dealt[int(name.removeprefix("fold-"))]
            _train_part(run, name, material, np.array(fold.train), np.array(fold.test), say)
    return run


def _train_part(
    run: RunFolder,
    name: str,
    material: _Material,
    train: NDArray[np.int64],
    test: NDArray[np.int64],
    say: Say,
) -> None:
    """Fit one network and write its weights, its epochs and what it says of every cell."""
    folder = run.part(name)
    folder.mkdir(exist_ok=True)
    say(f"{name}: {train.size} cells train, {test.size} are held out")
    network, parts = new_network(material.config)
    fit_network(parts, material.activations, material.cells, train, material.config, folder / "epochs.csv", say)
    network.save_weights(folder / WEIGHTS_FILE)
    rows = np.concatenate([test, train])
    judgements = judge(parts, material.activations.plain, rows, np.arange(rows.size) < test.size)
    # Written last: its presence says that the part is complete.
    judgements.save(folder / "judgements.npz")


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
    take_apart(network, config.fit.train_from)  # The same layers are trainable, so the weights lie in the same order.
    network.load_weights(run.part(name) / WEIGHTS_FILE)
    return network
