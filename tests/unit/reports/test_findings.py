from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import jsonschema
import numpy as np
import psutil
import pytest

from leukoscope.domain.analysis import ImageAnalysis
from leukoscope.domain.cases import CaseCell, CaseFrame, Decision
from leukoscope.domain.cells import Box, Cell, View
from leukoscope.domain.errors import ReportError
from leukoscope.domain.findings import BundleId, Finding, Label, Naming, Opinion, Thresholds, UnsureReason
from leukoscope.domain.frames import Frame, FrameOrigin, OriginKind
from leukoscope.domain.microscopes import Microscope
from leukoscope.domain.morphology import MeasuredFigure
from leukoscope.domain.quality import QualityMeasure, QualityReport, QualityVerdict
from leukoscope.domain.stage import StagePosition
from leukoscope.reports.findings import ImageFindings
from leukoscope.reports.findings_csv import FindingsCsv
from leukoscope.reports.findings_json import SCHEMA_PATH, FindingsJson, image_entry
from leukoscope.reports.spreadsheets import safe_text
from tests.forked_programs import run_program

BAND = Thresholds(0.3, 0.7)
QUALITY = QualityReport((QualityMeasure("focus", 3.25, "", QualityVerdict.WARN, "Turn the fine focus."),))
SCHEMA = json.loads(SCHEMA_PATH.read_text(encoding="utf-8"))


def finding(probability: float, unsure: tuple[UnsureReason, ...] = ()) -> Finding:
    cell = Cell(Box(5, 6, 7, 8), np.ones((8, 7), np.bool_), "ab" * 32)
    opinions = tuple(
        Opinion(BundleId(name, "1.0.0", "cd" * 32), 0.5, probability, BAND) for name in ("ensemble", "hybrid")
    )
    return Finding(cell, opinions, Label.UNSURE if unsure else BAND.label(probability), probability, BAND, unsure)


def analysis(name: str = "/data/c.png", count: int = 2) -> ImageAnalysis:
    frame = Frame(np.zeros((20, 20, 3), np.uint8), FrameOrigin(OriginKind.FILE, "c.png", name), "ab" * 32)
    findings = [finding(0.9), finding(0.5, (UnsureReason.NOVELTY, UnsureReason.BAND)), *[finding(0.1)] * (count - 2)]
    return ImageAnalysis(name, frame, View.CELL, QUALITY, tuple(findings[:count]))


FAILED = ImageAnalysis("/data/=broken.png", error="The file is damaged; take it again.")
MAPS = (({"lite0": "maps/1.png"}, {"attention": "maps/2.png"}), ({}, {"attention": "maps/3.png"}))


def write_json(path: Path, *images: ImageFindings) -> list[dict[str, object]]:
    with FindingsJson(path) as out:
        for image in images:
            out.add(image)
    document: list[dict[str, object]] = json.loads(path.read_text(encoding="utf-8"))
    return document


def write_csv(path: Path, *images: ImageFindings) -> list[dict[str, str]]:
    with FindingsCsv(path, ("ensemble", "hybrid")) as out:
        for image in images:
            out.add(image)
    return list(csv.DictReader(io.StringIO(path.read_bytes().decode("utf-8-sig"), newline="")))


def test_the_json_has_the_promised_shape(tmp_path: Path) -> None:
    images = ImageFindings.of_analysis(analysis(), MAPS), ImageFindings.of_analysis(FAILED)
    taken = replace(images[1], microscope=Microscope("Basler", "100x"), stage=StagePosition(12.5, -3.0))
    *document, last = write_json(tmp_path / "findings.json", *images, taken)
    jsonschema.validate([*document, last], SCHEMA, cls=jsonschema.Draft202012Validator)
    assert last["microscope"] == {"camera": "Basler", "objective": "100x"}
    assert last["stage"] == {"x_um": 12.5, "y_um": -3.0} and "stage" not in document[0]
    assert document == [
        {
            "path": "/data/c.png",
            "sha256": "ab" * 32,
            "quality": {
                "verdict": "warn",
                "measures": [
                    {"name": "focus", "value": 3.25, "unit": "", "verdict": "warn", "sentence": "Turn the fine focus."}
                ],
            },
            "error": None,
            "cells": [
                {
                    "box": [5, 6, 7, 8], "label": "leukemic", "probability": 0.9, "unsure": None,
                    "opinions": [
                        {"model": "ensemble", "version": "1.0.0", "probability": 0.9, "maps": {"lite0": "maps/1.png"}},
                        {
                            "model": "hybrid", "version": "1.0.0", "probability": 0.9,
                            "maps": {"attention": "maps/2.png"},
                        },
                    ],
                },
                {
                    "box": [5, 6, 7, 8], "label": "unsure", "probability": 0.5, "unsure": "unlike-training-data",
                    "opinions": [
                        {"model": "ensemble", "version": "1.0.0", "probability": 0.5, "maps": {}},
                        {
                            "model": "hybrid", "version": "1.0.0", "probability": 0.5,
                            "maps": {"attention": "maps/3.png"},
                        },
                    ],
                },
            ],
        },
        {
            "path": "/data/=broken.png", "sha256": None, "quality": None,
            "error": "The file is damaged; take it again.", "cells": [],
        },
    ]  # fmt: skip


