"""Fields taken by hand, joined on the real window: a map, and each cell counted once, until that is undone."""

from __future__ import annotations

import hashlib

import cv2
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from leukoscope.cases.store import CaseStore
from leukoscope.domain.analysis import ImageAnalysis
from leukoscope.domain.cases import CaseHeader
from leukoscope.domain.cells import View
from leukoscope.domain.frames import Frame, FrameOrigin, OriginKind, Pixels
from leukoscope.gui.main_window import MainWindow
from leukoscope.imaging.localize import localize
from tests.gui.builders import GOOD
from tests.gui.conftest import OpenWindow
from tests.gui.stored import stored_finding
from tests.unit.imaging.fields_by_hand import corners, photographed, smear, snake

PATIENCE_MS = 60_000


def put(store: CaseStore, case_id: int, pixels: Pixels, number: int) -> None:
    data = cv2.imencode(".png", pixels[:, :, ::-1])[1].tobytes()
    origin = FrameOrigin(OriginKind.FILE, f"field-{number}.png", f"/data/field-{number}.png")
    frame = Frame(pixels, origin, hashlib.sha256(data).hexdigest(), 0.1)
    findings = tuple(stored_finding(cell.box, frame.sha256) for cell in localize(frame, View.FIELD))
    store.frames.add(case_id, ImageAnalysis(origin.path or "", frame, View.FIELD, GOOD, findings), data)


@pytest.fixture
def window(kept: CaseStore, open_quiet: OpenWindow, qtbot: QtBot) -> MainWindow:
    case_id = kept.create(CaseHeader("A-1"))
    for number, pixels in enumerate(photographed(smear(3, 2), corners(snake(3, 2)))):
        put(kept, case_id, pixels, number)
    made = open_quiet()
    made.resize(1280, 800)
    made.case.open(case_id)
    qtbot.waitUntil(lambda: made.case.id == case_id, timeout=PATIENCE_MS)
    made.show_page("review")
    qtbot.waitUntil(lambda: made.review.canvas.has_image, timeout=PATIENCE_MS)
    return made


def test_fields_become_a_map_and_cells_count_once_until_that_is_undone(window: MainWindow, qtbot: QtBot) -> None:
    QTest.keyClick(window, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    card, before = window.overview.card, len(window.case.case.cells)
    assert card.nothing.isVisible() and card.joined.join.isVisible()
    QTest.mouseClick(card.joined.join, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: bool(card.joined.places), timeout=PATIENCE_MS)
    assert card.map.isVisible() and card.joined.said.text().startswith("6 images overlap (agreement at least ")
    assert len(card.map._area.fields) == 6 and not card.joined.join.isVisible()
    count = int("".join(one for one in card.joined.once.text() if one.isdecimal()))
    QTest.mouseClick(card.joined.once, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(window.case.case.cells) == before - count, timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: not card.joined.once.isVisible(), timeout=PATIENCE_MS)
    assert sum(len(frame.removed_cells) for frame in window.case.frames) == count
    window.undo_stack.undo()
    qtbot.waitUntil(lambda: len(window.case.case.cells) == before, timeout=PATIENCE_MS)
    qtbot.waitUntil(card.joined.once.isVisible, timeout=PATIENCE_MS)
