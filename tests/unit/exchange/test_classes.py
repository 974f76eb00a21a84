"""A person's class leaves in every format, with who said it, and SNOMED CT where a concept is known."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import hl7
from highdicom.sr import srread
from hl7apy.parser import parse_message

from leukoscope.domain.cases import Case, Decision
from leukoscope.domain.findings import BundleId, Naming
from leukoscope.domain.labels import named
from leukoscope.exchange.dicom_files import write_dicom
from leukoscope.exchange.fhir import fhir_bundle
from leukoscope.exchange.hl7_message import oru_message
from tests.unit.exchange import builders
from tests.unit.exchange.test_dicom import judged


def labeled(*codes: str) -> Case:
    """A case whose first cells a person has named."""
    one = builders.case()
    frame = one.frames[0]
    decisions = [Decision(named(code).label, "Ana", builders.NOW, code) for code in codes]
    said = [replace(cell, decision=decision) for cell, decision in zip(frame.cells, decisions, strict=False)]
    return replace(one, frames=(replace(frame, cells=(*said, *frame.cells[len(said) :])), *one.frames[1:]))


def test_fhir_says_the_class_of_the_person() -> None:
    bundle = json.loads(fhir_bundle(builders.exported(labeled("monocyte", "erythroblast"))))
    cells = [one["resource"] for one in bundle["entry"] if "White blood cell 1" in str(one["resource"].get("code"))]
    parts = {part["code"]["coding"][0]["code"]: part for part in cells[0]["component"]}
    codings = parts["class-person"]["valueCodeableConcept"]["coding"]
    assert [(one["system"].split(":")[0], one["code"]) for one in codings] == [
        ("urn", "monocyte"),
        ("http", "55918008"),
    ]
    second = next(
        one["resource"] for one in bundle["entry"] if "White blood cell 2" in str(one["resource"].get("code"))
    )
    # Neither leukemic, healthy nor unsure: the class is the value.
    assert second["valueCodeableConcept"]["coding"][0]["code"] == "erythroblast"


def test_hl7_says_the_class_of_the_person() -> None:
    message = hl7.parse(oru_message(builders.exported(labeled("monocyte")), "id-1"))
    (one,) = [one for one in message.segments("OBX") if str(one[3][0][0]) == "class-person"]
    assert (str(one[4]), str(one[5][0][0]), str(one[16])) == ("1", "monocyte", "^Ana")


def test_dicom_says_the_class_of_the_person(tmp_path: Path) -> None:
    exported = builders.exported(labeled("immature-granulocyte"))
    paths = write_dicom(exported, builders.read_frame, builders.read_file, tmp_path)
    report = srread(next(path for path in paths if path.name == "findings.dcm"))
    group = report.content.get_planar_roi_measurement_groups()[0]
    said = {one.name.value: one.value for one in group.get_qualitative_evaluations()}
    assert said["class-person"].value == "immature-granulocyte"
    assert said["class-person"].meaning == "Immature granulocyte"
    assert judged(paths) == []


def test_shares_leave_out_what_is_none_of_the_three_and_count_it_among_all() -> None:
    plain, other = builders.exported(), builders.exported(labeled("erythroblast"))
    assert sum(one.count for one in plain.shares) == sum(one.count for one in other.shares) + 1
    assert {one.n for one in other.shares} == {6}


COUNTED = ("neutrophil", "neutrophil", "erythroblast")


def test_fhir_has_the_differential_as_a_panel_with_loinc_codes() -> None:
    bundle = json.loads(fhir_bundle(builders.exported(labeled(*COUNTED))))
    found = {one["resource"]["id"]: one["resource"] for one in bundle["entry"]}
    codes = {one["code"]["coding"][0]["code"]: one for one in found.values() if one["resourceType"] == "Observation"}
    panel = codes["69738-3"]
    assert panel["code"]["coding"][0]["system"] == "http://loinc.org"
    members = [found[one["reference"].removeprefix("urn:uuid:")] for one in panel["hasMember"]]
    figures = {one["code"]["coding"][0]["code"]: one["valueQuantity"] for one in members}
    # Five white cells: two neutrophils by a person, one leukemic (a blast), two that nobody named.
    assert figures["26511-6"]["value"] == 40.0 and figures["26511-6"]["code"] == "%"
    assert figures["diff-unnamed"]["value"] == 40.0
    assert figures["19048-8"] == {
        "value": 20.0, "unit": "/100{WBCs}", "system": "http://unitsofmeasure.org", "code": "/100{WBCs}",
    }  # fmt: skip
    report = next(one for one in found.values() if one["resourceType"] == "DiagnosticReport")
    assert f"urn:uuid:{panel['id']}" in [one["reference"] for one in report["result"]]
    assert sum(figures[code]["value"] for code in figures if code != "19048-8") == 100.0


def test_hl7_has_the_differential_under_loinc_codes() -> None:
    message = hl7.parse(oru_message(builders.exported(labeled(*COUNTED)), "id-1"))
    values = {
        (str(one[3][0][0]), str(one[3][0][2]), str(one[4])): (str(one[5]), str(one[6]))
        for one in message.segments("OBX")
    }
    assert values[("26511-6", "LN", "neutrophil")] == ("40.00", "%")
    assert values[("19048-8", "LN", "erythroblast")] == ("20.00", "/100{WBCs}")
    assert values[("count", "99LEUKO", "neutrophil")] == ("2", "{cells}")
    assert values[("diff-counted", "99LEUKO", "")] == ("5", "{cells}")


def test_hl7_has_the_differential_as_an_order_of_its_own() -> None:
    text = oru_message(builders.exported(labeled(*COUNTED)), "id-1")
    assert parse_message(text, find_groups=True).validate()
    lines = [line.split("|") for line in text.split("\r") if line]
    orders = [line for line in lines if line[0] == "OBR"]
    assert [(one[1], one[4].split("^")[0], one[4].split("^")[2]) for one in orders] == [
        ("1", "11502-2", "LN"),
        ("2", "69738-3", "LN"),
    ]
    second = lines[lines.index(orders[1]) :]
    results = [line for line in second if line[0] == "OBX"]
    assert [int(one[1]) for one in results] == list(range(1, len(results) + 1))
    assert results[0][3].startswith("diff-counted") and results[-1][3].startswith("share-high")
    assert [line[0] for line in second if line[0] != "OBX"] == ["OBR", "SPM"]
    # Nobody has named a cell: there is no such order.
    assert oru_message(builders.exported(), "id-1").count("\rOBR|") == 1


def test_dicom_has_the_differential_and_is_accepted(tmp_path: Path) -> None:
    paths = write_dicom(builders.exported(labeled(*COUNTED)), builders.read_frame, builders.read_file, tmp_path)
    report = srread(next(path for path in paths if path.name == "findings.dcm"))
    groups = report.content.get_image_measurement_groups()
    (counted,) = [one for one in groups if one.tracking_identifier == "Differential"]
    figures = {one.name.value: (one.value, one.unit.value) for one in counted.get_measurements()}
    assert figures["26511-6"] == (40, "%")
    assert figures["19048-8"] == (20, "/100{WBCs}")
    assert judged(paths) == []


def with_names() -> Case:
    """A case whose cells were named by a differential bundle."""
    one = builders.case()
    namer = BundleId("differential", "1.0.0", "ee" * 32)
    frames = tuple(
        replace(
            frame,
            cells=tuple(
                replace(cell, finding=replace(cell.finding, naming=Naming(namer, {"neutrophil": 1.0}, 0.81, 0.5)))
                for cell in frame.cells
            ),
        )
        for frame in one.frames
    )
    return replace(one, frames=frames)


def test_fhir_says_which_model_named_the_cells() -> None:
    bundle = json.loads(fhir_bundle(builders.exported(with_names())))
    devices = [one["resource"] for one in bundle["entry"] if one["resource"]["resourceType"] == "Device"]
    assert [one["modelNumber"] for one in devices][-1] == "differential"
    assert devices[-1]["identifier"][0]["value"] == f"urn:sha256:{'ee' * 32}"
    observed = [one["resource"] for one in bundle["entry"] if "differential 1.0.0" in str(one["resource"])]
    parts = next(one for one in observed if one["resourceType"] == "Observation")["component"]
    assert [part["code"]["coding"][0]["code"] for part in parts] == ["model-sha256"]


def test_hl7_says_which_model_named_the_cells() -> None:
    message = hl7.parse(oru_message(builders.exported(with_names()), "id-1"))
    said = [(str(one[3][0][0]), str(one[5])) for one in message.segments("OBX") if str(one[4]) == "m3"]
    assert [name for name, _ in said] == ["model", "model-sha256"]
    assert "differential 1.0.0" in said[0][1]
