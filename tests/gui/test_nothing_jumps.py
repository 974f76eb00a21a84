"""Messages, questions, drawing and taking an image move nothing that a hand may be on its way to."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QRect, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QGraphicsView, QWidget
from pytestqt.qtbot import QtBot

from leukoscope.gui.main_window import MainWindow
from tests.gui.conftest import PATIENCE_MS, OpenWindow

LONG = "Das Bild konnte nicht gelesen werden, weil die Datei beschädigt ist; nehmen Sie das Bild noch einmal auf. " * 3


def places(window: MainWindow, *of: QWidget) -> dict[str, QRect]:
    """Where images and buttons lie, in the coordinates of the window."""
    found: dict[str, QRect] = {}
    for page in of:
        kinds = [*page.findChildren(QAbstractButton), *page.findChildren(QGraphicsView)]
        for number, one in enumerate(kinds):
            if one.isVisibleTo(window):
                found[f"{page.objectName()} {type(one).__name__} {number}"] = QRect(
                    one.mapTo(window, one.rect().topLeft()), one.size()
                )
    assert len(found) > 5
    return found


def settled(window: MainWindow, page: QWidget, qtbot: QtBot) -> dict[str, QRect]:
    """The same once two looks in a row find everything in its place."""
    looks = [places(window, page)]

    def is_still() -> bool:
        looks.append(places(window, page))
        return looks[-1] == looks[-2]

    qtbot.waitUntil(is_still, timeout=PATIENCE_MS)
    return looks[-1]


@pytest.fixture
def field(window: MainWindow, field_png: bytes, tmp_path: Path, qtbot: QtBot) -> MainWindow:
    """A window with one judged field."""
    path = tmp_path / "field.png"
    path.write_bytes(field_png)
    window.importing.add_paths((path,))
    qtbot.waitUntil(
        lambda: window.review.gallery.model.total == 8 and window.status.queue_text == "", timeout=PATIENCE_MS
    )
    qtbot.waitUntil(lambda: window.review.canvas.has_image, timeout=PATIENCE_MS)
    window.message.hide()
    return window


def test_a_message_moves_nothing_and_lies_inside_the_page(field: MainWindow, qtbot: QtBot) -> None:
    before = settled(field, field.review, qtbot)
    field.message.warn(LONG, "Show", lambda: None)
    qtbot.waitUntil(field.message.isVisible, timeout=PATIENCE_MS)
    field.message.repaint()
    assert settled(field, field.review, qtbot) == before
    shown = field.message.geometry()
    area = field.message.parentWidget()
    assert area is not None
    assert area.rect().contains(shown), (shown, area.rect())
    assert shown.height() >= field.message.heightForWidth(shown.width()) > 40, "several lines have room"
    field.message.hide()
    assert settled(field, field.review, qtbot) == before


def test_a_message_stays_at_its_edge_when_the_window_changes_its_size(field: MainWindow, qtbot: QtBot) -> None:
    field.message.warn("Short.")
    area = field.message.parentWidget()
    assert area is not None
    field.resize(1000, 640)
    qtbot.waitUntil(
        lambda: area.height() - field.message.geometry().bottom() < 20 and area.width() < 1000, timeout=PATIENCE_MS
    )
    assert area.rect().contains(field.message.geometry())


def test_the_question_who_it_is_moves_nothing(field: MainWindow, qtbot: QtBot) -> None:
    before = settled(field, field.review, qtbot)
    field.name_bar.show()
    qtbot.waitUntil(field.name_bar.isVisible, timeout=PATIENCE_MS)
    field.message.warn(LONG)
    assert settled(field, field.review, qtbot) == before
    assert not field.name_bar.geometry().intersects(field.message.geometry()), "both can be read"


def test_starting_to_draw_moves_nothing(field: MainWindow, qtbot: QtBot) -> None:
    before = settled(field, field.review, qtbot)
    field.actions_by_id["add_cell"].trigger()
    qtbot.waitUntil(field.message.isVisible, timeout=PATIENCE_MS)
    assert settled(field, field.review, qtbot) == before
    QTest.keyClick(field.review.canvas, Qt.Key.Key_Escape)
    assert settled(field, field.review, qtbot) == before


def test_setting_the_scale_moves_nothing(field: MainWindow, qtbot: QtBot) -> None:
    before, seen = settled(field, field.review, qtbot), field.review.canvas.zoom
    field.actions_by_id["set_scale"].trigger()
    qtbot.waitUntil(field.calibration.form.isVisible, timeout=PATIENCE_MS)
    after = settled(field, field.review, qtbot)
    assert {name: after[name] for name in before if name in after} == before
    assert field.review.canvas.zoom == seen


def test_taking_an_image_moves_nothing(window: MainWindow, qtbot: QtBot) -> None:
    window.actions_by_id["show_live"].trigger()
    live = window.live
    live.start("demo:1")
    qtbot.waitUntil(lambda: live.canvas.has_image and live.focus.best > 0, timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: live.panel.settings.isVisibleTo(live.panel), timeout=PATIENCE_MS)
    before = settled(window, live, qtbot)
    live.take_frame()
    qtbot.waitUntil(lambda: bool(window.case.frames), timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: window.status.queue_text == "", timeout=PATIENCE_MS)
    assert settled(window, live, qtbot) == before


def test_a_message_does_not_cover_what_has_just_been_taken(window: MainWindow, qtbot: QtBot) -> None:
    window.actions_by_id["show_live"].trigger()
    strip = window.live.foot()
    assert strip is not None
    qtbot.waitUntil(strip.isVisible, timeout=PATIENCE_MS)
    window.message.tell("Taken. It is judged now.")
    qtbot.waitUntil(window.message.isVisible, timeout=PATIENCE_MS)
    lowest = window.message.mapTo(window, window.message.rect().bottomLeft()).y()
    assert lowest < strip.mapTo(window, strip.rect().topLeft()).y()
    window.actions_by_id["show_review"].trigger()
    assert window.message.mapTo(window, window.message.rect().bottomLeft()).y() > lowest, (
        "other pages have no such strip"
    )


def test_a_second_image_moves_nothing(field: MainWindow, field_png: bytes, tmp_path: Path, qtbot: QtBot) -> None:
    canvas = field.review.canvas
    before = QRect(canvas.mapTo(field, canvas.rect().topLeft()), canvas.size())
    second = tmp_path / "second.png"
    second.write_bytes(field_png + b"another file")
    field.importing.add_paths((second,))
    qtbot.waitUntil(lambda: len(field.waiting.strip.model.fields) == 2, timeout=PATIENCE_MS)
    assert QRect(canvas.mapTo(field, canvas.rect().topLeft()), canvas.size()) == before


def test_a_message_is_read_in_a_small_window_too(open_quiet: OpenWindow, qtbot: QtBot) -> None:
    window = open_quiet()
    window.resize(960, 540)
    window.message.warn(LONG, "Show", lambda: None)
    qtbot.waitUntil(window.message.isVisible, timeout=PATIENCE_MS)
    area = window.message.parentWidget()
    assert area is not None
    assert area.rect().contains(window.message.geometry())


@pytest.mark.parametrize("size", [(960, 600), (1280, 800), (1920, 1080)])
def test_a_message_leaves_the_keys_on_the_right_within_reach(
    open_quiet: OpenWindow, qtbot: QtBot, size: tuple[int, int]
) -> None:
    window = open_quiet()
    window.resize(*size)
    window.show_page("live")
    window.message.warn(LONG, "Show", lambda: None)
    qtbot.waitUntil(window.message.isVisible, timeout=PATIENCE_MS)
    take = window.live.take
    there = QRect(take.mapTo(window, take.rect().topLeft()), take.size())
    shown = QRect(window.message.mapTo(window, window.message.rect().topLeft()), window.message.size())
    assert take.isVisibleTo(window)
    assert not shown.intersects(there), (shown, there)


def test_news_of_a_model_moves_nothing_on_its_page(open_quiet: OpenWindow, qtbot: QtBot) -> None:
    window = open_quiet()
    window.actions_by_id["show_models"].trigger()
    models = window.models
    before = settled(window, models, qtbot)
    models.message.warn(LONG)
    qtbot.waitUntil(models.message.isVisible, timeout=PATIENCE_MS)
    during = settled(window, models, qtbot)
    assert {name: during[name] for name in before} == before
    models.message.hide()
    assert settled(window, models, qtbot) == before
