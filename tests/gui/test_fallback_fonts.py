"""Names in any script can be read in the window, whatever fonts the computer has."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QFontDatabase, QFontMetrics, QGuiApplication, QRawFont, QTextLayout
from pytestqt.qtbot import QtBot

from leukoscope.gui import fallback_fonts, theme

NAMES = ("王小明", "たなか", "김철수", "محمد", "דוד", "देवदत्त", "สมชาย", "தமிழ்", "తెలుగు", "ខ្មែរ")


def drawn(text: str) -> list[QRawFont]:
    """Fonts that really draw a text."""
    layout = QTextLayout(text, theme.font())
    layout.beginLayout()
    layout.createLine()
    layout.endLayout()
    return [run.rawFont() for run in layout.glyphRuns()]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_has_no_empty_boxes(qtbot: QtBot, name: str) -> None:
    fallback_fonts.add_missing()
    runs = drawn(name)
    assert runs
    for character in name:
        assert any(font.supportsCharacter(ord(character)) for font in runs), f"{character} of {name}"
    assert QFontMetrics(QGuiApplication.font()).horizontalAdvance(name) > 0


def test_every_script_has_a_font_afterwards(qtbot: QtBot) -> None:
    fallback_fonts.add_missing()
    assert all(QFontDatabase.families(system) for system in fallback_fonts.FILES)
