"""The overview on the real window: with mouse and keyboard, on Review and on Capture, with and without places."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QHelpEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QToolTip
from pytestqt.qtbot import QtBot

from leukoscope.cases.store import CaseStore
from leukoscope.domain.stage import StagePosition
from leukoscope.gui.main_window import MainWindow
from leukoscope.gui.review.overview_tile import uncovered
from tests.gui.conftest import OpenWindow
from tests.gui.stored import HEIGHT, WIDTH, stored_case, stored_image

PATIENCE_MS = 30_000
CTRL = Qt.KeyboardModifier.ControlModifier
ACROSS, DOWN = WIDTH * 0.1 + 12, HEIGHT * 0.1 + 9
"""From image to image, in µm: with gaps."""


def placed_case(store: CaseStore, number: str, count: int = 6) -> int:
    """Images in rows of three, the last of them without a place."""
    case_id = stored_case(store, number)
    for place in range(count):
        stage = StagePosition(1000 + place % 3 * ACROSS, 500 + place // 3 * DOWN) if place < count - 1 else None
        stored_image(store, case_id, 100 + place, 1 + place % 2, stage)
    return case_id


@pytest.fixture
def window(kept: CaseStore, open_quiet: OpenWindow, qtbot: QtBot) -> MainWindow:
    """A window on a case of five images with a place and one without, and another case of one without."""
    placed_case(kept, "A-1")
    stored_case(kept, "A-2", 1)
    made = open_quiet()
    made.resize(1280, 800)
    see(made, qtbot, 1)
    return made


def see(window: MainWindow, qtbot: QtBot, case_id: int) -> None:
    window.case.open(case_id)
    qtbot.waitUntil(lambda: window.case.id == case_id, timeout=PATIENCE_MS)
    window.show_page("review")
    qtbot.waitUntil(lambda: window.review.canvas.has_image, timeout=PATIENCE_MS)


def middle_of(window: MainWindow, number: int) -> QPoint:
    map_ = window.overview.card.map
    one = next(field for field in map_._area.fields if field.number == number)
    return map_.rect_of(one).center().toPoint()


def shown(window: MainWindow) -> int:
    """Number of the image on the canvas, from 0."""
    return [one.id for one in window.case.frames].index(window.review.frame.id)


def test_a_key_opens_the_map_and_a_click_goes_to_the_image(window: MainWindow, qtbot: QtBot) -> None:
    card, canvas = window.overview.card, window.review.canvas
    place = canvas.mapTo(window, QPoint(0, 0)), canvas.size()
    QTest.keyClick(window, Qt.Key.Key_K, CTRL)
    assert card.isVisible() and window.actions_by_id["overview"].isChecked()
    assert (canvas.mapTo(window, QPoint(0, 0)), canvas.size()) == place, "it floats: nothing moves"
    assert card.note.text() == "1 image tells no place." and card.choice.isHidden() and card.nothing.isHidden()
    assert card.map.current == shown(window) == 0
    QTest.mouseClick(card.map, Qt.MouseButton.LeftButton, pos=middle_of(window, 4))
    assert shown(window) == card.map.current == 4
    QTest.mouseClick(card.map, Qt.MouseButton.LeftButton, pos=QPoint(3, 3))
    assert shown(window) == 4, "beside all images nothing is chosen"
    window.review.step_image(-1)
    assert card.map.current == 3, "the map goes along"
    window.review.step_image(2)
    assert card.map.current == -1, "an image without a place has no frame"
    QTest.keyClick(card.map, Qt.Key.Key_Escape)
    assert card.isHidden() and not window.actions_by_id["overview"].isChecked()


def test_arrow_keys_go_from_image_to_image(window: MainWindow) -> None:
    QTest.keyClick(window, Qt.Key.Key_K, CTRL)
    map_ = window.overview.card.map
    for key, expected in (
        (Qt.Key.Key_Right, 1), (Qt.Key.Key_Down, 4), (Qt.Key.Key_Down, 4), (Qt.Key.Key_Left, 3), (Qt.Key.Key_Up, 0),
        (Qt.Key.Key_End, 4), (Qt.Key.Key_Home, 0),
    ):  # fmt: skip
        QTest.keyClick(map_, key)
        assert shown(window) == map_.current == expected, key
    assert "field-100.png" in map_.accessibleDescription()


def test_images_lie_in_true_proportion_with_gaps_and_the_cell_is_marked(window: MainWindow) -> None:
    QTest.keyClick(window, Qt.Key.Key_K, CTRL)
    map_ = window.overview.card.map
    fields = {one.number: map_.rect_of(one) for one in map_._area.fields}
    assert fields[0].width() / fields[0].height() == pytest.approx(WIDTH / HEIGHT)
    assert (fields[1].left() - fields[0].right()) / fields[0].width() == pytest.approx(12 / (WIDTH * 0.1))
    assert (fields[3].top() - fields[0].bottom()) / fields[0].height() == pytest.approx(9 / (HEIGHT * 0.1))
    window.review.choose_cell(window.case.frames[1].cells[0].id)
    box = window.review.cell.finding.cell.box
    spot = map_._px(map_._cell.x_um, map_._cell.y_um)
    assert (spot.x() - fields[1].left()) / fields[1].width() == pytest.approx((box.x + box.width / 2) / WIDTH)
    assert (spot.y() - fields[1].top()) / fields[1].height() == pytest.approx((box.y + box.height / 2) / HEIGHT)


def test_the_tooltip_says_file_counts_and_place(window: MainWindow) -> None:
    QTest.keyClick(window, Qt.Key.Key_K, CTRL)
    map_, here = window.overview.card.map, middle_of(window, 1)
    QApplication.sendEvent(map_, QHelpEvent(QEvent.Type.ToolTip, here, map_.mapToGlobal(here)))
    said = QToolTip.text()
    assert said == window.overview.card.words_of(1)
    for part in ("Image 2, field-101.png: judged", "2 healthy", f"x {(1000 + ACROSS) / 1000:.3f} mm", "y 0.500 mm"):
        assert part in said, said


def test_zoom_keeps_what_lies_under_the_mouse_and_0_shows_all(window: MainWindow, qtbot: QtBot) -> None:
    QTest.keyClick(window, Qt.Key.Key_K, CTRL)
    map_ = window.overview.card.map
    before, point = map_.zoom, QPointF(middle_of(window, 4))
    map_.zoom_by(2.0, point)
    assert map_.zoom == pytest.approx(2 * before)
    assert (QPointF(middle_of(window, 4)) - point).manhattanLength() <= 2
    QTest.keyClick(map_, Qt.Key.Key_0)
    assert map_.zoom == pytest.approx(before)
    qtbot.waitUntil(lambda: len(map_.pictures._kept) == 5, timeout=PATIENCE_MS)
    made = dict(map_.pictures._kept)
    assert all(made.values()), "each image has its picture"
    window.case.open(1)
    with qtbot.waitSignal(window.case.loaded, timeout=PATIENCE_MS):
        pass
    assert map_.pictures._kept == made, "the same case read again makes none anew"
    see(window, qtbot, 2)
    assert not map_.pictures._kept


def test_without_places_it_says_why_and_what_to_do(window: MainWindow, qtbot: QtBot) -> None:
    see(window, qtbot, 2)
    QTest.keyClick(window, Qt.Key.Key_K, CTRL)
    card = window.overview.card
    assert card.isVisible() and card.map.isHidden() and card.legend.isHidden()
    assert card.nothing.text().startswith("No image of this case tells its place on the slide. Open OME-TIFF")
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Escape)
    assert card.isHidden()
    QTest.keyClick(window, Qt.Key.Key_K, CTRL)
    see(window, qtbot, 1)
    assert card.map.isVisible() and card.nothing.isHidden()


def test_on_capture_it_lies_over_the_live_picture_and_a_click_leads_to_review(window: MainWindow, qtbot: QtBot) -> None:
    window.show_page("live")
    QTest.keyClick(window, Qt.Key.Key_K, CTRL)
    card = window.overview.card
    assert card.isVisible() and card.parent() is window.live.view.stack
    QTest.keyClick(card.map, Qt.Key.Key_Right)
    assert window.live.isVisible(), "the live picture stays"
    window.live.start("demo:1")
    qtbot.waitUntil(window.live.canvas.isVisible, timeout=PATIENCE_MS)
    on_top = card.parentWidget().childAt(card.geometry().center())
    assert card.isAncestorOf(on_top), "the live picture came beneath it"
    window.live.take_frame()
    qtbot.waitUntil(lambda: card.choice.count() == 2, timeout=PATIENCE_MS)
    assert card.choice.currentText().startswith("2 of 2: Demo smear") and card.map.current == 6, (
        "what was taken is seen"
    )
    card.choice.setCurrentIndex(0)
    QTest.mouseClick(card.map, Qt.MouseButton.LeftButton, pos=middle_of(window, 3))
    assert window.review.isVisible() and shown(window) == 3 and card.isVisible()


@pytest.mark.parametrize(("width", "height"), [(960, 540), (1280, 720), (1920, 1080)])
def test_the_card_stays_within_the_image(window: MainWindow, qtbot: QtBot, width: int, height: int) -> None:
    window.resize(width, height)
    QTest.keyClick(window, Qt.Key.Key_K, CTRL)
    card = window.overview.card
    over = card.parentWidget()
    qtbot.waitUntil(lambda: over.rect().contains(card.geometry()), timeout=PATIENCE_MS)
    assert card.map.height() >= card.map.minimumSizeHint().height()
    QTest.keyClick(window, Qt.Key.Key_M, CTRL)
    measure = window.measuring.card
    assert measure.isVisible() and (not measure.geometry().intersects(card.geometry()) or width < 1000)


def test_images_of_other_folders_have_a_map_of_their_own(kept: CaseStore, open_quiet: OpenWindow, qtbot: QtBot) -> None:
    case_id = placed_case(kept, "B-1", 3)
    stored_image(kept, case_id, 200, 1, StagePosition(1000, 500), "/elsewhere")
    window = open_quiet()
    see(window, qtbot, case_id)
    QTest.keyClick(window, Qt.Key.Key_K, CTRL)
    card = window.overview.card
    assert card.choice.isVisible() and card.choice.count() == 2
    assert [one.number for one in card.map._area.fields] == [0, 1]
    window.review.show_image(window.case.frames[3].id)
    assert card.choice.currentText() == "2 of 2: elsewhere" and card.map.current == 3


def test_in_a_low_window_the_way_out_is_whole(kept: CaseStore, open_quiet: OpenWindow, qtbot: QtBot) -> None:
    stored_case(kept, "A-1", 1, 1)
    window = open_quiet()
    window.resize(960, 516)
    see(window, qtbot, 1)
    window.actions_by_id["overview"].trigger()
    card = window.overview.card
    qtbot.waitUntil(card.isVisible, timeout=PATIENCE_MS)

    def is_whole() -> bool:
        parts = [part for part in (card.joined.join, card.nothing) if part.isVisible()]
        inside = all(card.rect().contains(QRect(part.mapTo(card, QPoint(0, 0)), part.size())) for part in parts)
        needed = [max(part.heightForWidth(part.width()), part.minimumSizeHint().height()) for part in parts]
        return inside and all(part.height() >= height for part, height in zip(parts, needed, strict=True))

    qtbot.waitUntil(lambda: card.joined.join.isVisible() and is_whole(), timeout=5000)
    assert card.nothing.isVisible() or "tells its place" in card.toolTip()


def test_counts_stand_on_what_other_images_leave_free() -> None:
    """Images of a scan overlap by a fifth: the counts of the upper rows lay under the rows below."""
    places = [QRectF(80 * across, 64 * down, 100, 80) for down in range(3) for across in (0, 1, 2)]
    for number, where in enumerate(places):
        free = uncovered(where, places[number + 1 :])
        assert not any(free.intersects(other) for other in places[number + 1 :])
        assert free.width() >= 80 and free.height() >= 64
    first = QRectF(0, 0, 100, 80)
    assert uncovered(first, [QRectF(-80, 0, 100, 80)]) == QRectF(20, 0, 80, 80), "a row that goes back"
    assert uncovered(first, [QRectF(200, 0, 100, 80)]) == first
    assert uncovered(first, [first]) == first, "nothing would be left to stand on"
