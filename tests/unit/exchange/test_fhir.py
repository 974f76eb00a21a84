from __future__ import annotations

import base64
import json
from dataclasses import replace
from typing import Any

import pytest
from fhir.resources.R4B.bundle import Bundle

from leukoscope.domain.cases import CaseHeader, CaseState
from leukoscope.exchange.exported_case import PURPOSE, ExportedCase
from leukoscope.exchange.fhir import fhir_bundle
from tests.unit.exchange import builders


def resources(exported: ExportedCase) -> dict[str, list[dict[str, Any]]]:
    text = fhir_bundle(exported)
    Bundle.model_validate_json(text)
    found: dict[str, list[dict[str, Any]]] = {}
    for entry in json.loads(text)["entry"]:
        found.setdefault(entry["resource"]["resourceType"], []).append(entry["resource"])
    return found


def test_a_case_has_report_patient_specimen_and_an_observation_for_each_figure() -> None:
    found = resources(builders.exported())
    assert {kind: len(ones) for kind, ones in found.items()} == {
        "DiagnosticReport": 1,
        "Patient": 1,
        "Specimen": 1,
        "Organization": 1,
        "Observation": 1 + 3 + 2 + 6,
        "Device": 2,
    }
    report = found["DiagnosticReport"][0]
    assert base64.b64decode(report["presentedForm"][0]["data"]) == b"%PDF-1.7 small"
    assert report["status"] == "preliminary"
    assert report["conclusion"].endswith(PURPOSE)
    assert found["Patient"][0]["name"] == [{"text": "Doe, Jane", "family": "Doe", "given": ["Jane"]}]


def test_every_reference_leads_somewhere_inside_the_bundle() -> None:
    bundle = json.loads(fhir_bundle(builders.exported()))
    places = {entry["fullUrl"] for entry in bundle["entry"]}

    def references(value: object) -> set[str]:
        if isinstance(value, dict):
            own = {value["reference"]} if "reference" in value else set()
            return own.union(*(references(one) for one in value.values()))
        return set().union(*(references(one) for one in value)) if isinstance(value, list) else set()

    assert references(bundle) <= places
    assert len(places) == len(bundle["entry"])


def test_program_and_person_stand_side_by_side_on_a_cell() -> None:
    cell = next(one for one in resources(builders.exported())["Observation"] if one["code"]["text"].endswith("cell 5"))
    labels = {
        part["code"]["coding"][0]["code"]: part["valueCodeableConcept"]["coding"][0]["code"]
        for part in cell["component"]
        if "valueCodeableConcept" in part
    }
    assert labels == {"label-program": "unsure", "label-person": "healthy"}
    assert cell["valueCodeableConcept"]["coding"][0]["code"] == "healthy"
    assert cell["note"][1]["authorString"] == "Åsa"


@pytest.mark.parametrize(("amended", "status"), [(False, "final"), (True, "corrected")])
def test_a_signature_makes_it_final_an_amendment_corrected(amended: bool, status: str) -> None:
    report = resources(builders.exported(builders.signed(builders.case(), amended)))["DiagnosticReport"][0]
    assert report["status"] == status
    assert report["resultsInterpreter"][0] == {"display": "Dr. Zoë Müller"}


def test_a_case_opened_again_is_preliminary_until_it_is_signed_again() -> None:
    amended = builders.signed(builders.case(), True)
    opened = replace(amended, state=CaseState.AMENDED, signatures=amended.signatures[:1])
    report = resources(builders.exported(opened))["DiagnosticReport"][0]
    assert report["status"] == "preliminary"


def test_the_same_case_has_the_same_names_each_time_and_other_cases_others() -> None:
    def names(exported: ExportedCase) -> set[str]:
        return {entry["fullUrl"] for entry in json.loads(fhir_bundle(exported))["entry"]}

    first = names(builders.exported())
    assert first == names(replace(builders.exported(), pdf=b"", software="Other"))
    assert first.isdisjoint(names(builders.exported(replace(builders.case(), id=8))))


@pytest.mark.parametrize("text", builders.WILD)
def test_any_text_arrives_as_it_is(text: str) -> None:
    header = CaseHeader("1", text, text, text, text, text)
    found = resources(builders.exported(builders.case(2, header)))
    assert found["Patient"][0]["name"][0]["text"] == text.strip()
    assert found["Specimen"][0]["type"]["text"] == text.strip()
    assert found["Specimen"][0]["note"][0]["text"] == text.strip()


def test_a_case_without_anything_is_written_too() -> None:
    empty = replace(builders.case(), header=CaseHeader(""), frames=())
    found = resources(replace(builders.exported(empty, b""), laboratory="", address=""))
    assert "presentedForm" not in found["DiagnosticReport"][0]
    assert [one["valueInteger"] for one in found["Observation"]] == [0]


def test_the_report_of_an_order_names_it_by_the_number_of_whoever_ordered() -> None:
    ordered = replace(builders.exported(), placer=("P1", "HIS"))
    (report,) = resources(ordered)["DiagnosticReport"]
    assert [(one["type"], one["identifier"]["value"]) for one in report["basedOn"]] == [("ServiceRequest", "P1")]
