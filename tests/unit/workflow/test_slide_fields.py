"""A slide's region into results and into a case: its cells are those of one piece, each in one field, and judged."""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from leukoscope.cli.slides import add_arguments, slide_parts
from leukoscope.domain.cases import CaseFrame
from leukoscope.domain.cells import Box, View
from leukoscope.domain.errors import ImageError, LeukoScopeError
from leukoscope.domain.frames import Pixels
from leukoscope.domain.seen_twice import is_same
from leukoscope.domain.slide_margins import counted_beside, neighbors
from leukoscope.domain.slides import field_place
from leukoscope.imaging.leukocytes import find_leukocytes
from leukoscope.sources import decoding
from leukoscope.sources.demo import HEALTHY_BLOOD, demo_field
from leukoscope.sources.slide import Slide, open_slide
from leukoscope.workflow.app_dirs import AppDirs
from leukoscope.workflow.batch import BatchRequest, analyze_to_folder
from leukoscope.workflow.events import CellAdded, CellsChanged, Failed, Stopped
from leukoscope.workflow.slide_events import SlideProposed, SlideStep, SlideTaken
from leukoscope.workflow.slide_fields import fields_of, monolayers_of, planned, scale_of
from leukoscope.workflow.workbench import Workbench
from tests.unit.sources.slides.slide_files import write_svs, write_tiled

from .test_batch import Plain
from .test_workbench import PATIENCE, Heard

UM_PER_PX = 0.1
SIZE = 3400, 2700


@pytest.fixture(scope="module")
def smear() -> Pixels:
    return demo_field(8, *SIZE, leukocytes=24, kinds=HEALTHY_BLOOD).pixels


@pytest.fixture
def path(smear: Pixels, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(decoding, "MAX_PIXELS", 4_000_000)
    return write_svs(tmp_path / "slides" / "a.svs", smear, um_per_px=UM_PER_PX)


@pytest.fixture
def slide(path: Path) -> Iterator[Slide]:
    opened = open_slide(path)
    assert opened is not None
    yield opened
    opened.close()


def arguments(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("paths", nargs="+", type=Path)
    add_arguments(parser)
    return parser.parse_args(words)


def test_the_results_of_a_region_have_each_cell_of_one_piece_once(path: Path, smear: Pixels, tmp_path: Path) -> None:
    with slide_parts(arguments(str(path), "--region", f"0,0,{SIZE[0]},{SIZE[1]}")) as parts:
        assert len(parts) == 9
        request = BatchRequest((), tmp_path / "out", view=View.FIELD, pdf=True, parts=parts)
        outcome = analyze_to_folder(request, Plain(), ())
    found = json.loads((tmp_path / "out" / "findings.json").read_text(encoding="utf-8"))
    centers = []
    for image in found:
        x0, y0 = (int(one) for one in image["path"].partition("#xywh=")[2].split(",")[:2])
        assert image["stage"]["x_um"] > 0
        for one in image["cells"]:
            x, y, width, height = one["box"] if isinstance(one["box"], list) else one["box"].values()
            centers.append((x0 + x + width / 2, y0 + y + height / 2))
    wanted = [blob.box.center for blob in find_leukocytes(smear, UM_PER_PX)]
    assert outcome.cells == len(centers) == len(wanted) > 15
    near = [min(wanted, key=lambda one: math.dist(one, center)) for center in centers]
    assert len(set(near)) == len(wanted)
    assert max(math.dist(one, other) for one, other in zip(near, centers, strict=True)) < 1.0 / UM_PER_PX
    assert (tmp_path / "out" / "report.pdf").exists()


def test_the_command_line_says_what_a_slide_needs(path: Path, tmp_path: Path) -> None:
    for words, sentence in (
        ([str(path)], "say which part"),
        ([str(path), str(path), "--monolayer"], "give its file alone"),
        ([str(path), "--region", "99999,0,10,10"], "beside the picture"),
        ([str(path), "--region", "0,0,60,60"], "No white cells"),
    ):
        with pytest.raises(LeukoScopeError, match=sentence), slide_parts(arguments(*words)):
            raise AssertionError
    image = tmp_path / "a.png"
    image.write_bytes(b"\x89PNG")
    with slide_parts(arguments(str(image))) as parts:
        assert parts == ()
    with pytest.raises(SystemExit):
        arguments(str(path), "--region", "1,2,3")


def test_the_monolayer_is_proposed_and_judged_from_the_command_line(path: Path) -> None:
    with slide_parts(arguments(str(path), "--monolayer")) as parts:
        assert parts


def test_where_cells_lie_apart_nowhere_a_sentence_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoding, "MAX_PIXELS", 1_000_000)
    empty = np.full((2000, 2000, 3), 230, np.uint8)
    opened = open_slide(write_tiled(tmp_path / "empty.tif", empty))
    assert opened is not None
    try:
        with pytest.raises(ImageError, match="where cells lie apart"):
            monolayers_of(opened, 0.25)
    finally:
        opened.close()


def test_a_slide_without_a_scale_needs_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoding, "MAX_PIXELS", 1_000_000)
    opened = open_slide(write_tiled(tmp_path / "a.tif", np.full((2000, 2000, 3), 230, np.uint8), um_per_px=300.0))
    assert opened is not None
    try:
        with pytest.raises(ImageError, match="does not state its scale"):
            scale_of(opened, None)
        assert scale_of(opened, 0.2) == 0.2
        with pytest.raises(ImageError, match="are taken at once"):
            planned(opened, Box(0, 0, 2000, 2000), 1.4 * 10)
    finally:
        opened.close()


