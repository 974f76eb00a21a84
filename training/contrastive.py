"""Pretraining without labels: two random variants of one cell are to look alike, those of different cells not.

Contrastive, after Chen et al. 2020 (SimCLR). Only the part of a backbone that a run trains learns here; what is frozen
stays. Inside a run it sees the training cells of its part alone, so that nothing of a held-out person reaches the
weights; :mod:`training.pretrain` does the same on a folder of cells that nobody labeled.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

from leukoscope.domain.errors import EngineError, SettingsError
from training.config import PretextConfig

Say = Callable[[str], None]
Drawn = Sequence[NDArray[np.float16]]


def contrastive_loss(vectors: keras.KerasTensor, temperature: float) -> keras.KerasTensor:
    """NT-Xent of unit vectors (2 b, d) whose rows ``i`` and ``i + b`` show the same cell: one number per row."""
    count = ops.shape(vectors)[0]
    likeness = ops.matmul(vectors, ops.transpose(vectors)) / temperature
    likeness = likeness - 1e9 * ops.eye(count, dtype=vectors.dtype)  # A picture is not compared with itself.
    partner = ops.roll(ops.arange(count), count // 2)
    return ops.sparse_categorical_crossentropy(partner, likeness, from_logits=True)


class Pairs(keras.utils.PyDataset):  # type: ignore[misc]
    """Batches of two different variants of each of some cells.

    Parameters
    ----------
    drawn
        Activations of one branch, shape (draws, n, ...), float16, at least two draws.
    rows
        Which cells, shape (m,).
    batch
        Cells in a batch; an incomplete last one is left out.
    seed
        Fixes order and variants; they depend on it and the epoch alone.
    """

    def __init__(self, drawn: NDArray[np.float16], rows: NDArray[np.int64], *, batch: int, seed: int) -> None:
        super().__init__(workers=1, use_multiprocessing=False)
        self._drawn = drawn
        self._rows = rows
        self._batch = min(batch, rows.size)
        self._seed = seed
        self._epoch = 0
        self._deal()

    def _deal(self) -> None:
        rng = np.random.default_rng([self._seed, self._epoch])
        self._order = rng.permutation(self._rows)
        count = self._drawn.shape[0]
        one = rng.integers(0, count, self._order.size)
        self._views = np.stack([one, (one + rng.integers(1, count, one.size)) % count])

    def __len__(self) -> int:
        return int(self._rows.size // self._batch)

    def __getitem__(self, index: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        part = slice(index * self._batch, (index + 1) * self._batch)
        rows, views = self._order[part], self._views[:, part]
        pairs = self._drawn[views, rows[None]].astype(np.float32)
        stacked = pairs.reshape(-1, *pairs.shape[2:])
        return stacked, np.zeros((stacked.shape[0], 1), np.float32)

    def on_epoch_end(self) -> None:
        """Deal the cells and their variants anew."""
        self._epoch += 1
        self._deal()


def contrast(
    tails: Sequence[keras.Model], drawn: Drawn, rows: NDArray[np.int64], config: PretextConfig, seed: int, say: Say
) -> None:
    """Pretrain the trainable layers of every tail in place.

    Parameters
    ----------
    tails
        Activation at the cut -> [last spatial activation, what the head gets]; see ``parts.Branch``.
    drawn
        For each tail, activations of random variants of all cells.
    rows
        The cells that may be seen.
    config
        Epochs, rate, temperature.
    seed
        Of order, variants and the projection's first weights.
    say
        Gets a line per branch.

    Raises
    ------
    SettingsError
        When there is only one variant of each cell, or a single cell.
    EngineError
        When the loss is no longer a number.
    """
    if min(activations.shape[0] for activations in drawn) < 2:
        raise SettingsError("Pretraining compares two variants of a cell: set fit.draws to 2 or more.")
    if rows.size < 2:
        raise SettingsError("Pretraining compares cells with each other: it needs two cells at least.")
    for tail, activations in zip(tails, drawn, strict=True):
        if not tail.trainable_weights:
            continue
        keras.utils.set_random_seed(seed)
        model = _projected(tail, config)
        batches = Pairs(activations, rows, batch=config.batch, seed=seed)
        steps = config.epochs * len(batches)
        schedule = keras.optimizers.schedules.CosineDecay(
            config.rate / 30, steps, warmup_target=config.rate, warmup_steps=max(1, steps // 10)
        )

        def loss(_: keras.KerasTensor, vectors: keras.KerasTensor) -> keras.KerasTensor:
            return contrastive_loss(vectors, config.temperature)

        model.compile(keras.optimizers.AdamW(schedule, weight_decay=0.01, clipnorm=1.0), loss, jit_compile=False)
        history = model.fit(batches, epochs=config.epochs, shuffle=False, verbose=0).history["loss"]
        if not np.isfinite(history[-1]):
            raise EngineError("The loss of the pretraining is no longer a number; lower pretext.rate.")
        say(f"pretext {tail.name}: loss {history[0]:.3f} in the first, {history[-1]:.3f} in the last epoch")


def _projected(tail: keras.Model, config: PretextConfig) -> keras.Model:
    """The tail, its mean over places, and a small network into the space in which cells are compared."""
    inputs = keras.Input(tail.input.shape[1:])
    x = keras.layers.GlobalAveragePooling2D()(tail(inputs)[0])
    x = keras.layers.LayerNormalization()(x)
    x = keras.layers.Dense(2 * config.projection, activation="relu")(x)
    return keras.Model(inputs, keras.layers.UnitNormalization()(keras.layers.Dense(config.projection)(x)))
