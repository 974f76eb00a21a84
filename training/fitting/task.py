"""From a configuration and cells to what the loop fits."""

from __future__ import annotations

from collections.abc import Callable

import keras
import numpy as np
from numpy.typing import NDArray

from leukoscope.domain.errors import SettingsError
from training.activations import Activations
from training.config import TrainingConfig
from training.contrastive import contrast
from training.data import CellSet
from training.fitting.batches import CachedSource, Deal, PixelSource, Source
from training.fitting.checkpoint import Values
from training.fitting.distribution import Distribution, precision
from training.fitting.loop import Task
from training.fitting.progress import Say
from training.networks import build_network, train_last_layers
from training.split_network import SplitNetwork, split_network
from training.weights import weights_with_others

Rows = NDArray[np.int64]


def new_network(config: TrainingConfig) -> tuple[keras.Model, SplitNetwork]:
    """Build the configured network with its start weights, and take it apart for training."""
    keras.utils.set_random_seed(config.seed)
    shape = (config.preprocessing.height, config.preprocessing.width, 3)
    network = build_network(config.network, shape)
    # Under a mixed policy the probability alone must be exact: a half-precision sigmoid is 1 long before the logit is.
    network.get_layer("probability").dtype_policy = "float32"
    return network, split_network(network, config.fit.train_from)


def make_task(
    config: TrainingConfig,
    distribution: Distribution,
    cells: CellSet,
    activations: Activations,
    train: Rows,
    validation: Rows,
    say: Say,
) -> tuple[keras.Model, Task]:
    """Build one network and say how it is fitted.

    Parameters
    ----------
    config
        The run's configuration.
    distribution
        Where; the network is made under their scope.
    cells
        All cells.
    activations
        Of all cells; of the variants only those of ``train`` are read, and without ``fit.cache`` nothing.
    train, validation
        Indices of cells, disjoint.
    say
        Gets a line now and then.

    Returns
    -------
    network
        The whole network; it shares its weights with the task's model.
    task
        For :func:`training.fitting.loop.fit_network`.

    Raises
    ------
    SettingsError
        When pretraining is wanted without kept variants.
    """
    if config.pretext.epochs and not config.fit.cache:
        raise SettingsError(
            "Pretraining compares kept variants of a cell: set fit.cache to true or pretext.epochs to 0."
        )
    with distribution.strategy.scope(), precision(config.fit):
        network, parts = new_network(config)
    weights = np.zeros(len(cells.samples))
    share = config.lymphocytes.share if config.lymphocytes is not None else 0.0
    for rows in (train, validation):
        if rows.size:
            weights[rows] = weights_with_others(cells.labels[rows], cells.subjects[rows], config.fit.balance, share)
    source: Source = CachedSource(activations, config.seed) if config.fit.cache else PixelSource(cells, config)
    batch = min(config.fit.batch, train.size // distribution.count * distribution.count)
    tails = [layer for branch in parts.branches for layer in branch.tail.layers if layer.trainable_weights]

    def pretrained() -> Values:
        if not config.pretext.epochs:
            return []
        _, plain = new_network(config)
        contrast([b.tail for b in plain.branches], activations.drawn, train, config.pretext, config.seed, say)
        return [np.array(keras.ops.convert_to_numpy(variable)) for variable in plain.trainable.variables]

    task = Task(
        model=parts.trainable if config.fit.cache else network,
        open_phase=_opener(network, tails, config.fit.train_last),
        has_tail=bool(tails) or config.fit.train_last is not None,
        deal=Deal(source, train, cells.labels, weights, batch, config.seed, config.fit.mixup),
        validation=validation,
        config=config.fit,
        seed=config.seed,
        first_weights=pretrained,
    )
    return network, task


def _opener(network: keras.Model, tails: list[keras.layers.Layer], last: int | None) -> Callable[[str], None]:
    def open_phase(name: str) -> None:
        if last is not None:
            train_last_layers(network, last if name == "tail" else 0)
        for layer in tails:
            layer.trainable = name == "tail"

    return open_phase
