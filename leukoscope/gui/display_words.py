"""What a person has changed of the display, in words: they stand in the corner of the image for as long."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from leukoscope.domain.display import DisplayChange


def _t(text: str) -> str:
    return QCoreApplication.translate("Display", text)


def display_words(change: DisplayChange) -> str:
    """One line; empty while images are shown as they are."""
    if change.is_neutral:
        return ""
    parts = []
    if change.brightness:
        parts.append(_t("brightness {0}").format(f"{change.brightness:+d}"))
    if change.contrast:
        parts.append(_t("contrast {0}").format(f"{change.contrast:+d}"))
    if change.gamma != 1.0:
        parts.append(_t("gamma {0}").format(f"{change.gamma:.2f}"))
    if change.white != (1.0, 1.0, 1.0):
        parts.append(_t("white"))
    return _t("Display changed: {0}").format(", ".join(parts))
