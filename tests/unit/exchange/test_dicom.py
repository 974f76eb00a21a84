from __future__ import annotations

import socket
import subprocess
from pathlib import Path

import numpy as np
import pydicom
import pytest
from highdicom.sr import srread

from leukoscope.domain.cases import Case, CaseHeader
from leukoscope.domain.errors import CancelledError, ExchangeError
from leukoscope.domain.progress import CancelToken
from leukoscope.exchange.dicom_base import person_name
from leukoscope.exchange.dicom_files import write_dicom
from leukoscope.exchange.dicom_send import send_files
from tests.tools import tool
from tests.unit.exchange import builders
from tests.unit.exchange.receivers import refusing_node, storescp


def write(folder: Path, case: Case | None = None, pdf: bytes = b"%PDF-1.7 small") -> list[Path]:
    return write_dicom(builders.exported(case, pdf), builders.read_frame, builders.read_file, folder)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return write(tmp_path_factory.mktemp("dicom"), builders.signed(builders.case()))


def judged(paths: list[Path]) -> list[str]:
    """What dciodvfy has against the files."""
    program = tool("dciodvfy")
    lines: list[str] = []
    for path in paths:
        result = subprocess.run([program, str(path)], capture_output=True, check=False)
        lines += (result.stdout + result.stderr).decode("utf-8", "replace").splitlines()
    return [line for line in lines if line.startswith("Error")]


def test_dciodvfy_accepts_every_object(written: list[Path]) -> None:
    assert [path.name for path in written] == ["field-001.dcm", "field-002.dcm", "findings.dcm", "report.dcm"]
    assert judged(written) == []


@pytest.mark.parametrize("first", [0, 3])
def test_dciodvfy_accepts_any_text_and_it_arrives(first: int, tmp_path: Path) -> None:
    texts = builders.WILD[first:] + builders.WILD[:first]
    paths = write(tmp_path, builders.case(2, CaseHeader(*texts)))
    assert judged(paths) == []
    for path in paths:
        assert pydicom.dcmread(path).PatientComments == texts[1].replace("\t", " ").rstrip()
    described = pydicom.dcmread(paths[0]).SpecimenDescriptionSequence[0].SpecimenDetailedDescription
    for name, text in (("Specimen", texts[2]), ("Stain", texts[3]), ("Notes", texts[5])):
        assert f"{name}: {text}".replace("\t", " ") in described


def test_pixels_arrive_without_loss(written: list[Path]) -> None:
    frame = builders.case().frames[0]
    data = pydicom.dcmread(written[0])
    assert np.array_equal(data.pixel_array, builders.read_frame(frame).pixels)
    assert float(data.PixelSpacing[0]) == pytest.approx(0.00025)
    assert data.LossyImageCompression == "00"


def test_boxes_labels_and_models_stand_in_the_structured_report(written: list[Path]) -> None:
    report = srread(written[2])
    groups = report.content.get_planar_roi_measurement_groups()
    assert len(groups) == 6
    box = builders.case().cells[0].finding.cell.box
    region = groups[0].roi
    assert region is not None
    assert region.value.min(axis=0).tolist() == [box.x, box.y]
    assert region.value.max(axis=0).tolist() == [box.x + box.width, box.y + box.height]
    evaluations = {str(one.name.value): str(one.value.value) for one in groups[4].get_qualitative_evaluations()}
    assert evaluations == {"label-program": "unsure", "label-person": "healthy", "unsure-because": "inside-unsure-band"}
    assert len(groups[0].get_measurements()) == 3
    assert report.VerificationFlag == "VERIFIED"
    images = {pydicom.dcmread(path).SOPInstanceUID for path in written[:2]}
    evidence = report.CurrentRequestedProcedureEvidenceSequence[0].ReferencedSeriesSequence[0].ReferencedSOPSequence
    assert {one.ReferencedSOPInstanceUID for one in evidence} == images


def test_the_pdf_comes_out_as_it_went_in(written: list[Path]) -> None:
    data = pydicom.dcmread(written[3])
    assert data.EncapsulatedDocument[: data.EncapsulatedDocumentLength] == b"%PDF-1.7 small"


def test_all_objects_are_one_study_of_one_patient(written: list[Path]) -> None:
    read = [pydicom.dcmread(path) for path in written]
    assert len({(one.StudyInstanceUID, one.PatientID, str(one.PatientName)) for one in read}) == 1
    assert len({one.SOPInstanceUID for one in read}) == 4
    assert len({one.SeriesInstanceUID for one in read}) == 3


def test_an_open_case_is_not_verified(tmp_path: Path) -> None:
    assert srread(write(tmp_path)[2]).VerificationFlag == "UNVERIFIED"


def test_a_name_of_one_part_and_one_too_long_fit_the_field() -> None:
    assert person_name("Doe, Jane") == "Doe^Jane"
    assert person_name("Plato") == "Plato^"
    assert person_name("") == ""
    assert len(person_name("x" * 2000)) <= 64
    assert "\\" not in person_name("a\\b")


def test_a_stop_is_heard(tmp_path: Path) -> None:
    token = CancelToken()
    token.cancel()
    with pytest.raises(CancelledError):
        write_dicom(builders.exported(), builders.read_frame, builders.read_file, tmp_path, token)


# Sending -------------------------------------------------------------------------------------------------------


def test_storescp_takes_all_files(written: list[Path], tmp_path: Path) -> None:
    counts: list[int] = []
    with storescp(tmp_path) as port:
        send_files("127.0.0.1", port, "ARCHIVE", "LEUKOSCOPE", written, on_sent=counts.append)
    assert counts == [1, 2, 3, 4]
    arrived = {pydicom.dcmread(path).SOPInstanceUID for path in tmp_path.iterdir()}
    assert arrived == {pydicom.dcmread(path).SOPInstanceUID for path in written}


@pytest.mark.parametrize(("status", "again"), [(0xA700, True), (0x0124, False), (0xC000, False)])
def test_a_file_that_is_refused_is_said(written: list[Path], status: int, again: bool) -> None:
    with refusing_node(status) as port, pytest.raises(ExchangeError) as caught:
        send_files("127.0.0.1", port, "ARCHIVE", "LEUKOSCOPE", written)
    assert caught.value.again is again


def test_a_warning_counts_as_taken(written: list[Path]) -> None:
    with refusing_node(0xB000) as port:
        send_files("127.0.0.1", port, "ARCHIVE", "LEUKOSCOPE", written)


def test_nobody_there_is_worth_trying_again(written: list[Path]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(ExchangeError, match="cannot be reached") as caught:
        send_files("127.0.0.1", port, "ARCHIVE", "LEUKOSCOPE", written, timeout_s=5)
    assert caught.value.again
