"""One count, every export: page, JSON, CSV, FHIR, HL7 and DICOM say the same figures of a whole case."""

from __future__ import annotations

import csv
import json
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from highdicom.sr import srread

from leukoscope.domain.cases import Case, Decision
from leukoscope.domain.cell_classes import CELL_CLASSES, ERYTHROBLAST
from leukoscope.domain.cells import CellFlag
from leukoscope.domain.differential import Differential, Place, differential
from leukoscope.domain.findings import BundleId, Label, Naming
from leukoscope.domain.labels import named
from leukoscope.exchange.dicom_files import write_dicom
from leukoscope.exchange.fhir import fhir_bundle
from leukoscope.exchange.hl7_message import oru_message
from leukoscope.reports.findings import ImageFindings
from leukoscope.reports.findings_csv import FindingsCsv
from leukoscope.reports.findings_json import SCHEMA_PATH, FindingsJson
from tests.unit.exchange import builders
from tests.unit.reports.builders import report, write

BY_PROGRAM = ("neutrophil", "neutrophil", "lymphocyte", "monocyte", "erythroblast", "blast", "eosinophil")
BY_PERSON = {3: "blast", 5: "basophil", 11: "immature-granulocyte", 17: "smudge"}


def counted_case() -> Case:
    """30 cells in two fields: named by the program, four by a person, one cut off, one a cluster, some unnamed."""
    one = builders.case(30)
    frames = []
    for frame in one.frames:
        cells = []
        for cell in frame.cells:
            code = BY_PROGRAM[cell.id % len(BY_PROGRAM)]
            sure = cell.id % 9 != 0
            naming = Naming(
                BundleId("differential", "1", "d" * 64),
                {code: 0.95 if sure else 0.6, "basophil": 0.05 if sure else 0.4},
                confident=0.9,
                gate=0.9,
            )
            flags = {13: frozenset({CellFlag.AT_BORDER}), 14: frozenset({CellFlag.CLUSTER})}.get(cell.id, frozenset())
            label = Label.HEALTHY if code not in {"blast"} else Label.LEUKEMIC
            finding = replace(
                cell.finding, naming=naming, label=label, unsure=(), cell=replace(cell.finding.cell, flags=flags)
            )
            said = BY_PERSON.get(cell.id)
            decision = Decision(named(said).label, "Ana", builders.NOW, said) if said else None
            cells.append(replace(cell, finding=finding, decision=decision))
        frames.append(replace(frame, cells=tuple(cells)))
    return replace(one, frames=tuple(frames))


@pytest.fixture(scope="module")
def case() -> Case:
    return counted_case()


@pytest.fixture(scope="module")
def counted(case: Case) -> Differential:
    made = differential(case.cells)
    # Every place in the count occurs: else the exports would agree about nothing.
    assert made.cut_off and made.clusters and made.no_white_cells and made.erythroblasts and made.unnamed
    assert made.labeled == 3 and made.blasts.count and made.more_for()
    return made


def shares(counted: Differential) -> dict[str, tuple[int, float, float, float]]:
    """Class (``unnamed``, ``mononuclear``) -> count, percent, low, high, to two digits."""
    lines = {line.code or "unnamed": line for line in counted.lines} | {"mononuclear": counted.blasts}
    return {
        code: (line.count, *(round(100 * value, 2) for value in (line.share, *line.interval)))
        for code, line in lines.items()
    }


def by_loinc(counted: Differential) -> dict[str, tuple[int, float, float, float]]:
    """The same under the codes that leave."""
    own = {"unnamed": "diff-unnamed", "mononuclear": "diff-leukemic-mononuclear"}
    return {own.get(code) or CELL_CLASSES[code].loinc: figures for code, figures in shares(counted).items()}


def test_counts_of_images_add_up_to_that_of_the_case(case: Case, counted: Differential) -> None:
    first, second = (differential(frame.cells) for frame in case.frames)
    assert first + second == counted


@pytest.mark.parametrize("growing", [False, True])
def test_json(case: Case, counted: Differential, tmp_path: Path, growing: bool) -> None:
    path = tmp_path / "findings.json"
    schema = json.loads(SCHEMA_PATH.read_text(encoding="utf-8"))
    with FindingsJson(path, "2026-1", growing=growing) as document:
        for place, frame in enumerate(case.frames, start=1):
            document.add(ImageFindings.of_frame(frame))
            if growing:
                so_far = json.loads(path.read_text(encoding="utf-8"))
                jsonschema.validate(so_far, schema)
                assert [("case_differential" in one) for one in so_far] == [False] * (place - 1) + [True]
    entries = json.loads(path.read_text(encoding="utf-8"))
    jsonschema.validate(entries, schema)
    assert "case_differential" not in entries[0]
    said = entries[-1]["case_differential"]
    lines = {one["class"]: one for one in said["classes"]} | {"mononuclear": said["leukemic_among_mononuclear"]}
    found = {code: tuple(one[key] for key in ("count", "percent", "low", "high")) for code, one in lines.items()}
    assert found == {code: figures for code, figures in shares(counted).items() if code != "unnamed"}
    assert (said["counted"], said["cells"], said["unnamed"]) == (counted.n, counted.cells, counted.unnamed)
    assert (said["by_person"], said["more_for_3_percent"]) == (counted.labeled, counted.more_for())
    assert (said["cut_off"], said["clusters"]) == (counted.cut_off, counted.clusters)
    assert said["no_white_cells"] == counted.no_white_cells
    assert said["leukemic_among_mononuclear"]["n"] == counted.blasts.n
    assert said["erythroblasts"]["count"] == counted.erythroblasts


