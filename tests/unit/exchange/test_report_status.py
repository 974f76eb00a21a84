"""State and history of a case agree in every output: each state a case can be in, each place that tells of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import hl7
import pydicom
import pytest
from highdicom.sr import srread

from leukoscope.domain.cases import Amendment, Case, CaseState, ManualEdit, Signature
from leukoscope.domain.progress import CancelToken
from leukoscope.exchange.dicom_files import write_dicom
from leukoscope.exchange.exported_case import ReportStatus
from leukoscope.exchange.hl7_escapes import unescape
from leukoscope.exchange.hl7_message import oru_message

from . import builders
from .test_fhir import resources

FIRST = Signature("Dr. Zoë Müller", "Reviewed", builders.NOW)
AGAIN = Signature("Dr. Ben Roe", "Released", builders.NOW + timedelta(hours=2))
AMENDMENT = Amendment("Cell 3 was a smudge", "Ana", builders.NOW + timedelta(hours=1))


def case(state: CaseState, signatures: tuple[Signature, ...] = (), amendments: tuple[Amendment, ...] = ()) -> Case:
    return replace(builders.case(), state=state, signatures=signatures, amendments=amendments)


TABLE = {
    "open": (case(CaseState.OPEN), ReportStatus.PRELIMINARY, "preliminary", "P", ""),
    "reviewed": (case(CaseState.REVIEWED), ReportStatus.PRELIMINARY, "preliminary", "P", ""),
    "signed": (case(CaseState.SIGNED, (FIRST,)), ReportStatus.FINAL, "final", "F", FIRST.name),
    "amended": (case(CaseState.AMENDED, (FIRST,), (AMENDMENT,)), ReportStatus.REOPENED, "preliminary", "P", ""),
    "amended, then reviewed": (
        case(CaseState.REVIEWED, (FIRST,), (AMENDMENT,)), ReportStatus.REOPENED, "preliminary", "P", ""
    ),
    "amended, then signed again": (
        case(CaseState.SIGNED, (FIRST, AGAIN), (AMENDMENT,)), ReportStatus.CORRECTED, "corrected", "C", AGAIN.name
    ),
    "amended twice": (
        case(CaseState.AMENDED, (FIRST, AGAIN), (AMENDMENT, AMENDMENT)), ReportStatus.REOPENED, "preliminary", "P", ""
    ),
}  # fmt: skip
ROWS = pytest.mark.parametrize(("one", "report_status", "fhir", "letter", "signer"), TABLE.values(), ids=TABLE)


@ROWS
def test_fhir(one: Case, report_status: ReportStatus, fhir: str, letter: str, signer: str) -> None:
    exported = builders.exported(one)
    assert exported.report_status is report_status
    report = resources(exported)["DiagnosticReport"][0]
    assert report["status"] == fhir
    assert {each["status"] for each in resources(exported)["Observation"]} == {fhir}
    assert [each["display"] for each in report.get("resultsInterpreter", [])] == ([signer] if signer else [])
    told = report["conclusion"]
    assert ("not signed since" in told) is (report_status is ReportStatus.REOPENED)
    for said in (*(each.name for each in one.signatures), *(each.reason for each in one.amendments)):
        assert said in told


@ROWS
def test_hl7(one: Case, report_status: ReportStatus, fhir: str, letter: str, signer: str) -> None:
    message = hl7.parse(oru_message(builders.exported(one), "id-1"))
    obr = message.segment("OBR")
    assert str(obr[25]) == letter
    assert {str(each[11]) for each in message.segments("OBX")} == {letter}
    interpreter = str(obr[32]) if len(obr) > 32 else ""
    assert interpreter.startswith(f"&{signer}^") if signer else not interpreter
    notes = " ".join(unescape(str(each[3])) for each in message.segments("NTE"))
    assert ("not signed since" in notes) is (report_status is ReportStatus.REOPENED)


@ROWS
def test_dicom(one: Case, report_status: ReportStatus, fhir: str, letter: str, signer: str, tmp_path: Path) -> None:
    files = write_dicom(builders.exported(one), builders.read_frame, lambda _: b"x", tmp_path, CancelToken())
    report, pdf = srread(files[2]), pydicom.dcmread(files[3])
    signed = bool(signer)
    assert report.VerificationFlag == ("VERIFIED" if signed else "UNVERIFIED")
    assert report.CompletionFlag == ("COMPLETE" if signed else "PARTIAL")
    assert report.PreliminaryFlag == ("FINAL" if signed else "PRELIMINARY")
    assert pdf.VerificationFlag == report.VerificationFlag
    if signed:
        (observer,) = report.VerifyingObserverSequence
        assert signer in str(observer.VerifyingObserverName).replace("^", " ")
        moment = one.signatures[-1].at.astimezone()
        assert str(observer.VerificationDateTime).startswith(moment.strftime("%Y%m%d%H%M%S"))


def test_who_decided_and_who_drew_stand_in_every_format(tmp_path: Path) -> None:
    made = builders.case()
    frame = made.frames[0]
    gone = replace(frame.cells[0], id=99, removed=ManualEdit("Cem", builders.NOW))
    drawn = tuple(replace(cell, added=ManualEdit("Bea", builders.NOW)) for cell in frame.cells)
    one = replace(made, frames=(replace(frame, cells=drawn, removed_cells=(gone,)), made.frames[1]))
    exported = builders.exported(one)
    report = resources(exported)
    assert "Bea" in report["DiagnosticReport"][0]["conclusion"]
    assert "Cem" in report["DiagnosticReport"][0]["conclusion"]
    assert any(note.get("authorString") == "Bea" for cell in report["Observation"] for note in cell.get("note", ()))
    message = hl7.parse(oru_message(exported, "id-1"))
    notes = " ".join(unescape(str(each[3])) for each in message.segments("NTE"))
    assert "Bea" in notes
    assert "Cem" in notes
    (said,) = [each for each in message.segments("OBX") if str(each[3]).startswith("label-person")]
    assert "Åsa" in str(said[16])
    assert str(said[19]).startswith(builders.NOW.astimezone().strftime("%Y%m%d%H%M"))
    files = write_dicom(exported, builders.read_frame, lambda _: b"x", tmp_path, CancelToken())
    said_by = [
        (parent.ConceptNameCodeSequence[0].CodeValue, str(item.PersonName))
        for parent in _items(pydicom.dcmread(files[2]))
        for item in parent.get("ContentSequence", ())
        if item.ValueType == "PNAME"
    ]
    assert said_by == [("label-person", "Åsa^")]


def _items(item: pydicom.Dataset) -> Iterator[pydicom.Dataset]:
    for one in item.get("ContentSequence", ()):
        yield one
        yield from _items(one)
