"""An export never lies among another patient's files, never replaces one, and leaves nothing of an earlier one."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pydicom
import pytest

from leukoscope.cli.main import main
from leukoscope.domain.analysis import ImageAnalysis
from leukoscope.domain.cases import CaseHeader
from leukoscope.domain.cells import View
from leukoscope.domain.errors import CancelledError, ReportError
from leukoscope.domain.frames import Frame, FrameOrigin, OriginKind
from leukoscope.domain.progress import CancelToken
from leukoscope.workflow.app_dirs import AppDirs
from leukoscope.workflow.case_repository import CaseRepository
from leukoscope.workflow.export import formats
from leukoscope.workflow.export.case_export import CaseExport
from leukoscope.workflow.export.export_format import ExportFormat
from leukoscope.workflow.settings import Settings
from tests.unit.cases.builders import QUALITY, finding


def add_case(book: CaseRepository, number: str, patient: str, fields: int = 1) -> int:
    case_id = book.store.create(CaseHeader(number, patient, patient_id=f"P-{patient}"))
    for field in range(fields):
        add_field(book, case_id, f"{number} {field}")
    return case_id


def add_field(book: CaseRepository, case_id: int, name: str) -> None:
    seed = int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "big")
    pixels = np.random.default_rng(seed).integers(0, 255, (60, 80, 3), dtype=np.uint8)
    data = cv2.imencode(".png", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR))[1].tobytes()
    sha256 = hashlib.sha256(data).hexdigest()
    frame = Frame(pixels, FrameOrigin(OriginKind.FILE, f"{name}.png"), sha256, 0.25)
    analysis = ImageAnalysis(f"/data/{name}.png", frame, View.FIELD, QUALITY, (finding(1, sha256),))
    book.store.frames.add(case_id, analysis, data)


@pytest.fixture
def home(data_home: Path) -> AppDirs:
    assert data_home.is_dir()
    return AppDirs.of_user()


@pytest.fixture
def book(home: AppDirs) -> Iterator[CaseRepository]:
    made = CaseRepository(home.cases)
    yield made
    made.close()


def contents(folder: Path) -> dict[str, bytes]:
    return {str(one.relative_to(folder)): one.read_bytes() for one in folder.rglob("*") if one.is_file()}


def test_cases_whose_numbers_look_alike_leave_into_one_folder(book: CaseRepository, tmp_path: Path) -> None:
    """Every format of both, through the command line; the first once more, over its own."""
    add_case(book, "LAB:78", "Adam", 2)
    add_case(book, "LAB-78", "Nina")
    formats, out = "pdf,csv,json,fhir,hl7,dicom,zip", tmp_path / "ex"
    for number in ("LAB:78", "LAB-78", "LAB:78"):
        assert main(["export", number, "--as", formats, "--out", str(out)]) == 0
    assert len([path for path in out.iterdir() if path.is_file()]) == 12
    folders = [path for path in out.iterdir() if path.is_dir()]
    patients = [{pydicom.dcmread(path).PatientID for path in folder.iterdir()} for folder in folders]
    assert sorted(patients, key=str) == [{"P-Adam"}, {"P-Nina"}]


def test_a_folder_holds_nothing_of_an_earlier_export(book: CaseRepository, tmp_path: Path) -> None:
    case_id, outgoing, target = add_case(book, "LAB:78", "Adam", 2), CaseExport(book, (), Settings()), tmp_path / "x"
    outgoing.write(case_id, formats.DICOM, target)
    (target / ".DS_Store").write_bytes(b"of the system")
    assert (target / "field-002.dcm").exists()
    book.store.frames.remove(book.load(case_id).frames[1].id)
    outgoing.write(case_id, formats.DICOM, target)
    assert sorted(path.name for path in target.iterdir()) == ["field-001.dcm", "findings.dcm", "report.dcm"]
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".leuko")] == []


def test_a_stopped_export_leaves_the_folder_as_it_was(book: CaseRepository, tmp_path: Path) -> None:
    case_id, outgoing, target = add_case(book, "1", "Adam"), CaseExport(book, (), Settings()), tmp_path / "x"
    outgoing.write(case_id, formats.DICOM, target)
    before, token = contents(target), CancelToken()
    token.cancel()
    with pytest.raises(CancelledError):
        outgoing.write(case_id, formats.DICOM, target, cancel=token)
    assert contents(target) == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["home", "x"]


@pytest.mark.parametrize("kind", formats.FORMATS, ids=lambda one: one.id)
def test_a_file_of_another_case_is_never_replaced(kind: ExportFormat, book: CaseRepository, tmp_path: Path) -> None:
    """Two installations, one network folder: both have a case 2026-0001."""
    other = CaseRepository(tmp_path / "other")
    path = tmp_path / "out" / f"2026-0001{kind.suffix}"
    path.parent.mkdir()
    first = add_case(book, "2026-0001", "Adam")
    second = other.store.create(CaseHeader("2026-0001", "Nina"))
    add_field(other, second, "Nina's")
    CaseExport(book, (), Settings()).write(first, kind, path)
    before = contents(path.parent)
    with pytest.raises(ReportError, match=r"not of this case|holds another case"):
        CaseExport(other, (), Settings()).write(second, kind, path)
    assert contents(path.parent) == before
    add_field(book, first, "one more")
    CaseExport(book, (), Settings()).write(first, kind, path)
    assert contents(path.parent) != before
    other.close()


@pytest.mark.parametrize("kind", [one for one in formats.FORMATS if not one.is_folder], ids=lambda one: one.id)
def test_a_file_that_is_no_export_stays(kind: ExportFormat, book: CaseRepository, tmp_path: Path) -> None:
    path = tmp_path / f"mine{kind.suffix}"
    path.write_bytes(b"written by hand, line by line")
    with pytest.raises(ReportError, match="is there already"):
        CaseExport(book, (), Settings()).write(add_case(book, "1", "Adam"), kind, path)
    assert path.read_bytes() == b"written by hand, line by line"


def test_a_folder_with_other_files_stays(book: CaseRepository, tmp_path: Path) -> None:
    folder = tmp_path / "documents"
    folder.mkdir()
    (folder / "letter.txt").write_text("Dear", encoding="utf-8")
    with pytest.raises(ReportError, match="other files"):
        CaseExport(book, (), Settings()).write(add_case(book, "1", "Adam"), formats.DICOM, folder)
    assert [path.name for path in folder.iterdir()] == ["letter.txt"]


def test_a_report_may_be_written_again_after_the_number_was_corrected(book: CaseRepository, tmp_path: Path) -> None:
    case_id, outgoing = add_case(book, "1", "Adam"), CaseExport(book, (), Settings())
    outgoing.write(case_id, formats.PDF, tmp_path / "x.pdf")
    book.store.update_header(case_id, CaseHeader("2", "Adams"))
    outgoing.write(case_id, formats.PDF, tmp_path / "x.pdf")


@pytest.mark.parametrize("kind", formats.FORMATS, ids=lambda one: one.id)
def test_export_makes_its_folder_for_every_format(kind: ExportFormat, book: CaseRepository, tmp_path: Path) -> None:
    add_case(book, "2026-0417", "Adam")
    out = tmp_path / "new" / "and newer"
    assert main(["export", "2026-0417", "--as", kind.id, "--out", str(out)]) == 0
    assert [path.name for path in out.iterdir()] == [f"2026-0417{kind.suffix}"]


def test_export_finds_a_case_in_every_spelling(book: CaseRepository, tmp_path: Path) -> None:
    add_case(book, "Häm-1", "Adam")
    assert main(["export", "ha\u0308M-1", "--as", "csv", "--out", str(tmp_path / "x")]) == 0
    assert [path.name for path in (tmp_path / "x").iterdir()] == ["Häm-1.csv"]


def test_a_folder_that_cannot_be_made_is_said(
    book: CaseRepository, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    add_case(book, "1", "Adam")
    (tmp_path / "file").write_bytes(b"")
    assert main(["export", "1", "--out", str(tmp_path / "file" / "x")]) == 1
    assert "cannot be written; choose another one" in capsys.readouterr().err
