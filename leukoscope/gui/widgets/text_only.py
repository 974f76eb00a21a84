"""Fields that take text only: images and files that are pasted or dropped there go to the window, as anywhere else."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QMimeData, QObject
from PySide6.QtGui import QDropEvent, QGuiApplication, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QAbstractScrollArea, QWidget

from leukoscope.gui.mime_images import offers_image

_DROPS = {QEvent.Type.DragEnter, QEvent.Type.DragMove, QEvent.Type.Drop}


def text_only(field: QWidget) -> None:
    """Let a field pass on images and files.

    Parameters
    ----------
    field
        A line or a text in which a person writes.
    """
    passage = _Passage(field)
    field.installEventFilter(passage)
    if isinstance(field, QAbstractScrollArea):
        # What is dragged over a text comes to its viewport.
        field.viewport().installEventFilter(passage)


class _Passage(QObject):
    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        """Ignored and ended here, Qt offers a drag to the parent, and a key to the window's shortcuts."""
        kind = event.type()
        if kind in _DROPS and isinstance(event, QDropEvent) and _is_for_window(event.mimeData()):
            event.ignore()
            return True
        if kind in {QEvent.Type.ShortcutOverride, QEvent.Type.KeyPress} and isinstance(event, QKeyEvent):
            pastes = event.matches(QKeySequence.StandardKey.Paste)
            if pastes and _is_for_window(QGuiApplication.clipboard().mimeData()):
                event.ignore()
                return True
        return False


def _is_for_window(mime: QMimeData) -> bool:
    """Files, or an image that comes without text: of a table both are offered, and the text is meant."""
    return any(url.isLocalFile() for url in mime.urls()) or (offers_image(mime) and not mime.hasText())
