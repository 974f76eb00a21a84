"""The map of the smear on the Capture page: it follows the camera, belongs to its case, and says what is not joined."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QObject, Signal
from pytestqt.qtbot import QtBot

from leukoscope.domain.frames import Pixels
from leukoscope.gui.capture.live_map_card import LiveMapCard
from leukoscope.workflow.app_dirs import AppDirs
from leukoscope.workflow.live_map import LiveMap, MapState
from leukoscope.workflow.settings import save_settings
from tests.gui.conftest import PATIENCE_MS, SOMEBODY_HERE, OpenWindow
from tests.unit.imaging.fields_by_hand import HEIGHT, WIDTH, photographed, smear

WORLD = smear(4, 3)


class Told(QObject):
    """Brings what the thread says into the window's."""

    came = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.states = list[MapState]()
        self.came.connect(self.states.append)

    @property
    def last(self) -> MapState:
        return self.states[-1]


@pytest.fixture
def told(qtbot: QtBot) -> Told:
    return Told()


def seen(x: float, y: float) -> Pixels:
    return next(iter(photographed(WORLD, np.array([[x, y]]))))


def looked(made: LiveMap, told: Told, qtbot: QtBot, pixels: Pixels, at: float) -> MapState:
    before = len(told.states)
    made.offer(pixels, at)
    qtbot.waitUntil(lambda: len(told.states) > before, timeout=PATIENCE_MS)
    return told.last


def test_the_card_shows_places_gaps_and_where_the_camera_is(told: Told, qtbot: QtBot) -> None:
    card, made = LiveMapCard(), LiveMap(told.came.emit, every_s=0)
    qtbot.addWidget(card)
    card.resize(400, 400)
    card.show()
    assert "begins the map" in card.said.text() and not card.anew.isEnabled()
    try:
        looked(made, told, qtbot, seen(60, 60), 0.0)
        state = looked(made, told, qtbot, seen(60, 60), 0.1)
        card.show_state(state)
        assert card.count.text() == "1 place, 0 taken" and card.anew.isEnabled()
        frame, place = card.map.here, card.map.place_of(state.places[0])
        assert frame is not None and abs(frame.x() - place.x()) < 2
        for number, (x, y) in enumerate(
            ((400, 60), (740, 60), (60, 330), (740, 330), (60, 600), (740, 600), (400, 600))
        ):
            made.take(seen(x, y), None)
            qtbot.waitUntil(lambda want=number + 2: len(told.last.places) == want, timeout=PATIENCE_MS)  # type: ignore[misc]
        card.show_state(told.last)
        assert card.count.text() == "8 places, 7 taken · 1 gap"
        made.forget_last()
        qtbot.waitUntil(lambda: len(told.last.places) == 7, timeout=PATIENCE_MS)
        card.show_state(told.last)
        assert "gap" not in card.count.text(), "what is open to the outside is none"
        state = looked(made, told, qtbot, np.full((HEIGHT, WIDTH, 3), 220, np.uint8), 9.0)
        state = looked(made, told, qtbot, np.full((HEIGHT, WIDTH, 3), 220, np.uint8), 9.1)
        card.show_state(state)
        assert "overlaps nothing on the map. Move back" in card.said.text() and card.map.here is None
        made.begin_anew()
        qtbot.waitUntil(lambda: not told.last.places, timeout=PATIENCE_MS)
        card.show_state(told.last)
        assert card.count.text() == "" and not card.forget.isEnabled()
    finally:
        made.close()


def test_the_demo_smear_grows_a_map_that_belongs_to_its_case(window: Any, qtbot: QtBot) -> None:
    window.show_page("live")
    live, card = window.live, window.live_map.card
    live.start("demo:1")
    qtbot.waitUntil(lambda: live.canvas.has_image, timeout=PATIENCE_MS)
    assert card.isHidden()
    live.panel.map.setChecked(True)
    assert card.isVisible()
    qtbot.waitUntil(lambda: card.count.text() != "" and card.map.here is not None, timeout=PATIENCE_MS)
    live.take_frame()
    qtbot.waitUntil(lambda: "1 taken" in card.count.text(), timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: bool(window.case.frames), timeout=PATIENCE_MS)
    assert "1 taken" in card.count.text(), "the case that begins with it has its map"
    window.undo_stack.undo()
    qtbot.waitUntil(lambda: "0 taken" in card.count.text(), timeout=PATIENCE_MS)
    window.undo_stack.redo()
    qtbot.waitUntil(lambda: "1 taken" in card.count.text(), timeout=PATIENCE_MS)
    card.cross.click()
    assert card.isHidden() and not live.panel.map.isChecked()
    live.panel.map.setChecked(True)
    assert "1 taken" in card.count.text(), "it goes on where it was"
    live.stop()
    first = window.case.id
    window.actions_by_id["new_case"].trigger()
    qtbot.waitUntil(lambda: "begins the map" in card.said.text(), timeout=PATIENCE_MS)
    window.show_page("live")
    live.start("demo:1")
    live.panel.map.setChecked(True)
    qtbot.waitUntil(lambda: card.map.here is not None, timeout=PATIENCE_MS)
    assert "0 taken" in card.count.text()
    window.case.open(first)
    qtbot.waitUntil(lambda: "1 taken" in card.count.text(), timeout=PATIENCE_MS)
    live.stop()


def test_pictures_taken_over_the_demo_case_are_on_the_map_of_the_case_that_they_begin(
    home: AppDirs, open_window: OpenWindow, qtbot: QtBot
) -> None:
    """The demo case takes no pictures: the first one begins another case; they were on the map of neither."""
    save_settings(replace(SOMEBODY_HERE, window={}), home.config)
    window: Any = open_window()
    qtbot.waitUntil(lambda: window.case.cell_count > 0, timeout=PATIENCE_MS)
    demo = window.case.id
    window.show_page("live")
    live, card = window.live, window.live_map.card
    live.panel.map.setChecked(True)
    live.start("demo:1")
    qtbot.waitUntil(lambda: card.map.here is not None, timeout=PATIENCE_MS)
    # As a scan does: the second one comes before the case of the first one is there.
    live.take_frame()
    live.take_frame()
    qtbot.waitUntil(lambda: window.case.id != demo and len(window.case.frames) == 2, timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: "2 taken" in card.count.text(), timeout=PATIENCE_MS)
    live.stop()
