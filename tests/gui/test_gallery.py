from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QToolButton
from pytestqt.qtbot import QtBot

from leukoscope.domain.cases import CaseCell, CaseFrame, Decision, ManualEdit
from leukoscope.domain.findings import Label
from leukoscope.domain.quality import CELLS, QualityMeasure, QualityReport, QualityVerdict
from leukoscope.gui.review.cell_list import CellList
from leukoscope.gui.review.cell_tile import TILE
from leukoscope.gui.review.gallery import CellGallery
from leukoscope.gui.review.thumbnails import ThumbnailPixels
from leukoscope.gui.review.tile_view import TileView
from leukoscope.workflow.cell_choice import CellLimits, Filter, Sort
from tests.gui.builders import BLURRED, case_cell, case_frame
from tests.gui.conftest import PATIENCE_MS

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


def test_what_teaches_most_stands_in_the_order_that_was_found_over_all_classes(qtbot: QtBot) -> None:
    gallery = CellGallery()
    qtbot.addWidget(gallery)
    gallery.set_source(_solid(90))
    gallery.set_frames(_frames(), _nothing_newer)
    gallery.choose(2)
    with qtbot.waitSignal(gallery.ranks_wanted):
        gallery.set_sort("useful")
    gallery.ranking.show_step(None)
    assert _shown(gallery.model) == [1, 2, 3, 4]
    gallery.set_ranks([4, 2, 1])
    assert _shown(gallery.model) == [4, 2, 1, 3], "the one that was not ranked comes last"
    assert gallery.current_id == 2
    assert gallery.ranking.isHidden()
    assert len(gallery.model.sections) == 1
    gallery.add_frames([case_frame(3, case_cell(5, 0.7, 0.7, frame_id=3))])
    assert _shown(gallery.model) == [4, 2, 1, 3, 5]
    with qtbot.waitSignal(gallery.ranks_wanted):
        gallery.set_frames(_frames(), _nothing_newer)
    with qtbot.assertNotEmitted(gallery.ranks_wanted):
        gallery.set_sort("reading")
        gallery.set_sort("no such order")
    assert gallery.sort_by is Sort.READING
    gallery.thumbnails.stop()


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