def test_cells_that_are_counted_already_are_not_counted_again(slide: Slide) -> None:
    whole = [found for _, found in fields_of(slide, slide.info.whole, UM_PER_PX)]
    known = [center for one in whole[:3] for center in one.on_slide]
    again = [center for _, one in fields_of(slide, slide.info.whole, UM_PER_PX, known=known) for center in one.on_slide]
    assert len(known) > 3
    assert len(known) + len(again) == sum(len(one.centers) for one in whole)


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def workbench(small_models: Path, warm_engine: None, heard: Heard) -> Iterator[Workbench]:
    made = Workbench(AppDirs.of_user(), heard)
    made.operator.say_name("A. Weber")
    yield made
    made.close()


def test_a_region_enters_a_case_as_fields_and_is_judged(workbench: Workbench, heard: Heard, path: Path) -> None:
    slide = workbench.slides.open(path)
    assert slide is not None
    slide.close()
    case_id = workbench.cases.create()
    workbench.slides.take(case_id, slide.info, slide.info.whole)
    taken = heard.wait(lambda event: isinstance(event, SlideTaken | Failed))
    assert isinstance(taken, SlideTaken), taken
    assert workbench.judging.wait_idle(PATIENCE)
    case = workbench.cases.load(case_id)
    assert len(case.frames) == taken.fields
    assert len(case.cells) == taken.cells > 15
    assert all(frame.um_per_px == UM_PER_PX and frame.error is None for frame in case.frames)
    assert len(heard.of(SlideStep)) == taken.fields + taken.empty
    # The same region once more, and a part of it: nothing of it is counted twice.
    for region in (slide.info.whole, Box(500, 500, 2000, 1500)):
        heard.events.clear()
        workbench.slides.take(case_id, slide.info, region)
        again = heard.wait(lambda event: isinstance(event, SlideTaken | Failed))
        assert isinstance(again, SlideTaken)
        assert (again.fields, again.cells) == (0, 0)
    # Judged again, a field still has the cells that are counted in it.
    workbench.judging.judge_again(case_id, [case.frames[0].id])
    assert workbench.judging.wait_idle(PATIENCE)
    assert len(workbench.cases.load(case_id).cells) == taken.cells


def in_the_margin(frame: CaseFrame, frames: tuple[CaseFrame, ...]) -> tuple[CaseFrame, Box] | None:
    """A cell that a field shows whole at its margin and another one counts: that one, and its box in the first."""
    for neighbor in neighbors(frame, frames):
        for box in neighbor.boxes:
            inside = box.x > 3 and box.y > 3 and box.x + box.width + 3 < frame.width
            if inside and box.y + box.height + 3 < frame.height:
                return neighbor.frame, box
    return None


