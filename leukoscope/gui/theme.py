"""The look: two complete sets of tokens, neutral greys so that stain is judged rightly, color only for verdicts."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QFont, QFontDatabase, QPalette, QStyleHints
from PySide6.QtWidgets import QApplication

from leukoscope.domain.errors import ReportError
from leukoscope.gui.high_contrast import forced, strong
from leukoscope.gui.stylesheet import stylesheet
from leukoscope.gui.tokens import Theme

logger = logging.getLogger(__name__)

GRID: Final = 8
"""All distances are multiples or halves of it, in device-independent pixels."""

SMALL, BODY, TITLE = 12, 14, 20
"""The three font sizes, in device-independent pixels."""

TARGET: Final = 32
"""Height of what can be clicked; never below 28."""


DARK = Theme(
    name="dark",
    window="#1a1a1a",
    surface="#232323",
    raised="#2f2f2f",
    canvas="#121212",
    line="#363636",
    strong_line="#6a6a6a",
    text="#ededed",
    muted="#a8a8a8",
    hover="#393939",
    selected="#454545",
    primary="#ededed",
    on_primary="#161616",
    focus="#ffffff",
    disabled="#6a6a6a",
)
LIGHT = Theme(
    name="light",
    window="#f1f1f1",
    surface="#fbfbfb",
    raised="#ffffff",
    canvas="#d9d9d9",
    line="#dcdcdc",
    strong_line="#8c8c8c",
    text="#1b1b1b",
    muted="#5c5c5c",
    hover="#ebebeb",
    selected="#dedede",
    primary="#222222",
    on_primary="#ffffff",
    focus="#000000",
    disabled="#8c8c8c",
)


EFFECTS = (
    Qt.UIEffect.UI_AnimateMenu, Qt.UIEffect.UI_FadeMenu, Qt.UIEffect.UI_AnimateCombo, Qt.UIEffect.UI_AnimateTooltip,
    Qt.UIEffect.UI_FadeTooltip, Qt.UIEffect.UI_AnimateToolBox,
)  # fmt: skip
"""What Qt moves or fades by itself."""


def theme_for(
    wish: str, scheme: Qt.ColorScheme, contrast: Qt.ContrastPreference, system: Callable[[], QPalette]
) -> Theme:
    """The theme for a person's wish on this system.

    Parameters
    ----------
    wish
        ``dark``, ``light`` or ``system``.
    scheme, contrast
        What the system shows. Windows tells no scheme where a person has chosen the colors of a contrast theme:
        those then are in force in every program, whatever is wished here.
    system
        Gives the system's own colors; asked only where they are in force.
    """
    theme = LIGHT if wish == "light" or (wish == "system" and scheme == Qt.ColorScheme.Light) else DARK
    if contrast != Qt.ContrastPreference.HighContrast:
        return theme
    return forced(system(), DARK, LIGHT) if scheme == Qt.ColorScheme.Unknown else strong(theme)


class Appearance(QObject):
    """The theme in use; tells who paints by hand when it changes."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.theme = DARK
        self._wish = "dark"
        self._follows = False

    def choose(self, wish: str) -> None:
        """Show ``dark``, ``light`` or what the system shows (``system``, followed while it changes)."""
        app = QApplication.instance()
        if not isinstance(app, QApplication):
            raise TypeError("a theme needs a QApplication")
        self._wish = wish
        hints = app.styleHints()
        if not self._follows:
            hints.colorSchemeChanged.connect(self._system_changed)
            hints.accessibility().contrastPreferenceChanged.connect(lambda _wish: self.choose(self._wish))
            self._follows = True
        contrast = hints.accessibility().contrastPreference()
        frame_of_windows(hints, wish, contrast)
        self._apply(app, theme_for(wish, hints.colorScheme(), contrast, lambda: _system_palette(app)))

    @contextmanager
    def put_on_once(self) -> Iterator[None]:
        """While a window is built, its widgets have no style sheet; they get it when all of them are there.

        Qt applies a style sheet to a widget and all of its children again each time one is put into another, so a
        window that is built with it is styled as often as it is deep: measured 2.0 s instead of 0.9 s.
        """
        app = QApplication.instance()
        sheet = app.styleSheet() if isinstance(app, QApplication) else ""
        if not isinstance(app, QApplication) or not sheet:
            yield
            return
        app.setStyleSheet("")
        try:
            yield
        finally:
            # The theme may have changed meanwhile, and has then set the sheet itself.
            if not app.styleSheet():
                app.setStyleSheet(sheet)

    def _system_changed(self) -> None:
        if self._wish == "system":
            self.choose("system")

    def _apply(self, app: QApplication, theme: Theme) -> None:
        if theme == self.theme and app.styleSheet():
            return
        self.theme = theme
        app.setPalette(_palette(theme))
        app.setStyleSheet(stylesheet(theme))
        self.changed.emit()


