"""One step of gradient descent on any number of devices, and the state that it changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from training.config import FitConfig
from training.fitting.batches import Batch, Inputs
from training.fitting.checkpoint import Values
from training.fitting.distribution import Distribution

_CLIP = 1.0
_SUM, _MEAN = tf.distribute.ReduceOp.SUM, tf.distribute.ReduceOp.MEAN


@dataclass(frozen=True)
class Outcome:
    """Of one step over all devices.

    Parameters
    ----------
    loss
        Mean weighted loss, regularization included.
    right, weight
        Sum of the weights of the cells judged right, and of all.
    stop
        Whether any process was asked to stop.
    """

    loss: float
    right: float
    weight: float
    stop: bool


class Stepper:
    """A model, its optimizer and the compiled step of one phase.

    Parameters
    ----------
    model
        With the layers of this phase trainable; its output is the probability (batch, 1).
    config
        Optimizer, loss and compilation.
    distribution
        Where it runs; the model was made under their scope.
    """

    def __init__(self, model: keras.Model, config: FitConfig, distribution: Distribution) -> None:
        self._model = model
        self._config = config
        self._distribution = distribution
        self._trained = list(model.trainable_variables)
        average = {"use_ema": config.ema > 0, "ema_momentum": config.ema or 0.99}
        with distribution.strategy.scope():
            if config.optimizer == "adamw":
                self._optimizer = keras.optimizers.AdamW(1e-3, weight_decay=config.weight_decay, **average)
            else:
                self._optimizer = keras.optimizers.Adam(1e-3, **average)
            self._optimizer.build(self._trained)
        self._gradients = tf.function(self._loss_and_gradients, jit_compile=config.xla, autograph=False)
        self._step = tf.function(lambda *x: distribution.strategy.run(self._replica_step, x), autograph=False)
        self._random = tf.function(lambda x: distribution.strategy.run(self._set_random, (x,)), autograph=False)
        self._average = tf.function(lambda: distribution.strategy.run(self._average_statistics), autograph=False)
        self._judge = tf.function(lambda x: model(x, training=False), reduce_retracing=True, autograph=False)

    def step(self, batches: Sequence[Batch], rate: float, *, stop: bool) -> Outcome:
        """Change the weights once; ``batches`` are those of this process's devices."""
        self._optimizer.learning_rate.assign(rate)
        arguments = [
            self._spread([tuple(map(tf.constant, batch.inputs)) for batch in batches]),
            self._spread([tf.constant(batch.labels) for batch in batches]),
            self._spread([tf.constant(batch.weights) for batch in batches]),
            self._spread([tf.constant(float(stop)) for _ in batches]),
        ]
        facts = self._distribution.strategy.experimental_local_results(self._step(*arguments))[0].numpy()
        return Outcome(float(facts[0]), float(facts[1]), float(facts[2]), bool(facts[3] > 0))

    def _spread(self, values: list[tf.Tensor]) -> tf.distribute.DistributedValues:
        one = iter(values)
        return self._distribution.strategy.experimental_distribute_values_from_function(lambda _: next(one))

    def _loss_and_gradients(
        self, inputs: tuple[tf.Tensor, ...], labels: tf.Tensor, weights: tf.Tensor
    ) -> tuple[tf.Tensor, list[tf.Tensor]]:
        everywhere = self._distribution.count
        with tf.GradientTape() as tape:
            probability = tf.cast(self._model(inputs if len(inputs) > 1 else inputs[0], training=True), tf.float32)
            smoothing = self._config.label_smoothing
            losses = keras.losses.binary_crossentropy(labels, probability, label_smoothing=smoothing)
            loss = tf.reduce_sum(losses * weights) / tf.cast(everywhere * tf.shape(weights)[0], tf.float32)
            if self._model.losses:
                loss += tf.add_n([tf.cast(x, tf.float32) for x in self._model.losses]) / everywhere
        sources = [variable.value for variable in self._trained]
        gradients = tape.gradient(loss, sources, unconnected_gradients=tf.UnconnectedGradients.ZERO)
        right = tf.cast(tf.equal(probability > 0.5, labels > 0.5), tf.float32)[:, 0]
        return tf.stack([loss, tf.reduce_sum(right * weights), tf.reduce_sum(weights)]), gradients

    def _replica_step(
        self, inputs: tuple[tf.Tensor, ...], labels: tf.Tensor, weights: tf.Tensor, stop: tf.Tensor
    ) -> tf.Tensor:
        facts, gradients = self._gradients(inputs, labels, weights)
        facts = tf.concat([facts, stop[None]], 0)
        everywhere = self._distribution.count
        if everywhere > 1:
            facts, *gradients = tf.distribute.get_replica_context().all_reduce(_SUM, [facts, *gradients])
        # Clipped as the sum over all devices, or their number would change the weights. Keras adds up what the
        # devices hand in once more, so each hands in its share.
        gradients = [tf.clip_by_norm(gradient, _CLIP) / everywhere for gradient in gradients]
        self._optimizer.apply(gradients, self._trained)
        return facts

    def set_random(self, seed: Sequence[int]) -> None:
        """Begin every random layer anew, as the seed says and differently on every device."""
        states = len(self._generators())
        if states:
            self._random(tf.constant(np.random.default_rng(seed).integers(0, 2**31, (states, 2)), tf.int64))

    def _generators(self) -> list[keras.Variable]:
        return [variable for variable in self._model.non_trainable_variables if "seed_generator" in variable.path]

    def _set_random(self, states: tf.Tensor) -> None:
        device = tf.cast(tf.distribute.get_replica_context().replica_id_in_sync_group, tf.int64)
        for index, variable in enumerate(self._generators()):
            state = states[index] + tf.stack([device, tf.constant(0, tf.int64)])
            variable.value.assign(tf.cast(state, variable.value.dtype))

    def average_statistics(self) -> None:
        """Give every device the mean of what BatchNormalization saw on each."""
        if self._distribution.count > 1:
            self._average()

    def _average_statistics(self) -> None:
        context = tf.distribute.get_replica_context()
        for variable in self._model.non_trainable_variables:
            if variable.value.dtype.is_floating:
                variable.value.assign(context.all_reduce(_MEAN, variable.value.read_value()))

    def judge(self, inputs: Inputs) -> NDArray[np.float32]:
        """Probabilities (n,) without dropout."""
        tensors = tuple(map(tf.constant, inputs))
        return np.asarray(self._judge(tensors if len(tensors) > 1 else tensors[0]), np.float32)[:, 0]

    @property
    def weights(self) -> Values:
        """Of the whole model, in Keras' order."""
        return [np.array(keras.ops.convert_to_numpy(variable)) for variable in self._model.variables]

    @weights.setter
    def weights(self, values: Values) -> None:
        assign(self._model.variables, values)

    @property
    def slots(self) -> Values:
        """Of the optimizer."""
        return [np.array(keras.ops.convert_to_numpy(variable)) for variable in self._optimizer.variables]

    @slots.setter
    def slots(self, values: Values) -> None:
        assign(self._optimizer.variables, values)

    def use_average(self) -> None:
        """Put the moving average in place of the weights, if there is one."""
        if self._config.ema > 0:
            self._optimizer.finalize_variable_values(self._trained)


def assign(variables: Sequence[keras.Variable], values: Values) -> None:
    """Write values into variables, on every device."""
    for variable, value in zip(variables, values, strict=True):
        variable.assign(value)
