"""A model of every kind that people make is taken and says what Keras says of it, or is refused with the way out."""

from __future__ import annotations

import re
from pathlib import Path

import keras
import numpy as np
import pytest

from leukoscope.domain.errors import BundleError
from leukoscope.inference.rounding import MOST as ROUNDING
from tests.own_models.entry import Own
from tests.own_models.families import FULL_FAMILIES
from tests.own_models.inputs import LARGE
from tests.own_models.matrix import ALL, taken
from tests.own_models.networks import FULL_SIZE

TOLERANCE = 1e-5
DEEP = 2e-5
"""Through fifty layers of weights that were never trained rounding grows: ResNet50 is 1.4e-5 from what Keras says."""
DEEPEST = ("the published ensemble", "the published ensemble in h5")
"""Three such networks joined: Keras in float32 is as far from what its weights say in float64 (``rounding.py``)."""
QUICK = (
    "two logits", "four softmax, three of them leukemic", "four sigmoids", "six figures, four kinds of cells",
    "a dictionary of two", "three classes, two named", "two outputs, both fit", "policy bfloat16", "with alpha",
    "channels first", "channels first, turned in the middle", "4 pixels", "names of another script",
    "members compiled with metrics", "a weighted sum of members", "the sum of members", "the average over a flip",
    "preprocess_input of caffe", "a recurrent network", "a hybrid of Keras' own attention", "Lambda",
    "a backbone of KerasHub in h5", "a subclassed model", "a hybrid that names cells",
    "the published hybrid of a notebook", "the published hybrid of a package in h5",
    "padding, then average pooling", "patches cut out", "halves that reach the head", "pooled rows",
    "a cumulated product", "preprocess_input of caffe in h5", "positions in h5", "an unpacked archive",
    "a folder without a signature", "LoRA", "a checkpoint's file",
    "exported, no leukemia", "a subclassed model, exported", "TensorFlow Lite", "exported, its file alone",
    "int8, exported", "patches of one's own, exported",
)  # fmt: skip
"""One of each way through the program; all of the list are tried with the heavy tests."""
THEIR_WORDS = re.compile(r"Traceback|Error|Exception|<|>|keras\.src|tensorflow\.|None|object at|custom_objects|\n")
"""What only a library says."""


def every() -> list[object]:
    quick = [name for name in ALL if name in QUICK]
    assert len(quick) == len(QUICK)
    slow = [pytest.param(name, marks=pytest.mark.heavy) for name in ALL if name not in QUICK]
    return [*quick, *slow]


def hold(own: Own, folder: Path, tolerance: float = TOLERANCE) -> None:
    keras.utils.set_random_seed(3)
    if own.refused is None:
        off, manifest = taken(own, folder)
        assert off < tolerance
        assert all(np.isfinite(one.maximum) for one in manifest.explanations)
        return
    with pytest.raises(BundleError, match=own.refused) as refusal:
        taken(own, folder)
    assert not THEIR_WORDS.search(refusal.value.message)


@pytest.mark.parametrize("name", every())
def test_it_is_taken_as_keras_says_or_refused_with_the_way_out(name: str, tmp_path: Path) -> None:
    hold(ALL[name], tmp_path)


@pytest.mark.heavy
@pytest.mark.parametrize("name", [*LARGE, *FULL_SIZE, *FULL_FAMILIES])
def test_a_large_one_is_taken_too(name: str, tmp_path: Path) -> None:
    tolerance = ROUNDING if name in DEEPEST else DEEP if name in FULL_FAMILIES else TOLERANCE
    hold({**LARGE, **FULL_SIZE, **FULL_FAMILIES}[name], tmp_path, tolerance)


def test_maps_of_a_flipped_look_are_those_of_the_look_that_was_not(tmp_path: Path) -> None:
    """A backbone that sees the flip first: its map is made of the second call, which lies on the cell as it is."""
    _, manifest = taken(ALL["a backbone that sees a flip first"], tmp_path)
    assert [(one.layer, one.call) for one in manifest.explanations] == [("shared/conv_b", 1)]