_appearance: Appearance | None = None


def appearance() -> Appearance:
    """The one appearance of this process."""
    global _appearance  # noqa: PLW0603 - one window, one look; a QObject must not be made before Qt is
    if _appearance is None:
        _appearance = Appearance()
    return _appearance


def current() -> Theme:
    """The theme in use."""
    return appearance().theme


def install(app: QApplication, wish: str) -> None:
    """Give the program its fonts, its style and its theme."""
    app.setStyle("Fusion")
    for effect in EFFECTS:
        # Nothing moves by itself: with reduced motion nothing has to be asked, and without nobody waits.
        app.setEffectEnabled(effect, False)
    app.setFont(_fonts())
    appearance().choose(wish)


def font(size: int = BODY, *, bold: bool = False) -> QFont:
    """The program's font in one of the three sizes, with figures of equal width."""
    result = QFont(QApplication.font())
    result.setPixelSize(size)
    result.setWeight(QFont.Weight.Medium if bold else QFont.Weight.Normal)
    result.setFeature(QFont.Tag("tnum"), 1)
    return result


def _fonts() -> QFont:
    family = ""
    try:
        from leukoscope.workflow.fonts import ui_font_files

        for path in ui_font_files():
            number = QFontDatabase.addApplicationFont(str(path))
            names = QFontDatabase.applicationFontFamilies(number) if number >= 0 else []
            family = family or next((name for name in names if name == "Roboto"), "")
    except ReportError as error:
        logger.warning("system font taken: %s", error.message)
    result = QFont(family) if family else QFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.GeneralFont))
    result.setPixelSize(BODY)
    result.setFeature(QFont.Tag("tnum"), 1)
    return result


def _system_palette(app: QApplication) -> QPalette:
    """The colors of the system, which an application has until it sets its own."""
    own = app.palette()
    app.setPalette(QPalette())
    found = app.palette()
    app.setPalette(own)
    return found


def _palette(theme: Theme) -> QPalette:
    palette = QPalette()
    role = QPalette.ColorRole
    for where, token in (
        (role.Window, "window"),
        (role.Base, "raised"),
        (role.AlternateBase, "surface"),
        (role.Button, "raised"),
        (role.ToolTipBase, "raised"),
        (role.WindowText, "text"),
        (role.Text, "text"),
        (role.ButtonText, "text"),
        (role.ToolTipText, "text"),
        (role.BrightText, "text"),
        (role.Highlight, "selected"),
        (role.HighlightedText, "text"),
        (role.PlaceholderText, "muted"),
        (role.Link, "text"),
        (role.Mid, "line"),
        (role.Dark, "line"),
        (role.Light, "raised"),
        (role.Accent, "primary"),
    ):
        palette.setColor(where, theme.color(token))
    for where in (role.Text, role.ButtonText, role.WindowText):
        palette.setColor(QPalette.ColorGroup.Disabled, where, theme.color("disabled"))
    return palette


def frame_of_windows(hints: QStyleHints, wish: str, contrast: Qt.ContrastPreference) -> None:
    """Let the system draw title bars and its own dialogs as the wish says; a contrast theme stays as it is."""
    schemes = {"dark": Qt.ColorScheme.Dark, "light": Qt.ColorScheme.Light}
    if wish in schemes and contrast != Qt.ContrastPreference.HighContrast:
        hints.setColorScheme(schemes[wish])
    else:
        hints.unsetColorScheme()
