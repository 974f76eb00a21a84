"""Pretrain backbones on cells that nobody labeled, and write weights that a configuration can start from."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from leukoscope.domain.errors import ImageError, SettingsError
from training.activations import compute_activations
from training.config import read_config
from training.contrastive import contrast
from training.data import IMAGE_SUFFIXES, Sample, read_cells
from training.fitting.task import new_network
from training.networks import backbones_of

DEFAULT_EPOCHS = 10
"""Where the configuration has none."""


def pretrain(config_file: Path, data: Path, out: Path, *, force: bool, say: Callable[[str], None]) -> dict[str, Path]:
    """Run the contrastive pretext on every picture below a folder.

    Only the layers that the configuration trains change; the others keep what they started from. Keep people that
    will judge a network out of the folder: even without labels their cells would no longer be new to it.

    Parameters
    ----------
    config_file
        As for fitting; its ``[pretext]`` says how, its ``[augment]`` what must not matter.
    data
        Any folder tree of cells, cut out as for training.
    out
        Folder of the weights, one file per backbone.
    force
        Write over files that are there.
    say
        Gets a line now and then.

    Returns
    -------
    dict
        Backbone -> file, for ``network.weights_files``.

    Raises
    ------
    ImageError
        When the folder holds no picture, or one that cannot be read.
    SettingsError
        When a file is there already, or the configuration trains no layer of any backbone.
    """
    config = read_config(config_file)
    network, parts = new_network(config)
    learning = [branch.name for branch in parts.branches if branch.tail.trainable_weights]
    if not learning:
        raise SettingsError("This configuration trains no backbone; name where training starts in fit.train_from.")
    files = {name: out / f"{name}.weights.h5" for name in learning}
    there = [file for file in files.values() if file.exists()]
    if there and not force:
        raise SettingsError(f"“{there[0]}” exists; say --force to replace it.")
    paths = sorted(p for p in data.rglob("*") if p.suffix.lower() in IMAGE_SUFFIXES and p.is_file())
    if not paths:
        raise ImageError(f"There is no picture in “{data}”.")
    cells = read_cells([Sample(path, 0, "") for path in paths], config.preprocessing, config.data)
    say(f"{len(paths)} cells without labels")
    activations = compute_activations(parts.branches, cells, config, say)
    pretext = config.pretext if config.pretext.epochs else config.pretext.model_copy(update={"epochs": DEFAULT_EPOCHS})
    tails = [branch.tail for branch in parts.branches]
    contrast(tails, activations.drawn, np.arange(len(paths)), pretext, config.seed, say)
    out.mkdir(parents=True, exist_ok=True)
    for backbone in backbones_of(network):
        if backbone.name in files:
            backbone.save_weights(files[backbone.name], overwrite=True)
    return files
