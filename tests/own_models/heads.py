"""Every kind of head, and what stands behind it."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np

from tests.own_models.entry import Own, h5, headed, last, layers, network, sigmoid, softmax, stirred

PRO_B = ("healthy", "leukemic", "leukemic", "leukemic")
BLOOD = ("neutrophil", "lymphocyte", "monocyte", "eosinophil", "basophil")


def dense(units: int, activation: str | None, **more: Any) -> Any:
    return layers.Dense(units, activation=activation, name="figures", **more)


def figures(units: int, activation: str | None) -> Any:
    """A head of so many figures, made anew each time."""

    def head(x: Any) -> Any:
        return dense(units, activation)(x)

    return head


def leukemic_of(weights: tuple[float, ...]) -> Any:
    """Share of leukemic in a cell's figures: what is neither counts half for each side."""

    def truth(figures: Any) -> float:
        p = np.asarray(figures, np.float64).reshape(-1)
        return float((p * weights).sum() / p.sum())

    return truth


def of_logits(weights: tuple[float, ...]) -> Any:
    return lambda z: leukemic_of(weights)(softmax(np.asarray(z)))


def behind(*tail: Any, activation: str = "sigmoid", units: int = 1) -> Any:
    def head(x: Any) -> Any:
        x = dense(units, activation)(x)
        for one in tail:
            x = one(x)
        return x

    return headed(head)


def two_outputs() -> keras.Model:
    return stirred(
        network(lambda x: [layers.Dense(1, activation="sigmoid", name="ill")(x), layers.Dense(4, name="subtype")(x)])
    )


def dictionary() -> keras.Model:
    return stirred(
        network(
            lambda x: {
                "subtype": layers.Dense(4, activation="softmax", name="b")(x),
                "ill": layers.Dense(1, activation="sigmoid", name="a")(x),
            }
        )
    )


def of_map() -> keras.Model:
    """One figure at each place of a map, averaged, then a sigmoid by itself."""
    inputs = keras.Input((32, 32, 3))
    x = layers.Conv2D(8, 3, strides=2, activation="relu")(layers.Rescaling(1 / 255)(inputs))
    x = layers.GlobalAveragePooling2D()(layers.Conv2D(1, 1)(x))
    return stirred(keras.Model(inputs, layers.Activation("sigmoid")(x)))


def one_place() -> keras.Model:
    inputs = keras.Input((32, 32, 3))
    x = layers.Conv2D(8, 3, strides=4, activation="relu")(layers.Rescaling(1 / 255)(inputs))
    x = layers.GlobalAveragePooling2D(keepdims=True)(x)
    x = layers.Conv2D(2, 1, activation="softmax")(x)
    return stirred(keras.Model(inputs, layers.Reshape((2,))(x)))


def ordinal() -> keras.Model:
    inputs = keras.Input((32, 32, 3))
    return keras.Model(inputs, layers.Conv2D(1, 3, activation="sigmoid")(inputs))


