"""What the frozen program needs by name only when it is asked: exports, languages, databases, cameras, passwords.

Runs with ``make test-package``, as ``frozen_program.py``; a module or a data file that was not packed shows here.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import zipfile
from pathlib import Path

import cv2
import hl7
import numpy as np
import pydicom
import pytest
from fhir.resources.R4B.bundle import Bundle
from PIL import Image
from pypdf import PdfReader

from leukoscope.domain.analysis import ImageAnalysis
from leukoscope.domain.cases import CaseHeader
from leukoscope.domain.cells import View
from leukoscope.domain.frames import Frame, FrameOrigin, OriginKind
from leukoscope.workflow.case_repository import CaseRepository
from tests.package.programs import call, program_folder, said_path
from tests.unit.cases.builders import QUALITY, finding

NUMBER = "2026-0417"
NAMES = "Müller, 王小明, محمد"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with one case of one field with three cells."""
    folder = tmp_path_factory.mktemp("Wohnung 家")
    pixels = np.random.default_rng(1).integers(0, 255, (240, 320, 3), dtype=np.uint8)
    data = cv2.imencode(".png", pixels)[1].tobytes()
    sha256 = hashlib.sha256(data).hexdigest()
    frame = Frame(pixels, FrameOrigin(OriginKind.FILE, "field.png", "/data/field.png"), sha256, 0.25)
    findings = tuple(finding(index, sha256) for index in range(3))
    repository = CaseRepository(folder / "data" / "cases")
    try:
        case_id = repository.store.create(CaseHeader(NUMBER, NAMES, "Blood", "MGG", "Ana"))
        analysis = ImageAnalysis("/data/field.png", frame, View.FIELD, QUALITY, findings)
        repository.store.frames.add(case_id, analysis, data)
    finally:
        repository.close()
    return folder


def run(home: Path, *words: str | Path) -> subprocess.CompletedProcess[str]:
    # On Windows a frozen program writes to a pipe in the machine's code page, whatever Python's variables say.
    called = call(program_folder(), *words, variables={"LEUKOSCOPE_HOME": home, "PYTHONUTF8": "1"})
    return subprocess.run(
        **called, capture_output=True, text=True, encoding="utf-8", errors="replace", check=False, timeout=300
    )


def export(home: Path, out: Path, kind: str, *words: str) -> Path:
    """Write the case in one format; returns the file."""
    out.mkdir(exist_ok=True)
    done = run(home, "export", NUMBER, "--as", kind, "--out", out, *words)
    assert done.returncode == 0, done.stdout + done.stderr
    return said_path(done.stdout.strip().splitlines()[-1])


def test_fhir(home: Path, tmp_path: Path) -> None:
    text = export(home, tmp_path, "fhir").read_text(encoding="utf-8")
    assert len(Bundle.model_validate_json(text).entry) >= 6


def test_hl7(home: Path, tmp_path: Path) -> None:
    message = hl7.parse(export(home, tmp_path, "hl7").read_bytes().decode("utf-8"))
    assert str(message.segment("MSH")[9]).startswith("ORU")


def test_dicom(home: Path, tmp_path: Path) -> None:
    folder = export(home, tmp_path, "dicom")
    assert {pydicom.dcmread(path).Modality for path in folder.iterdir()} == {"GM", "SR", "DOC"}


def test_everything_in_one_archive(home: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(export(home, tmp_path, "zip")) as archive:
        assert archive.testzip() is None
        assert len(archive.namelist()) >= 6


@pytest.mark.parametrize(("language", "word"), [("de", "Zell"), ("fr", "cellule"), ("es", "célula")])
def test_a_report_in_every_language_with_every_script(home: Path, tmp_path: Path, language: str, word: str) -> None:
    pages = PdfReader(export(home, tmp_path, "pdf", "--language", language)).pages
    text = "\n".join(page.extract_text() for page in pages)
    assert word in text
    assert "王" in text


def test_the_driver_of_the_common_database_is_there(tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    address = "postgresql://nobody@127.0.0.1:1/none"
    (tmp_path / "config" / "settings.json").write_text(json.dumps({"database": address}), encoding="utf-8")
    done = run(tmp_path, "check")
    assert done.returncode == 1
    assert len(done.stderr.strip().splitlines()) == 1
    log = "".join(path.read_text(encoding="utf-8") for path in (tmp_path / "logs").glob("*.log"))
    assert "ModuleNotFound" not in done.stderr + log
    assert "ImportError" not in done.stderr + log
    assert "refused" in log


def test_backup_check_and_trail(home: Path, tmp_path: Path) -> None:
    for words in (("check",), ("audit", "verify"), ("backup", tmp_path / "all.zip")):
        done = run(home, *words)
        assert done.returncode == 0, done.stdout + done.stderr
    trail = run(home, "audit", "export", tmp_path / "trail.pdf")
    assert trail.returncode == 0, trail.stderr
    assert len(PdfReader(tmp_path / "trail.pdf").pages) >= 1


def test_the_camera_of_the_demo_is_listed_and_gives_a_picture(tmp_path: Path) -> None:
    assert "demo:1" in run(tmp_path / "home", "cameras", "list").stdout
    out = tmp_path / "Bild ü 王.png"
    done = run(tmp_path / "home", "cameras", "snap", "--source", "demo:1", "--out", out)
    assert done.returncode == 0, done.stderr
    with Image.open(out) as picture:
        assert picture.size == (1280, 1024)
