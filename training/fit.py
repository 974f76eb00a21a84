"""Fit one network: first the head on frozen backbones, then also each backbone's tail."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
from numpy.typing import NDArray

from leukoscope.domain.errors import EngineError
from training.activations import Activations, DrawnBatches
from training.config import TrainingConfig
from training.data import CellSet
from training.networks import build_network
from training.parts import Parts, take_apart
from training.weights import cell_weights

Say = Callable[[str], None]


def new_network(config: TrainingConfig) -> tuple[keras.Model, Parts]:
    """Build the configured network with its start weights, and take it apart for training."""
    keras.utils.set_random_seed(config.seed)
    shape = (config.preprocessing.height, config.preprocessing.width, 3)
    network = build_network(config.network, shape)
    return network, take_apart(network, config.fit.train_from)


def fit_network(
    parts: Parts,
    activations: Activations,
    cells: CellSet,
    rows: NDArray[np.int64],
    config: TrainingConfig,
    log: Path,
    say: Say,
) -> None:
    """Train ``parts`` in place on the training cells alone.

    Parameters
    ----------
    parts
        From :func:`new_network`.
    activations
        Of all cells; only ``drawn[:, rows]`` is read.
    cells
        All cells.
    rows
        Indices of the training cells.
    config
        The run's configuration.
    log
        CSV file, one row per epoch.
    say
        Gets a line per epoch.

    Raises
    ------
    EngineError
        When the loss is no longer a number.
    """
    weights = np.zeros(len(cells.samples))
    weights[rows] = cell_weights(cells.labels[rows], cells.subjects[rows], config.fit.balance)
    batches = DrawnBatches(
        activations, rows, cells.labels, weights, batch=config.fit.batch, seed=config.seed, mixup=config.fit.mixup
    )
    tails = [layer for branch in parts.branches for layer in branch.tail.layers if layer.trainable]
    history: list[dict[str, float | str]] = []
    for layer in tails:
        layer.trainable = False
    _phase(parts.trainable, batches, "head", config.fit.head_epochs, config.fit.head_rate, config, history, say)
    for layer in tails:
        layer.trainable = True
    if tails:
        _phase(parts.trainable, batches, "tail", config.fit.tail_epochs, config.fit.tail_rate, config, history, say)
    _write_history(history, log)


def _phase(
    model: keras.Model,
    batches: DrawnBatches,
    phase: str,
    epochs: int,
    rate: float,
    config: TrainingConfig,
    history: list[dict[str, float | str]],
    say: Say,
) -> None:
    if not epochs:
        return
    schedule = keras.optimizers.schedules.CosineDecay(rate, epochs * len(batches))
    model.compile(
        keras.optimizers.AdamW(schedule, weight_decay=config.fit.weight_decay, clipnorm=1.0),
        keras.losses.BinaryCrossentropy(label_smoothing=config.fit.label_smoothing),
        weighted_metrics=["accuracy"],
        jit_compile=False,  # Measured on a CPU: XLA's convolutions are 15 times slower.
    )

    def note(epoch: int, logs: dict[str, float]) -> None:
        loss = float(logs["loss"])
        history.append({"phase": phase, "epoch": epoch + 1, "loss": loss, "accuracy": float(logs["accuracy"])})
        say(f"{phase} {epoch + 1}/{epochs}: loss {loss:.4f}, weighted training accuracy {logs['accuracy']:.4f}")
        if not np.isfinite(loss):
            raise EngineError("The loss is no longer a number; lower the learning rate (head_rate, tail_rate).")

    model.fit(batches, epochs=epochs, verbose=0, callbacks=[keras.callbacks.LambdaCallback(on_epoch_end=note)])


def _write_history(history: list[dict[str, float | str]], log: Path) -> None:
    with log.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, ["phase", "epoch", "loss", "accuracy"])
        writer.writeheader()
        writer.writerows(history)
