"""``leukoscope models import``: tried on labeled cells, told as a table, and not let judge when it fails there."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest
from PIL import Image

from leukoscope.cli.main import main
from leukoscope.domain.cuts import PLAIN
from leukoscope.domain.feeding import Feeding
from leukoscope.inference.manifest import Manifest, read_manifest
from leukoscope.sources.demo import demo_cells
from leukoscope.workflow.app_dirs import AppDirs
from leukoscope.workflow.opening import open_store
from leukoscope.workflow.own_model.activation import ACTIVATED
from leukoscope.workflow.own_model.trial_cells import trial_cells_of
from tests.unit.inference.proposal.networks import taught

NOTEBOOK = Feeding(crop=450, color="BGR", scaling="0..1")


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Trained the notebook way with OpenCV: whole 450 x 450 pictures, BGR, divided by 255."""
    frames = [replace(frame, pixels=bluer(frame.pixels)) for frame in demo_cells(40, seed=3)]
    cells = trial_cells_of(frames, {PLAIN})
    file = tmp_path_factory.mktemp("model") / "Notebook.keras"
    taught(cells, NOTEBOOK).save(file)
    return file


@pytest.fixture(scope="module")
def labeled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Other cells, sorted as C-NMC is."""
    root = tmp_path_factory.mktemp("labeled")
    for number, frame in enumerate(demo_cells(24, seed=8)):
        folder = root / ("hem" if number % 2 else "all")
        folder.mkdir(exist_ok=True)
        Image.fromarray(bluer(frame.pixels)).save(folder / f"{number}.png")
    return root


def bluer(pixels: np.ndarray) -> np.ndarray:
    return np.ceil(pixels * [0.55, 1.0, 1.0]).astype(np.uint8)


def manifest_of(name: str) -> Manifest:
    return read_manifest(AppDirs.of_user().models / name)


@pytest.mark.usefixtures("data_home")
def test_the_right_way_is_proposed_and_taken(model: Path, labeled: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["models", "import", str(model), "--classes", "healthy,leukemic", "--labeled", str(labeled)]
    assert main([*words, "--crop", "450"]) == 0
    told = capsys.readouterr().out
    assert "Tried on 12 leukemic and 12 healthy labeled cells:" in told
    first = next(line for line in told.splitlines() if line.startswith("  1  "))
    assert first.endswith("450 of 450 on black, BGR 0..1")
    assert "Use it with: leukoscope analyze PATH --models notebook" in told
    manifest = manifest_of("notebook")
    assert manifest.preprocessing.feeding == NOTEBOOK
    assert manifest.tried is not None and manifest.tried.auroc is not None and manifest.tried.auroc > 0.9
    # A name that is taken is told before anything is tried.
    assert main(words) == 1
    said = capsys.readouterr()
    assert "There is a model named “notebook” already" in said.err and "Checking" not in said.err


@pytest.mark.usefixtures("data_home")
def test_the_wrong_way_is_installed_but_may_not_judge_without_a_reason(
    model: Path, labeled: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = ["--scaling=-1..1", "--color", "RGB", "--crop", "300", "--mean", "0,0,0", "--deviation", "0.2,0.2,0.2"]
    words = ["models", "import", str(model), "--classes", "healthy,leukemic", "--labeled", str(labeled), "--name", "w"]
    assert main([*words, *wrong]) == 0
    told = capsys.readouterr().out
    assert "does not tell leukemic from healthy cells so, and may not judge" in told
    tried = manifest_of("w").tried
    assert tried is not None and tried.auroc is not None and tried.auroc < 0.6
    picture = next(labeled.rglob("*.png"))
    assert main(["analyze", str(picture), "--models", "w", "--out", str(labeled.parent / "out")]) == 1
    assert "leukoscope models activate w --reason" in capsys.readouterr().err
    assert main(["models", "activate", "w"]) == 1
    assert main(["models", "activate", "w", "--reason", "To show what it does"]) == 0
    store = open_store(AppDirs.of_user())
    try:
        (entry,) = (one for one in store.trail.entries() if one.what == ACTIVATED)
    finally:
        store.close()
    assert (entry.subject, entry.reason) == ("w", "To show what it does")
    assert f"AUROC {tried.auroc:.2f}" in entry.new


@pytest.mark.usefixtures("data_home")
def test_classes_in_the_wrong_order_are_told_with_what_to_type(
    model: Path, labeled: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["models", "import", str(model), "--crop", "450", "--name", "turned"]
    assert main([*words, "--classes", "leukemic,healthy", "--labeled", str(labeled)]) == 0
    told = capsys.readouterr().out
    (said,) = (line for line in told.splitlines() if line.startswith("However it is fed"))
    assert "is probably the other way round" in said
    assert said.endswith("leukoscope models remove turned, and import it with --classes healthy,leukemic.")
    assert main(["models", "remove", "turned"]) == 0
    assert main([*words, "--classes", "healthy,leukemic", "--labeled", str(labeled)]) == 0
    assert "However it is fed" not in capsys.readouterr().out


LOADED = """
import sys
from leukoscope.cli.main import main

code = main(["models", "import", sys.argv[1], "--classes", "healthy,leukemic"])
slow = {"tensorflow", "openvino", "leukoscope.cases.store", "leukoscope.workflow.opening"}
print(code, sorted(slow & set(sys.modules)))
"""


@pytest.mark.usefixtures("data_home")
def test_a_refusal_waits_neither_for_the_cases_to_be_opened_nor_for_tensorflow(tmp_path: Path) -> None:
    open_store(AppDirs.of_user()).close()
    file = tmp_path / "code.keras"
    inputs = keras.Input((8, 8, 3))
    keras.Model(inputs, keras.layers.Lambda(lambda x: x)(inputs)).save(file)
    said = subprocess.run(
        [sys.executable, "-c", LOADED, str(file)], capture_output=True, text=True, check=True, timeout=120
    )
    assert said.stdout.strip() == "1 []"
    assert "contains a Lambda layer" in said.stderr
