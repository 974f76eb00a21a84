"""The list in which the tiles of the gallery lie."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QListView


class TileView(QListView):
    """A wrapping list of tiles in which Home, End and the arrows walk and letters are left to the actions."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Keep the arrows; everything printable belongs to the shortcuts."""
        if event.text().strip() and not event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            event.ignore()
            return
        super().keyPressEvent(event)
