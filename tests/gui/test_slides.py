"""A slide on the real window: opened, looked at, searched, and a region of it taken and judged."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from leukoscope.domain.cells import Box
from leukoscope.domain.frames import Pixels
from leukoscope.gui.slides import tiles
from leukoscope.gui.slides.sheet import SlideSheet
from leukoscope.gui.slides.tiles import Tiles
from leukoscope.sources import decoding
from leukoscope.sources.demo import HEALTHY_BLOOD, demo_field
from tests.gui.conftest import OpenWindow
from tests.unit.sources.slides.slide_files import write_svs

PATIENCE_MS = 120_000
UM_PER_PX = 0.1


@pytest.fixture(scope="module")
def smear() -> Pixels:
    """A third of it without cells."""
    field = demo_field(8, 2600, 2200, leukocytes=14, kinds=HEALTHY_BLOOD).pixels
    empty = np.full((2200, 1400, 3), (232, 228, 224), np.uint8)
    return np.concatenate([field, empty], axis=1)


@pytest.fixture
def path(smear: Pixels, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(decoding, "MAX_PIXELS", 4_000_000)
    return write_svs(tmp_path / "smear.svs", smear, um_per_px=UM_PER_PX)


@pytest.fixture
def window(open_window: OpenWindow) -> Iterator[Any]:
    made = open_window()
    made.resize(1280, 800)
    yield made


def rect(box: Box) -> QRectF:
    return QRectF(box.x, box.y, box.width, box.height)


def sheet_of(window: Any) -> SlideSheet:
    made: SlideSheet = window.slides.sheet
    return made


def pieces_of(sheet: SlideSheet) -> Tiles:
    pieces = sheet.view._tiles
    assert pieces is not None
    return pieces


def opened(window: Any, path: Path, qtbot: QtBot) -> SlideSheet:
    sheet = sheet_of(window)
    window.importing.add_paths((path,))
    waited(qtbot, lambda: sheet._stack.currentWidget() is sheet.view)
    settled(sheet, qtbot)
    return sheet


def settled(sheet: SlideSheet, qtbot: QtBot) -> QImage:
    pieces = pieces_of(sheet)
    waited(qtbot, lambda: not pieces._wanted and not pieces._under_way)
    return sheet.view.grab().toImage()


def color_at(image: QImage, point: QPointF) -> QColor:
    ratio = image.devicePixelRatio()
    return image.pixelColor(round(point.x() * ratio), round(point.y() * ratio))


def waited(qtbot: QtBot, wanted: Callable[[], bool]) -> None:
    qtbot.waitUntil(wanted, timeout=PATIENCE_MS)


def test_the_slide_is_seen_as_it_is_at_every_zoom(window: Any, path: Path, smear: Pixels, qtbot: QtBot) -> None:
    sheet = opened(window, path, qtbot)
    view = sheet.view
    assert "smear.svs" in sheet.facts.text()
    assert "4000 × 2200" in sheet.facts.text()
    assert "0.100 µm/px" in sheet.facts.text()
    whole = view.to_screen(rect(Box(0, 0, 4000, 2200)))
    assert view.rect().adjusted(-1, -1, 1, 1).contains(whole.toRect())
    for turns in (0, 4, 8):
        for _ in range(4 if turns else 0):
            here = QPointF(view.width() / 3, view.height() / 2)
            QApplication.sendEvent(view, wheel(view.mapToGlobal(here), here, 120))
        image = settled(sheet, qtbot)
        part = view.seen
        assert part is not None
        # Where the picture is flat, the glass at the right, its color is that of the file.
        glass = view.to_screen(rect(Box(3300, 1000, 2, 2))).center()
        if view.rect().contains(glass.toPoint()):
            found = color_at(image, glass)
            assert max(abs(found.red() - 232), abs(found.green() - 228), abs(found.blue() - 224)) <= 2
    assert view.zoom > 0.5


def wheel(place: QPointF, here: QPointF, turn: int) -> QWheelEvent:
    return QWheelEvent(
        here, place, QPoint(), QPoint(0, turn), Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip


def test_keys_pan_zoom_choose_and_leave(window: Any, path: Path, qtbot: QtBot) -> None:
    sheet = opened(window, path, qtbot)
    view = sheet.view
    assert not sheet.take.isEnabled()
    fitted = view.zoom
    QTest.keyClick(view, Qt.Key.Key_Plus)
    assert view.zoom == pytest.approx(fitted * 1.25)
    before = view.seen
    for _ in range(6):
        QTest.keyClick(view, Qt.Key.Key_Plus)
    QTest.keyClick(view, Qt.Key.Key_Right)
    assert view.seen != before
    QTest.keyClick(view, Qt.Key.Key_V)
    assert view.region == view.seen
    assert sheet.take.isEnabled()
    assert "mm²" in sheet.words.text()
    QTest.keyClick(view, Qt.Key.Key_0)
    assert view.zoom == pytest.approx(fitted)
    QTest.keyClick(view, Qt.Key.Key_R)
    assert view.is_drawing and sheet.draw.isChecked()
    QTest.keyClick(view, Qt.Key.Key_Escape)
    assert not view.is_drawing and sheet.isVisible()
    QTest.keyClick(view, Qt.Key.Key_Escape)
    assert sheet.isHidden()
    assert window.slides._slide is None


def test_a_drawn_region_is_taken_into_a_new_case_and_judged(
    window: Any, path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    sheet = opened(window, path, qtbot)
    view = sheet.view
    sheet.draw.click()
    start, end = (view.to_screen(rect(Box(x, y, 1, 1))).center().toPoint() for x, y in ((20, 20), (2500, 2100)))
    QTest.mousePress(view, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, start)
    QTest.mouseMove(view, (start + end) / 2)
    QTest.mouseMove(view, end)
    QTest.mouseRelease(view, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, end)
    region = view.region
    assert region is not None
    assert abs(region.x - 20) < 10 and abs(region.width - 2480) < 20
    assert not view.is_drawing
    told: list[str] = []
    show = window.message.tell

    def tell(words: str, *more: object) -> None:
        told.append(words)
        show(words, *more)

    monkeypatch.setattr(window.message, "tell", tell)
    QTest.keyClick(view, Qt.Key.Key_Return)
    assert sheet.is_busy and not sheet.take.isEnabled()
    waited(qtbot, sheet.isHidden)
    waited(qtbot, lambda: len(window.case.frames) > 0 and not window.status.queue_text)
    assert all(frame.origin.stage is not None for frame in window.case.frames)
    cells = [cell for frame in window.case.frames for cell in frame.cells]
    assert len(cells) >= 8
    assert any(f"fields with {len(cells)} cells are in the case" in words for words in told)
    assert window.session.navigation.page == "review"


def test_the_monolayer_is_marked_where_the_cells_are(window: Any, path: Path, qtbot: QtBot) -> None:
    sheet = opened(window, path, qtbot)
    sheet.monolayer.click()
    waited(qtbot, lambda: bool(sheet.view.proposed))
    region = sheet.view.region
    assert region is not None
    assert region.x + region.width <= 2600 + round(256 / UM_PER_PX)
    assert "Cells lie apart" in sheet.words.text()
    assert not sheet.is_busy


def test_a_region_without_cells_says_so_and_the_slide_stays(window: Any, path: Path, qtbot: QtBot) -> None:
    sheet = opened(window, path, qtbot)
    sheet.view.choose(Box(3000, 100, 900, 900))
    sheet.take.click()
    waited(qtbot, lambda: not sheet.is_busy)
    assert "No white cells in this region" in sheet.words.text()
    assert sheet.isVisible()


def test_an_image_is_taken_as_before_and_a_broken_slide_says_why(
    window: Any, path: Path, smear: Pixels, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone = tmp_path / "slide.mrxs"
    alone.write_bytes(b"\xff\xd8\xff\xe0" + bytes(100))
    sheet = sheet_of(window)
    window.importing.add_paths((alone,))
    waited(qtbot, lambda: "without the folder" in sheet.waiting.text())
    sheet.leave()
    monkeypatch.setattr(decoding, "MAX_PIXELS", 120_000_000)
    window.importing.add_paths((path,))
    waited(qtbot, lambda: sheet.isHidden() and len(window.case.frames) == 1)


def test_pieces_that_are_kept_are_bounded(
    window: Any, path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tiles, "CACHE_BYTES", 4 << 20)
    sheet = opened(window, path, qtbot)
    sheet.view.look_at(Box(0, 0, 600, 500))
    for x in range(0, 3500, 400):
        sheet.view.look_at(Box(x, 800, 600, 500))
        settled(sheet, qtbot)
        assert pieces_of(sheet).bytes_kept <= 4 << 20
