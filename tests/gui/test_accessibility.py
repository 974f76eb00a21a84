from __future__ import annotations

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QSlider,
    QWidget,
)
from pytestqt.qtbot import QtBot

from leukoscope.gui.actions import PAGES
from leukoscope.gui.main_window import MainWindow

SMALLEST_TARGET = 28


def _visible(window: MainWindow, kind: type[QWidget]) -> list[QWidget]:
    return [one for one in window.findChildren(kind) if one.isVisible() and not one.objectName().startswith("qt_")]


def test_targets_are_large_and_named(judged: MainWindow) -> None:
    for page in PAGES:
        judged.show_page(page)
        QApplication.sendPostedEvents(None, int(QEvent.Type.LayoutRequest.value))
        for kind in (QAbstractButton, QComboBox, QSlider, QLineEdit, QPlainTextEdit):
            for one in _visible(judged, kind):
                text = one.text() if isinstance(one, QAbstractButton) else ""
                assert one.accessibleName() or text, f"{one} on {page} has no name"
                if not isinstance(one.parent(), QLineEdit):
                    name = one.accessibleName() or text
                    assert one.height() >= SMALLEST_TARGET, f"{name} on {page} is {one.height()} px"


def test_long_words_do_not_widen_the_window(judged: MainWindow, qtbot: QtBot) -> None:
    """German is a third longer: labels may grow, the smallest window must still hold the page."""
    judged.resize(1280, 720)
    grown: set[QWidget] = set()
    for page in PAGES:
        judged.show_page(page)
        for one in _visible(judged, QLabel):
            assert isinstance(one, QLabel)
            if one.text() and not one.wordWrap() and one not in grown:
                grown.add(one)
                one.setText(one.text() + " und " + one.text()[: len(one.text()) // 3])
        qtbot.wait(50)
        assert judged.width() == 1280, page
        assert judged.minimumSizeHint().width() <= 1280, page
