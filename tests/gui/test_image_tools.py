"""The microscopist's tools on the real window: with the mouse and the keyboard."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QToolButton
from pytestqt.qtbot import QtBot

from leukoscope.cases.store import CaseStore
from leukoscope.domain.audit import EXPORTED
from leukoscope.domain.measuring import Shape, measured
from leukoscope.gui.main_window import MainWindow
from leukoscope.gui.pixels import from_image
from tests.gui.conftest import OpenWindow
from tests.gui.stored import HEIGHT, WIDTH, stored_case

PATIENCE_MS = 30_000
CTRL, SHIFT, ALT = (
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.AltModifier,
)


@pytest.fixture
def window(kept: CaseStore, open_quiet: OpenWindow, qtbot: QtBot) -> MainWindow:
    """A window on a case of two images, and another case of one."""
    stored_case(kept, "A-1", 3, 2)
    stored_case(kept, "A-2", 1)
    made = open_quiet()
    see(made, qtbot, 1)
    return made


def see(window: MainWindow, qtbot: QtBot, case_id: int) -> None:
    window.case.open(case_id)
    qtbot.waitUntil(lambda: window.case.id == case_id, timeout=PATIENCE_MS)
    window.show_page("review")
    qtbot.waitUntil(lambda: window.review.canvas.has_image, timeout=PATIENCE_MS)


def on_screen(window: MainWindow, x: float, y: float) -> QPoint:
    return window.review.canvas.mapFromScene(x, y)


def test_the_tools_can_be_used_as_soon_as_the_image_is_there(window: MainWindow, qtbot: QtBot) -> None:
    """It comes from a thread, when all else has been told: nothing but its coming tells of it."""
    image, action = window.review.shown_image, window.actions_by_id["adjust_display"]
    image.show(None)
    window.session.changed.emit()
    assert not action.isEnabled()
    image.show(window.review.frame)
    qtbot.waitUntil(lambda: image.has_image, timeout=PATIENCE_MS)
    assert action.isEnabled()


def test_the_display_is_changed_by_keys_and_a_click_and_nothing_else_is(window: MainWindow, qtbot: QtBot) -> None:
    canvas, card = window.review.canvas, window.display.card
    before = canvas.grab().toImage(), canvas.source
    assert canvas.note == ""
    place = canvas.mapTo(window, QPoint(0, 0))
    QTest.keyClick(window, Qt.Key.Key_B, CTRL)
    assert card.isVisible()
    assert canvas.mapTo(window, QPoint(0, 0)) == place, "it floats: nothing moves"
    QTest.keyClick(card.brightness, Qt.Key.Key_Right)
    assert canvas.note == "Display changed: brightness +5"
    QTest.mouseClick(card.white, Qt.MouseButton.LeftButton)
    QTest.mouseClick(canvas.viewport(), Qt.MouseButton.LeftButton, pos=on_screen(window, 20, 40))
    assert "too dark" not in card.hint.text() or not card.white.isChecked()
    QTest.mouseClick(canvas.viewport(), Qt.MouseButton.LeftButton, pos=on_screen(window, 300, 300))
    assert not card.white.isChecked()
    assert canvas.note.startswith("Display changed: brightness +5")
    assert canvas.source is before[1], "what is kept stays"
    assert canvas.grab().toImage() != before[0]

    see(window, qtbot, 2)
    assert canvas.note == "", "of another case nothing is changed"
    see(window, qtbot, 1)
    assert canvas.note.startswith("Display changed: brightness +5")
    QTest.mouseClick(card.reset, Qt.MouseButton.LeftButton)
    assert canvas.note == ""
    QTest.keyClick(card.brightness, Qt.Key.Key_Escape)
    assert not card.isVisible()


def test_the_image_is_copied_and_saved_with_its_scale_bar(
    window: MainWindow, kept: CaseStore, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clipboard = QGuiApplication.clipboard()
    clipboard.clear()
    QTest.keyClick(window, Qt.Key.Key_C, CTRL | SHIFT)
    qtbot.waitUntil(lambda: not clipboard.image().isNull(), timeout=PATIENCE_MS)
    assert "in view" in window.message.text
    window.display.card.contrast.setValue(40)

    asked: list[str] = []

    def save_as(_files: object, _title: str, proposed: str, _kinds: str) -> Path:
        asked.append(proposed)
        return tmp_path / "out"

    monkeypatch.setattr("leukoscope.gui.session.FileDialogs.save_file", save_as)
    QTest.keyClick(window, Qt.Key.Key_I, CTRL | ALT)
    path = tmp_path / "out.png"
    qtbot.waitUntil(lambda: "is written" in window.message.text, timeout=PATIENCE_MS)
    assert Path(asked[0]).name == "image-1-display-changed.png", "no number and no name of the patient"
    saved = QImage(str(path))
    assert (saved.width(), saved.height()) == (2 * WIDTH, 2 * HEIGHT), "small ones are enlarged by a whole number"
    assert saved.textKeys() == ["Description"]
    assert saved.text("Description") == "Display changed: contrast +40"
    corner = from_image(saved)[-46:-12, -100:-12]
    assert corner.min() < 90 and corner.max() > 240, "the bar is in its corner"
    told = [(entry.subject, Path(entry.new or "").name) for entry in kept.trail.entries() if entry.what == EXPORTED]
    assert told == [("image", "out.png"), ("image", "clipboard")]
    assert np.ptp(from_image(saved)[5, 5]) < 90


def test_lengths_and_areas_are_drawn(window: MainWindow, qtbot: QtBot) -> None:
    canvas, card = window.review.canvas, window.measuring.card
    QTest.keyClick(window, Qt.Key.Key_M, CTRL)
    assert card.isVisible()

    def drag(*points: tuple[float, float]) -> None:
        first, *others = (on_screen(window, *point) for point in points)
        QTest.mousePress(canvas.viewport(), Qt.MouseButton.LeftButton, pos=first)
        for point in others:
            QTest.mouseMove(canvas.viewport(), point)
        QTest.mouseRelease(canvas.viewport(), Qt.MouseButton.LeftButton, pos=others[-1])

    drag((200, 250), (300, 250))
    assert card.figure.text() == "10 µm", "0.1 µm/px"
    for shape, corners, area in (
        ("ellipse", [(200, 200), (300, 300)], 78.5),
        ("outline", [(200, 200), (300, 200), (300, 300), (200, 300)], 100),
    ):
        QTest.mouseClick(card.shape_choice.findChild(QToolButton, shape), Qt.MouseButton.LeftButton)
        assert card.figure.text() == "–"
        drag(*corners)
        figure, unit = card.figure.text().split()
        assert (float(figure), unit) == (pytest.approx(area, rel=0.03), "µm²")
    drag((200, 200), (300, 300), (300, 200), (200, 300))
    assert card.figure.text() == "–" and "crosses itself" in card.hint.text()
    assert card.more.text().endswith("around"), "its length is known all the same"
    window.review.step_image(1)
    assert card.figure.text() == "–", "that was drawn on another image"
    QTest.keyClick(canvas, Qt.Key.Key_Escape)
    assert not card.isVisible() and not window.measuring.tool.on
    card.show_measured(measured(Shape.LINE, [(0, 0), (0, 50)]), None)
    assert card.figure.text() == "50 px"
    assert "not calibrated" in card.hint.text()


def test_two_images_stand_side_by_side_with_one_zoom(window: MainWindow, qtbot: QtBot) -> None:
    canvas, pane, strip = window.review.canvas, window.side_by_side.pane, window.waiting.strip
    first, second = (frame.id for frame in window.case.frames)
    QTest.keyClick(window, Qt.Key.Key_D, CTRL)
    qtbot.waitUntil(lambda: bool(pane.canvas.has_image and pane.canvas.boxes), timeout=PATIENCE_MS)
    assert pane.name.text() == f"Image 2 of 2: field-{1001}.png"
    assert pane.canvas.zoom == pytest.approx(canvas.zoom)
    before = canvas.zoom
    canvas.zoom_by(2)
    assert pane.canvas.zoom == pytest.approx(canvas.zoom) == pytest.approx(2 * before)
    QTest.mouseClick(pane.link, Qt.MouseButton.LeftButton, pos=QPoint(10, pane.link.height() // 2))
    pane.canvas.zoom_by(2)
    assert pane.canvas.zoom == pytest.approx(2 * canvas.zoom)
    where = strip.view.visualRect(strip.model.index(0)).center()
    QTest.mouseClick(strip.view.viewport(), Qt.MouseButton.LeftButton, pos=where)
    assert pane.name.text().startswith("Image 1 of 2")
    assert window.review.frame.id == first
    see(window, qtbot, 2)
    assert not pane.isVisible(), "of another case"
    see(window, qtbot, 1)
    where = strip.view.visualRect(strip.model.index(1)).center()
    QTest.mouseClick(strip.view.viewport(), Qt.MouseButton.LeftButton, pos=where)
    assert window.review.frame.id == second, "with one image only the strip chooses that one"
