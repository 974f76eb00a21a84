"""DICOM: two cases never meet under one key, a study has one time zone, and loss is told from the bytes."""

from __future__ import annotations

import io
import os
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pydicom
import pytest
from highdicom.sr import srread
from hypothesis import assume, given
from hypothesis import strategies as st
from PIL import Image
from pydicom.dataset import FileDataset

from leukoscope.domain.cases import Case, CaseHeader
from leukoscope.domain.compression import Compression
from leukoscope.domain.keys import case_key
from leukoscope.exchange.dicom_base import VL_MICROSCOPIC, add_specimen, dicom_uid, new_object
from leukoscope.exchange.dicom_files import write_dicom
from leukoscope.exchange.fhir import fhir_bundle
from leukoscope.exchange.hl7_message import oru_message
from tests.unit.exchange import builders
from tests.unit.exchange.test_dicom import judged, write

SUMMER, WINTER = datetime(2026, 7, 1, 22, 30, tzinfo=UTC), datetime(2026, 12, 1, 10, 0, tzinfo=UTC)


def numbered(number: str, patient_id: str = "") -> Case:
    return builders.case(2, replace(builders.HEADER, number=number, patient_id=patient_id))


def bare(case: Case) -> FileDataset:
    """A case's patient, study and specimen, without pixels."""
    exported = builders.exported(case)
    data = new_object(exported, VL_MICROSCOPIC, dicom_uid(exported.uuid("x")), "x")
    add_specimen(data, exported)
    return data


def keys(data: FileDataset) -> tuple[str, ...]:
    specimen = data.SpecimenDescriptionSequence[0].SpecimenIdentifier
    return data.AccessionNumber, data.StudyID, data.PatientID, data.ContainerIdentifier, specimen


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("HEM-2026-11-28-000123", "HEM-2026-11-28-000124"),
        ("N" * 20, "N" * 19 + "M"),
        ("A\\B", "A＼B"),
        ("N" * 70, "N" * 71),
        ("", "7"),
    ],
)
def test_two_numbers_never_share_a_key(one: str, other: str) -> None:
    first, second = keys(bare(numbered(one))), keys(bare(numbered(other)))
    assert all(a != b for a, b in zip(first, second, strict=True))
    assert all(len(key.encode()) <= 16 for key in (*first[:2], *second[:2]))


@given(st.text(max_size=40), st.text(max_size=40))
def test_no_two_numbers_ever_do(one: str, other: str) -> None:
    assume(case_key(one) != case_key(other))
    first, second = keys(bare(numbered(one))), keys(bare(numbered(other)))
    assert all(a != b for a, b in zip(first, second, strict=True))


@given(st.text(min_size=1, max_size=90), st.text(min_size=1, max_size=90))
def test_no_two_patients_ever_do(one: str, other: str) -> None:
    assume(case_key(one) and case_key(other) and case_key(one) != case_key(other))
    first, second = (bare(numbered("1", patient)).PatientID for patient in (one, other))
    assert first != second


def test_a_case_number_in_the_place_of_a_patients_says_who_gave_it(tmp_path: Path) -> None:
    for patient, issuer in (("", "LeukoScope"), ("4711", None)):
        paths = write(tmp_path, numbered("4711", patient))
        assert {pydicom.dcmread(path).get("IssuerOfPatientID") for path in paths} == {issuer}
        assert judged(paths) == []


def test_a_long_number_fits_stands_whole_beside_and_passes_dciodvfy(tmp_path: Path) -> None:
    number = "HEM-2026-11-28-000123"
    paths = write(tmp_path, numbered(number))
    read = [pydicom.dcmread(path) for path in paths]
    assert len({(one.AccessionNumber, one.StudyID, one.PatientID) for one in read}) == 1
    assert read[0].AccessionNumber.startswith("00123_")
    assert read[0].PatientID == read[0].ContainerIdentifier == number
    assert f"Case: {number}" in read[0].SpecimenDescriptionSequence[0].SpecimenDetailedDescription
    assert judged(paths) == []


def test_hl7_and_fhir_keep_long_numbers_apart() -> None:
    one, other = (builders.exported(numbered("N" * length)) for length in (300, 301))
    fields = [
        next(line for line in oru_message(exported, "1").split("\r") if line.startswith("OBR")).split("|")[3]
        for exported in (one, other)
    ]
    assert fields[0] != fields[1]
    assert all(len(field.split("^")[0]) <= 199 for field in fields)
    assert "N" * 301 in fhir_bundle(other)


# Time zone -------------------------------------------------------------------------------------------------------


@pytest.fixture(params=["Europe/Berlin", "America/St_Johns", "UTC"])
def zone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    if not hasattr(time, "tzset"):
        pytest.skip("needs a system whose time zone can be set for one program")
    before = os.environ.get("TZ")
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield request.param
    if before is None:
        monkeypatch.delenv("TZ")
    else:
        monkeypatch.setenv("TZ", before)
    time.tzset()


