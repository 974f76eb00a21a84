"""The frozen program against the same code from source. Runs with ``make test-package``, not with ``make test``.

``$LEUKOSCOPE_PROGRAM`` names the folder; without it the one that ``make package`` built.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import psutil
import pytest
from PIL import Image

from tests.package.programs import (
    UNDER_WINE,
    call,
    is_lite,
    program_folder,
    save_small_model,
    source_environment,
)

REPOSITORY = Path(__file__).resolve().parents[2]
CELLS = ("cnmc_fold1/all", "cnmc_fold1/hem", "leukocytes_context/lymphocyte", "bccd/images")
SAME = 1e-6


@pytest.fixture(scope="module")
def program() -> Iterator[Path]:
    """The folder, in a place whose name has spaces, an umlaut and Chinese characters."""
    built = program_folder()
    if UNDER_WINE or os.environ.get("LEUKOSCOPE_PROGRAM"):
        yield built
        return
    # Beside it: a link to a file reaches no other disk, and a copy of the program takes a gigabyte.
    with tempfile.TemporaryDirectory(prefix="Programme für 王 x", dir=built.parent) as folder:
        moved = Path(folder) / "LeukoScope ü"
        shutil.copytree(built, moved, symlinks=True, copy_function=os.link)
        yield moved


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "Wohnung Jörg 家"


def run(program: Path, home: Path, *words: str | Path, name: str = "leukoscope") -> subprocess.CompletedProcess[str]:
    called = call(program, *words, name=name, variables={"LEUKOSCOPE_HOME": home, "PYTHONUTF8": "1"})
    return subprocess.run(**called, capture_output=True, text=True, encoding="utf-8", check=False, timeout=600)


@pytest.fixture(scope="module")
def cells(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("Zellen 细胞 é")
    for name in CELLS:
        for path in sorted(path for path in (shared_data / name).iterdir() if path.is_file())[:2]:
            shutil.copyfile(path, folder / f"{name.replace('/', ' ')} {path.name}")
    return folder


def test_it_says_its_version(program: Path, home: Path) -> None:
    said = run(program, home, "--version")
    assert said.returncode == 0
    assert said.stdout.startswith("LeukoScope 0.") or said.stdout.startswith("LeukoScope 1.")


def test_the_self_test_passes_with_the_graphs_that_came_along(program: Path, home: Path) -> None:
    result = run(program, home, "self-test")
    assert result.returncode == 0, result.stdout + result.stderr
    assert "FAILED" not in result.stdout
    assert not list((home / "cache" / "graphs").glob("*/graph.bin"))


def test_real_cells_get_the_same_findings_as_from_source(program: Path, cells: Path, tmp_path: Path) -> None:
    frozen = run(program, tmp_path / "frozen-home", "analyze", cells, "--out", tmp_path / "frozen", "--pdf")
    assert frozen.returncode == 0, frozen.stderr
    source = subprocess.run(
        [sys.executable, "-m", "leukoscope", "analyze", str(cells), "--out", str(tmp_path / "source")],
        capture_output=True,
        text=True,
        check=False,
        timeout=900,
        cwd=REPOSITORY,
        env=source_environment(tmp_path / "source-home"),
    )
    assert source.returncode == 0, source.stderr
    one, two = (
        json.loads((tmp_path / name / "findings.json").read_text(encoding="utf-8")) for name in ("frozen", "source")
    )
    figures = 0
    assert len(one) == len(two) == 2 * len(CELLS)
    for image, same in zip(one, two, strict=True):
        assert len(image["cells"]) == len(same["cells"])
        for cell, again in zip(image["cells"], same["cells"], strict=True):
            assert cell["label"] == again["label"]
            for opinion, twin in zip(cell["opinions"], again["opinions"], strict=True):
                assert abs(opinion["probability"] - twin["probability"]) <= SAME
                for layer, path in opinion["maps"].items():
                    assert "\\" not in path, "a folder of results is read on any system"
                    left = np.asarray(Image.open(tmp_path / "frozen" / path), dtype=np.int16)
                    right = np.asarray(Image.open(tmp_path / "source" / twin["maps"][layer]), dtype=np.int16)
                    assert np.abs(left - right).max() <= 1
                figures += 1
    assert figures >= 4 * len(CELLS)
    assert (tmp_path / "frozen" / "report.pdf").read_bytes().startswith(b"%PDF")


def test_a_model_of_ones_own_is_imported_and_judges(program: Path, home: Path, tmp_path: Path) -> None:
    model = save_small_model(tmp_path / "Mein Modell 王.keras")
    result = run(program, home, "models", "import", model, "--classes", "healthy,leukemic", "--name", "mine")
    if is_lite(program):
        assert result.returncode == 1
        assert "light edition" in result.stderr
        return
    assert result.returncode == 0, result.stderr
    from leukoscope.sources.demo import demo_cells

    Image.fromarray(next(iter(demo_cells(1))).pixels).save(tmp_path / "cell.png")
    judged = run(program, home, "analyze", tmp_path / "cell.png", "--models", "mine", "--out", tmp_path / "out")
    assert judged.returncode == 0, judged.stderr
    document = json.loads((tmp_path / "out" / "findings.json").read_text(encoding="utf-8"))
    assert document[0]["cells"][0]["opinions"][0]["model"] == "mine"


def test_the_window_becomes_usable_and_only_the_importer_has_tensorflow(program: Path, home: Path) -> None:
    variables: dict[str, str | Path] = {"LEUKOSCOPE_HOME": home, "QT_QPA_PLATFORM": "offscreen"}
    variables["LEUKOSCOPE_STARTUP_PROBE"] = "1"
    called = call(program, name="leukoscope-window", variables=variables)
    with subprocess.Popen(**called, stdout=subprocess.PIPE, text=True) as window:
        mapped: set[str] = set()
        process = psutil.Process(window.pid)
        while window.poll() is None:
            for one in (process, *process.children(recursive=True)):
                try:
                    mapped |= {Path(part.path).name for part in one.memory_maps()}
                except (psutil.Error, OSError, AttributeError):
                    continue
        assert window.stdout is not None
        assert window.stdout.read().startswith("usable ")
    assert window.returncode == 0
    # macOS does not tell which libraries a process has open; Wine reads most instead of mapping them.
    assert sys.platform == "darwin" or UNDER_WINE or any("Qt6Widgets" in name for name in mapped)
    assert not any("tensorflow_cc" in name or "tensorflow_framework" in name for name in mapped)


def test_the_importer_by_itself_says_how_it_is_used(program: Path, home: Path) -> None:
    if is_lite(program):
        assert not list(program_folder().glob("leukoscope-importer*")), "the light edition has none"
        return
    result = run(program, home, name="leukoscope-importer")
    assert result.returncode == 1
    assert "leukoscope models import" in result.stderr


def test_licences_and_the_list_of_parts_are_there(program: Path) -> None:
    here = program_folder()
    folder = next(one for one in (here / "licenses", here.parent / "Resources" / "licenses") if one.is_dir())
    document = json.loads((folder / "sbom.cdx.json").read_text(encoding="utf-8"))
    assert document["bomFormat"] == "CycloneDX"
    names = {one["name"].lower() for one in document["components"]}
    assert {"pyside6", "openvino", "numpy", "opencv-python-headless", "sqlalchemy"} <= names | {
        name.replace("_essentials", "") for name in names
    }
    assert any("tensorflow" in name for name in names) != is_lite(program)
    assert not names & {"pytest", "mypy", "ruff", "hypothesis"}
    listed = (folder / "THIRD-PARTY.txt").read_text(encoding="utf-8")
    for one in document["components"]:
        assert one["name"].lower().replace("_", "-") in listed.lower().replace("_", "-") or one["name"] == "cpython"
    for part in (path for path in folder.iterdir() if path.is_dir()):
        assert any(file.stat().st_size for file in part.iterdir()), f"no licence of {part.name}"


def test_nothing_unused_came_along(program: Path) -> None:
    names = [str(path.relative_to(program)).lower() for path in program.rglob("*")]
    for unwanted in (
        "webengine",
        "qt6qml",
        "qt6quick",
        "qt63d",
        "intel_gpu_plugin",
        "pytest",
        "matplotlib",
        "pyarrow",
        "onnxruntime",
    ):
        assert not [name for name in names if unwanted in name], unwanted
