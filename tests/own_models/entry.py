"""What one model of the list is, and the body that most of them share."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

SIDE = 32
layers = keras.layers
Figures = NDArray[np.float64]
Save = Callable[[keras.Model, Path], Path]
LEUKEMIA = ("healthy", "leukemic")


def sigmoid(z: Any) -> Any:
    return 1.0 / (1.0 + np.exp(-np.asarray(z, np.float64)))


def softmax(z: Figures) -> Figures:
    e = np.exp(z - z.max())
    return np.asarray(e / e.sum())


def last(figures: Figures) -> float:
    """Of a sigmoid, or of two figures that add up to 1."""
    return float(figures.reshape(-1)[-1])


def keras_file(model: keras.Model, folder: Path) -> Path:
    model.save(folder / "model.keras")
    return folder / "model.keras"


def h5(model: keras.Model, folder: Path) -> Path:
    model.save(folder / "model.h5")
    return folder / "model.h5"


@dataclass(frozen=True)
class Own:
    """One model.

    Parameters
    ----------
    make
        Builds it, weights and all.
    classes
        What its figures mean, as a person says at the import.
    truth
        Probability of leukemic, or of each class, from the model's own outputs of one cell.
    save
        How it is kept; gives what is imported.
    plain
        The same network in float32, of the same weights, where Keras would compute it in another precision.
    feed
        From the pixels that the program feeds to what the model itself takes.
    output
        Which of several outputs is meant.
    refused
        Words of the sentence, where it cannot be taken; ``None`` where it must be.
    left_out
        Whether a map of it cannot be computed, and is left out.
    """

    make: Callable[[], keras.Model]
    classes: tuple[str, ...] = LEUKEMIA
    truth: Callable[[Any], Any] = last
    save: Save = keras_file
    plain: Callable[[], keras.Model] | None = None
    feed: Callable[[NDArray[np.float32]], Any] = lambda pixels: pixels[None]
    output: str = ""
    refused: str | None = None
    left_out: bool = False

    def said(self, model: keras.Model, pixels: NDArray[np.float32]) -> Any:
        """What Keras says of one cell: a probability, or one for each class."""
        given = model(self.feed(pixels), training=False)
        if isinstance(given, dict | list | tuple):
            return self.truth(keras.tree.map_structure(lambda one: np.asarray(one, np.float64)[0], given))
        return self.truth(np.asarray(given, np.float64)[0])


def body(x: Any, side: str = "") -> Any:
    """Features of a picture: two convolutions with something to normalize, pooled."""
    x = layers.Rescaling(1 / 255, name=f"scale{side}")(x)
    x = layers.Conv2D(8, 3, strides=2, padding="same", activation="relu", name=f"conv_a{side}")(x)
    x = layers.BatchNormalization(name=f"norm{side}")(x)
    x = layers.Conv2D(16, 3, strides=2, padding="same", activation="relu", name=f"conv_b{side}")(x)
    return layers.GlobalAveragePooling2D(name=f"pool{side}")(x)


def network(head: Callable[[Any], Any], shape: tuple[int | None, ...] = (SIDE, SIDE, 3), **more: Any) -> keras.Model:
    """A model with a head of one's own on the common body."""
    inputs = keras.Input(shape, **more)
    return keras.Model(inputs, head(body(inputs)))


def headed(head: Callable[[Any], Any], **more: Any) -> Callable[[], keras.Model]:
    return lambda: stirred(network(head, **more))


def stirred(model: keras.Model) -> keras.Model:
    """The same model with weights that matter: normalizations that moved, and biases that are not zero."""
    rng = np.random.default_rng(11)
    for weight in model.weights:
        name = weight.path.rsplit("/", 1)[-1]
        values = np.asarray(weight.numpy(), np.float32)
        if name == "moving_variance":
            weight.assign(np.abs(rng.normal(1.0, 0.3, values.shape)) + 0.2)
        elif name in {"bias", "beta", "moving_mean", "gamma"}:
            weight.assign(values + rng.normal(0.0, 0.1, values.shape))
    return model


def in_8_bits(model: keras.Model) -> keras.Model:
    """The same model, quantized; Keras warns of each layer that it leaves as it is."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        model.quantize("int8")
    return model
