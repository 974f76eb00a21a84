"""Fit the differential on cached activations: class and attributes together, cells of few classes and people lifted."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from leukoscope.domain.errors import EngineError
from leukoscope.inference.manifest import AttributeHead
from training.differential.activations import activation_file
from training.differential.attributes import UNKNOWN
from training.differential.network import Network
from training.differential.recipe import FitRecipe

Say = Callable[[str], None]
_CLIP = 2.0
_SMALLEST_RATE = 0.01
"""The cosine ends at this part of the largest rate."""


@dataclass(frozen=True, eq=False)
class Targets:
    """What is to be learned.

    Parameters
    ----------
    labels
        Class of each cell, shape (n,).
    attributes
        Value of each attribute, shape (n, attributes); ``UNKNOWN`` in rows that nobody looked at.
    weights
        Of each cell in the loss, shape (n,), mean 1 over ``rows``.
    rows
        Cells that train.
    """

    labels: NDArray[np.int64]
    attributes: NDArray[np.int64]
    weights: NDArray[np.float32]
    rows: NDArray[np.int64]


def class_weights(
    labels: NDArray[np.int64],
    people: NDArray[np.str_],
    rows: NDArray[np.int64],
    typical: int = 200,
    factors: NDArray[np.float64] | None = None,
) -> NDArray[np.float32]:
    """Weights of the cells, shape (n,), 0 outside ``rows``, mean 1 over them.

    A cell counts with the inverse square root of how many its class has, and of how many its person has, so that
    neither a common class nor one patient's stain rules. ``people`` is empty where the person is not known.
    ``factors``, shape (n,), lifts the cells of a small data set.
    """
    weights = np.zeros(labels.size, np.float64)
    counts = np.bincount(labels[rows])
    weights[rows] = 1.0 / np.sqrt(counts[labels[rows]])
    for person in set(people[rows]) - {""}:
        own = rows[people[rows] == person]
        weights[own] *= math.sqrt(typical / max(own.size, typical // 3))
    if factors is not None:
        weights *= factors
    return np.asarray(weights / weights[rows].mean(), np.float32)


def fit(
    network: Network,
    targets: Targets,
    heads: Sequence[AttributeHead],
    recipe: FitRecipe,
    folder: Path,
    seed: int,
    say: Say,
) -> None:
    """Train ``network`` in place.

    Parameters
    ----------
    network
        From :func:`training.differential.network.build_network`.
    targets
        What and on which cells.
    heads
        Of the attributes.
    recipe
        How.
    folder
        Of the activations.
    seed
        Of order and dropout.
    say
        Gets a line per epoch.

    Raises
    ------
    EngineError
        When the loss is no longer a number.
    """
    steps = targets.rows.size // recipe.batch
    stepper = _Stepper(network, heads, recipe, steps)
    for epoch in range(recipe.epochs):
        start = time.monotonic()
        activations = np.load(activation_file(folder, epoch % recipe.draws), mmap_mode="r")
        order = np.random.default_rng([seed, 11, epoch]).permutation(targets.rows)
        losses = []
        for step in range(steps):
            rows = np.sort(order[step * recipe.batch : (step + 1) * recipe.batch])
            losses.append(stepper.step(activations[rows].astype(np.float32), targets, rows))
        mean = np.mean(losses, axis=0)
        if not np.isfinite(mean).all():
            raise EngineError(
                "The loss is no longer a number; lower the learning rate (fit.rate).", f"epoch {epoch + 1}"
            )
        seconds = time.monotonic() - start
        say(f"epoch {epoch + 1} of {recipe.epochs}: loss {mean[0]:.3f}, attributes {mean[1]:.3f}, {seconds:.0f} s")
    stepper.use_average()


class _Stepper:
    """Optimizer, compiled step and moving average of the weights."""

    def __init__(self, network: Network, heads: Sequence[AttributeHead], recipe: FitRecipe, steps: int) -> None:
        self._network, self._recipe = network, recipe
        self._widths = [len(head.values) for head in heads]
        rate = keras.optimizers.schedules.CosineDecay(
            1e-5,
            max(1, steps * recipe.epochs - steps // 2),
            alpha=_SMALLEST_RATE,
            warmup_target=recipe.rate,
            warmup_steps=max(1, steps // 2),
        )
        self._variables = network.trained
        self._optimizer = keras.optimizers.AdamW(rate, weight_decay=recipe.weight_decay)
        self._optimizer.build(self._variables)
        self._average = [tf.Variable(variable.value) for variable in self._variables]
        self._count = 0
        self._step = tf.function(self._one_step, autograph=False, reduce_retracing=True)

    def step(self, activations: NDArray[np.float32], targets: Targets, rows: NDArray[np.int64]) -> tuple[float, float]:
        """Change the weights once; the class loss and the attributes' loss."""
        self._count += 1
        # The average of the first steps is short, or the random start would linger in it.
        momentum = min(self._recipe.ema, self._count / (self._count + 10.0))
        found = self._step(
            tf.constant(activations),
            tf.constant(targets.labels[rows]),
            tf.constant(targets.attributes[rows]),
            tf.constant(targets.weights[rows]),
            tf.constant(momentum, tf.float32),
        )
        return float(found[0]), float(found[1])

    def _one_step(
        self, x: tf.Tensor, labels: tf.Tensor, values: tf.Tensor, weights: tf.Tensor, momentum: tf.Tensor
    ) -> tf.Tensor:
        with tf.GradientTape() as tape:
            hidden = tf.nn.dropout(self._network.tail(x, training=True), self._recipe.dropout)
            class_loss = self._class_loss(hidden, labels, weights)
            attribute_loss = self._attribute_loss(hidden, values)
            total = class_loss + self._recipe.attribute_weight * attribute_loss
        gradients = tape.gradient(total, [variable.value for variable in self._variables])
        gradients, _ = tf.clip_by_global_norm(gradients, _CLIP)
        self._optimizer.apply(gradients, self._variables)
        for average, variable in zip(self._average, self._variables, strict=True):
            average.assign(average * momentum + variable.value * (1.0 - momentum))
        return tf.stack([class_loss, attribute_loss])

    def _class_loss(self, hidden: tf.Tensor, labels: tf.Tensor, weights: tf.Tensor) -> tf.Tensor:
        head = self._network.classes
        logits = tf.matmul(hidden, tf.convert_to_tensor(head.kernel)) + tf.convert_to_tensor(head.bias)
        smoothing = self._recipe.label_smoothing
        wanted = tf.one_hot(labels, head.units) * (1 - smoothing) + smoothing / head.units
        return tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(wanted, logits) * weights)

    def _attribute_loss(self, hidden: tf.Tensor, values: tf.Tensor) -> tf.Tensor:
        """Sum over the attributes of the mean loss over those cells that somebody looked at."""
        logits = self._network.attributes(hidden)
        known = tf.cast(values[:, 0] != UNKNOWN, tf.float32)
        count = tf.maximum(tf.reduce_sum(known), 1.0)
        total = tf.constant(0.0)
        for number, part in enumerate(tf.split(logits, self._widths, axis=1)):
            losses = tf.nn.sparse_softmax_cross_entropy_with_logits(tf.maximum(values[:, number], 0), part)
            total += tf.reduce_sum(losses * known) / count
        return total

    def use_average(self) -> None:
        """Let the moving average be the weights."""
        for average, variable in zip(self._average, self._variables, strict=True):
            variable.assign(average)
