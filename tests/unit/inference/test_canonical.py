"""How a model was trained and saved does not change what it says: precision, batch, names of outputs, its tail."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import openvino as ov
import pytest

from leukoscope.domain.errors import BundleError, Cause
from leukoscope.domain.feeding import Feeding
from leukoscope.inference.branches import dissect
from leukoscope.inference.graph import compare, convert, run_graph
from leukoscope.inference.import_manifest import manifest_of
from leukoscope.inference.import_order import ImportOrder
from leukoscope.inference.loading import load_model
from leukoscope.inference.opinions import LOGIT, calibrated
from leukoscope.inference.original import Original
from leukoscope.inference.probes import probe_inputs
from leukoscope.inference.runner import COMPILE_OPTIONS

SIDE = 32
layers = keras.layers
Build = Callable[[], keras.Model]


def body(batch: int | None = None) -> tuple[Any, Any]:
    """Input, and the features behind the pooling."""
    inputs = keras.Input(batch_shape=(batch, SIDE, SIDE, 3))
    x = layers.Rescaling(1 / 255)(inputs)
    x = layers.Conv2D(8, 3, strides=2, padding="same", activation="relu")(x)
    x = layers.BatchNormalization()(x)
    x = layers.Conv2D(16, 3, strides=2, padding="same", activation="relu", name="last_map")(x)
    return inputs, layers.GlobalAveragePooling2D()(x)


def with_policy(policy: str) -> Build:
    """As a notebook with a GPU makes it: the whole body in the policy, the last activation in float32."""

    def build() -> keras.Model:
        before = keras.config.dtype_policy()
        keras.config.set_dtype_policy(policy)
        try:
            inputs, x = body()
            x = layers.Dense(2)(x)
            return keras.Model(inputs, layers.Activation("softmax", dtype="float32")(x))
        finally:
            keras.config.set_dtype_policy(before)

    return build


def tail(*behind: Callable[[], Any], activation: str = "sigmoid", units: int = 1) -> Build:
    def build() -> keras.Model:
        inputs, x = body()
        x = layers.Dense(units, activation=activation)(x)
        for make in behind:
            x = make()(x)
        return keras.Model(inputs, x)

    return build


def named(structure: Callable[[Any], Any], batch: int | None = None) -> Build:
    def build() -> keras.Model:
        inputs, x = body(batch)
        return keras.Model(inputs, structure(layers.Dense(1, activation="sigmoid")(x)))

    return build


def nested() -> keras.Model:
    """A tail inside a model inside the model."""
    features = keras.Input((16,))
    inner = keras.Model(features, layers.Reshape((1,))(layers.Dense(1, activation="sigmoid")(features)))
    inputs, x = body()
    return keras.Model(inputs, inner(x))


def figures_of_maps() -> keras.Model:
    """The sigmoid stands before the pooling's last reshape: one figure at one place of a map."""
    inputs, x = body()
    x = layers.Reshape((1, 1, 16))(x)
    return keras.Model(inputs, layers.Flatten()(layers.Conv2D(1, 1, activation="sigmoid")(x)))


def sequential() -> keras.Model:
    return keras.Sequential(
        [
            keras.Input((SIDE, SIDE, 3)),
            layers.Rescaling(1 / 255),
            layers.Conv2D(8, 3, strides=2, activation="relu"),
            layers.GlobalAveragePooling2D(),
            layers.Dense(1, activation="sigmoid"),
            layers.Dropout(0.3),
        ]
    )


PRECISIONS = ("mixed_float16", "mixed_bfloat16", "float16", "float64")
MODELS: dict[str, tuple[Build, str]] = {
    **{policy: (with_policy(policy), "softmax") for policy in PRECISIONS},
    "a dictionary": (named(lambda y: {"label": y}), "sigmoid"),
    "a list of one": (named(lambda y: [y]), "sigmoid"),
    "a batch of one": (named(lambda y: y, 1), "sigmoid"),
    "a batch of eight": (named(lambda y: y, 8), "sigmoid"),
    "hard_sigmoid": (tail(activation="hard_sigmoid"), "sigmoid"),
    "hard_sigmoid by itself": (tail(lambda: layers.Activation("hard_sigmoid"), activation="linear"), "sigmoid"),
    "sigmoid, Reshape": (tail(lambda: layers.Reshape((1,))), "sigmoid"),
    "sigmoid, Flatten, Dropout": (tail(layers.Flatten, lambda: layers.Dropout(0.5)), "sigmoid"),
    "sigmoid, linear": (tail(lambda: layers.Activation("linear")), "sigmoid"),
    "softmax, Dropout": (tail(lambda: layers.Dropout(0.2), activation="softmax", units=2), "softmax"),
    "logit, linear in float32": (
        tail(lambda: layers.Activation("linear", dtype="float32"), activation="linear"),
        "logit",
    ),
    "two logits, Softmax": (tail(layers.Softmax, activation="linear", units=2), "softmax"),
    "a tail in a nested model": (nested, "sigmoid"),
    "a figure of a map": (figures_of_maps, "sigmoid"),
    "Sequential": (sequential, "sigmoid"),
}


