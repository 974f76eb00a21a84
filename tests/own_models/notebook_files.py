"""How notebooks train a model, and every other way in which they keep one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import ops

from tests.own_models.blocks import built, pooled
from tests.own_models.entry import SIDE, stirred


def focal(gamma: float = 2.0) -> Any:
    """A loss as notebooks write it: a function in a function."""

    def focal_loss(y_true: Any, y_pred: Any) -> Any:
        return ops.mean(ops.power(1 - y_pred, gamma) * ops.binary_crossentropy(y_true, y_pred))

    return focal_loss


def f1_score(y_true: Any, y_pred: Any) -> Any:
    return 2 * ops.sum(y_true * y_pred) / (ops.sum(y_true) + ops.sum(y_pred) + 1e-7)


class F1(keras.metrics.Metric):
    """A metric written as a class."""

    def __init__(self, name: str = "f1", **more: Any) -> None:
        super().__init__(name=name, **more)
        self.total = self.add_weight(name="total", initializer="zeros")

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        self.total.assign_add(f1_score(y_true, y_pred))

    def result(self) -> Any:
        return self.total


class Warm(keras.optimizers.schedules.LearningRateSchedule):
    """A schedule of one's own."""

    def __call__(self, step: Any) -> Any:
        return 1e-4 * ops.minimum(1.0, ops.cast(step, "float32") / 10.0)

    def get_config(self) -> dict[str, Any]:
        return {"first": 1e-4}


def trained(loss: Any, metrics: list[Any], optimizer: Any) -> Callable[[], keras.Model]:
    """Fitted for a step, so that the optimizer has a state that the file holds too."""

    def make() -> keras.Model:
        model = built(pooled)()
        model.compile(optimizer(), loss, metrics=metrics)
        rng = np.random.default_rng(1)
        model.fit(rng.uniform(0, 255, (4, SIDE, SIDE, 3)), np.array([0.0, 1.0, 1.0, 0.0]), verbose=0)
        return stirred(model)

    return make


def kept_by_checkpoint(model: keras.Model, folder: Path) -> Path:
    """What ``ModelCheckpoint`` writes while a model is fitted."""
    kept = model.get_weights()
    model.compile(keras.optimizers.Adam(0.0), "binary_crossentropy", metrics=["accuracy"])
    watch = keras.callbacks.ModelCheckpoint(folder / "best-{epoch:02d}.keras", monitor="loss", save_best_only=True)
    model.fit(np.zeros((2, SIDE, SIDE, 3)), np.array([0.0, 1.0]), verbose=0, callbacks=[watch])
    model.set_weights(kept)
    # The moving means moved in the step; the file is written once more as the callback does it.
    model.save(folder / "best-01.keras", overwrite=True)
    return folder / "best-01.keras"


def unpacked(model: keras.Model, folder: Path) -> Path:
    """A ``.keras`` archive that was unpacked, as some tools do by themselves."""
    keras.saving.save_model(model, folder / "model", zipped=False)
    return folder / "model"


def without_signature(model: keras.Model, folder: Path) -> Path:
    """A folder that ``tf.saved_model.save`` wrote without saying what is called."""
    import tensorflow as tf

    module = tf.Module()
    module.model = model
    tf.saved_model.save(module, str(folder / "plain"))
    return folder / "plain"


def traced(model: keras.Model, folder: Path) -> Path:
    """A folder that ``tf.saved_model.save`` wrote with the signature that a notebook gives it."""
    import tensorflow as tf

    call = tf.function(lambda x: {"p": model(x, training=False)}).get_concrete_function(
        tf.TensorSpec((None, SIDE, SIDE, 3), tf.float32)
    )
    module = tf.Module()
    module.model = model
    tf.saved_model.save(module, str(folder / "traced"), signatures=call)
    return folder / "traced"


def checkpoint(model: keras.Model, folder: Path) -> Path:
    import tensorflow as tf

    return Path(tf.train.Checkpoint(model=model).write(str(folder / "ckpt")) + ".index")


def pickled(model: keras.Model, folder: Path) -> Path:
    import pickle

    (folder / "model.pkl").write_bytes(pickle.dumps(model.get_weights()))
    return folder / "model.pkl"


def older_weights(model: keras.Model, folder: Path) -> Path:
    """``save_weights("model.h5")`` of Keras 2: groups of layers, and no network."""
    import h5py

    with h5py.File(folder / "weights.h5", "w") as tree:
        tree.attrs["layer_names"] = [one.name.encode() for one in model.layers]
        for layer in model.layers:
            group = tree.create_group(layer.name)
            group.attrs["weight_names"] = [w.path.encode() for w in layer.weights]
            for w in layer.weights:
                group[w.path] = w.numpy()
    return folder / "weights.h5"


def without_training(model: keras.Model, folder: Path) -> Path:
    model.save(folder / "model.h5", include_optimizer=False)
    return folder / "model.h5"
