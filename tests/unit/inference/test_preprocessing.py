"""A cell becomes a model's input as its manifest says; what older manifests say means what it always did."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import keras
import numpy as np
import pytest
from numpy.typing import NDArray

from leukoscope.domain.cells import Box, CutCell
from leukoscope.domain.cuts import PLAIN, Cut, Cutting
from leukoscope.domain.errors import BundleError
from leukoscope.domain.feeding import PRESETS, RESIZES, Feeding, fitting
from leukoscope.inference.input_schema import Preprocessing
from leukoscope.inference.preprocessing import crop_box, model_input, seen_box

MODELS = Path(__file__).resolve().parents[3] / "models"


def canvas(side: int = 450, seed: int = 1) -> NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(0, 256, (side, side, 3), np.uint8)


def as_it_was(pixels: NDArray[np.uint8], crop: int, size: int) -> NDArray[np.float32]:
    """What version 1 of this program made of a CellImage."""
    offset = (450 - crop) // 2
    cut = pixels[offset : offset + crop, offset : offset + crop]
    return cv2.resize(cut, (size, size), interpolation=cv2.INTER_AREA).astype(np.float32)


@pytest.mark.parametrize(("name", "crop", "size"), [("ensemble", 300, 224), ("differential", 352, 160)])
def test_shipped_bundles_are_fed_to_the_bit_as_before(name: str, crop: int, size: int) -> None:
    said = json.loads((MODELS / name / "manifest.json").read_text(encoding="utf-8"))["preprocessing"]
    fed = Preprocessing.model_validate(said)
    assert fed.cut == PLAIN and fed.feeding == Feeding(crop=crop)
    assert crop_box(fed) == Box((450 - crop) // 2, (450 - crop) // 2, crop, crop)
    assert model_input(canvas(), fed).tobytes() == as_it_was(canvas(), crop, size).tobytes()


@pytest.mark.parametrize("mode", ["caffe", "torch", "tf"])
def test_presets_are_those_of_keras(mode: str) -> None:
    fed = Preprocessing.of(PRESETS[mode].of(Feeding(crop=450)), 450, 450)
    expected = keras.applications.imagenet_utils.preprocess_input(canvas().astype(np.float32), mode=mode)
    found = model_input(canvas(), fed)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, expected, atol=2e-5)


def test_gray_has_one_channel_or_three() -> None:
    expected = canvas().astype(np.float64) @ [0.299, 0.587, 0.114]
    for channels in (1, 3):
        fed = Preprocessing.of(Feeding(crop=450, color="gray"), 450, 450, channels)
        found = model_input(canvas(), fed)
        assert found.shape == (450, 450, channels)
        np.testing.assert_allclose(found, np.repeat(expected[:, :, None], channels, axis=2), atol=0.51)


def test_a_network_of_one_channel_gets_gray_whatever_was_asked() -> None:
    asked = fitting(PRESETS["torch"].of(Feeding()), 1)
    assert (asked.color, len(asked.mean), len(asked.deviation)) == ("gray", 1, 1)
    assert model_input(canvas(), Preprocessing.of(asked, 32, 32, 1)).shape == (32, 32, 1)


@pytest.mark.parametrize("how", RESIZES)
def test_every_interpolation_keeps_a_plain_color(how: str) -> None:
    plain = np.full((450, 450, 3), (10, 120, 200), np.uint8)
    fed = Preprocessing.model_validate({"resize": how, "height": 64, "width": 48})
    np.testing.assert_array_equal(model_input(plain, fed), np.full((64, 48, 3), (10, 120, 200), np.float32))


def test_nearest_takes_the_pixel_that_pillow_takes() -> None:
    from PIL import Image

    fed = Preprocessing(crop=450, height=224, width=224, resize="nearest")
    expected = np.asarray(Image.fromarray(canvas()).resize((224, 224), Image.Resampling.NEAREST), np.float32)
    np.testing.assert_array_equal(model_input(canvas(), fed), expected)


def test_a_larger_canvas_reaches_beyond_the_cell_image() -> None:
    fed = Preprocessing(canvas=600, crop=500, cut_out=Cutting.KEPT)
    assert fed.cut == Cut(Cutting.KEPT, 600)
    assert crop_box(fed) == Box(-25, -25, 500, 500)
    with pytest.raises(ValueError, match="600x600"):
        model_input(canvas(450), fed)
    assert model_input(canvas(600), fed).shape == (224, 224, 3)


def test_a_whole_field_is_fed_as_it_is_and_lies_where_its_frame_does() -> None:
    fed = Preprocessing(cut_out=Cutting.WHOLE, height=120, width=160)
    field = np.random.default_rng(2).integers(0, 256, (480, 640, 3), np.uint8)
    expected = cv2.resize(field, (160, 120), interpolation=cv2.INTER_AREA).astype(np.float32)
    np.testing.assert_array_equal(model_input(field, fed), expected)
    assert fed.cut == Cut(Cutting.WHOLE)
    assert seen_box(fed, CutCell(field, Box(-80, -20, 700, 500))) == Box(-80, -20, 700, 500)


@pytest.mark.parametrize(
    ("wrong", "match"),
    [
        (Feeding(crop=451), "crop is larger"),
        (Feeding(mean=(1.0, 2.0)), "for each channel"),
        (Feeding(deviation=(1.0, 0.0, 1.0)), "deviation"),
        (Feeding(mean=(float("nan"), 0.0, 0.0)), "mean"),
        (Feeding(canvas=5000), "canvas"),
    ],
)
def test_what_does_not_go_together_is_refused_in_a_sentence(wrong: Feeding, match: str) -> None:
    with pytest.raises(BundleError, match=match) as refusal:
        Preprocessing.of(wrong, 224, 224)
    assert "\n" not in refusal.value.message


def test_one_channel_is_gray() -> None:
    with pytest.raises(BundleError, match="one channel is gray"):
        Preprocessing.of(Feeding(), 224, 224, 1)
