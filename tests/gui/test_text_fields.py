"""Fields for text swallow no images: an image is pasted or dropped right after Ctrl+N, and Enter ends the header."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPoint, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QGuiApplication, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from leukoscope.gui.main_window import MainWindow
from tests.gui.conftest import PATIENCE_MS, OpenWindow


@pytest.fixture
def begun(open_quiet: OpenWindow, qtbot: QtBot) -> MainWindow:
    """A window right after Ctrl+N: the keyboard is in the case's number."""
    window = open_quiet()
    window.activateWindow()
    window.actions_by_id["new_case"].trigger()
    number = window.case_bar.form.fields["number"]
    qtbot.waitUntil(lambda: window.case.case is not None and number.hasFocus(), timeout=PATIENCE_MS)
    return window


def picture() -> QImage:
    pixels = np.full((60, 80, 3), 200, np.uint8)
    return QImage(pixels.data, 80, 60, 240, QImage.Format.Format_RGB888).copy()


def waiting(window: MainWindow) -> int:
    return len(window.waiting.strip.model.fields)


def test_an_image_is_pasted_right_after_a_new_case_was_begun(begun: MainWindow, qtbot: QtBot) -> None:
    number = begun.case_bar.form.fields["number"]
    was = number.text()
    QGuiApplication.clipboard().setImage(picture())
    QTest.keyClick(number, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: waiting(begun) == 1, timeout=PATIENCE_MS)
    assert number.text() == was


def test_copied_files_are_pasted_there_too(begun: MainWindow, tmp_path: Path, qtbot: QtBot) -> None:
    path = tmp_path / "field.png"
    assert picture().save(str(path))
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path))])
    mime.setText(str(path))
    QGuiApplication.clipboard().setMimeData(mime)
    number = begun.case_bar.form.fields["number"]
    was = number.text()
    QTest.keyClick(number, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: waiting(begun) == 1, timeout=PATIENCE_MS)
    assert number.text() == was


def test_text_is_still_pasted_into_a_field(begun: MainWindow) -> None:
    patient = begun.case_bar.form.fields["patient"]
    patient.setFocus()
    mime = QMimeData()
    mime.setText("Doe, Jane")
    # A cell of a table is offered as a picture too.
    mime.setImageData(picture())
    QGuiApplication.clipboard().setMimeData(mime)
    QTest.keyClick(patient, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    assert patient.text() == "Doe, Jane"
    assert waiting(begun) == 0


@pytest.mark.parametrize("of", ["number", "notes"])
def test_files_dragged_over_a_field_are_for_the_window(begun: MainWindow, tmp_path: Path, of: str) -> None:
    form = begun.case_bar.form
    field = form.notes.viewport() if of == "notes" else form.fields[of]
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(tmp_path / "field.png"))])
    entering = QDragEnterEvent(
        QPoint(4, 4), Qt.DropAction.CopyAction, mime, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    )
    QApplication.sendEvent(field, entering)
    assert entering.isAccepted()
    assert begun.drop_hint.isVisible(), "the window says where they go"


def test_enter_finishes_the_header(begun: MainWindow, qtbot: QtBot) -> None:
    form = begun.case_bar.form
    QTest.keyClicks(form.fields["number"], "2026-901")
    QTest.keyClick(form.fields["number"], Qt.Key.Key_Return)
    assert not begun.case_bar.is_unfolded
    qtbot.waitUntil(
        lambda: begun.case.case is not None and begun.case.case.header.number == "2026-901", timeout=PATIENCE_MS
    )
    assert not form.isAncestorOf(QApplication.focusWidget()) if QApplication.focusWidget() else True
