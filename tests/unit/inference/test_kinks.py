"""A map that is wrong is told from one where the network's own gradient jumps."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from leukoscope.inference.graph import Outputs, convert, probed, request_of, wrong_maps
from leukoscope.inference.original import Original
from leukoscope.inference.probes import probe_inputs
from tests.own_models.entry import SIDE, Own, body, keras_file
from tests.own_models.matrix import taken
from tests.unit.inference.test_maps import manifest_of

UNITS = 64
Probed = list[tuple[Any, Outputs]]


def with_kinks() -> keras.Model:
    """Half of its units are zero on the first probe picture, but for rounding: each stands at the kink of its ReLU."""
    keras.utils.set_random_seed(0)
    inputs = keras.Input((SIDE, SIDE, 3))
    x = keras.layers.Conv2D(8, 3, strides=4, activation="relu", name="last")(keras.layers.Rescaling(1 / 255)(inputs))
    flat = keras.layers.Flatten()(x)
    units = keras.layers.Dense(UNITS, activation="relu", name="units")
    model = keras.Model(inputs, keras.layers.Dense(1, activation="sigmoid")(units(flat)))
    first = probe_inputs(manifest_of(model).preprocessing, 1)[0]
    kernel, bias = (np.asarray(one, np.float64) for one in units.get_weights())
    bias[: UNITS // 2] = -(np.asarray(keras.Model(inputs, flat)(first[None]), np.float64) @ kernel)[0, : UNITS // 2]
    units.set_weights([kernel, bias])
    return model


@pytest.fixture(scope="module")
def kinked() -> tuple[Original, Probed, Any]:
    model = with_kinks()
    manifest = manifest_of(model)
    outputs = probed(request_of(convert(model, manifest)), manifest)
    return Original(model, manifest), outputs, manifest


def test_a_map_that_differs_on_one_picture_because_of_kinks_is_kept(tmp_path: Path) -> None:
    off, manifest = taken(Own(with_kinks, save=keras_file), tmp_path)
    assert off < 1e-5
    assert [one.layer for one in manifest.explanations] == ["last"]


def test_it_does_differ_there(kinked: tuple[Original, Probed, Any]) -> None:
    original, outputs, _ = kinked
    pixels, compiled = outputs[0]
    expected = original(pixels)["map:last"]
    assert np.abs(compiled["map:last"] - expected).max() > 0.01 * np.abs(expected).max()


def turned(one: Outputs) -> Outputs:
    return {**one, "map:last": np.swapaxes(one["map:last"], 1, 2)}


def moved(one: Outputs) -> Outputs:
    return {**one, "map:last": np.roll(one["map:last"], 1, axis=2)}


def larger(one: Outputs) -> Outputs:
    return {**one, "map:last": one["map:last"] * np.float32(1.01)}


def empty(one: Outputs) -> Outputs:
    return {**one, "map:last": np.zeros_like(one["map:last"])}


@pytest.mark.parametrize("changed", [turned, moved, larger, empty])
def test_a_wrong_map_is_found_beside_kinks(kinked: tuple[Original, Probed, Any], changed: Any) -> None:
    original, outputs, manifest = kinked
    assert wrong_maps(original, outputs, manifest) == {}
    assert list(wrong_maps(original, [(p, changed(one)) for p, one in outputs], manifest)) == ["map:last"]


@pytest.mark.parametrize("changed", [turned, moved, larger, empty])
def test_a_map_that_is_wrong_on_one_picture_without_a_kink_is_found(
    kinked: tuple[Original, Probed, Any], changed: Any
) -> None:
    original, outputs, manifest = kinked
    pixels, last = outputs[-1]
    assert wrong_maps(original, [*outputs[:-1], (pixels, changed(last))], manifest)


def test_a_map_that_is_nowhere_near_enough_is_wrong_even_within_what_kinks_do(
    kinked: tuple[Original, Probed, Any],
) -> None:
    original, outputs, manifest = kinked
    assert "map:last" in wrong_maps(original, outputs[:1], manifest)


def test_a_lost_map_is_found(kinked: tuple[Original, Probed, Any]) -> None:
    original, outputs, manifest = kinked
    lost = [(p, {name: value for name, value in one.items() if name != "map:last"}) for p, one in outputs]
    assert wrong_maps(original, lost, manifest) == {"map:last": "map:last is lost"}


def small(family: str, side: int = SIDE) -> keras.Model:
    keras.utils.set_random_seed(0)
    inputs = keras.Input((side, side, 3))
    backbone = getattr(keras.applications, family)(include_top=False, weights=None, input_shape=(side, side, 3))
    x = keras.layers.GlobalAveragePooling2D()(backbone(inputs))
    return keras.Model(inputs, keras.layers.Dense(1, activation="sigmoid")(x))


@pytest.mark.parametrize(
    ("family", "layer"),
    [
        ("MobileNetV2", "mobilenetv2_1.00_32/block_13_expand_relu"),
        pytest.param("MobileNet", "mobilenet_1.00_32/conv_pw_11_relu", marks=pytest.mark.heavy),
        pytest.param("EfficientNetB0", "efficientnetb0/block6a_expand_activation", marks=pytest.mark.heavy),
        pytest.param("ResNet50", "resnet50/conv4_block6_out", marks=pytest.mark.heavy),
    ],
)
def test_a_network_that_ends_in_one_place_shows_the_last_layer_with_more(family: str, layer: str) -> None:
    """Its map is made through convolutions of each channel apart, with strides and rims."""
    model = small(family)
    manifest = manifest_of(model)
    assert [one.layer for one in manifest.explanations] == [layer]
    outputs = probed(request_of(convert(model, manifest)), manifest)
    assert wrong_maps(Original(model, manifest), outputs, manifest) == {}


@pytest.mark.parametrize("padding", ["same", "valid"])
@pytest.mark.parametrize("shape", [(15, 15), (16, 12)])
@pytest.mark.parametrize(("strides", "dilation", "multiplier"), [(1, 1, 1), (2, 1, 1), (3, 1, 2), (1, 2, 1), (2, 1, 3)])
def test_the_way_back_through_each_channel_apart(
    padding: str, shape: tuple[int, int], strides: int, dilation: int, multiplier: int
) -> None:
    keras.utils.set_random_seed(1)
    inputs = keras.Input((SIDE, SIDE, 3))
    x = keras.layers.Resizing(*shape)(keras.layers.Rescaling(1 / 255)(inputs))
    x = keras.layers.Conv2D(4, 3, padding="same", activation="tanh", name="last")(x)
    x = keras.layers.DepthwiseConv2D(
        3, strides, padding, multiplier, dilation_rate=dilation, activation="tanh", name="apart"
    )(x)
    x = keras.layers.Dense(8, activation="tanh")(keras.layers.Flatten()(x))
    model = keras.Model(inputs, keras.layers.Dense(1, activation="sigmoid")(x))
    manifest = manifest_of(model)
    shown = manifest.explanations[0].model_copy(update={"layer": "last", "name": "last"})
    manifest = manifest.model_copy(update={"explanations": (shown,)})
    outputs = probed(request_of(convert(model, manifest)), manifest)
    assert np.abs(outputs[0][1]["map:last"]).max() > 1e-5
    assert wrong_maps(Original(model, manifest), outputs, manifest) == {}


def test_the_body_of_the_list_has_its_map_as_before() -> None:
    inputs = keras.Input((SIDE, SIDE, 3))
    model = keras.Model(inputs, keras.layers.Dense(1, activation="sigmoid")(body(inputs)))
    assert [one.layer for one in manifest_of(model).explanations] == ["conv_b"]
