"""The look for a system that asks for strong contrast: every outline and every word stands out, and so does focus."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtGui import QColor, QPalette

from leukoscope.gui.tokens import Theme

HOVERED, CHOSEN = 0.12, 0.2
"""How much of the words' color is in what lies behind them where the mouse is, and where something is chosen."""
MARKED, READ = 3.0, 4.5
"""Contrast ratios of WCAG 2.2 that a mark and a word need."""
_ENDS = {"dark": ("#000000", "#ffffff"), "light": ("#ffffff", "#000000")}
_FOCUS = {"dark": "#1aebff", "light": "#37006e"}
"""Outlines are black or white already: the ring of focus has the color that Windows gives what is chosen."""
_DISABLED = {"dark": "#3ff23f", "light": "#600000"}
"""As Windows has it: grey would not stand out."""


def strong(theme: Theme) -> Theme:
    """A theme in black and white."""
    back, front = _ENDS[theme.name]
    return _of_colors(theme, back, front, _FOCUS[theme.name], _DISABLED[theme.name])


def forced(palette: QPalette, dark: Theme, light: Theme) -> Theme:
    """A theme of the colors that a person has chosen for the whole system.

    Parameters
    ----------
    palette
        The system's. Where its focus or its disabled words would not stand out, ours are taken; where even its words do
        not, it is of no contrast theme, and black and white are taken.
    dark, light
        What lies around pictures is theirs, neutral whatever the system's colors are: stain is judged before it.
    """
    group, role = QPalette.ColorGroup, QPalette.ColorRole
    back, front = palette.color(role.Window), palette.color(role.WindowText)
    theme = dark if back.lightness() < front.lightness() else light
    if contrast(back, front) < READ:
        return strong(theme)
    focus, disabled = palette.color(role.Highlight), palette.color(group.Disabled, role.WindowText)
    own_focus = contrast(focus, back) >= MARKED and focus != front
    own_disabled = contrast(disabled, back) >= READ and disabled != front
    return _of_colors(
        theme,
        back.name(),
        front.name(),
        focus.name() if own_focus else _FOCUS[theme.name],
        disabled.name() if own_disabled else _DISABLED[theme.name],
    )


def _of_colors(theme: Theme, back: str, front: str, focus: str, disabled: str) -> Theme:
    return replace(
        theme, window=back, surface=back, raised=back, line=front, strong_line=front, text=front, muted=front,
        hover=_mixed(back, front, HOVERED), selected=_mixed(back, front, CHOSEN), primary=front, on_primary=back,
        focus=focus, disabled=disabled,
    )  # fmt: skip


def _mixed(back: str, front: str, part: float) -> str:
    one, other = QColor(back), QColor(front)
    pairs = (one.red(), other.red()), (one.green(), other.green()), (one.blue(), other.blue())
    return QColor(*(round(low + (high - low) * part) for low, high in pairs)).name()


def contrast(one: QColor, other: QColor) -> float:
    """Contrast ratio of WCAG 2.2, 1 to 21."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def _luminance(color: QColor) -> float:
    parts = (color.redF(), color.greenF(), color.blueF())
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
