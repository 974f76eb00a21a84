"""The contrast themes of the system: words, focus and what cannot be used stand out, on real controls."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from unittest.mock import MagicMock

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPalette, QStyleHints
from PySide6.QtWidgets import QApplication, QCheckBox, QLineEdit, QSlider, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from leukoscope.gui import theme
from leukoscope.gui.high_contrast import contrast
from leukoscope.gui.pixels import from_image
from leukoscope.gui.stylesheet import stylesheet
from leukoscope.gui.theme import DARK, LIGHT, theme_for
from leukoscope.gui.tokens import Theme
from leukoscope.gui.widgets.buttons import PushButton

UNKNOWN, HIGH = Qt.ColorScheme.Unknown, Qt.ContrastPreference.HighContrast
FORCED = {
    "night": ("#000000", "#ffffff", "#d6b4fd", "#a6a6a6"),
    "dusk": ("#2d3236", "#ffffff", "#a1bfde", "#a6a6a6"),
    "sand": ("#fffaef", "#3d3d3d", "#903909", "#676767"),
    "yellow on black": ("#000000", "#ffff00", "#0000ff", "#00ff00"),
    "no color for focus": ("#ffffff", "#000000", "#fafafa", "#eeeeee"),
    "grey on grey": ("#808080", "#909090", "#0000ff", "#888888"),
}
"""Colors that a person can choose for the whole system: back, words, focus, disabled words."""


def palette(back: str, front: str, focus: str, disabled: str) -> QPalette:
    made, role = QPalette(), QPalette.ColorRole
    for where, color in ((role.Window, back), (role.WindowText, front), (role.Highlight, focus)):
        made.setColor(where, QColor(color))
    made.setColor(QPalette.ColorGroup.Disabled, role.WindowText, QColor(disabled))
    return made


def themes() -> dict[str, Theme]:
    made = {name: theme_for("dark", UNKNOWN, HIGH, lambda one=one: palette(*one)) for name, one in FORCED.items()}
    for wish, scheme in (("dark", Qt.ColorScheme.Dark), ("light", Qt.ColorScheme.Dark)):
        made[wish] = theme_for(wish, scheme, HIGH, QPalette)
    return made


THEMES = themes()


@pytest.fixture
def styled(qtbot: QtBot, look: QApplication) -> Iterator[QApplication]:
    before = look.styleSheet()
    yield look
    look.setStyleSheet(before)


@pytest.mark.parametrize("name", THEMES)
def test_words_focus_and_what_is_disabled_stand_out(name: str) -> None:
    one = THEMES[name]
    assert one.is_strong

    def ratio(token: str, back: str) -> float:
        return contrast(one.color(token), one.color(back))

    for back in ("window", "surface", "raised", "hover", "selected"):
        assert ratio("text", back) >= 4.5 and ratio("muted", back) >= 4.5, back
    for back in ("window", "surface", "raised"):
        assert ratio("focus", back) >= 3 and ratio("disabled", back) >= 4.5, back
    assert ratio("on_primary", "primary") >= 4.5
    assert one.focus != one.line and one.disabled != one.text


def test_the_colors_of_the_system_go_before_the_wish_only_where_they_are_forced() -> None:
    night, sand = (palette(*FORCED[name]) for name in ("night", "sand"))
    assert theme_for("light", UNKNOWN, HIGH, lambda: night).window == "#000000"
    assert theme_for("dark", UNKNOWN, HIGH, lambda: sand).window == "#fffaef"
    assert theme_for("dark", UNKNOWN, HIGH, lambda: sand).canvas == LIGHT.canvas, "neutral around pictures"
    assert theme_for("dark", Qt.ColorScheme.Light, HIGH, lambda: sand).window == "#000000"
    usual = Qt.ContrastPreference.NoPreference
    assert theme_for("dark", UNKNOWN, usual, lambda: sand) is DARK
    assert theme_for("system", Qt.ColorScheme.Light, usual, lambda: night) is LIGHT


def controls() -> list[QWidget]:
    primary, usual, big, box = PushButton("Sign"), PushButton("Reset"), PushButton("Open images…"), QCheckBox("Grid")
    primary.setProperty("role", "primary")
    big.setProperty("role", "flat")
    slider = QSlider(Qt.Orientation.Horizontal)
    slider.setValue(50)
    return [primary, usual, big, box, QLineEdit("2026-1"), slider]


@pytest.mark.parametrize("name", THEMES)
def test_every_control_shows_that_it_has_the_keyboard(qtbot: QtBot, styled: QApplication, name: str) -> None:
    """Its pixels with and without: enough of them differ by 3:1, as WCAG 2.2 (2.4.13) wants it."""
    styled.setStyleSheet(stylesheet(THEMES[name]))
    page = QWidget()
    qtbot.addWidget(page)
    page.setObjectName("page")
    column = QVBoxLayout(page)
    for one in (made := controls()):
        column.addWidget(one)
    page.show()
    page.activateWindow()
    qtbot.waitUntil(page.isActiveWindow, timeout=10_000)
    for one in made:
        other = next(each for each in made if each is not one)
        other.setFocus()
        without = from_image(page.grab(one.geometry()).toImage())
        one.setFocus(Qt.FocusReason.TabFocusReason)
        assert one.hasFocus()
        with_it = from_image(page.grab(one.geometry()).toImage())
        differ = (without != with_it).any(axis=2)
        changed = zip(without[differ].tolist(), with_it[differ].tolist(), strict=True)
        pairs = Counter((tuple(before), tuple(after)) for before, after in changed)
        count = sum(many for (was, now), many in pairs.items() if contrast(QColor(*was), QColor(*now)) >= 3)
        assert count >= 40, f"{one}: {count} of {np.count_nonzero(differ)} pixels"


def test_the_window_takes_the_colors(qtbot: QtBot, look: QApplication) -> None:
    appearance = theme.appearance()
    before = appearance.theme
    try:
        appearance._apply(look, THEMES["sand"])
        assert look.palette().color(QPalette.ColorRole.Window) == QColor("#fffaef")
        disabled = look.palette().color(QPalette.ColorGroup.Disabled, QPalette.ColorRole.ButtonText)
        assert disabled == QColor("#676767")
    finally:
        appearance._apply(look, before)


@pytest.mark.parametrize(
    ("wish", "contrast", "asked"),
    [
        ("dark", Qt.ContrastPreference.NoPreference, Qt.ColorScheme.Dark),
        ("light", Qt.ContrastPreference.NoPreference, Qt.ColorScheme.Light),
        ("system", Qt.ContrastPreference.NoPreference, None),
        ("dark", HIGH, None),
    ],
)
def test_title_bars_go_with_the_theme_but_never_against_a_contrast_theme(
    wish: str, contrast: Qt.ContrastPreference, asked: Qt.ColorScheme | None
) -> None:
    """Off the screen Qt has no title bars: what is asked of it is looked at."""
    hints = MagicMock(spec=QStyleHints)
    theme.frame_of_windows(hints, wish, contrast)
    if asked is None:
        hints.unsetColorScheme.assert_called_once_with()
        hints.setColorScheme.assert_not_called()
    else:
        hints.setColorScheme.assert_called_once_with(asked)
