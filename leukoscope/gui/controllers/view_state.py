"""What the window remembers about itself from one start to the next."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QObject, Qt, QTimer

from leukoscope.gui.cell_pictures import MapView
from leukoscope.gui.rights import kept
from leukoscope.workflow.settings import PLACE

if TYPE_CHECKING:
    from leukoscope.gui.main_window import MainWindow
    from leukoscope.workflow.settings import Settings

KEEP_AFTER_MS = 800


class Memory(QObject):
    """Sizes, folders, the open case and how maps are shown, kept in the settings."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._keep = QTimer(self)
        self._keep.setSingleShot(True)
        self._keep.timeout.connect(self._keep_view)

    def keep_view(self, _view: MapView) -> None:
        """Keep how maps are shown, once the slider rests."""
        self._keep.start(KEEP_AFTER_MS)

    def _keep_view(self) -> None:
        window = self._window
        view = window.review.inspector.view
        bridge = window.bridge
        if bridge.is_open and kept(
            bridge, lambda bench: bench.save_settings(palette=view.palette, map_opacity=view.opacity)
        ):
            window.settings.show_settings(bridge.bench.settings)

    def memorize(self, **facts: str) -> None:
        """Keep facts by name."""
        self._window.bridge.bench.remember(**facts)

    def last_folder(self, what: str = "images") -> str:
        """The folder used last for something; empty when there is none."""
        return self._window.bridge.bench.settings.window.get(f"{PLACE}{what}", "")

    def remember_folder(self, folder: Path, what: str = "images") -> None:
        """Keep the folder used for something."""
        self.memorize(**{f"{PLACE}{what}": str(folder)})

    def restore(self, settings: Settings) -> None:
        """Give the window its size and the maps their look."""
        window = self._window
        geometry = settings.window.get("geometry", "")
        if geometry:
            window.restoreGeometry(QByteArray.fromBase64(geometry.encode()))
        window.worklist.table.set_columns(settings.window.get("columns", ""))
        view = window.review.inspector.view
        window.review.inspector.set_view(replace(view, palette=settings.palette, opacity=settings.map_opacity))

    def remember(self) -> None:
        """Keep the window's size and the open case for the next start."""
        window = self._window
        if not window.bridge.is_open or not window.begun:
            # What was remembered last time is not shown yet.
            return
        geometry = bytes(window.saveGeometry().toBase64().data()).decode("ascii")
        keep = {"geometry": geometry} if window.windowState() == Qt.WindowState.WindowNoState else {}
        keep["columns"] = window.worklist.table.columns()
        self.memorize(case=str(window.case.wanted or ""), **keep)
