"""The devices and machines that one fit runs on. All of them run the same program; the chief alone writes files."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from leukoscope.domain.errors import SettingsError
from training.config import FitConfig

Words = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Distribution:
    """Where steps run.

    Parameters
    ----------
    strategy
        Of ``tf.distribute``; variables of a network are made under its scope.
    devices
        Which of all devices are this process's own.
    chief
        Whether this process writes.
    """

    strategy: tf.distribute.Strategy
    devices: range
    chief: bool

    @property
    def count(self) -> int:
        """Devices of all processes together."""
        return int(self.strategy.num_replicas_in_sync)

    def share(self, chiefs: bytes) -> bytes:
        """Give every process what the chief has; all must call it, whatever the others hand in.

        It is sent as a sum to which the others add zeros, so no folder need be shared between the machines.
        """
        if self.count == len(self.devices):
            return chiefs
        length = int(self._sum(np.array([len(chiefs) if self.chief else 0], np.int64))[0])
        words = np.zeros(-(-length // 8) * 8, np.uint8)
        if self.chief:
            words[:length] = np.frombuffer(chiefs, np.uint8)
        return self._sum(words.view(np.int64)).tobytes()[:length]

    def _sum(self, mine: Words) -> Words:
        first = iter([mine, *[np.zeros_like(mine)] * (len(self.devices) - 1)])
        values = self.strategy.experimental_distribute_values_from_function(lambda _: tf.constant(next(first)))
        return np.asarray(self.strategy.experimental_local_results(self._adder(values))[0])

    @cached_property
    def _adder(self) -> Callable[[tf.distribute.DistributedValues], tf.distribute.DistributedValues]:
        def add(x: tf.Tensor) -> tf.Tensor:
            # A value that came from outside has no device yet, and the sum looks for one.
            return tf.distribute.get_replica_context().all_reduce(tf.distribute.ReduceOp.SUM, tf.identity(x))

        def everywhere(x: tf.distribute.DistributedValues) -> tf.distribute.DistributedValues:
            return self.strategy.run(add, (x,))

        compiled: Callable[[tf.distribute.DistributedValues], tf.distribute.DistributedValues]
        compiled = tf.function(everywhere, autograph=False, reduce_retracing=True)
        return compiled


def find_distribution(config: FitConfig) -> Distribution:
    """Take the devices that the configuration asks for; call it before anything else runs in TensorFlow.

    Raises
    ------
    SettingsError
        When ``TF_CONFIG`` cannot be used, or the global batch cannot be dealt out evenly.
    """
    if config.distribute == "none":
        return Distribution(tf.distribute.get_strategy(), range(1), chief=True)
    if config.distribute == "mirrored":
        devices = tf.config.list_logical_devices("GPU") or tf.config.list_logical_devices("CPU")
        strategy: tf.distribute.Strategy = tf.distribute.MirroredStrategy([device.name for device in devices])
        worker, workers = 0, 1
    else:
        strategy, worker, workers = _workers()
    own = strategy.num_replicas_in_sync // workers
    if config.batch % strategy.num_replicas_in_sync:
        raise SettingsError(
            f"fit.batch is {config.batch}, but {strategy.num_replicas_in_sync} devices share each batch; "
            "choose a multiple of that."
        )
    return Distribution(strategy, range(worker * own, (worker + 1) * own), chief=worker == 0)


def _workers() -> tuple[tf.distribute.Strategy, int, int]:
    """Strategy, this process's number and how many there are, from the environment variable ``TF_CONFIG``."""
    try:
        resolver = tf.distribute.cluster_resolver.TFConfigClusterResolver()
        addresses = resolver.cluster_spec().as_dict().get("worker", [])
        if len(addresses) < 2 or resolver.task_type != "worker":
            raise ValueError(f"task {resolver.task_type!r} of the workers {addresses}")
        strategy = tf.distribute.MultiWorkerMirroredStrategy(resolver)
    except (ValueError, TypeError, KeyError, tf.errors.OpError) as error:
        raise SettingsError(
            "TF_CONFIG cannot be used; with distribute = “multi-worker” it must name two workers or more and which of "
            "them this is, on every machine.",
            repr(error),
        ) from error
    return strategy, int(resolver.task_id), len(addresses)


@contextmanager
def precision(config: FitConfig) -> Iterator[None]:
    """Networks built inside compute as the configuration says; their weights are float32 in any case."""
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_bfloat16" if config.mixed_precision else "float32")
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)