def test_csv(case: Case, counted: Differential, tmp_path: Path) -> None:
    with FindingsCsv(tmp_path / "findings.csv", ()) as table:
        for frame in case.frames:
            table.add(ImageFindings.of_frame(frame))
    with (tmp_path / "findings.csv").open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    white = [row for row in rows if row["counted"] == Place.WHITE_CELL.value]
    assert Counter(row["counted_class"] or "unnamed" for row in white) == {
        code: figures[0] for code, figures in shares(counted).items() if figures[0] and code != "mononuclear"
    }
    assert sum(bool(row["decided_by"]) for row in white) == counted.labeled
    places = Counter(row["counted"] for row in rows)
    assert (places["cut-off"], places["cluster"]) == (counted.cut_off, counted.clusters)
    assert (places["no-white-cell"], places["erythroblast"]) == (counted.no_white_cells, counted.erythroblasts)


def test_fhir(case: Case, counted: Differential) -> None:
    bundle = json.loads(fhir_bundle(builders.exported(case)))
    found = {one["resource"]["id"]: one["resource"] for one in bundle["entry"]}

    def parts(one: dict[str, Any]) -> dict[str, Any]:
        values = {part["code"]["coding"][0]["code"]: part for part in one["component"]}
        return {
            code: part["valueInteger"] if "valueInteger" in part else part["valueQuantity"]["value"]
            for code, part in values.items()
        }

    observed = {one["code"]["coding"][0]["code"]: one for one in found.values() if one["resourceType"] == "Observation"}
    panel = observed["69738-3"]
    members = [found[one["reference"].removeprefix("urn:uuid:")] for one in panel["hasMember"]]
    said = {one["code"]["coding"][0]["code"]: one for one in members}
    red = said.pop(CELL_CLASSES[ERYTHROBLAST].loinc)
    among = observed["diff-leukemic-mononuclear"]
    assert among["derivedFrom"] == [{"reference": f"urn:uuid:{panel['id']}"}]
    said["diff-leukemic-mononuclear"] = among
    assert {
        code: (
            parts(one)["count"], one["valueQuantity"]["value"], parts(one)["share-low"], parts(one)["share-high"],
        )
        for code, one in said.items()
    } == by_loinc(counted)  # fmt: skip
    assert parts(panel) == {
        "diff-counted": counted.n,
        "cells": counted.cells,
        "diff-by-person": counted.labeled,
        "diff-more": counted.more_for(),
    }
    assert parts(red)["count"] == counted.erythroblasts
    assert parts(among)["diff-mononuclear"] == counted.blasts.n


def test_hl7(case: Case, counted: Differential) -> None:
    lines = [line.split("|") for line in oru_message(builders.exported(case), "id-1").split("\r") if line]
    panel = next(place for place, line in enumerate(lines) if line[0] == "OBR" and line[4].startswith("69738-3^"))
    found = {(one[3].split("^")[0], one[4]): one[5] for one in lines[panel:] if one[0] == "OBX"}
    codes = dict(zip(by_loinc(counted), shares(counted), strict=True))
    said = {
        code: (
            int(found[("count", sub)]),
            *(float(found[(name, sub)]) for name in (code, "share-low", "share-high")),
        )
        for code, sub in codes.items()
    }
    assert said == by_loinc(counted)
    numbers = {code: int(found[(code, "")]) for code in ("diff-counted", "diff-by-person", "diff-more")}
    assert numbers == {
        "diff-counted": counted.n, "diff-by-person": counted.labeled, "diff-more": counted.more_for(),
    }  # fmt: skip
    assert int(found[("diff-mononuclear", "mononuclear")]) == counted.blasts.n
    assert int(found[("count", ERYTHROBLAST)]) == counted.erythroblasts


def test_dicom(case: Case, counted: Differential, tmp_path: Path) -> None:
    paths = write_dicom(builders.exported(case), builders.read_frame, builders.read_file, tmp_path)
    document = srread(next(path for path in paths if path.name == "findings.dcm"))
    groups = document.content.get_image_measurement_groups()
    (group,) = [one for one in groups if one.tracking_identifier == "Differential"]
    said = {one.name.value: float(one.value) for one in group.get_measurements()}
    assert {code: said[code] for code in by_loinc(counted)} == {
        code: figures[1] for code, figures in by_loinc(counted).items()
    }
    assert (said["diff-counted"], said["diff-by-person"], said["diff-more"], said["diff-mononuclear"]) == (
        counted.n,
        counted.labeled,
        counted.more_for(),
        counted.blasts.n,
    )


def test_the_first_page(counted: Differential, tmp_path: Path) -> None:
    content = report(12)
    text = write(replace(content, totals=replace(content.totals, differential=counted)), tmp_path)
    first = " ".join(text.pages[0].extract_text().split())
    for line in counted.lines:
        if not line.count:
            continue
        low, high = (f"{100 * bound:.0f}" for bound in line.interval)
        title = CELL_CLASSES[line.code].plural.capitalize() if line.code else "Not named"
        assert f"{title} {line.count} {100 * line.share:.0f} % {low} to {high} %" in first
    blasts = counted.blasts
    assert f"Blasts among the mononuclear cells: {blasts.count} of {blasts.n}" in first
    assert f"{counted.more_for()} more cells would make" in first.replace(",", "")
    assert f"a person has labeled {counted.labeled} of them" in first