def in_float32(name: str) -> tuple[keras.Model, keras.Model]:
    """The model as it is saved, and the same weights in float32."""
    build, _ = MODELS[name]
    saved = build()
    rng = np.random.default_rng(3)
    saved.set_weights([rng.uniform(0.05, 0.4, w.shape).astype(np.float32) for w in saved.get_weights()])
    if name not in PRECISIONS:
        return saved, saved
    plain = with_policy("float32")()
    plain.set_weights([np.asarray(w, np.float32) for w in saved.get_weights()])
    return saved, plain


def order(file: Path, tmp_path: Path) -> ImportOrder:
    return ImportOrder(str(file), "model", ("healthy", "leukemic"), Feeding(), str(tmp_path))


@pytest.mark.parametrize(
    ("name", "suffix"),
    [
        *((name, ".keras") for name in MODELS),
        *((name, ".h5") for name in ("mixed_float16", "a dictionary", "a batch of eight", "sigmoid, Reshape")),
    ],
)
def test_it_says_what_keras_says(name: str, suffix: str, tmp_path: Path) -> None:
    output = MODELS[name][1]
    saved, plain = in_float32(name)
    file = tmp_path / f"model{suffix}"
    saved.save(file)
    model = load_model(file)
    anatomy = dissect(model, file.name)
    manifest = manifest_of(order(file, tmp_path), anatomy, "")
    assert anatomy.output == output
    assert [one.layer.split("/")[-1] for one in anatomy.explanations]
    graph = convert(model, manifest)
    compare(graph, Original(model, manifest), manifest)
    request = ov.Core().compile_model(graph, "CPU", COMPILE_OPTIONS).create_infer_request()
    probes = probe_inputs(manifest.preprocessing)
    batch = plain.inputs[0].shape[0] or 1
    for pixels in probes:
        said = keras.tree.flatten(plain(np.repeat(pixels[None], batch, axis=0), training=False))[0]
        figure = float(np.asarray(said, np.float64).reshape(batch, -1)[0, -1])
        expected = 1 / (1 + np.exp(-figure)) if output == "logit" else figure
        found = calibrated(float(run_graph(request, pixels)[LOGIT].reshape(-1)[0]), manifest.calibration)
        assert found == pytest.approx(expected, abs=1e-5)


def several_outputs() -> keras.Model:
    inputs, x = body()
    return keras.Model(inputs, [layers.Dense(1, activation="sigmoid")(x), layers.Dense(4)(x)])


def four_channels() -> keras.Model:
    inputs = keras.Input((SIDE, SIDE, 4))
    return keras.Model(inputs, layers.Dense(1, activation="sigmoid")(layers.GlobalAveragePooling2D()(inputs)))


def two_inputs() -> keras.Model:
    inputs, x = body()
    age = keras.Input((1,))
    return keras.Model([inputs, age], layers.Dense(1, activation="sigmoid")(layers.Concatenate()([x, age])))


def a_map() -> keras.Model:
    inputs, _ = body()
    return keras.Model(inputs, layers.Conv2D(1, 3, activation="sigmoid")(inputs))


def averaged() -> keras.Model:
    inputs, x = body()
    return keras.Model(inputs, layers.Average()([layers.Dense(1, activation="sigmoid")(x) for _ in range(2)]))


UNFIT: dict[str, tuple[Build, str]] = {
    "two outputs": (several_outputs, r"has 2 outputs; say which of them tells what a cell is: one of dense.*, dense"),
    "tanh": (tail(activation="tanh"), r"ends in figures made by “tanh”, which may be more than 1 or less than 0"),
    "a map": (a_map, r"ends in figures of 30 × 30 × 1 for each cell; one figure for each class is needed\. Put"),
    "two inputs": (two_inputs, r"takes 2 inputs; one picture is needed\. Rebuild"),
}


@pytest.mark.parametrize("name", UNFIT)
def test_what_does_not_fit_is_told_what_it_has_what_is_needed_and_the_way_out(name: str, tmp_path: Path) -> None:
    build, words = UNFIT[name]
    file = tmp_path / "model.keras"
    build().save(file)
    with pytest.raises(BundleError, match=words) as refusal:
        dissect(load_model(file), file.name)
    assert refusal.value.cause is Cause.UNKNOWN_KIND
    assert "None" not in refusal.value.message and "\n" not in refusal.value.message
