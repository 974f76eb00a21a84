"""A person names cells by keys, as on a bench counter: shown, kept, undone."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from leukoscope.cases.store import CaseStore
from leukoscope.domain.cell_classes import CELL_CLASSES
from leukoscope.domain.findings import Label
from leukoscope.domain.labels import named
from leukoscope.gui import class_marks, class_words
from leukoscope.gui.main_window import MainWindow
from tests.gui.conftest import OpenWindow
from tests.gui.stored import stored_case

PATIENCE_MS = 60_000


@pytest.fixture
def window(kept: CaseStore, open_quiet: OpenWindow, qtbot: QtBot) -> MainWindow:
    """A window on a case of three judged cells."""
    case_id = stored_case(kept, "A-1", 3)
    made = open_quiet()
    made.commands.open_case(case_id)
    qtbot.waitUntil(lambda: made.review.cell is not None, timeout=PATIENCE_MS)
    made.activateWindow()
    return made


def code_of(window: MainWindow) -> str | None:
    cell = window.review.cell
    return cell.decision.code if cell is not None and cell.decision is not None else None


def test_the_digit_names_the_cell_in_gallery_and_inspector(window: MainWindow, kept: CaseStore, qtbot: QtBot) -> None:
    window.review.gallery.setFocus()
    qtbot.keyClick(window.review.gallery._view, Qt.Key.Key_4)
    assert code_of(window) == "eosinophil"
    cell = window.review.cell
    assert cell is not None and cell.label is Label.HEALTHY
    keys = window.review.inspector.keys
    assert [said for said, button in keys.buttons.items() if button.isChecked()] == [named("eosinophil")]
    assert "Program: healthy 0.75. You: eosinophil." in window.review.inspector._verdict._sentence.text()
    case_id = window.case.id or 0
    qtbot.waitUntil(lambda: kept.load(case_id).cells[0].code == "eosinophil", timeout=PATIENCE_MS)
    window.decisions.undo()
    assert code_of(window) is None
    qtbot.waitUntil(lambda: kept.load(case_id).cells[0].decision is None, timeout=PATIENCE_MS)


def test_the_number_pad_counts_too(window: MainWindow, qtbot: QtBot) -> None:
    window.review.gallery.setFocus()
    qtbot.keyClick(window.review.gallery._view, Qt.Key.Key_1, Qt.KeyboardModifier.KeypadModifier)
    assert code_of(window) == "neutrophil"


def test_a_button_names_the_cell_and_a_second_click_takes_it_back(window: MainWindow) -> None:
    button = window.review.inspector.keys.buttons[named("erythroblast")]
    button.click()
    assert code_of(window) == "erythroblast"
    assert window.review.inspector._verdict._word.text() == "Erythroblast"
    assert sum(window.case.counts().values()) == 2, "neither leukemic, healthy nor unsure"
    assert window.review.gallery.model.total == 3
    button.click()
    assert code_of(window) is None and not button.isChecked()


def test_no_figure_of_the_program_stands_beside_a_persons_label(window: MainWindow) -> None:
    panel = window.review.inspector._verdict
    assert not panel._figure.isHidden()
    window.commands.label(window.review.cell.id, named("neutrophil"))  # type: ignore[union-attr]
    assert panel._figure.isHidden() and panel._bar.isHidden()
    assert panel._sentence.text() == "Program: healthy 0.75. You: neutrophil."
    assert "0.25" not in panel.accessibleName()


def test_every_class_has_words_and_a_shape(window: MainWindow) -> None:
    pictures = set()
    for code in CELL_CLASSES:
        assert class_words.class_word(code) and class_words.short_word(code) and class_words.heading(code)
        image = class_marks.glyph_pixmap(code, 24).toImage()
        pictures.add(bytes(image.convertToFormat(image.Format.Format_Grayscale8).constBits()))
    assert len(pictures) >= len({one.glyph for one in CELL_CLASSES.values()}), "told apart without color"
