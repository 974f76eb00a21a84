"""Sizes that depend on the style sheet: measured when a widget has it, and again when it changes."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QWidget


class _Measuring(QObject):
    """Measures when its widget is styled."""

    def __init__(self, widget: QWidget, measure: Callable[[], None]) -> None:
        super().__init__(widget)
        self._measure = measure
        widget.installEventFilter(self)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        """The style sheet has come, or another one."""
        if event.type() in {QEvent.Type.Polish, QEvent.Type.StyleChange}:
            self._measure()
        return False


def measure_when_styled(widget: QWidget, measure: Callable[[], None]) -> None:
    """Call ``measure`` each time the widget gets a style sheet: a window is built without (see ``put_on_once``)."""
    _Measuring(widget, measure)
