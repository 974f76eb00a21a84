"""The hospital's number of a patient goes out with the case; without one the case number stands in where needed."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import hl7
import pydicom
import pytest

from leukoscope.domain.cases import Case
from leukoscope.domain.fingerprint import case_fingerprint
from leukoscope.exchange.fhir import fhir_bundle
from leukoscope.exchange.hl7_message import oru_message
from leukoscope.exchange.hl7_orders import read_orders
from tests.unit.exchange import builders
from tests.unit.exchange.test_dicom import write

ORDER = (
    "MSH|^~\\&|LIS|LAB|||20261123||ORM^O01|1|P|2.5.1\rPID|1||MRN-12^^^HOSPITAL^MR||Doe^Jane\rORC|NW|A1\rOBR|1|A1||WBC\r"
)
BEFORE = "3112776966516b21317e01f4354e76f1db3b830a8da66095d9bf2a5052460a80"
"""Of the builders' case, as the program computed it then."""


def known(number: str) -> Case:
    case = builders.case()
    return replace(case, header=replace(case.header, patient_id=number))


@pytest.mark.parametrize(("number", "first"), [("MRN|1", "MRN|1"), ("", "2026-0417")])
def test_hl7_says_whose_number_it_is(number: str, first: str) -> None:
    field = hl7.parse(oru_message(builders.exported(known(number)), "1")).segment("PID")[3]
    parts = str(field).split("^")
    assert parts[0].replace("\\F\\", "|") == first
    assert parts[-1] == ("PI" if number else "U")


def test_fhir_has_an_identifier_only_where_there_is_one() -> None:
    def patient(number: str) -> dict[str, object]:
        entries = json.loads(fhir_bundle(builders.exported(known(number))))["entry"]
        return next(one["resource"] for one in entries if one["resource"]["resourceType"] == "Patient")

    assert patient("MRN-12")["identifier"] == [{"value": "MRN-12"}]
    assert "identifier" not in patient("")


def test_dicom_carries_it(tmp_path: Path) -> None:
    read = [pydicom.dcmread(path) for path in write(tmp_path, known("MRN-12"))]
    assert {(one.PatientID, one.AccessionNumber) for one in read} == {("MRN-12", "2026-0417")}


def test_an_order_brings_it() -> None:
    (order,) = read_orders(ORDER.encode()).orders
    assert (order.header.patient_id, order.header.patient) == ("MRN-12", "Doe, Jane")


def test_cases_without_one_keep_the_fingerprint_they_were_signed_with() -> None:
    """The sum stands on reports that were printed before there was a place for the number."""
    assert case_fingerprint(known("")) == BEFORE
    assert case_fingerprint(known("MRN-12")) != BEFORE
