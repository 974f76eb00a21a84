"""Compiled graphs against Keras and a GradientTape, which share no code with them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import openvino as ov
import pytest

from leukoscope.domain.errors import BundleError
from leukoscope.domain.map_kinds import MapKind
from leukoscope.inference.branches import dissect
from leukoscope.inference.graph import COMPILE_OPTIONS, compare, convert, run_graph
from leukoscope.inference.input_schema import Preprocessing
from leukoscope.inference.loading import load_model
from leukoscope.inference.manifest import (
    MODEL_FILE,
    Band,
    Calibration,
    ExplanationLayer,
    Manifest,
    read_manifest,
)
from leukoscope.inference.opinions import LOGIT
from leukoscope.inference.original import Original
from leukoscope.inference.probes import probe_inputs
from tests.unit.inference.builders import SIDE, build


def manifest_of(model: Any, *, positive: int = 1) -> Manifest:
    anatomy = dissect(model, "model.keras")
    return Manifest(
        name="one",
        title="One",
        version="1",
        created="2026-11-23",
        architecture="test",
        parameters=anatomy.parameters,
        source="imported",
        model_sha256="0" * 64,
        classes=("healthy", "leukemic") if positive else ("leukemic", "healthy"),
        positive_class=1 if positive else 0,
        output=anatomy.output,
        preprocessing=Preprocessing(height=SIDE, width=SIDE),
        calibration=Calibration(),
        thresholds=Band(low=0.35, high=0.65),
        explanations=anatomy.explanations,
    )


@pytest.mark.parametrize("name", ["ensemble", "hybrid"])
def test_house_networks_agree_with_a_tape(small_bundles: Path, name: str) -> None:
    manifest = read_manifest(small_bundles / name)
    model = load_model(small_bundles / name / MODEL_FILE)
    compare(convert(model, manifest), Original(model, manifest), manifest)


@pytest.mark.parametrize(
    ("name", "layers", "output"),
    [
        ("two-branches", {"left/last", "right/last"}, "sigmoid"),
        ("pooled-inside", {"pooled/last"}, "softmax"),
        ("rich-tail", {"body/last"}, "sigmoid"),
        ("flattened", {"pool"}, "logit"),
    ],
)
def test_foreign_networks_are_dissected_and_agree_with_a_tape(name: str, layers: set[str], output: str) -> None:
    model = build(name)
    manifest = manifest_of(model)
    # Keras numbers the layers of attention through the process; their maps have tests of their own.
    assert {one.layer for one in manifest.explanations if "attention" not in one.layer} == layers
    assert manifest.output == output
    compare(convert(model, manifest), Original(model, manifest), manifest)


def test_a_pooled_linear_head_has_the_map_of_class_activation_mapping() -> None:
    """The closed form of Zhou et al. 2016: the sum of the head's weights times the activations, over the places."""
    layers = keras.layers
    inputs = keras.Input((SIDE, SIDE, 3))
    last = layers.Conv2D(5, 3, strides=4, activation="relu", name="last")(inputs)
    x = layers.Dropout(0.5)(layers.GlobalAveragePooling2D()(layers.Dropout(0.5)(last)))
    model = keras.Model(inputs, layers.Dense(1, activation="sigmoid", name="head")(x))
    manifest = manifest_of(model)
    pixels = probe_inputs(manifest.preprocessing, 1)[0]
    request = ov.Core().compile_model(convert(model, manifest), "CPU", COMPILE_OPTIONS).create_infer_request()
    outputs = run_graph(request, pixels)

    activation = keras.Model(inputs, last)(pixels[None]).numpy()
    weights = model.get_layer("head").get_weights()[0][:, 0]
    expected = activation @ weights / np.prod(activation.shape[1:3])
    np.testing.assert_allclose(outputs["map:last"], expected, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(outputs[LOGIT], expected.sum(axis=(1, 2)), rtol=1e-4, atol=1e-5)


def test_the_other_order_of_classes_flips_logit_and_maps() -> None:
    model = build("two-branches")
    core = ov.Core()
    found = []
    for positive in (1, 0):
        manifest = manifest_of(model, positive=positive)
        request = core.compile_model(convert(model, manifest), "CPU", COMPILE_OPTIONS).create_infer_request()
        found.append(run_graph(request, probe_inputs(manifest.preprocessing, 1)[0]))
    for name in found[0]:
        assert np.abs(found[0][name]).max() > 0
        np.testing.assert_allclose(found[0][name], -found[1][name], rtol=1e-4, atol=1e-6)


def test_a_graph_that_differs_from_its_original_is_refused() -> None:
    model = build("flattened")
    manifest = manifest_of(model)
    graph = convert(model, manifest)
    model.set_weights([w * 1.01 for w in model.get_weights()])
    with pytest.raises(BundleError, match="does not do the same"):
        compare(graph, Original(model, manifest), manifest)


def test_a_layer_that_the_model_does_not_have_is_named() -> None:
    model = build("flattened")
    layer = ExplanationLayer(name="x", title="X", kind=MapKind.GRAD_CAM, layer="nowhere", maximum=1.0)
    manifest = manifest_of(model).model_copy(update={"explanations": (layer,)})
    with pytest.raises(BundleError, match="nowhere"):
        convert(model, manifest)


@pytest.mark.parametrize("shape", [(None, None, 3), (SIDE, SIDE, 2), (3, SIDE, SIDE)])
def test_models_that_take_no_rgb_picture_of_one_size_are_refused(shape: tuple[Any, ...]) -> None:
    inputs = keras.Input(shape)
    x = keras.layers.GlobalAveragePooling2D()(keras.layers.Conv2D(4, 3)(inputs))
    model = keras.Model(inputs, keras.layers.Dense(1, activation="sigmoid")(x))
    with pytest.raises(BundleError, match=r"m\.keras"):
        dissect(model, "m.keras")