def test_a_cell_that_the_field_beside_counts_is_not_drawn_once_more(
    workbench: Workbench, heard: Heard, path: Path
) -> None:
    slide = workbench.slides.open(path)
    assert slide is not None
    slide.close()
    case_id = workbench.cases.create()
    workbench.slides.take(case_id, slide.info, slide.info.whole)
    taken = heard.wait(lambda event: isinstance(event, SlideTaken | Failed))
    assert isinstance(taken, SlideTaken)
    assert workbench.judging.wait_idle(PATIENCE)
    frames = workbench.cases.load(case_id).frames
    frame, counting, box = next((one, *seen) for one in frames if (seen := in_the_margin(one, frames)) is not None)
    assert counted_beside(frame, frames) >= 1
    heard.events.clear()
    workbench.judging.draw_cell(case_id, frame, Box(box.x - 3, box.y - 3, box.width + 6, box.height + 6))
    said = heard.wait(lambda event: isinstance(event, CellAdded | Failed))
    assert isinstance(said, Failed), said
    place = [one.id for one in frames].index(counting.id) + 1
    assert said.sentence.startswith(f"Image {place} counts this cell already")
    assert len(workbench.cases.load(case_id).cells) == taken.cells
    # Neither is the box of another cell put there.
    other = next(cell for cell in frame.cells)
    heard.events.clear()
    workbench.judging.change_box(case_id, frame, other.id, box)
    said = heard.wait(lambda event: isinstance(event, CellsChanged | Failed))
    assert isinstance(said, Failed) and "counts this cell already" in said.sentence
    # What was taken out beside it may be drawn here, and is then counted by no later region.
    theirs = next(cell for cell in counting.cells if is_same(box, moved(cell.finding.cell.box, counting, frame), 0, 0))
    workbench.judging.remove_cell(theirs.id)
    heard.events.clear()
    workbench.judging.draw_cell(case_id, frame, Box(box.x - 3, box.y - 3, box.width + 6, box.height + 6))
    assert isinstance(heard.wait(lambda event: isinstance(event, CellAdded | Failed)), CellAdded)
    assert len(workbench.cases.load(case_id).cells) == taken.cells
    heard.events.clear()
    workbench.slides.take(case_id, slide.info, slide.info.whole)
    again = heard.wait(lambda event: isinstance(event, SlideTaken | Failed))
    assert isinstance(again, SlideTaken)
    assert again.cells == 0


def moved(box: Box, of: CaseFrame, to: CaseFrame) -> Box:
    """A box of one field in pixels of another."""
    one, other = field_place(of.origin), field_place(to.origin)
    assert one is not None
    assert other is not None
    return Box(box.x + one[1].x - other[1].x, box.y + one[1].y - other[1].y, box.width, box.height)


def test_a_slide_that_goes_away_or_is_stopped_says_so_and_keeps_what_is_taken(
    workbench: Workbench, heard: Heard, path: Path
) -> None:
    slide = workbench.slides.open(path)
    assert slide is not None
    slide.close()
    case_id = workbench.cases.create()
    workbench.slides.propose(slide.info)
    assert isinstance(heard.wait(lambda event: isinstance(event, SlideProposed | Failed)), SlideProposed)
    workbench.slides.take(case_id, slide.info, slide.info.whole)
    heard.wait(lambda event: isinstance(event, SlideStep) and event.what == "region")
    workbench.slides.stop()
    heard.wait(lambda event: isinstance(event, Stopped))
    assert workbench.judging.wait_idle(PATIENCE)
    assert 1 <= len(workbench.cases.load(case_id).frames) < 9
    path.unlink()
    workbench.slides.take(case_id, slide.info, slide.info.whole)
    gone = heard.wait(lambda event: isinstance(event, Failed))
    assert isinstance(gone, Failed)
    assert "drive" in gone.sentence
