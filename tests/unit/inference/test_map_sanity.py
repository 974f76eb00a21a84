"""Maps of foreign models are tried: what shows the model passes, what does not is named, in words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from numpy.typing import NDArray

from leukoscope.domain.errors import CancelledError
from leukoscope.domain.frames import Pixels
from leukoscope.domain.map_kinds import MapKind
from leukoscope.domain.progress import CancelToken
from leukoscope.inference.branches import dissect
from leukoscope.inference.graph import convert
from leukoscope.inference.importer import import_model
from leukoscope.inference.input_schema import Preprocessing
from leukoscope.inference.library import BundleLibrary
from leukoscope.inference.manifest import Band, Calibration, ExplanationLayer, Manifest
from leukoscope.inference.map_sanity import try_maps
from leukoscope.inference.map_schema import Contest, MapTrial
from leukoscope.inference.map_words import map_sentences, map_warning
from leukoscope.inference.masking import rank_correlation, share_inside
from leukoscope.inference.original import Original
from tests.unit.inference.builders import save

SIDE = 48


def manifest_of(model: Any, **more: Any) -> Manifest:
    found = dissect(model, "model.keras")
    return Manifest(
        name="one",
        title="One",
        version="1",
        created="2026-11-30",
        architecture="test",
        parameters=found.parameters,
        source="imported",
        model_sha256="0" * 64,
        classes=("healthy", "leukemic"),
        output=found.output,
        preprocessing=Preprocessing(height=SIDE, width=SIDE),
        calibration=Calibration(),
        thresholds=Band(low=0.35, high=0.65),
        explanations=more.get("explanations", found.explanations),
    )


def blue_counter(weights: list[float], bias: float) -> Any:
    """A network whose answer is how much of the picture is blue: its map must lie where the blue is."""
    inputs = keras.Input((SIDE, SIDE, 3))
    x = keras.layers.Rescaling(1 / 255)(inputs)
    x = keras.layers.Conv2D(1, 1, activation="relu", name="blue")(x)
    x = keras.layers.Conv2D(4, 1, activation="relu", name="copies")(keras.layers.AveragePooling2D(4)(x))
    model = keras.Model(inputs, keras.layers.Dense(1)(keras.layers.GlobalAveragePooling2D()(x)))
    model.get_layer("blue").set_weights([np.array(weights, np.float32).reshape(1, 1, 3, 1), np.zeros(1)])
    model.get_layer("copies").set_weights([np.ones((1, 1, 1, 4), np.float32), np.zeros(4)])
    model.layers[-1].set_weights([np.full((4, 1), 40.0, np.float32), np.array([bias], np.float32)])
    return model


def cells(count: int = 6) -> list[Pixels]:
    """Red cells with a blue part beside their middle."""
    found = []
    for seed in range(count):
        rng = np.random.default_rng(seed)
        y, x = np.mgrid[:450, :450]
        pixels = np.zeros((450, 450, 3), np.uint8)
        pixels[np.hypot(y - 225, x - 225) < 110] = (200, 60, 40)
        turn = rng.uniform(0, 2 * np.pi)
        spot = np.hypot(y - 225 - 60 * np.sin(turn), x - 225 - 60 * np.cos(turn)) < 30
        pixels[spot] = (40, 60, 230)
        found.append(pixels)
    return found


def tried(model: Any, **more: Any) -> tuple[MapTrial, Manifest]:
    manifest = manifest_of(model, **more)
    layers = tuple(one.model_copy(update={"maximum": 0.01}) for one in manifest.explanations)
    manifest = manifest.model_copy(update={"explanations": layers})
    done = try_maps(convert(model, manifest), Original(model, manifest), manifest, cells())
    assert done[0].trial is not None
    return done[0].trial, manifest.model_copy(update={"explanations": done})


def test_a_map_of_what_the_answer_rests_on_beats_chance_and_disc_and_lies_on_the_cell() -> None:
    trial, manifest = tried(blue_counter([-1.0, 0.0, 1.0], -0.5))
    assert trial.deletion is not None
    assert trial.insertion is not None
    assert trial.deletion.chance == trial.deletion.disc == trial.cells
    assert trial.insertion.chance == trial.insertion.disc == trial.cells
    assert trial.empty == 0
    assert trial.on_cell is not None
    assert trial.on_cell > 0.95 > trial.filled
    assert any("sooner than in a random order on 6 of 6 cells" in one for one in map_sentences(manifest))


def test_a_map_that_does_not_depend_on_the_weights_is_named() -> None:
    model = blue_counter([0.5, 0.5, 0.5], -0.5)  # shuffled, these weights are what they were
    trial, manifest = tried(model)
    assert trial.random_weights == pytest.approx(1.0)
    assert any("looks the same with shuffled weights (correlation 1.00)" in one for one in map_sentences(manifest))
    assert map_warning(manifest)


def test_learned_weights_are_told_from_shuffled_ones() -> None:
    trial, manifest = tried(blue_counter([-1.0, 0.0, 1.0], -0.5))
    assert trial.random_weights is not None
    assert trial.random_weights < 0.5
    assert any("changes when the weights are shuffled" in one for one in map_sentences(manifest))


def test_an_answer_that_hears_nothing_gives_empty_maps_and_no_contest() -> None:
    model = blue_counter([-1.0, 0.0, 1.0], -0.5)
    model.layers[-1].set_weights([np.zeros((4, 1), np.float32), np.array([1.0], np.float32)])
    trial, manifest = tried(model)
    assert trial.empty == trial.cells == 6
    assert trial.deletion is None
    assert trial.on_cell is None
    said = map_sentences(manifest)
    assert "is empty on 6 of 6 cells" in said[0]
    assert "could not be tried by taking pixels away" in said[-1]
    assert map_warning(manifest)


def test_a_model_without_places_is_said_to_show_nothing() -> None:
    model = keras.Sequential([keras.Input((SIDE, SIDE, 3)), keras.layers.Flatten(), keras.layers.Dense(1)])
    manifest = manifest_of(model)
    assert manifest.explanations == ()
    assert try_maps(convert(model, manifest), Original(model, manifest), manifest, cells()) == ()
    (sentence,) = map_sentences(manifest)
    assert sentence.startswith("No map found")
    assert map_warning(manifest) == sentence
    (other,) = map_sentences(manifest.model_copy(update={"container": "onnx"}))
    assert "one image at a time" in other


GOOD = MapTrial(
    cells=4, empty=0, on_cell=0.9, filled=0.3, random_weights=0.1,
    deletion=Contest(chance=4, disc=3), insertion=Contest(chance=4, disc=2),
)  # fmt: skip


@pytest.mark.parametrize(
    ("change", "warned"),
    [
        ({}, False),
        ({"empty": 2}, True),
        ({"on_cell": 0.2}, True),
        ({"random_weights": -0.7}, True),
        ({"deletion": Contest(chance=1, disc=0)}, True),
        ({"deletion": None, "insertion": None}, False),
    ],
)
def test_a_person_is_warned_of_maps_that_do_not_show_the_model(change: dict[str, Any], warned: bool) -> None:
    layer = ExplanationLayer(
        name="a", title="A", kind=MapKind.GRAD_CAM, layer="a", maximum=1.0, trial=GOOD.model_copy(update=change)
    )
    manifest = manifest_of(blue_counter([1.0, 0.0, 0.0], 0.0), explanations=(layer,))
    assert bool(map_warning(manifest)) is warned
    shipped = manifest.model_copy(update={"source": "trained"})
    assert map_sentences(shipped) == ()


def test_shares_and_correlations() -> None:
    mask = np.zeros((8, 8), np.bool_)
    mask[:, :4] = True
    half: NDArray[np.float32] = np.ones((8, 8), np.float32)
    assert share_inside(half, mask) == pytest.approx(0.5)
    assert share_inside(np.zeros((2, 2), np.float32), mask) is None
    rising = np.arange(16, dtype=np.float32).reshape(4, 4)
    assert rank_correlation(rising, rising**3) == pytest.approx(1.0)
    assert rank_correlation(rising, -rising) == pytest.approx(-1.0)
    assert rank_correlation(rising, np.ones((4, 4), np.float32)) is None


def test_an_import_tries_its_maps_and_can_be_stopped_there(tmp_path: Path) -> None:
    library = BundleLibrary(tmp_path / "shipped", tmp_path / "user")
    file, cancel = save("two-branches", tmp_path / "model.keras"), CancelToken()
    with pytest.raises(CancelledError):
        import_model(
            file, library, classes=("healthy", "leukemic"), name=None, cells=cells(4), cancel=cancel,
            on_step=lambda text, done, total: cancel.cancel() if text == "Trying the maps" else None,
        )  # fmt: skip
    assert list(library.user.iterdir()) == []
    steps: list[str] = []
    bundle = import_model(
        file, library, classes=("healthy", "leukemic"), name=None, cells=cells(4), cancel=CancelToken(),
        on_step=lambda text, done, total: steps.append(text),
    )  # fmt: skip
    assert steps.index("Trying the maps") < steps.index("Installing")
    assert all(one.trial is not None and one.trial.cells == 4 for one in bundle.manifest.explanations)
    assert all(sentence in bundle.card for sentence in bundle.map_sentences)
    assert len(bundle.map_sentences) >= 4
