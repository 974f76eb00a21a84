"""The tokens of a theme: colors by what they are for."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtGui import QColor


@dataclass(frozen=True)
class Theme:
    """Colors by what they are for.

    Parameters
    ----------
    name
        ``dark`` or ``light``.
    window, surface, raised, canvas
        Backgrounds: behind everything, panels, controls on panels, around pictures.
    line, strong_line
        Hairlines, and the outline of controls.
    text, muted
        Words, and words that matter less; both at least 4.5:1 on ``surface``.
    hover, selected
        Backgrounds of what is pointed at and what is chosen.
    primary, on_primary
        The one big button: neutral, by contrast alone.
    focus
        Ring around what has the keyboard.
    disabled
        Words and icons of what cannot be used now.
    """

    name: str
    window: str
    surface: str
    raised: str
    canvas: str
    line: str
    strong_line: str
    text: str
    muted: str
    hover: str
    selected: str
    primary: str
    on_primary: str
    focus: str
    disabled: str

    @property
    def is_strong(self) -> bool:
        """Whether it is one of strong contrast: its outlines have the color of its words."""
        return self.line == self.text

    def color(self, token: str) -> QColor:
        """A token as a color."""
        return QColor(str(getattr(self, token)))
