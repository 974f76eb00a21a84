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
from leukoscope.exchange.order_table import read_table
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


def test_date_of_birth_sex_and_conclusion_leave_with_the_case(tmp_path: Path) -> None:
    header = replace(builders.case().header, birth_date="1960-12-24", sex="female", conclusion="No blasts seen.")
    case = replace(builders.case(), header=header)
    segments = hl7.parse(oru_message(builders.exported(case), "1"))
    assert [str(segments.segment("PID")[place]) for place in (7, 8)] == ["19601224", "F"]
    assert any(str(note[3]) == "Conclusion: No blasts seen." for note in segments.segments("NTE"))
    resources = [one["resource"] for one in json.loads(fhir_bundle(builders.exported(case)))["entry"]]
    patient = next(one for one in resources if one["resourceType"] == "Patient")
    assert (patient["gender"], patient["birthDate"]) == ("female", "1960-12-24")
    assert resources[0]["conclusion"].startswith("No blasts seen.")
    read = [pydicom.dcmread(path) for path in write(tmp_path, case)]
    assert {(one.PatientBirthDate, one.PatientSex) for one in read} == {("19601224", "F")}


def test_orders_bring_date_of_birth_and_sex_and_say_what_cannot_be_read() -> None:
    said = ORDER.replace("Doe^Jane", "Doe^Jane||196012241130|F")
    (order,) = read_orders(said.encode()).orders
    assert (order.header.birth_date, order.header.sex) == ("1960-12-24", "female")
    listed = read_orders(ORDER.replace("Doe^Jane", "Doe^Jane||soon|9").encode())
    assert (listed.orders[0].header.birth_date, listed.orders[0].header.sex) == ("", "")
    assert [one.kind for one in listed.notes] == ["date of birth", "sex"]
    table = read_table(b"Nummer;Geburtsdatum;Geschlecht\nA1;24.12.1960;w\nA2;05/06/1960;?\n")
    assert [(one.header.birth_date, one.header.sex) for one in table.orders] == [("1960-12-24", "female"), ("", "")]
    assert len(table.notes) == 2