def test_the_schema_is_a_schema_and_refuses_other_shapes(tmp_path: Path) -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    validator = jsonschema.Draft202012Validator(SCHEMA)
    good = write_json(tmp_path / "findings.json", ImageFindings.of_analysis(analysis()))
    assert validator.is_valid(good)
    changes: list[Callable[[dict], object]] = [
        lambda image: image.pop("quality"),
        lambda image: image.update(extra=1),
        lambda image: image["cells"][0].update(label="cancer"),
        lambda image: image["cells"][0].update(probability=1.5),
        lambda image: image["cells"][0].update(box=[1, 2, 3]),
        lambda image: image["cells"][0].update(unsure="because"),
        lambda image: image["cells"][0]["opinions"][0].pop("maps"),
        lambda image: image.update(sha256="short"),
    ]
    for change in changes:
        broken = json.loads(json.dumps(good))
        change(broken[0])
        assert not validator.is_valid(broken)


def test_every_reason_is_in_the_schema() -> None:
    known = SCHEMA["$defs"]["cell"]["properties"]["unsure"]["enum"]
    assert known == [None, *(reason.value for reason in UnsureReason)]


def test_an_empty_list_is_a_list(tmp_path: Path) -> None:
    assert write_json(tmp_path / "findings.json") == []


@pytest.mark.parametrize("name", ["Nguyễn 王.png", 'a"b\\c.png', "new\nline.png", "lone \udcff byte.png"])
def test_any_file_name_survives(tmp_path: Path, name: str) -> None:
    (row,) = write_csv(tmp_path / "findings.csv", ImageFindings.of_analysis(analysis(name, 1)))
    with FindingsJson(tmp_path / "findings.json") as out:
        out.add(ImageFindings.of_analysis(analysis(name, 1)))
    (image,) = json.loads((tmp_path / "findings.json").read_bytes().decode("utf-8"))
    assert image["path"] == name
    assert row["path"] == name.encode("utf-8", "replace").decode()


def test_a_person_s_decision_is_kept_beside_the_label(tmp_path: Path) -> None:
    at = datetime(2026, 11, 23, 14, 5, tzinfo=UTC)
    cells = (CaseCell(1, 1, finding(0.9), Decision(Label.HEALTHY, "=Ana", at)), CaseCell(2, 1, finding(0.1)))
    frame = CaseFrame(1, "/data/c.png", "ab" * 32, 20, 20, None, View.CELL, QUALITY, None, cells)
    (image,) = write_json(tmp_path / "findings.json", ImageFindings.of_frame(frame))
    jsonschema.validate([image], SCHEMA, cls=jsonschema.Draft202012Validator)
    first, second = image_entry(ImageFindings.of_frame(frame))["cells"]
    assert first["decision"] == {"label": "healthy", "by": "=Ana", "at": "2026-11-23T14:05:00+00:00"}
    assert first["label"] == "leukemic"
    assert "decision" not in second
    rows = write_csv(tmp_path / "findings.csv", ImageFindings.of_frame(frame))
    assert (rows[0]["decision"], rows[0]["decided_by"], rows[0]["label"]) == ("healthy", "'=Ana", "leukemic")
    assert rows[1]["decision"] == ""


def test_the_csv_has_one_row_for_each_cell(tmp_path: Path) -> None:
    path = tmp_path / "findings.csv"
    rows = write_csv(path, ImageFindings.of_analysis(analysis()), ImageFindings.of_analysis(FAILED))
    assert path.read_bytes().startswith(b"\xef\xbb\xbfpath,sha256,")
    assert path.read_bytes().count(b"\r\n") == 4
    assert len(rows) == 3
    columns = ("cell", "x", "y", "width", "height", "label", "probability", "unsure")
    assert {name: rows[1][name] for name in columns} == {
        "cell": "2", "x": "5", "y": "6", "width": "7", "height": "8",
        "label": "unsure", "probability": "0.5000", "unsure": "unlike-training-data inside-unsure-band",
    }  # fmt: skip
    assert (rows[0]["ensemble version"], rows[0]["hybrid probability"], rows[0]["hybrid label"]) == (
        "1.0.0", "0.9000", "leukemic",
    )  # fmt: skip
    assert rows[0]["quality"] == "warn"
    assert (rows[2]["error"], rows[2]["cell"], rows[2]["hybrid label"]) == (FAILED.error, "", "")


def test_a_model_that_did_not_speak_leaves_its_columns_empty(tmp_path: Path) -> None:
    with FindingsCsv(tmp_path / "f.csv", ("hybrid", "mine")) as out:
        out.add(ImageFindings.of_analysis(analysis()))
    rows = list(csv.DictReader(io.StringIO((tmp_path / "f.csv").read_text(encoding="utf-8-sig"))))
    assert rows[0]["mine probability"] == ""
    assert rows[0]["hybrid probability"] == "0.9000"


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "＝", "＋"])
def test_no_text_is_a_formula(start: str) -> None:
    assert safe_text(f"{start}1+1") == f"'{start}1+1"
    assert safe_text("a" + start) == "a" + start
    assert safe_text("") == ""


