from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import cv2
import hl7
import numpy as np
import pydicom
import pytest
from fhir.resources.R4B.bundle import Bundle
from pypdf import PdfReader

from leukoscope.domain.analysis import ImageAnalysis
from leukoscope.domain.cases import CaseHeader
from leukoscope.domain.cells import View
from leukoscope.domain.errors import CancelledError
from leukoscope.domain.findings import Label
from leukoscope.domain.frames import Frame, FrameOrigin, OriginKind
from leukoscope.domain.progress import CancelToken
from leukoscope.exchange.exported_case import ReportStatus
from leukoscope.gui.case_actions import CASE_ACTIONS
from leukoscope.workflow.case_repository import CaseRepository
from leukoscope.workflow.export import formats
from leukoscope.workflow.export.case_export import CaseExport
from leukoscope.workflow.settings import Settings
from leukoscope.workflow.signing import sign_case
from tests.unit.cases.builders import QUALITY, finding

SETTINGS = Settings(laboratory="Hematology", address="Ring Road 1")


@pytest.fixture
def repository(tmp_path: Path) -> Iterator[CaseRepository]:
    book = CaseRepository(tmp_path / "cases")
    yield book
    book.close()


@pytest.fixture
def case_id(repository: CaseRepository) -> int:
    """A stored case of one field with three cells."""
    pixels = np.random.default_rng(1).integers(0, 255, (240, 320, 3), dtype=np.uint8)
    data = cv2.imencode(".png", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR))[1].tobytes()
    sha256 = hashlib.sha256(data).hexdigest()
    origin = FrameOrigin(OriginKind.FILE, "field.png", "/data/field.png")
    frame = Frame(pixels, origin, sha256, 0.25)
    findings = tuple(finding(index, sha256) for index in range(3))
    number = repository.store.create(CaseHeader("2026/0417", "Doe, Jane", "Blood", "MGG", "Ana", "Dried slowly."))
    repository.store.frames.add(number, ImageAnalysis("/data/field.png", frame, View.FIELD, QUALITY, findings), data)
    return number


def test_every_format_is_written_as_what_it_is(repository: CaseRepository, case_id: int, tmp_path: Path) -> None:
    outgoing, out = CaseExport(repository, (), SETTINGS), tmp_path / "out"
    out.mkdir()
    paths = {kind: out / f"case{kind.suffix}" for kind in formats.FORMATS}
    for kind, path in paths.items():
        outgoing.write(case_id, kind, path)
    assert sorted(path.name for path in out.iterdir()) == sorted(path.name for path in paths.values())
    assert len(PdfReader(paths[formats.PDF]).pages) >= 3
    assert paths[formats.TABLE].read_text(encoding="utf-8-sig").count("\n") == 4
    assert len(json.loads(paths[formats.FINDINGS].read_text(encoding="utf-8"))[0]["cells"]) == 3
    bundle = Bundle.model_validate_json(paths[formats.FHIR].read_text(encoding="utf-8"))
    assert bundle.entry[0].resource.presentedForm[0].contentType == "application/pdf"
    message = hl7.parse(paths[formats.HL7].read_bytes().decode("utf-8"))
    assert str(message.segment("MSH")[9]) == "ORU^R01^ORU_R01"
    kinds = {pydicom.dcmread(path).Modality for path in paths[formats.DICOM].iterdir()}
    assert kinds == {"GM", "SR", "DOC"}
    with zipfile.ZipFile(paths[formats.ZIP]) as archive:
        sums = json.loads(archive.read("sha256.json"))
        names = set(archive.namelist()) - {"sha256.json"}
        assert names == set(sums)
        assert all(hashlib.sha256(archive.read(name)).hexdigest() == sums[name] for name in names)
    assert names == {
        "report.pdf",
        "findings.csv",
        "findings.json",
        "report.fhir.json",
        "report.hl7",
        "dicom/field-001.dcm",
        "dicom/findings.dcm",
        "dicom/report.dcm",
        "images/001.png",
    }


def test_a_stop_leaves_nothing_behind(repository: CaseRepository, case_id: int, tmp_path: Path) -> None:
    token = CancelToken()
    token.cancel()
    with pytest.raises(CancelledError):
        CaseExport(repository, (), SETTINGS).write(case_id, formats.ZIP, tmp_path / "case.zip", cancel=token)
    assert not (tmp_path / "case.zip").exists()


def test_the_laboratory_goes_along(repository: CaseRepository, case_id: int) -> None:
    exported = CaseExport(repository, (), replace(SETTINGS, laboratory="Гематология")).job(case_id).package
    assert (exported.laboratory, exported.address) == ("Гематология", "Ring Road 1")


def test_a_signed_case_leaves_with_the_very_report_that_was_signed(repository: CaseRepository, case_id: int) -> None:
    for cell in repository.load(case_id).cells:
        repository.store.decide(cell.id, Label.HEALTHY, "Ana")
    sign_case(repository, case_id, "Dr. Zoë Müller", "Reviewed", (), SETTINGS, lambda _: None, CancelToken())
    exported = CaseExport(repository, (), SETTINGS).job(case_id).package
    assert exported.report_status is ReportStatus.FINAL
    assert exported.pdf == repository.store.read_image(repository.store.signing.reports(case_id)[-1][1])
    first = PdfReader(io.BytesIO(exported.pdf)).pages[0].extract_text()
    assert "Signed by Dr. Zoë Müller" in first


def test_no_two_formats_share_a_name_a_suffix_or_a_place_in_the_zip() -> None:
    for of in (lambda one: one.id, lambda one: one.suffix, lambda one: one.packed_as or one.id):
        assert len({of(one) for one in formats.FORMATS}) == len(formats.FORMATS)


def test_every_export_of_the_window_is_a_format() -> None:
    asked = {spec.id for spec in CASE_ACTIONS if spec.id.startswith("export_")} - {"export_deidentified"}
    assert asked <= {f"export_{one.id}" for one in formats.FORMATS}
