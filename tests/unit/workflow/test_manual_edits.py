"""A drawn cell is judged like any other, by the real engine; a removed one stays on the record."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from pypdf import PdfReader

from leukoscope.domain.cases import CaseFrame
from leukoscope.domain.cells import Box, CellFlag
from leukoscope.domain.findings import Label
from leukoscope.domain.frames import FrameOrigin, OriginKind
from leukoscope.sources.demo import demo_field
from leukoscope.workflow.app_dirs import AppDirs
from leukoscope.workflow.events import CaseChanged, CellAdded, Exported, Failed, FrameAdded
from leukoscope.workflow.export import formats
from leukoscope.workflow.workbench import Workbench
from tests.unit.workflow.test_workbench import PATIENCE, Heard


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def workbench(small_models: Path, warm_engine: None, heard: Heard) -> Iterator[Workbench]:
    workbench = Workbench(AppDirs.of_user(), heard)
    workbench.settings.save(operator="A. Weber")
    yield workbench
    workbench.close()


@pytest.fixture
def frame(workbench: Workbench, heard: Heard) -> CaseFrame:
    """A judged field."""
    case_id = workbench.cases.create()
    workbench.capture.add_pixels(case_id, demo_field().pixels, FrameOrigin(OriginKind.CLIPBOARD, "pasted"))
    event = heard.wait(lambda event: isinstance(event, FrameAdded))
    assert isinstance(event, FrameAdded)
    return event.frame


def the_case(workbench: Workbench) -> int:
    (line,) = workbench.cases.search()
    return line.id


def loose(box: Box) -> Box:
    return Box(box.x - 6, box.y - 6, box.width + 12, box.height + 12)


def free_place(frame: CaseFrame) -> Box:
    """A box that touches no cell."""
    for y in range(0, frame.height - 100, 50):
        for x in range(0, frame.width - 100, 50):
            boxes = [cell.finding.cell.box for cell in frame.cells]
            if all(abs(b.center[0] - x - 50) > 120 or abs(b.center[1] - y - 50) > 120 for b in boxes):
                return Box(x, y, 100, 100)
    raise AssertionError("the field is full")


def test_a_drawn_cell_is_cut_judged_and_kept(workbench: Workbench, heard: Heard, frame: CaseFrame) -> None:
    workbench.judging.draw_cell(the_case(workbench), frame, free_place(frame))
    event = heard.wait(lambda event: isinstance(event, CellAdded))
    assert isinstance(event, CellAdded)
    (again,) = workbench.cases.load(the_case(workbench)).frames
    cell = again.cells[-1]
    assert cell.id == event.cell.id
    assert cell.added is not None and cell.added.by == "A. Weber"
    assert CellFlag.ADDED_BY_HAND in cell.finding.cell.flags
    bundles = [one.bundle for one in frame.cells[0].finding.opinions]
    assert [one.bundle for one in cell.finding.opinions] == bundles
    assert all(one.maps for one in cell.finding.opinions)
    assert workbench.cases.cell_image(again, cell).pixels.any()


def test_a_cell_that_is_there_is_not_drawn_twice(workbench: Workbench, heard: Heard, frame: CaseFrame) -> None:
    workbench.judging.draw_cell(the_case(workbench), frame, loose(frame.cells[1].finding.cell.box))
    failure = heard.wait(lambda event: isinstance(event, Failed))
    assert isinstance(failure, Failed)
    assert "already" in failure.sentence
    assert len(workbench.cases.load(the_case(workbench)).cells) == len(frame.cells)


def test_drawing_a_removed_cell_brings_it_back(workbench: Workbench, heard: Heard, frame: CaseFrame) -> None:
    gone = frame.cells[1]
    workbench.judging.remove_cell(gone.id)
    (without,) = workbench.cases.load(the_case(workbench)).frames
    assert [cell.id for cell in without.removed_cells] == [gone.id]
    heard.events.clear()
    workbench.judging.draw_cell(the_case(workbench), without, loose(gone.finding.cell.box))
    heard.wait(lambda event: isinstance(event, CaseChanged))
    (again,) = workbench.cases.load(the_case(workbench)).frames
    assert [cell.id for cell in again.cells] == [cell.id for cell in frame.cells]


def test_handwork_survives_another_scale(workbench: Workbench, heard: Heard, frame: CaseFrame) -> None:
    case_id = the_case(workbench)
    workbench.judging.draw_cell(case_id, frame, free_place(frame))
    event = heard.wait(lambda event: isinstance(event, CellAdded))
    assert isinstance(event, CellAdded)
    workbench.judging.decide(event.cell.id, Label.HEALTHY)
    workbench.judging.remove_cell(frame.cells[0].id)
    scale = demo_field().um_per_px
    assert scale is not None
    workbench.judging.set_scale(case_id, [frame.id], scale)
    heard.wait(lambda event: isinstance(event, CaseChanged))
    assert workbench.judging.wait_idle(PATIENCE)
    (after,) = workbench.cases.load(case_id).frames
    assert after.id != frame.id
    assert len(after.removed_cells) == 1
    assert after.cells[-1].added is not None and after.cells[-1].added.by == "A. Weber"
    assert after.cells[-1].label is Label.HEALTHY
    assert after.cells[-1].decision is not None


def test_report_table_and_json_tell_handwork(
    workbench: Workbench, heard: Heard, frame: CaseFrame, tmp_path: Path
) -> None:
    case_id = the_case(workbench)
    workbench.judging.draw_cell(case_id, frame, free_place(frame))
    heard.wait(lambda event: isinstance(event, CellAdded))
    workbench.judging.remove_cell(frame.cells[0].id)
    workbench.judging.comment(frame.cells[1].id, "Auer rod")
    for kind, name in ((formats.PDF, "r.pdf"), (formats.TABLE, "t.csv"), (formats.ZIP, "all.zip")):
        workbench.exports.write(case_id, kind, tmp_path / name)
        heard.wait(lambda event, path=tmp_path / name: event == Exported(path))
    text = " ".join(" ".join(page.extract_text() for page in PdfReader(tmp_path / "r.pdf").pages).split())
    assert "Drawn by A. Weber" in text
    assert "A. Weber remarks: “Auer rod”" in text
    assert "Cells drawn by a person: 1. Cells taken out by a person: 1." in text
    assert "Taken out by A. Weber" in text
    head, *rows = (tmp_path / "t.csv").read_text("utf-8-sig").splitlines()
    assert ",by_hand,by_hand_who,by_hand_when," in head
    assert sum(",drawn,A. Weber," in row for row in rows) == 1
    assert sum(",removed,A. Weber," in row for row in rows) == 1
    assert len(rows) == len(frame.cells) + 1
    from zipfile import ZipFile

    with ZipFile(tmp_path / "all.zip") as archive:
        name = next(one for one in archive.namelist() if one.endswith("findings.json"))
        (image,) = json.loads(archive.read(name))
    assert len(image["cells"]) == len(frame.cells)
    assert image["cells"][-1]["drawn"]["by"] == "A. Weber"
    assert [one["removed"]["by"] for one in image["removed_cells"]] == ["A. Weber"]
