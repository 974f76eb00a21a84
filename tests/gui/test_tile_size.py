"""Cells of the gallery are drawn larger and smaller, and pictures are made for that size."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from leukoscope.domain.cases import CaseCell, CaseFrame
from leukoscope.gui.review.gallery import CellGallery
from leukoscope.gui.review.thumbnails import ThumbnailPixels
from leukoscope.gui.review.tile_size import LARGEST, SMALLEST, tile_size_of
from tests.gui.builders import case_cell, case_frame
from tests.gui.conftest import PATIENCE_MS, OpenWindow


@pytest.fixture
def gallery(qtbot: QtBot, dark: QApplication) -> Iterator[CellGallery]:
    made = CellGallery()
    qtbot.addWidget(made)
    made.resize(900, 500)
    made.set_frames((case_frame(1, *(case_cell(number, 0.9, 0.95) for number in range(1, 41))),), lambda _id: None)
    made.show()
    yield made
    made.thumbnails.stop()


def turn(gallery: CellGallery, notches: int, keys: Qt.KeyboardModifier) -> None:
    view = gallery._view.viewport()
    wheel = QWheelEvent(
        QPointF(50, 50), view.mapToGlobal(QPointF(50, 50)), QPoint(), QPoint(0, 120 * notches),
        Qt.MouseButton.NoButton, keys, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(view, wheel)


def test_ctrl_and_the_wheel_make_the_cells_larger_within_limits(gallery: CellGallery) -> None:
    view, size = gallery._view, gallery.size_of_tiles
    narrow = view.columns
    turn(gallery, 2, Qt.KeyboardModifier.ControlModifier)
    assert size.side == 106 and size.slider.value() == 106
    assert view.columns < narrow
    assert view.visualRect(gallery.model.index(0)).width() == 106 + 16
    turn(gallery, 40, Qt.KeyboardModifier.ControlModifier)
    assert size.side == LARGEST
    turn(gallery, -80, Qt.KeyboardModifier.ControlModifier)
    assert size.side == SMALLEST
    assert view.verticalScrollBar().value() == 0, "nothing was scrolled by that"


def test_the_wheel_alone_scrolls(gallery: CellGallery) -> None:
    gallery.size_of_tiles.slider.setValue(200)
    turn(gallery, -2, Qt.KeyboardModifier.NoModifier)
    assert gallery.size_of_tiles.side == 200
    assert gallery._view.verticalScrollBar().value() > 0


def test_pictures_are_made_for_the_size(gallery: CellGallery, qtbot: QtBot) -> None:
    asked: list[int] = []

    def source(_frame: CaseFrame, _cell: CaseCell) -> ThumbnailPixels:
        side = gallery.size_of_tiles.pixels(2.0)
        asked.append(side)
        return ThumbnailPixels(np.zeros((side, side, 3), np.uint8), 40.0)

    gallery.set_source(source)
    with qtbot.waitSignal(gallery.size_of_tiles.settled, timeout=PATIENCE_MS) as settled:
        gallery.size_of_tiles.set_side(160)
    assert settled.args == [160]
    qtbot.waitUntil(lambda: 320 in asked, timeout=PATIENCE_MS)


def test_the_chosen_cell_stays_in_sight(gallery: CellGallery) -> None:
    gallery.choose(38)
    gallery.size_of_tiles.set_side(LARGEST)
    view = gallery._view
    assert view.viewport().rect().intersects(view.visualRect(view.currentIndex()))


def test_a_size_is_remembered(open_quiet: OpenWindow, qtbot: QtBot) -> None:
    window = open_quiet()
    size = window.review.gallery.size_of_tiles
    with qtbot.waitSignal(size.settled, timeout=PATIENCE_MS):
        size.slider.setValue(144)
    assert window.bridge.bench.settings.current.window["tiles"] == "144"
    again = open_quiet()
    assert again.review.gallery.size_of_tiles.side == 144


@pytest.mark.parametrize(("text", "side"), [("", 80), ("144", 144), ("9", 48), ("9999", 240), ("-3", 80), ("big", 80)])
def test_a_size_that_is_none_is_the_usual_one(text: str, side: int) -> None:
    assert tile_size_of(text) == side