def moment(data: pydicom.Dataset, name: str) -> datetime:
    text = f"{data[f'{name}Date'].value}{str(data[f'{name}Time'].value)[:6]}{data.TimezoneOffsetFromUTC}"
    return datetime.strptime(text, "%Y%m%d%H%M%S%z")


def test_a_study_of_summer_and_winter_has_one_time_zone(zone: str, tmp_path: Path) -> None:
    case = builders.signed(builders.case())
    frames = [
        replace(frame, origin=replace(frame.origin, taken_at=at))
        for frame, at in zip(case.frames, (SUMMER, WINTER), strict=True)
        if frame.origin is not None
    ]
    read = [pydicom.dcmread(path) for path in write(tmp_path, replace(case, frames=tuple(frames)))]
    assert len({one.TimezoneOffsetFromUTC for one in read}) == 1, zone
    assert {moment(one, "Study") for one in read} == {SUMMER}
    assert [moment(one, "Content") for one in read] == [SUMMER, WINTER, builders.NOW, builders.NOW]
    assert moment(read[2], "InstanceCreation") == builders.NOW
    offset = read[0].TimezoneOffsetFromUTC
    moments = [one.value for data in read for one in data.iterall() if one.VR == "DT" and one.value]
    assert len(moments) >= 4
    assert all(str(one).endswith(offset) for one in moments), moments
    assert datetime.strptime(str(read[1].AcquisitionDateTime), "%Y%m%d%H%M%S%z") == WINTER


# Loss ------------------------------------------------------------------------------------------------------------


def encoded(kind: str, **options: object) -> bytes:
    target = io.BytesIO()
    Image.fromarray(np.random.default_rng(2).integers(0, 255, (48, 64, 3), dtype=np.uint8)).save(
        target, kind, **options
    )
    return target.getvalue()


@pytest.mark.parametrize(
    ("name", "data", "flag", "method"),
    [
        ("jpeg called.png", encoded("JPEG"), "01", "ISO_10918_1"),
        ("jpeg in.tif", encoded("TIFF", compression="jpeg"), "01", "ISO_10918_1"),
        ("png called.jpg", encoded("PNG"), "00", None),
        ("lossless.webp", encoded("WEBP", lossless=True), "00", None),
        ("lossy.webp", encoded("WEBP", quality=70), "01", None),
        ("lzw.tif", encoded("TIFF", compression="tiff_lzw"), "00", None),
    ],
)
def test_loss_is_told_from_the_bytes(name: str, data: bytes, flag: str, method: str | None, tmp_path: Path) -> None:
    case = builders.case()
    one = replace(case, frames=tuple(replace(frame, source=f"/data/{name}") for frame in case.frames))
    paths = write_dicom(builders.exported(one), builders.read_frame, lambda _: data, tmp_path)
    image = pydicom.dcmread(paths[0])
    assert image.LossyImageCompression == flag
    assert image.get("LossyImageCompressionMethod") == method
    assert ("LossyImageCompressionRatio" in image) == (flag == "01")
    assert judged(paths) == []


def test_loss_of_a_page_or_camera_is_remembered_though_a_png_is_kept(tmp_path: Path) -> None:
    case = builders.case()
    lost = (Compression(True, "ISO_10918_1", 90000), Compression(True))
    frames = tuple(
        replace(frame, origin=replace(frame.origin, compression=one))
        for frame, one in zip(case.frames, lost, strict=True)
        if frame.origin is not None
    )
    png = encoded("PNG")
    paths = write_dicom(builders.exported(replace(case, frames=frames)), builders.read_frame, lambda _: png, tmp_path)
    page, camera = (pydicom.dcmread(path) for path in paths[:2])
    assert (page.LossyImageCompression, page.LossyImageCompressionMethod) == ("01", "ISO_10918_1")
    assert float(page.LossyImageCompressionRatio) == pytest.approx(640 * 480 * 3 / 90000, abs=0.01)
    assert camera.LossyImageCompression == "01"
    assert "LossyImageCompressionMethod" not in camera
    assert judged(paths) == []


def test_a_header_of_nothing_still_makes_a_study(tmp_path: Path) -> None:
    paths = write(tmp_path, builders.case(2, CaseHeader("")))
    assert judged(paths) == []
    assert len({pydicom.dcmread(path).AccessionNumber for path in paths} - {""}) == 1


def test_images_without_a_cell_leave_as_a_report_of_none(tmp_path: Path) -> None:
    """highdicom refused an empty list: the whole export ended in a traceback."""
    paths = write(tmp_path, builders.case(0))
    report = srread(paths[2])
    assert report.content.get_planar_roi_measurement_groups() == []
    (group,) = report.content.get_image_measurement_groups()
    assert [float(one.value) for one in group.get_measurements()] == [0]
    assert judged(paths) == []