HEADS: dict[str, Own] = {
    "one sigmoid": Own(behind()),
    "one sigmoid, leukemic first": Own(behind(), ("leukemic", "healthy"), lambda p: 1 - last(p)),
    "one logit": Own(headed(figures(1, None)), truth=lambda z: sigmoid(last(z))),
    "two softmax": Own(headed(figures(2, "softmax"))),
    "two logits": Own(headed(figures(2, None)), truth=lambda z: last(softmax(z))),
    "two sigmoids": Own(headed(figures(2, "sigmoid")), truth=leukemic_of((0, 1))),
    "four softmax, three of them leukemic": Own(headed(figures(4, "softmax")), PRO_B, leukemic_of((0, 1, 1, 1))),
    "three softmax, one is neither": Own(
        headed(figures(3, "softmax")), ("healthy", "leukemic", "other"), leukemic_of((0, 1, 0.5))
    ),
    "four softmax by names of cells": Own(
        headed(figures(4, "softmax")),
        ("blast", "lymphocyte", "monocyte", "artifact"),
        leukemic_of((1, 0, 0, 0.5)),
    ),
    "three logits": Own(headed(figures(3, None)), ("leukemic", "healthy", "leukemic"), of_logits((1, 0, 1))),
    "four sigmoids": Own(headed(figures(4, "sigmoid")), PRO_B, leukemic_of((0, 1, 1, 1))),
    "five softmax without leukemia": Own(headed(figures(5, "softmax")), BLOOD, lambda p: p),
    "five logits without leukemia": Own(headed(figures(5, None)), BLOOD, softmax),
    "five sigmoids without leukemia": Own(headed(figures(5, "sigmoid")), BLOOD, lambda p: p / p.sum()),
    "five classes behind two dense layers": Own(
        headed(lambda x: dense(5, "softmax")(layers.Dense(8, activation="relu")(x))), BLOOD, lambda p: p
    ),
    "two outputs, the fitting one": Own(two_outputs, truth=lambda given: last(given[0])),
    "two outputs, one named": Own(
        two_outputs, PRO_B, lambda given: of_logits((0, 1, 1, 1))(given[1]), output="subtype"
    ),
    "a dictionary of two": Own(dictionary, truth=lambda given: last(given["ill"])),
    "a dictionary of one": Own(headed(lambda x: {"label": dense(1, "sigmoid")(x)}), truth=lambda d: last(d["label"])),
    "a list of one": Own(headed(lambda x: [dense(1, "sigmoid")(x)]), truth=lambda given: last(given[0])),
    "hard sigmoid": Own(behind(activation="hard_sigmoid")),
    "Activation by itself": Own(behind(layers.Activation("sigmoid"), activation="linear")),
    "Softmax by itself": Own(behind(layers.Softmax(), activation="linear", units=2)),
    "Dropout behind": Own(behind(layers.Dropout(0.4), activation="softmax", units=2)),
    "Reshape behind": Own(behind(layers.Reshape((1,)))),
    "Reshape to no axis behind": Own(behind(layers.Reshape(()))),
    "a place more behind": Own(behind(layers.Reshape((1, 1)))),
    "Flatten and Dropout behind": Own(behind(layers.Flatten(), layers.Dropout(0.5))),
    "cast to float32 behind": Own(behind(layers.Activation("linear", dtype="float32"))),
    "a map of figures, averaged": Own(of_map),
    "figures at one place": Own(one_place),
    "h5 with four classes": Own(headed(figures(4, "softmax")), PRO_B, leukemic_of((0, 1, 1, 1)), save=h5),
    "six figures, four kinds of cells": Own(
        headed(figures(6, "softmax")),
        ("neutrophil", "neutrophil", "lymphocyte", "monocyte", "monocyte", "eosinophil"),
        lambda p: np.array([p[0] + p[1], p[2], p[3] + p[4], p[5]]) / p.sum(),
    ),
    "two kinds of cells, one figure": Own(
        headed(figures(1, "sigmoid")), ("lymphocyte", "monocyte"), refused=r"tells two classes apart: name healthy"
    ),
    "lymphocyte and blast, one figure": Own(headed(figures(1, "sigmoid")), ("lymphocyte", "blast")),
    "two outputs, both fit": Own(
        lambda: stirred(network(lambda x: [dense(1, "sigmoid")(x), layers.Dense(2, name="other")(x)])),
        refused=r"has 2 outputs; say which of them tells what a cell is: one of figures, other",
    ),
    "a map": Own(ordinal, refused=r"ends in figures of 30 × 30 × 1 for each cell"),
    "tanh": Own(behind(activation="tanh"), refused=r"ends in figures made by “tanh”, which may be more than 1"),
    "three classes, two named": Own(
        headed(figures(3, "softmax")), refused=r"tells 3 classes apart, and 2 were named; name what"
    ),
}
