"""Networks that were trained in the ways of notebooks are proposed to be fed as they were trained."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from leukoscope.domain.cuts import PLAIN, Cutting
from leukoscope.domain.errors import BundleError, CancelledError
from leukoscope.domain.feeding import PRESETS, Feeding
from leukoscope.domain.progress import CancelToken
from leukoscope.inference.import_order import ImportOrder
from leukoscope.inference.proposal.candidates import cuts_to_try
from leukoscope.inference.proposal.inside import look_inside
from leukoscope.inference.proposal.process import TrialOrder, proposal_of
from leukoscope.inference.proposal.propose import propose_feeding
from leukoscope.inference.proposal.tried import Proposal, TrialCell
from leukoscope.sources.demo import demo_cells
from leukoscope.workflow.own_model.trial_cells import trial_cells_of
from tests.own_models.entry import SIDE as MATRIX_SIDE
from tests.own_models.matrix import ALL
from tests.unit.inference.proposal.networks import SIDE, taught

CLASSES = ("healthy", "leukemic")
NOTEBOOK = Feeding(crop=450, scaling="0..1")


def cells_of(seed: int, n: int = 24, pinned: dict[str, Any] | None = None) -> tuple[TrialCell, ...]:
    """Drawn, both sides by turns, cut out as all ways need; of a bluer stain, so that the order of colors matters."""
    tint = np.array([0.55, 1.0, 1.0])
    frames = [replace(one, pixels=np.ceil(one.pixels * tint).astype(np.uint8)) for one in demo_cells(n, seed)]
    return trial_cells_of(frames, cuts_to_try(pinned or {}))


@pytest.fixture(scope="module")
def training() -> tuple[TrialCell, ...]:
    return cells_of(seed=3, n=40)


@pytest.fixture(scope="module")
def others() -> tuple[TrialCell, ...]:
    """Other cells than those in training."""
    return cells_of(seed=8)


def proposed(
    model: Any, cells: tuple[TrialCell, ...], folder: Path, pinned: dict[str, Any] | None = None, **order: Any
) -> Proposal:
    file = folder / "model.keras"
    model.save(file)
    wish = ImportOrder(str(file), "trial", order.get("classes", CLASSES), Feeding(), str(folder))
    steps: list[tuple[str, int, int]] = []
    found = proposal_of(TrialOrder(wish, cells, "labeled", pinned or {}), steps.append)
    assert [done for _, done, _ in steps] == list(range(len(steps))) and steps[-1][1] < steps[-1][2]
    return found


@pytest.mark.parametrize(
    "fed",
    [
        NOTEBOOK,
        PRESETS["caffe"].of(Feeding()),
        PRESETS["torch"].of(Feeding(crop=450)),
        PRESETS["tf"].of(Feeding()),
        Feeding(crop=450, color="BGR", scaling="0..1"),
    ],
    ids=lambda fed: fed.text,
)
def test_a_network_is_fed_as_it_was_trained(
    fed: Feeding, training: tuple[TrialCell, ...], others: tuple[TrialCell, ...], tmp_path: Path
) -> None:
    found = proposed(taught(training, fed), others, tmp_path)
    assert found.best.feeding == fed
    assert found.best.auroc > 0.9 and found.best.low < found.best.auroc <= found.best.high
    assert (found.leukemic, found.healthy, found.size) == (12, 12, (SIDE, SIDE, 3))
    assert found.inside == ("takes samples as they come",)
    assert [one.shape for one in found.best.seen] == [(SIDE, SIDE, 3)] * 3
    assert found.best.seen[0].any()
    # Cells on black look the same with their surroundings and as whole files: they are not tried again.
    assert {one.feeding.cut_out for one in found.tried} == {Cutting.BLACK}


def test_a_network_that_scales_itself_is_fed_raw(
    training: tuple[TrialCell, ...], others: tuple[TrialCell, ...], tmp_path: Path
) -> None:
    own = [keras.layers.Rescaling(1 / 127.5, offset=-1.0), keras.layers.ZeroPadding2D(1)]
    found = proposed(taught(training, Feeding(), own=own, softmax=True), others, tmp_path)
    assert found.best.feeding == Feeding()
    assert found.inside == ("scales 0..255 to -1..1 itself",)


def test_what_a_normalization_inside_does_is_read_off_it(
    training: tuple[TrialCell, ...], others: tuple[TrialCell, ...], tmp_path: Path
) -> None:
    own = [keras.layers.Normalization(mean=[10.0, 20.0, 30.0], variance=[4.0, 4.0, 4.0])]
    found = proposed(taught(training, Feeding(crop=450), own=own), others, tmp_path)
    assert found.best.feeding == Feeding(crop=450)
    assert found.inside == ("scales 0..255 to -15..122 itself",)


def test_a_gray_network_is_fed_gray(
    training: tuple[TrialCell, ...], others: tuple[TrialCell, ...], tmp_path: Path
) -> None:
    fed = Feeding(crop=450, color="gray", scaling="0..1")
    found = proposed(taught(training, fed, channels=1), others, tmp_path)
    assert found.best.feeding == fed and found.size == (SIDE, SIDE, 1)
    assert {one.feeding.color for one in found.tried} == {"gray"}


def test_the_wrong_way_is_found_out(
    training: tuple[TrialCell, ...], others: tuple[TrialCell, ...], tmp_path: Path
) -> None:
    """What is pinned is tried as it is, and its figure says that it cannot be."""
    model = taught(training, NOTEBOOK)
    wrong = {"scaling": "-1..1", "color": "BGR", "crop": 300, "mean": (0.5, 0.5, 0.5), "deviation": (0.5, 0.5, 0.5)}
    found = proposed(model, others, tmp_path, wrong)
    assert {one.feeding.scaling for one in found.tried} == {"-1..1"}
    assert found.best.auroc < 0.6
    assert proposed(model, others, tmp_path, classes=CLASSES[::-1]).best.auroc < 0.6, "the classes the wrong way round"


def test_in_a_process_of_its_own(
    training: tuple[TrialCell, ...], others: tuple[TrialCell, ...], tmp_path: Path
) -> None:
    model, file = taught(training, NOTEBOOK), tmp_path / "model.keras"
    model.save(file)
    steps: list[tuple[str, int, int]] = []
    pinned = {"scaling": "0..1", "color": "RGB", "mean": (), "deviation": ()}
    found = propose_feeding(
        file, (CLASSES, ""), others, "labeled", pinned, lambda *one: steps.append(one), CancelToken()
    )
    assert found.best.feeding == NOTEBOOK and len(found.tried) == 2
    fed = found.trial_of(found.best)
    assert (fed.leukemic, fed.healthy, fed.ways, fed.cells) == (12, 12, 2, "labeled")
    assert steps[0][0] == "Checking the file" and steps[-1][0] == "Trying way 5 of 5"
    stopped = CancelToken()
    stopped.cancel()
    with pytest.raises(CancelledError):
        propose_feeding(file, (CLASSES, ""), others, "labeled", {}, lambda *_: None, stopped)
    (tmp_path / "torn.keras").write_bytes(file.read_bytes()[:900])
    with pytest.raises(BundleError, match="damaged or incomplete"):
        propose_feeding(tmp_path / "torn.keras", (CLASSES, ""), others, "labeled", {}, lambda *_: None, CancelToken())


def test_cells_are_there_in_the_usual_cut(others: tuple[TrialCell, ...]) -> None:
    assert all(one.views[PLAIN].shape == (450, 450, 3) and one.views[PLAIN].dtype == np.uint8 for one in others)


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("arithmetic before it", "scales 0..255 to 0..1 itself"),
        ("preprocess_input of tf", "scales 0..255 to -1..1 itself"),
        ("preprocess_input of vgg", "scales 0..255 to -124..151 itself and turns RGB into BGR"),
    ],
)
def test_what_is_computed_between_tensors_is_read_off_too(name: str, says: str) -> None:
    """As a model has it that was not written with layers alone: operations have no weights to ask for."""
    (found,) = look_inside(ALL[name].make(), (MATRIX_SIDE, MATRIX_SIDE, 3))
    assert says in found.text
