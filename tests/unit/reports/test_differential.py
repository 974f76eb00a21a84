"""The differential in the JSON, the CSV and on the first page."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import jsonschema

from leukoscope.domain.cells import CellFlag
from leukoscope.domain.differential import Differential
from leukoscope.domain.map_kinds import MapKind
from leukoscope.domain.morphology import MeasuredFigure
from leukoscope.reports.content import ReportCell
from leukoscope.reports.findings import ImageFindings
from leukoscope.reports.findings_csv import FindingsCsv
from leukoscope.reports.findings_json import SCHEMA_PATH, FindingsJson
from tests.unit.exchange.builders import case_frame
from tests.unit.exchange.test_classes import labeled
from tests.unit.reports.builders import report, report_cell, words_of, write


def image() -> ImageFindings:
    """Three cells, of which a person named two neutrophils and one erythroblast that the edge cuts."""
    frame = labeled("neutrophil", "neutrophil", "erythroblast").frames[0]
    last = frame.cells[2]
    cell = replace(last.finding.cell, flags=frozenset({CellFlag.AT_BORDER}))
    cut = replace(last, finding=replace(last.finding, cell=cell))
    return ImageFindings.of_frame(replace(frame, cells=(*frame.cells[:2], cut)))


def test_the_json_holds_the_differential_of_each_image(tmp_path: Path) -> None:
    with FindingsJson(tmp_path / "findings.json") as writer:
        writer.add(image())
        writer.add(ImageFindings.of_frame(case_frame(3, ())))
    first, second = json.loads((tmp_path / "findings.json").read_text(encoding="utf-8"))
    jsonschema.validate([first, second], json.loads(SCHEMA_PATH.read_text(encoding="utf-8")))
    counted = first["differential"]
    assert (counted["cells"], counted["counted"], counted["cut_off"], counted["enough"]) == (3, 2, 1, False)
    (neutrophils,) = [one for one in counted["classes"] if one["class"] == "neutrophil"]
    assert (neutrophils["count"], neutrophils["percent"], neutrophils["loinc"]) == (2, 100.0, "26511-6")
    assert neutrophils["low"] < 100 and neutrophils["by_person"] == 2
    assert "differential" not in second
    assert "case_differential" not in first and second["case_differential"] == counted
    assert first["cells"][0]["decision"]["class"] == "neutrophil"
    assert [(one["counted"], one["counted_class"], one.get("flags")) for one in first["cells"]] == [
        ("white-cell", "neutrophil", None),
        ("white-cell", "neutrophil", None),
        ("cut-off", "erythroblast", ["at-border"]),
    ]


def test_the_csv_says_what_counts_and_what_does_not(tmp_path: Path) -> None:
    with FindingsCsv(tmp_path / "findings.csv", ()) as writer:
        writer.add(image())
    with (tmp_path / "findings.csv").open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [(row["decided_class"], row["counted_class"], row["counted"]) for row in rows] == [
        ("neutrophil", "neutrophil", "white-cell"),
        ("neutrophil", "neutrophil", "white-cell"),
        ("erythroblast", "erythroblast", "cut-off"),
    ]


def test_the_first_page_has_the_table_and_says_when_the_cells_are_few(tmp_path: Path) -> None:
    counted = Differential(
        {"neutrophil": 40, "lymphocyte": 20, "erythroblast": 3, None: 4}, {"neutrophil": 2, "erythroblast": 3}, 75, 8
    )
    content = report(12)

    def first_page(given: Differential | None) -> str:
        text = write(replace(content, totals=replace(content.totals, differential=given)), tmp_path)
        return " ".join(text.pages[0].extract_text().split())

    first = first_page(counted)
    for part in (
        "Differential",
        "Neutrophils 40 62 % 50 to 73 %",
        "Not named 4 6 %",
        "64 of 75 cells were counted",
        "a person has labeled 2 of them",
        "cut off by the edge: 8",
        "Erythroblasts: 4.7 for 100 white cells",
        "Fewer than 100 white cells were counted",
    ):
        assert part in first, part
    assert "Fewer than" not in first_page(replace(counted, counts={"neutrophil": 140}))
    assert "Differential" not in first_page(None)


def test_cards_say_shape_and_weak_evidence(tmp_path: Path) -> None:
    figures = (MeasuredFigure("cell_area", 200.0, 60.0, 140.0), MeasuredFigure("nc_ratio", 0.8, 0.67, 0.92))
    plain = report_cell(1)
    first = plain.opinions[0]
    weak = replace(first, maps=(replace(first.maps[0], weak=True), *first.maps[1:]))
    cell = replace(plain, figures=figures, opinions=(weak, *plain.opinions[1:]), quality=None)
    text = words_of(write(report(1, cells=lambda: [cell]), tmp_path))
    assert "Shape, against healthy lymphocytes: N:C 0.80; cell area 200 µm², high; diameter 16.0 µm, high." in text
    assert text.count("weak evidence") == 1


def test_a_report_says_what_maps_of_each_kind_are(tmp_path: Path) -> None:
    text = words_of(write(report(1), tmp_path))
    notes = [kind.note for kind in MapKind if kind.note]
    assert notes and all(note in text for note in notes)


def test_cards_are_as_large_as_the_most_pictures_need_whichever_cell_comes_first(tmp_path: Path) -> None:
    """A cell that was kept from the leukemia models has no maps; the maps of the others must not shrink for it."""

    def pages(kept_out: int) -> int:
        def cells() -> Iterator[ReportCell]:
            for number in range(1, 41):
                cell = report_cell(number, maps=True)
                yield replace(cell, opinions=()) if number == kept_out else cell

        return len(write(replace(report(40, cells=cells), pictures=6), tmp_path).pages)

    assert pages(1) == pages(20)
