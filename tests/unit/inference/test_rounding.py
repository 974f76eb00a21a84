"""An answer that only rounding moves is taken; a wrong one is refused, where rounding is made large too."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from leukoscope.domain.errors import BundleError
from leukoscope.inference.graph import PROBABILITY_TOLERANCE, Outputs, convert, hold_against, probed, request_of
from leukoscope.inference.opinions import LOGIT
from leukoscope.inference.original import Original
from leukoscope.inference.probes import probe_inputs
from leukoscope.inference.rounding import MOST
from tests.own_models.entry import SIDE, Own, body, stirred
from tests.own_models.matrix import taken
from tests.unit.inference.test_maps import manifest_of

STEEP = 3000.0
"""Deviation of its log-odds over the probe pictures: a millionth of it is more than is accepted of a probability."""
UNDECIDED = 1
"""The picture to which it gives one half; all others it gives 0 or 1."""
Probed = list[tuple[Any, Outputs]]


def steep(gain: float = STEEP) -> keras.Model:
    """A network whose head takes large, nearly equal sums from each other."""
    keras.utils.set_random_seed(0)
    inputs = keras.Input((SIDE, SIDE, 3))
    features = body(inputs)
    head = keras.layers.Dense(1, activation="sigmoid")
    model = stirred(keras.Model(inputs, head(features)))
    cells = np.stack(probe_inputs(manifest_of(model).preprocessing))
    seen = np.asarray(keras.Model(inputs, features)(cells), np.float64)
    kernel = np.asarray(head.get_weights()[0], np.float64)
    kernel *= gain / (seen @ kernel).std()
    head.set_weights([kernel, -(seen[UNDECIDED] @ kernel)])
    return model


def compiled(model: keras.Model) -> tuple[Original, Probed, Any]:
    manifest = manifest_of(model).model_copy(update={"explanations": ()})
    outputs = probed(request_of(convert(model, manifest, maps=False)), manifest)
    return Original(model, manifest), outputs, manifest


@pytest.fixture(scope="module")
def found() -> tuple[Original, Probed, Any]:
    return compiled(steep())


def said(original: Original, outputs: Probed, off: float) -> Probed:
    """What the original says of each picture, as a graph's, but so far off on the undecided one."""

    def other(pixels: Any, by: float) -> Outputs:
        logit = original(pixels)[LOGIT]
        if not by:
            return {LOGIT: logit}
        p = 1.0 / (1.0 + np.exp(-float(logit[0]))) + by
        return {LOGIT: np.full((1,), np.log(p / (1.0 - p)), np.float32)}

    return [(pixels, other(pixels, off if place == UNDECIDED else 0.0)) for place, (pixels, _) in enumerate(outputs)]


def test_an_answer_that_rounding_moves_is_taken(tmp_path: Path) -> None:
    _, manifest = taken(Own(steep), tmp_path)
    assert manifest.explanations


@pytest.mark.parametrize("off", [3e-4, -3e-4])
def test_it_may_differ_by_what_the_original_moves_itself(found: tuple[Original, Probed, Any], off: float) -> None:
    original, outputs, manifest = found
    assert abs(off) > PROBABILITY_TOLERANCE
    hold_against(original, said(original, outputs, off), manifest)
    # Not on every picture: then it is no matter of one that lies unfavorably.
    with pytest.raises(BundleError, match="does not do the same as the original"):
        hold_against(original, said(original, outputs, off)[UNDECIDED : UNDECIDED + 1], manifest)


@pytest.mark.parametrize("off", [1.1 * MOST, -1.1 * MOST])
def test_nothing_is_rounding_beyond_a_thousandth(off: float) -> None:
    original, outputs, manifest = compiled(steep(gain=10 * STEEP))
    pixels = outputs[UNDECIDED][0]
    moved = original((pixels * 1.000001).astype(np.float32))[LOGIT] - original(pixels)[LOGIT]
    assert abs(float(moved[0])) / 4 > abs(off), "the original itself moves by more"
    with pytest.raises(BundleError, match="does not do the same as the original"):
        hold_against(original, said(original, outputs, off), manifest)


@pytest.mark.parametrize("off", [2e-4, -2e-4])
def test_a_network_that_does_not_make_it_large_is_held_to_what_it_was(off: float) -> None:
    original, outputs, manifest = compiled(steep(gain=1.0))
    hold_against(original, outputs, manifest)
    with pytest.raises(BundleError, match="does not do the same as the original"):
        hold_against(original, said(original, outputs, off), manifest)


def another_slope(model: keras.Model) -> None:
    model.get_layer("conv_b").activation = keras.activations.leaky_relu


def another_epsilon(model: keras.Model) -> None:
    model.get_layer("norm").epsilon = 2e-3


def turned_kernel(model: keras.Model) -> None:
    layer = model.get_layer("conv_a")
    kernel, bias = layer.get_weights()
    layer.set_weights([np.swapaxes(kernel, 0, 1), bias])


@pytest.mark.parametrize("wrong", [another_slope, another_epsilon, turned_kernel])
@pytest.mark.parametrize("gain", [1.0, STEEP])
def test_a_layer_that_is_wrong_is_found_however_large_rounding_is(wrong: Any, gain: float) -> None:
    model, other = steep(gain), steep(gain)
    manifest = manifest_of(model).model_copy(update={"explanations": ()})
    wrong(other)
    outputs = probed(request_of(convert(other, manifest, maps=False)), manifest)
    with pytest.raises(BundleError, match="does not do the same as the original"):
        hold_against(Original(model, manifest), outputs, manifest)
