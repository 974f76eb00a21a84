"""From a control slide to the rule that it breaks, with the commands that a technician types."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pypdf import PdfReader

from leukoscope.cli.main import main
from leukoscope.control.limits import LEAST_RUNS
from leukoscope.domain.people import Presence
from leukoscope.sources.demo import HEALTHY_BLOOD, demo_cells, demo_field
from leukoscope.workflow.app_dirs import AppDirs
from leukoscope.workflow.control.measuring import measure_fields
from leukoscope.workflow.control.runs import ControlRuns
from leukoscope.workflow.images import file_sources
from leukoscope.workflow.opening import open_store
from leukoscope.workflow.operator_session import OperatorSession

INSTRUMENT = "Basler 100x"


@pytest.fixture(scope="module")
def slide(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three fields of a control slide."""
    folder = tmp_path_factory.mktemp("control slide")
    for seed in (1, 2, 3):
        pixels = demo_field(seed, 640, 512, leukocytes=4, kinds=HEALTHY_BLOOD).pixels
        Image.fromarray(pixels).save(folder / f"field {seed}.png")
    return folder


def _baseline(home: AppDirs, slide: Path) -> None:
    """Twenty runs of this slide that differ by a little."""
    found = measure_fields(file_sources(sorted(slide.iterdir())))
    rng = np.random.default_rng(1)
    store = open_store(home)
    runs = ControlRuns(store.trail, OperatorSession(store, Presence, lambda _: None))
    for _ in range(LEAST_RUNS):
        figures = {code: value * (1 + 0.002 * rng.standard_normal()) for code, value in found.figures.items()}
        runs.keep(INSTRUMENT, figures, 3)
    store.close()


def _darker(slide: Path, folder: Path) -> Path:
    folder.mkdir()
    for path in slide.iterdir():
        pixels = np.asarray(Image.open(path), np.float32)
        Image.fromarray(np.rint(0.95 * pixels).astype(np.uint8)).save(folder / path.name)
    return folder


def test_a_run_is_measured_held_against_limits_and_left_out(
    data_home: Path, slide: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home = AppDirs.of_user()
    assert main(["control", "show"]) == 0
    assert "No control run" in capsys.readouterr().out
    _baseline(home, slide)
    assert main(["control", "measure", str(slide), "--instrument", INSTRUMENT]) == 0
    told = capsys.readouterr().out
    assert "3 fields were measured" in told
    assert told.count("In control") >= 6
    assert main(["control", "measure", str(_darker(slide, tmp_path / "dark")), "--instrument", INSTRUMENT]) == 1
    told = capsys.readouterr().out
    assert "Light of empty glass" in told
    assert "Out of control (1-3s)" in told
    assert "Too little light: clean the lens" in told
    assert main(["control", "list"]) == 0
    number = capsys.readouterr().out.strip().splitlines()[-1].split()[0]
    assert main(["control", "exclude", number, "--reason", "lamp was cold"]) == 0
    capsys.readouterr()
    assert main(["control", "show", "--instrument", INSTRUMENT]) == 0
    assert "lamp was cold" in _listed(capsys)
    sheet = tmp_path / "sheet.pdf"
    month = datetime.now(UTC).strftime("%Y-%m")
    assert main(["control", "sheet", "--month", month, "--to", str(sheet)]) == 0
    assert "lamp was cold" in " ".join(page.extract_text() for page in PdfReader(sheet).pages)
    assert main(["audit", "verify"]) == 0


def _listed(capsys: pytest.CaptureFixture[str]) -> str:
    capsys.readouterr()
    main(["control", "list"])
    return capsys.readouterr().out


@pytest.mark.parametrize("what", ["two fields", "two sizes", "cells", "nothing"])
def test_what_is_no_control_slide_is_one_sentence_and_nothing_is_kept(
    data_home: Path, slide: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], what: str
) -> None:
    folder = tmp_path / "bad"
    folder.mkdir()
    fields = [np.asarray(Image.open(path)) for path in sorted(slide.iterdir())]
    chosen = {
        "two fields": fields[:2],
        "two sizes": [*fields[:2], fields[2][:400]],
        "cells": [frame.pixels for frame in demo_cells(3)],
        "nothing": [],
    }[what]
    for place, pixels in enumerate(chosen):
        Image.fromarray(pixels).save(folder / f"{place}.png")
    assert main(["control", "measure", str(folder), "--instrument", INSTRUMENT]) == 1
    told = capsys.readouterr().err.strip().splitlines()[-1]
    assert {"two sizes": "differ in size"}.get(what, "could be measured") in told
    assert main(["control", "list"]) == 0
    assert "No control run" in capsys.readouterr().out


def test_charts_of_two_instruments_do_not_mix(data_home: Path, slide: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _baseline(AppDirs.of_user(), slide)
    assert main(["control", "measure", str(slide), "--instrument", "Basler 40x"]) == 0
    assert "19 of 20 runs are missing" in capsys.readouterr().out
