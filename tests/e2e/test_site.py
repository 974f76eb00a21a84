"""The lab's own microscope at the command line, from labeled cells to a profile that was taken back."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from leukoscope.cli.main import main
from leukoscope.sources.demo import demo_cells
from tests.labeled_cells import write_labeled_cells

pytestmark = pytest.mark.usefixtures("small_models")


Run = Callable[..., str]


@pytest.fixture
def leukoscope(capsys: pytest.CaptureFixture[str]) -> Run:
    """Run ``leukoscope`` with these words in this process; gives what it says."""

    def run(*words: str | Path, code: int = 0) -> str:
        left = main([str(word) for word in words])
        said = capsys.readouterr()
        assert left == code, said.err
        return said.out + said.err

    return run


@pytest.fixture
def site(leukoscope: Run) -> Run:
    """Run ``leukoscope site`` with these words."""
    return lambda *words, code=0: leukoscope("site", *words, code=code)


@pytest.fixture(scope="module")
def cells(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Cells of seven patients of each side: a quarter of them is locked away."""
    return write_labeled_cells(tmp_path_factory.mktemp("labeled"))


def analyzed(leukoscope: Run, folder: Path, out: Path) -> list[dict[str, object]]:
    """What ``leukoscope analyze`` says of each cell."""
    leukoscope("analyze", folder, "--out", out)
    document = json.loads((out / "findings.json").read_text(encoding="utf-8"))
    return [cell for one in document for cell in one["cells"]]


def versions(cells: list[dict[str, object]]) -> set[str]:
    return {opinion["version"] for cell in cells for opinion in cell["opinions"]}


def test_fit_evaluate_activate_retire(leukoscope: Run, site: Run, cells: Path, tmp_path: Path) -> None:
    said = site("fit", cells, "--name", "our-lab")
    assert "Leukemic or healthy, 40 cells of 10 patients: better" in said
    assert "Locked: 16 cells of 4 patients, looked at 0 times." in said
    assert "Kept as our-lab.1" in said

    said = site("evaluate", cells, "--profile", "our-lab", code=1)
    assert "taught with all of these patients" in said
    others = write_labeled_cells(tmp_path / "others", patients=3, each=7, seed=11)
    for side in others.iterdir():
        for patient in tuple(side.iterdir()):
            patient.rename(side / f"new-{patient.name}")
    said = site("evaluate", others, "--profile", "our-lab")
    assert "Leukemic or healthy, 42 cells of 6 patients: better" in said
    said = site("evaluate", cells, "--profile", "our-lab", "--locked")
    assert "Leukemic or healthy, 16 cells of 4 patients: too few to tell" in said
    assert "looked at 1 time." in said

    blood = tmp_path / "blood"
    blood.mkdir()
    for number, frame in enumerate(demo_cells(2, seed=3)):
        Image.fromarray(frame.pixels).save(blood / f"{number}.png")
    assert versions(analyzed(leukoscope, blood, tmp_path / "before")) == {"0.0.1"}
    assert "our-lab.1 is in force; its proof says: better." in site("activate", "our-lab")
    assert "in force" in site("list")
    (version,) = versions(analyzed(leukoscope, blood, tmp_path / "with"))
    assert version.startswith("0.0.1+our-lab.1.")
    assert "Unsure band:" in site("show", "our-lab")
    site("fit", cells, "--name", "our-lab")
    assert "was not compared with “our-lab.1”, which speaks now" in site("activate", "our-lab.2", code=1)
    said = site("challenge", "our-lab.2", cells)
    assert "our-lab.2 beside our-lab.1" in said
    assert "looked at 2 times." in said
    assert "compared with “our-lab.1”, which speaks now: too few to tell" in site("activate", "our-lab.2", code=1)
    assert "the shipped models speak" in site("retire", "--reason", "a new camera")
    assert versions(analyzed(leukoscope, blood, tmp_path / "after")) == {"0.0.1"}
    assert "No site profile is in force" in site("retire", code=1)


def test_a_profile_travels_on_a_stick(site: Run, cells: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    few = tmp_path / "few"
    for side in cells.iterdir():
        for patient in sorted(side.iterdir())[:3]:
            shutil.copytree(patient, few / side.name / patient.name)
    said = site("fit", few, "--name", "our-lab", "--sign")
    assert "too few to tell" in said
    assert "Of use: 8 more blasts" in said
    assert "No patient is locked away" in said
    assert "must write a reason" in site("activate", "our-lab", code=1)
    stick = tmp_path / "stick.site"
    assert "was written" in site("export", "our-lab", "--to", stick)
    stick.write_bytes(stick.read_bytes()[:-400])
    assert "damaged or was changed by hand" in site("import", stick, code=1)
    site("export", "our-lab", "--to", stick)
    other = tmp_path / "other"
    other.mkdir()
    monkeypatch.setenv("LEUKOSCOPE_HOME", str(other))
    assert "was taken. It is signed by the key" in site("import", stick)
    assert "is in force" in site("activate", "our-lab", "--reason", "it is our other camera")