def _solid(color: int) -> Callable[[CaseFrame, CaseCell], ThumbnailPixels]:
    return lambda _frame, _cell: ThumbnailPixels(np.full((80, 80, 3), color, np.uint8), 300.0)


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

    def source(_frame: CaseFrame, cell: CaseCell) -> ThumbnailPixels:
        assert threading.current_thread() is not threading.main_thread()
        made.append(cell.id)
        return ThumbnailPixels(np.full((80, 80, 3), cell.id % 255, np.uint8), 300.0)

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
    in_sight = (gallery.width() // TILE.width()) * (gallery.height() // TILE.height() + 2)
    qtbot.waitUntil(lambda: len(made) >= 10)
    qtbot.wait(200)
    assert set(made) <= set(gallery.model.rows()[:in_sight]), "only what is in sight is drawn"
    gallery.choose(10_050)
    qtbot.waitUntil(lambda: 10_050 in made)
    qtbot.wait(200)
    assert gallery.model.total == 10_000
    assert len(made) == len(set(made)) <= 2 * in_sight, "what was scrolled over is not drawn"
    assert filled < 2.0 and sorted_ < 2.0
    gallery.thumbnails.stop()


@pytest.mark.parametrize(
    ("limits", "expected"),
    [
        (CellLimits(), [1, 2, 3, 4]),
        (CellLimits(frame_id=2), [4]),
        (CellLimits(probability=(0.5, 1.0)), [1, 3, 4]),
        (CellLimits(probability=(0.0, 0.2)), [2]),
        (CellLimits(side=(9.0, math.inf)), []),
        (CellLimits(side=(8.0, 8.0)), [1, 2, 3, 4]),
        (CellLimits(side=(0.0, 79.0), in_um=False), []),
        (CellLimits(side=(80.0, 81.0), in_um=False), [1, 2, 3, 4]),
    ],
)
def test_limits(model: CellList, limits: CellLimits, expected: list[int]) -> None:
    model.show(group=None, sort_by=Sort.READING, filter_by=Filter.ALL, limits=limits)
    assert _shown(model) == expected


def _with_removed() -> CaseFrame:
    frame = _frames()[0]
    gone = replace(case_cell(9, 0.99, 0.98), removed=ManualEdit("A. Weber", NOW))
    return replace(frame, removed_cells=(gone,))


def test_removed_cells_count_nowhere_and_are_shown_by_their_filter_only(qtbot: QtBot) -> None:
    made = CellList()
    made.set_frames([_with_removed()], _nothing_newer)
    assert (made.total, made.removed, made.count(Label.LEUKEMIC)) == (3, 1, 1)
    assert _shown(made) == [1, 2, 3]
    made.show(group=None, sort_by=Sort.READING, filter_by=Filter.REMOVED)
    assert _shown(made) == [9]
    assert "removed by A. Weber" in made.data(made.index(0), int(Qt.ItemDataRole.ToolTipRole))


@pytest.fixture
def gallery(qtbot: QtBot) -> Iterator[CellGallery]:
    made = CellGallery()
    qtbot.addWidget(made)
    made.set_source(_solid(90))
    made.set_frames([_with_removed(), _frames()[1]], _nothing_newer)
    made.resize(900, 400)
    made.show()
    yield made
    made.thumbnails.stop()


def test_the_bar_says_how_many_of_how_many_and_how_to_see_all(gallery: CellGallery) -> None:
    assert not gallery.strip.isVisible() and not gallery.limits.isChecked()
    gallery.limits.low.setValue(0.8)
    assert (
        gallery.strip.shown.isVisible() and gallery.strip.shown.text() == "1 of 4 cells" and gallery.limits.isChecked()
    )
    gallery.limits.small.setValue(30)
    assert gallery.nothing.show_all.isVisible() and "show all" in gallery.nothing.words.text()
    assert gallery.current_id == 0
    gallery.nothing.show_all.click()
    assert not gallery.strip.isVisible() and gallery.limits.chosen.is_open and not gallery.limits.isChecked()
    assert gallery.current_id == 1


def test_the_limit_to_the_image_follows_the_image(gallery: CellGallery) -> None:
    gallery.set_shown_frame(1)
    gallery.limits.only_shown.setChecked(True)
    assert list(gallery.model.rows()) == [1, 2, 3]
    gallery.set_shown_frame(2)
    assert list(gallery.model.rows()) == [4] and gallery.current_id == 4


def test_a_removed_cell_asked_for_is_found_among_the_removed(gallery: CellGallery) -> None:
    gallery.choose(9, anywhere=True)
    assert gallery.current_id == 9 and gallery.strip.shown.text() == "1 of 1 removed"
    gallery.choose(4, anywhere=True)
    assert gallery.current_id == 4 and gallery.strip.shown.text() == "4 of 4 cells"


def test_sizes_without_a_scale_are_in_pixels(gallery: CellGallery) -> None:
    gallery.limits.large.setValue(20)
    gallery.set_frames([replace(_frames()[0], um_per_px=None)], _nothing_newer)
    assert gallery.limits.large.suffix() == " px" and gallery.limits.chosen.is_open
    gallery.limits.small.setValue(81)
    assert gallery.strip.shown.text() == "0 of 3 cells"


def _dark_plate(gallery: CellGallery) -> int:
    """How many pixels of the first thumbnail's lower left corner are darker than its even gray."""
    image = gallery.grab().toImage()
    view = gallery.findChild(TileView)
    assert view is not None
    corner = view.mapTo(gallery, view.visualRect(gallery.model.index(0)).topLeft()) + QPoint(8, 8)
    return sum(
        image.pixelColor(corner.x() + x, corner.y() + y).value() < 80 for x in range(2, 14) for y in range(62, 78)
    )


def test_tiles_carry_a_scale_bar_only_where_the_scale_is_known(gallery: CellGallery, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: _dark_plate(gallery) > 60)
    assert _dark_plate(gallery) > 60
    gallery.set_frames([replace(_frames()[0], um_per_px=None)], _nothing_newer)
    qtbot.waitUntil(lambda: _dark_plate(gallery) == 0)
    assert _dark_plate(gallery) == 0


def test_in_a_narrow_window_the_groups_are_figures_whole_to_read(gallery: CellGallery, qtbot: QtBot) -> None:
    def texts() -> list[str]:
        return [button.text() for button in gallery._groups.findChildren(QToolButton)]

    gallery.resize(1400, 300)
    qtbot.waitUntil(lambda: texts()[0].startswith("All") and texts()[1].startswith("Unsure"), timeout=PATIENCE_MS)
    gallery.resize(gallery.minimumSizeHint().width(), 300)
    qtbot.waitUntil(lambda: all(text.isdecimal() for text in texts()[1:]), timeout=PATIENCE_MS)
    for button in gallery._groups.findChildren(QToolButton):
        assert button.width() >= button.sizeHint().width(), "nothing ends in dots"
        assert button.accessibleName().split()[0] in {"All", "Unsure", "Leukemic", "Healthy"}


def test_a_case_of_empty_fields_says_why_there_are_no_cells(qtbot: QtBot) -> None:
    gallery = CellGallery()
    qtbot.addWidget(gallery)
    sentence = "No white cells found: at the scale of this image they are too small. Use a stronger objective."
    empty = QualityReport((QualityMeasure(CELLS, 0.0, "", QualityVerdict.WARN, sentence),))
    gallery.set_frames([], _nothing_newer)
    assert "appear here" in gallery.nothing.words.text()
    gallery.add_frames([case_frame(1, quality=empty)])
    assert gallery.nothing.words.text() == sentence
    gallery.set_frames([case_frame(1, quality=empty)], _nothing_newer)
    assert gallery.nothing.words.text() == sentence
