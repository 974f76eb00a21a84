"""The gallery lies in groups by cell class: headings with counts fold, cells move when they are named otherwise."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAccessible
from pytestqt.qtbot import QtBot

from leukoscope.domain.cases import CaseCell, CaseFrame, Decision
from leukoscope.domain.findings import BundleId, Label, Naming
from leukoscope.domain.labels import named
from leukoscope.gui.review.cell_list import CellList
from leukoscope.gui.review.gallery import CellGallery
from leukoscope.gui.review.thumbnails import ThumbnailPixels
from leukoscope.gui.review.tile_view import TileView
from leukoscope.workflow.cell_choice import Filter, Sort
from tests.gui.builders import case_cell, case_frame
from tests.gui.test_gallery import NOW, _nothing_newer, _solid


def cell(number: int, code: str, probability: float = 0.95, frame_id: int = 1) -> CaseCell:
    """A healthy cell that the program names; not with confidence below 0.9."""
    other = "basophil" if code != "basophil" else "neutrophil"
    naming = Naming(BundleId("d", "1", "d" * 64), {code: probability, other: 1 - probability}, 0.9, 0.95)
    made = case_cell(number, 0.1, 0.2, frame_id=frame_id)
    return replace(made, finding=replace(made.finding, naming=naming))


def frame() -> CaseFrame:
    """Lymphocytes 1 and 3, neutrophils 2, 4 and 6, no name for 5."""
    return case_frame(
        1,
        cell(1, "lymphocyte"),
        cell(2, "neutrophil"),
        cell(3, "lymphocyte"),
        cell(4, "neutrophil"),
        cell(5, "monocyte", 0.6),
        cell(6, "neutrophil"),
    )


def shown(model: CellList) -> list[tuple[str | None, int, bool]]:
    return [(one.code, one.count, one.folded) for one in model.sections]


def say(model: CellList, number: int, code: str, *, hold: bool = False) -> None:
    before = model.cell(number)
    assert before is not None
    model.change_cell(replace(before, decision=Decision(named(code).label, "Ana", NOW, code)), hold=hold)


@pytest.fixture
def model() -> CellList:
    made = CellList()
    made.set_frames([frame()], _nothing_newer)
    return made


def test_groups_come_in_the_order_in_which_people_count(model: CellList) -> None:
    assert model.grouped
    assert shown(model) == [(None, 1, False), ("neutrophil", 3, False), ("lymphocyte", 2, False)]
    assert list(model.rows()) == [5, 2, 4, 6, 1, 3]
    model.show(group=None, sort_by=Sort.HEALTHY_FIRST, filter_by=Filter.ALL)
    assert list(model.rows()) == [5, 2, 4, 6, 1, 3], "sorted within each group"
    model.show(group=Label.LEUKEMIC, sort_by=Sort.READING, filter_by=Filter.ALL)
    assert shown(model) == []


def test_a_case_without_names_is_one_list() -> None:
    made = CellList()
    made.set_frames([case_frame(1, case_cell(1, 0.9, 0.9), case_cell(2, 0.1, 0.1))], _nothing_newer)
    assert not made.grouped
    assert list(made.rows()) == [1, 2]
    made.add_frames([replace(frame(), cells=(cell(7, "neutrophil"),))])
    assert made.grouped
    assert list(made.rows()) == [2, 7, 1], "leukemic ones are blasts beside cells with names"


def test_a_folded_group_keeps_its_count_and_shows_nothing(model: CellList) -> None:
    model.fold("neutrophil", True)
    assert shown(model) == [(None, 1, False), ("neutrophil", 3, True), ("lymphocyte", 2, False)]
    assert list(model.rows()) == [5, 1, 3]
    assert model.total == 6
    say(model, 1, "neutrophil")
    say(model, 2, "lymphocyte")
    assert shown(model) == [(None, 1, False), ("neutrophil", 3, True), ("lymphocyte", 2, False)]
    assert list(model.rows()) == [5, 2, 3]
    say(model, 4, "neutrophil")
    assert shown(model)[1] == ("neutrophil", 3, True)
    model.fold("neutrophil", False)
    assert list(model.rows()) == [5, 1, 4, 6, 2, 3]


def test_the_cell_that_is_looked_at_stays_until_it_is_let_go(model: CellList) -> None:
    say(model, 2, "eosinophil", hold=True)
    assert list(model.rows()) == [5, 2, 4, 6, 1, 3]
    assert model.row_of(2) == 1
    say(model, 2, "monocyte", hold=True)
    assert model.row_of(2) == 1
    model.let_go()
    assert list(model.rows()) == [5, 4, 6, 1, 3, 2]
    assert shown(model)[-1] == ("monocyte", 1, False)
    say(model, 4, "monocyte", hold=True)
    say(model, 6, "monocyte", hold=True)
    assert list(model.rows()) == [5, 6, 1, 3, 2, 4], "the one before is let go by the next"
    model.let_go()
    assert sum(one.count for one in model.sections) == 6


@pytest.fixture
def gallery(qtbot: QtBot) -> Iterator[CellGallery]:
    made = CellGallery()
    qtbot.addWidget(made)
    made.set_source(_solid(90))
    made.set_frames([frame()], _nothing_newer)
    made.resize(900, 500)
    made.show()
    yield made
    made.thumbnails.stop()


def view_of(gallery: CellGallery) -> TileView:
    view = gallery.findChild(TileView)
    assert view is not None
    return view


def test_every_tile_is_where_it_is_found(gallery: CellGallery) -> None:
    view = view_of(gallery)
    rects = [view.visualRect(gallery.model.index(row)) for row in range(6)]
    assert len({(rect.x(), rect.y()) for rect in rects}) == 6
    assert [view.indexAt(rect.center()).row() for rect in rects] == list(range(6))
    assert not any(first.intersects(other) for first in rects for other in rects if first is not other)
    assert not view.indexAt(QPoint(5, 5)).isValid(), "a heading is no tile"
    assert [heading.accessibleName() for heading in view.headings if heading.isVisible()] == [
        "Not named, 1",
        "Neutrophils, 3",
        "Lymphocytes, 2",
    ]


def test_screen_readers_know_a_list_of_named_cells(gallery: CellGallery) -> None:
    listed = QAccessible.queryAccessibleInterface(view_of(gallery))
    assert (listed.role(), listed.childCount()) == (QAccessible.Role.List, 6)
    told = [listed.child(row).text(QAccessible.Text.Name) for row in range(6)]
    assert told[0].startswith("Cell 5 · Program: not named, healthy")
    assert told[1] == "Cell 2 · Program: neutrophil 0.95, healthy 0.85. You: –"
    gallery.model.fold("neutrophil", True)
    assert listed.childCount() == 3


def test_arrows_walk_over_the_groups(gallery: CellGallery, qtbot: QtBot) -> None:
    view = view_of(gallery)
    walked = [gallery.current_id]
    keys = (Qt.Key.Key_Down, Qt.Key.Key_Right, Qt.Key.Key_Down, Qt.Key.Key_Up, Qt.Key.Key_Home, Qt.Key.Key_End)
    for key in keys:
        qtbot.keyClick(view, key)
        walked.append(gallery.current_id)
    assert walked == [5, 2, 4, 3, 4, 5, 3]


def test_a_heading_folds_and_a_cell_asked_for_unfolds(gallery: CellGallery) -> None:
    view = view_of(gallery)
    gallery.choose(4)
    view.headings[1].click()
    assert [section.folded for section in gallery.model.sections] == [False, True, False]
    assert gallery.current_id != 4
    gallery.choose(4, anywhere=True)
    assert gallery.current_id == 4
    assert not any(section.folded for section in gallery.model.sections)
    for heading in view.headings:
        heading.click()
    assert gallery.model.rowCount() == 0 and view.isVisible(), "headings stay to be unfolded"
    view.headings[0].click()
    assert gallery.current_id == 5


def test_a_named_cell_goes_when_the_next_is_chosen(gallery: CellGallery, qtbot: QtBot) -> None:
    gallery.choose(2)
    before = gallery.model.cell(2)
    assert before is not None
    gallery.change_cell(replace(before, decision=Decision(Label.HEALTHY, "Ana", NOW, "lymphocyte")))
    assert (gallery.current_id, gallery.model.row_of(2)) == (2, 1)
    gallery.step(1)
    assert gallery.current_id == 4
    qtbot.waitUntil(lambda: gallery.model.row_of(2) == 4)
    assert gallery.current_id == 4
    assert list(gallery.model.rows()) == [5, 4, 6, 1, 2, 3]


def test_ten_thousand_cells_in_groups_are_smooth(qtbot: QtBot) -> None:
    made: list[int] = []

    def source(_frame: CaseFrame, one: CaseCell) -> ThumbnailPixels:
        assert threading.current_thread() is not threading.main_thread()
        made.append(one.id)
        return ThumbnailPixels(np.full((80, 80, 3), one.id % 255, np.uint8), 300.0)

    codes = ("neutrophil", "lymphocyte", "monocyte", "eosinophil", "basophil")
    frames = [
        case_frame(n, *(cell(n * 100 + k, codes[(n + k) % 5], frame_id=n) for k in range(100))) for n in range(1, 101)
    ]
    gallery = CellGallery()
    qtbot.addWidget(gallery)
    gallery.set_source(source)
    gallery.resize(900, 400)
    gallery.show()
    began = time.process_time()
    gallery.set_frames(frames, _nothing_newer)
    filled = time.process_time() - began
    view, bar = view_of(gallery), view_of(gallery).verticalScrollBar()
    began = time.process_time()
    for step in range(100):
        bar.setValue(step * bar.maximum() // 100)
        view.viewport().repaint()
    scrolled = time.process_time() - began
    began = time.process_time()
    gallery.choose(10_050)
    say(gallery.model, 10_050, "blast")
    changed = time.process_time() - began
    assert gallery.model.total == 10_000
    assert [one.count for one in gallery.model.sections] == [1999, 2000, 2000, 2000, 2000, 1]
    assert filled < 2.0 and scrolled < 4.0 and changed < 0.5, (filled, scrolled, changed)
    gallery.thumbnails.stop()