@pytest.mark.parametrize("writer", [FindingsJson, lambda path: FindingsCsv(path, ())])
def test_after_an_exception_the_old_file_stays(tmp_path: Path, writer: Callable[[Path], FindingsJson]) -> None:
    path = tmp_path / "findings.out"
    path.write_text("old")
    with pytest.raises(KeyError), writer(path) as out:
        out.add(ImageFindings.of_analysis(analysis()))
        raise KeyError("stop")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(ReportError, match="does not exist"), FindingsJson(tmp_path / "no" / "f.json"):
        pass


@pytest.mark.skipif(os.name == "nt", reason="needs POSIX limits")
@pytest.mark.parametrize("writer", ["FindingsJson(path)", "FindingsCsv(path, ('hybrid',))"])
def test_a_full_disk_leaves_nothing(tmp_path: Path, repository: Path, writer: str) -> None:
    program = f"""
import resource, signal, sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from leukoscope.domain.errors import ReportError
from leukoscope.reports.findings import ImageFindings
from leukoscope.reports.findings_csv import FindingsCsv
from leukoscope.reports.findings_json import FindingsJson
from tests.unit.reports.test_findings import analysis
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
path = Path(sys.argv[1]) / "findings.out"
try:
    with {writer} as out:
        for _ in range(1000):
            out.add(ImageFindings.of_analysis(analysis()))
except ReportError as error:
    print(error.message)
"""
    result = run_program(program, str(tmp_path), str(repository))
    assert result.returncode == 0, result.stderr
    assert "no room on the disk for “findings.out”" in result.stdout
    assert list(tmp_path.iterdir()) == []


def test_ten_thousand_images_are_written_in_constant_memory(tmp_path: Path) -> None:
    image = ImageFindings.of_analysis(analysis())
    process = psutil.Process()
    with FindingsJson(tmp_path / "f.json") as document, FindingsCsv(tmp_path / "f.csv", ("hybrid",)) as table:
        for turn in range(10_000):
            document.add(image)
            table.add(image)
            if turn == 100:
                before = process.memory_info().rss
        grown = process.memory_info().rss - before
    assert grown < 3_000_000
    assert (tmp_path / "f.json").stat().st_size > 8_000_000


def test_figures_of_shape_stand_beside_their_opinion(tmp_path: Path) -> None:
    figures = (MeasuredFigure("cell_area", 141.25, 58.0, 120.5, 0.75), MeasuredFigure("nc_ratio", 0.5, 0.7, 0.9))
    plain = finding(0.9)
    shape = replace(plain.opinions[0], bundle=BundleId("morphology", "1.0.0", "ef" * 32), figures=figures)
    measured = replace(analysis(count=2), findings=(replace(plain, opinions=(*plain.opinions, shape)), finding(0.1)))
    image = ImageFindings.of_analysis(measured)
    document = write_json(tmp_path / "findings.json", image)
    jsonschema.validate(document, SCHEMA)
    opinions = image_entry(image)["cells"][0]["opinions"]
    assert "figures" not in opinions[0]
    assert opinions[2]["figures"][0] == {
        "name": "cell_area", "unit": "µm²", "value": 141.25, "low": 58.0, "high": 120.5, "level": "high",
        "contribution": 0.75,
    }  # fmt: skip
    assert opinions[2]["figures"][1]["level"] == "low"
    rows = write_csv(tmp_path / "findings.csv", image)
    assert (rows[0]["cell_area [µm²]"], rows[0]["nc_ratio"], rows[0]["lobes"]) == ("141.2", "0.5", "")
    assert rows[1]["cell_area [µm²]"] == ""


def test_figures_of_a_cell_that_no_opinion_rests_on_stand_with_the_cell(tmp_path: Path) -> None:
    """A neutrophil has area and lobes like any cell; only the opinion is withheld."""
    measured = (MeasuredFigure("cell_area", 131.25, 58.0, 120.5), MeasuredFigure("lobes", 3.0, 1.0, 1.0))
    naming = Naming(BundleId("differential", "1", "d" * 64), {"neutrophil": 0.99, "blast": 0.01}, 0.9, 0.9)
    plain = finding(0.1)
    kept = replace(plain, opinions=(), probability=None, naming=naming, measured=measured)
    image = ImageFindings.of_analysis(replace(analysis(count=2), findings=(kept, plain)))
    document = write_json(tmp_path / "findings.json", image)
    jsonschema.validate(document, SCHEMA)
    first, second = image_entry(image)["cells"]
    assert [(one["name"], one["value"], one["level"]) for one in first["figures"]] == [
        ("cell_area", 131.25, "high"),
        ("lobes", 3.0, "high"),
    ]
    assert "figures" not in second
    rows = write_csv(tmp_path / "findings.csv", image)
    assert (rows[0]["cell_area [µm²]"], rows[0]["lobes"], rows[1]["lobes"]) == ("131.2", "3", "")
