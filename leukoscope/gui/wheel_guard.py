"""The mouse wheel scrolls pages: it changes a choice, a slider or a number only where the keyboard is too."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QAbstractSlider, QAbstractSpinBox, QApplication, QComboBox, QScrollBar, QTabBar, QWidget

GUARDED = (QComboBox, QAbstractSpinBox, QAbstractSlider, QTabBar)
"""Widgets whose value turns with the wheel; dials are sliders to Qt."""
NAME = "wheel-guard"


class WheelGuard(QObject):
    """Passes the wheel on to what lies behind a value that does not have the keyboard.

    Qt gives the keyboard to such a widget at the first turn of the wheel, unless its focus policy says otherwise: it
    is set to be reached by click and Tab only, as soon as the widget is shown.
    """

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Look at every widget's wheel."""
        # It is asked about every event of the program: the event's type costs far more to ask for than a class.
        if not _is_guarded(watched):
            return False
        kind = event.type()
        if kind == QEvent.Type.Polish:
            _no_focus_by_wheel(watched)
        elif kind == QEvent.Type.Wheel and not _has_keyboard(watched):
            # Ignored and ended here, Qt offers it to the parent: the page scrolls.
            event.ignore()
            return True
        return False


def guard(app: QApplication, window: QWidget) -> None:
    """Let the wheel change nothing in passing, in every window and dialog of the program, as long as a window lives.

    To be called when the window is built: a filter of all events makes building it a third slower.

    Parameters
    ----------
    app
        The program.
    window
        Its window; one guard is enough for it.
    """
    if window.findChild(WheelGuard, NAME) is not None:
        return
    keeper = WheelGuard(window)
    keeper.setObjectName(NAME)
    app.installEventFilter(keeper)
    for widget in app.allWidgets():
        if _is_guarded(widget):
            _no_focus_by_wheel(widget)


def _is_guarded(thing: QObject) -> bool:
    return isinstance(thing, GUARDED) and not isinstance(thing, QScrollBar)


def _no_focus_by_wheel(widget: QObject) -> None:
    if isinstance(widget, QWidget) and widget.focusPolicy() == Qt.FocusPolicy.WheelFocus:
        widget.setFocusPolicy(Qt.FocusPolicy.StrongFocus)


def _has_keyboard(widget: QObject) -> bool:
    focused = QApplication.focusWidget()
    return isinstance(widget, QWidget) and (focused is widget or (focused is not None and widget.isAncestorOf(focused)))
