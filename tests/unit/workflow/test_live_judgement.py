"""Live judgement with the real engine: each cell once, the newest picture only, boxes on their cells."""

from __future__ import annotations

import queue
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from leukoscope.domain.frames import Pixels
from leukoscope.sources.demo import demo_field
from leukoscope.workflow.app_dirs import AppDirs
from leukoscope.workflow.live_judgement import NEW_AT_ONCE, LiveField, LiveFrame, LiveJudgement, moved_since
from leukoscope.workflow.workbench import Workbench

PATIENCE = 120.0


@pytest.fixture(scope="module")
def world() -> Pixels:
    return demo_field(3, width=1800, height=1400).pixels


@pytest.fixture
def fields() -> queue.Queue[LiveField | str]:
    return queue.Queue()


@pytest.fixture
def judgement(small_models: Path, fields: queue.Queue[LiveField | str]) -> Iterator[LiveJudgement]:
    workbench = Workbench(AppDirs.of_user(), lambda _event: None)
    made = workbench.capture.live_judgement(fields.put, fields.put)
    yield made
    made.close()
    workbench.close()


def view(world: Pixels, x: int, y: int) -> LiveFrame:
    return LiveFrame(np.ascontiguousarray(world[y : y + 1024, x : x + 1280]), 0.0, 0.1)


def test_a_followed_cell_is_judged_once(judgement: LiveJudgement, world: Pixels) -> None:
    first = judgement.look(view(world, 0, 0))
    assert first.found >= 4 and first.judged == min(first.found, NEW_AT_ONCE)
    again = [judgement.look(view(world, 20 * step, 10 * step)) for step in range(1, 5)]
    known = {number: finding.probability for number, finding in first.cells}
    for field in again:
        for number, finding in field.cells:
            assert known.setdefault(number, finding.probability) == finding.probability
    anew = sum(field.judged for field in again)
    assert anew <= len(known) - len(first.cells), "only what came into sight"
    assert sum(again[-1].counts().values()) == len(again[-1].cells)


def test_boxes_lie_where_the_cells_are_in_their_own_picture(judgement: LiveJudgement, world: Pixels) -> None:
    first = judgement.look(view(world, 0, 0))
    later = judgement.look(view(world, 60, 30))
    before = {number: finding.cell.box.center for number, finding in first.cells}
    both = [(before[n], finding.cell.box.center) for n, finding in later.cells if n in before]
    assert len(both) >= 3
    for (x0, y0), (x1, y1) in both:
        assert (x1 - x0, y1 - y0) == pytest.approx((-60, -30), abs=12)
    assert moved_since(first, view(world, 60, 30).pixels) == pytest.approx((-60, -30), abs=4)
    assert moved_since(first, demo_field(8, width=1280, height=1024).pixels) is None


def test_the_newest_picture_wins(judgement: LiveJudgement, world: Pixels, fields: queue.Queue[LiveField | str]) -> None:
    pictures = [view(world, 10 * step, 0) for step in range(12)]
    for picture in pictures:
        judgement.offer(picture)
    seen = []
    while not seen or seen[-1].picture is not pictures[-1]:
        field = fields.get(timeout=PATIENCE)
        assert isinstance(field, LiveField), field
        seen.append(field)
    assert len(seen) < len(pictures), "those that waited were dropped"
    judgement.close()
    judgement._thread.join(PATIENCE)
    assert not judgement._thread.is_alive()
    assert fields.empty()


def test_an_empty_picture_has_no_cells(judgement: LiveJudgement) -> None:
    field = judgement.look(LiveFrame(np.full((480, 640, 3), 235, np.uint8), 0.0))
    assert (field.found, field.judged, field.cells) == (0, 0, ())
