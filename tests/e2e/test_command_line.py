"""The command line as a person types it, with real models in a real engine."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import jsonschema
import numpy as np
import pytest
from PIL import Image
from pypdf import PdfReader

from leukoscope.reports.findings_json import SCHEMA_PATH
from leukoscope.sources.demo import demo_cells, demo_field

pytestmark = pytest.mark.usefixtures("small_models")


def leukoscope(*words: str | Path, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "leukoscope", *map(str, words)]
    return subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=300, env=dict(os.environ), cwd=cwd
    )


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three good images and one of each kind of bad input."""
    folder = tmp_path_factory.mktemp("Bilder von Müller 王")
    for index, frame in enumerate(demo_cells(2)):
        Image.fromarray(frame.pixels).save(folder / f"cell {index}.png")
    Image.fromarray(demo_field().pixels).save(folder / "field.png")
    (folder / "empty.png").write_bytes(b"")
    (folder / "letter.png").write_text("Dear colleague", encoding="utf-8")
    whole = (folder / "cell 0.png").read_bytes()
    (folder / "torn.png").write_bytes(whole[: len(whole) // 2])
    frames = [Image.new("RGB", (64, 64), color) for color in ("red", "blue")]
    frames[0].save(folder / "film.gif", save_all=True, append_images=frames[1:])
    return folder


BAD = {"empty.png", "letter.png", "torn.png", "film.gif"}


def test_analyze_writes_what_the_schema_promises(pictures: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    result = leukoscope("analyze", pictures, "--out", out, "--pdf", "--case", "2026-0417", "--patient", "Ольга Nguyễn")
    assert result.returncode == 2, result.stderr
    document = json.loads((out / "findings.json").read_text(encoding="utf-8"))
    schema = json.loads(SCHEMA_PATH.read_text(encoding="utf-8"))
    jsonschema.validate(document, schema, cls=jsonschema.Draft202012Validator)

    failed = {Path(one["path"]).name for one in document if one["error"]}
    assert failed == BAD
    for name in BAD:
        assert name in result.stderr
    good = [one for one in document if not one["error"]]
    assert all(one["cells"] for one in good)
    for cell in (cell for one in good for cell in one["cells"]):
        assert [opinion["model"] for opinion in cell["opinions"]] == ["ensemble", "hybrid"]
        assert cell["label"] in {"leukemic", "healthy", "unsure"}
        assert (cell["label"] == "unsure") == (cell["unsure"] is not None)
        for opinion in cell["opinions"]:
            assert len(opinion["maps"]) == 2
            for path in opinion["maps"].values():
                assert np.asarray(Image.open(out / path)).std() > 0

    rows = list(csv.DictReader(io.StringIO((out / "findings.csv").read_text(encoding="utf-8-sig"))))
    assert len(rows) >= sum(len(one["cells"]) for one in good)
    pages = PdfReader(out / "report.pdf").pages
    text = "\n".join(page.extract_text() for page in pages)
    assert "2026-0417" in text
    assert "Ольга Nguyễn" in text
    assert f"of {len(pages)}" in text
    assert sorted(path.name for path in out.iterdir()) == ["findings.csv", "findings.json", "maps", "report.pdf"]


def test_the_same_images_give_the_same_findings(pictures: Path, tmp_path: Path) -> None:
    documents = []
    for name in ("one", "two"):
        leukoscope("analyze", pictures / "cell 0.png", pictures / "cell 1.png", "--out", tmp_path / name, "--no-maps")
        documents.append((tmp_path / name / "findings.json").read_text(encoding="utf-8"))
        assert not (tmp_path / name / "maps").exists()
    assert documents[0] == documents[1]


def test_one_model_can_be_asked_alone(pictures: Path, tmp_path: Path) -> None:
    result = leukoscope("analyze", pictures / "cell 0.png", "--models", "hybrid", "--out", tmp_path / "out")
    assert result.returncode == 0, result.stderr
    document = json.loads((tmp_path / "out" / "findings.json").read_text(encoding="utf-8"))
    assert [one["model"] for one in document[0]["cells"][0]["opinions"]] == ["hybrid"]


def test_a_folder_without_images_is_said(tmp_path: Path) -> None:
    (tmp_path / "nothing").mkdir()
    result = leukoscope("analyze", tmp_path / "nothing", "--out", tmp_path / "out")
    assert result.returncode == 2
    assert "nothing" in result.stderr
    assert "Traceback" not in result.stderr


def test_an_unknown_model_is_said_with_the_known_ones(pictures: Path, tmp_path: Path) -> None:
    result = leukoscope("analyze", pictures / "cell 0.png", "--models", "oracle", "--out", tmp_path / "out")
    assert result.returncode == 1
    assert "oracle" in result.stderr
    assert "hybrid" in result.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.skipif(os.name == "nt", reason="Windows has no /dev/full")
def test_an_output_folder_that_cannot_be_written_leaves_nothing(pictures: Path, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("in the way", encoding="utf-8")
    result = leukoscope("analyze", pictures / "cell 0.png", "--out", blocked)
    assert result.returncode == 1
    assert "Traceback" not in result.stderr
    assert blocked.read_text(encoding="utf-8") == "in the way"


def test_models_are_listed_shown_and_verified() -> None:
    listed = leukoscope("models", "list")
    assert listed.returncode == 0
    assert "ensemble" in listed.stdout
    shown = json.loads(leukoscope("models", "show", "hybrid").stdout)
    assert shown["name"] == "hybrid"
    verified = leukoscope("models", "verify")
    assert verified.returncode == 0, verified.stdout
    assert "FAILED" not in verified.stdout


def test_self_test_passes() -> None:
    result = leukoscope("self-test")
    assert result.returncode == 0, result.stdout + result.stderr
    assert result.stdout.count("ok") >= 4
