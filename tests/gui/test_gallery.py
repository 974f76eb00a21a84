from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from leukoscope.domain.cases import CaseCell, CaseFrame, Decision
from leukoscope.domain.findings import Label
from leukoscope.domain.frames import Pixels
from leukoscope.gui.models.cell_list import CellList, Filter, Sort
from leukoscope.gui.widgets.gallery import CellGallery
from tests.gui.builders import BLURRED, case_cell, case_frame

NOW = datetime(2026, 11, 23, tzinfo=UTC)


def _nothing_newer(_id: int) -> None:
    return None


def _frames() -> tuple[CaseFrame, CaseFrame]:
    first = case_frame(1, case_cell(1, 0.9, 0.95), case_cell(2, 0.1, 0.2), case_cell(3, 0.2, 0.9))
    return first, case_frame(2, case_cell(4, 0.5, 0.52, frame_id=2), quality=BLURRED)


def _shown(model: CellList) -> list[int]:
    return list(model.rows())


@pytest.fixture
def model(qtbot: QtBot) -> CellList:
    made = CellList()
    made.set_frames(_frames(), _nothing_newer)
    return made


def test_groups_hold_the_label_that_counts(model: CellList) -> None:
    assert [model.count(label) for label in (Label.UNSURE, Label.LEUKEMIC, Label.HEALTHY)] == [2, 1, 1]
    model.show(group=Label.UNSURE, sort_by=Sort.READING, filter_by=Filter.ALL)
    assert _shown(model) == [3, 4]
    decided = CaseCell(3, 1, model.cell_at(0).finding, Decision(Label.HEALTHY, "A. Weber", NOW))  # type: ignore[union-attr]
    model.change_cell(decided)
    assert _shown(model) == [4]
    assert model.count(Label.HEALTHY) == 2
    model.show(group=Label.HEALTHY, sort_by=Sort.READING, filter_by=Filter.DECIDED)
    assert _shown(model) == [3]


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        (Sort.READING, [1, 2, 3, 4]),
        (Sort.LEUKEMIC_FIRST, [1, 3, 4, 2]),
        (Sort.HEALTHY_FIRST, [2, 4, 3, 1]),
        (Sort.DOUBT, [4, 3, 2, 1]),
        (Sort.SPREAD, [3, 2, 1, 4]),
    ],
)
def test_orders(model: CellList, sort: Sort, expected: list[int]) -> None:
    model.show(group=None, sort_by=sort, filter_by=Filter.ALL)
    assert _shown(model) == expected
    assert [model.row_of(cell_id) for cell_id in expected] == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("chosen", "expected"), [(Filter.DISAGREE, [3]), (Filter.QUALITY, [4]), (Filter.UNDECIDED, [1, 2, 3, 4])]
)
def test_filters(model: CellList, chosen: Filter, expected: list[int]) -> None:
    model.show(group=None, sort_by=Sort.READING, filter_by=chosen)
    assert _shown(model) == expected


def test_a_new_frame_takes_its_place_in_the_order(model: CellList) -> None:
    model.show(group=None, sort_by=Sort.LEUKEMIC_FIRST, filter_by=Filter.ALL)
    model.add_frames([case_frame(3, case_cell(5, 0.7, 0.7, frame_id=3))])
    assert _shown(model) == [1, 5, 3, 4, 2]


def _solid(color: int) -> Callable[[CaseFrame, CaseCell], Pixels]:
    return lambda _frame, _cell: np.full((80, 80, 3), color, np.uint8)


def test_labeling_in_a_group_goes_on_to_the_next_cell(qtbot: QtBot) -> None:
    gallery = CellGallery()
    qtbot.addWidget(gallery)
    gallery.set_source(_solid(90))
    gallery.set_frames(_frames(), _nothing_newer)
    gallery.choose_group(Label.UNSURE)
    assert gallery.current_id == 3
    finding = gallery.model.cell_at(0).finding  # type: ignore[union-attr]
    with qtbot.waitSignal(gallery.current_changed):
        gallery.model.change_cell(CaseCell(3, 1, finding, Decision(Label.LEUKEMIC, "", NOW)))
    assert gallery.current_id == 4
    gallery.choose(3, anywhere=True)
    assert gallery.current_id == 3
    gallery.thumbnails.stop()


def test_ten_thousand_cells_are_smooth(qtbot: QtBot) -> None:
    """Filling, sorting and scrolling 10,000 cells: no step may hold the window for long on a slow machine."""
    gallery = CellGallery()
    qtbot.addWidget(gallery)
    gallery.resize(900, 400)
    gallery.show()
    made: list[int] = []

    def source(_frame: CaseFrame, cell: CaseCell) -> Pixels:
        made.append(cell.id)
        return np.full((80, 80, 3), cell.id % 255, np.uint8)

    gallery.set_source(source)
    frames = [
        case_frame(n, *(case_cell(n * 100 + k, (n + k) % 100 / 100, 0.5, frame_id=n) for k in range(100)))
        for n in range(1, 101)
    ]
    began = time.process_time()
    gallery.set_frames(frames, _nothing_newer)
    filled = time.process_time() - began
    began = time.process_time()
    gallery.choose_group(Label.UNSURE)
    gallery.choose_group(None)
    sorted_ = time.process_time() - began
    qtbot.waitUntil(lambda: len(made) >= 10)
    gallery.choose(10_050)
    qtbot.waitUntil(lambda: 10_050 in made)
    assert gallery.model.total == 10_000
    assert len(made) < 1000, "only what comes into sight is drawn"
    assert filled < 2.0 and sorted_ < 2.0
    gallery.thumbnails.stop()
