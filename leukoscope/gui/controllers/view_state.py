"""What the window remembers about itself from one start to the next."""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol

from PySide6.QtCore import QTimer

from leukoscope.gui.controllers.controller import Controller
from leukoscope.gui.permissions import kept
from leukoscope.gui.review.cell_rendering import MapView
from leukoscope.gui.review.gallery import CellGallery
from leukoscope.gui.review.inspector import Inspector
from leukoscope.gui.session import Session
from leukoscope.gui.worklist.case_table import CaseTable

KEEP_AFTER_MS = 800


class HasPlacement(Protocol):
    """Something that has a place and a size on the screen."""

    def placement(self) -> str:
        """Place and size; empty where they are not its own (full screen, maximized)."""
        ...

    def place(self, placement: str) -> None:
        """Take a place and a size again."""
        ...


class ViewStateController(Controller):
    """Sizes, the open case and how maps are shown, kept in the settings.

    Parameters
    ----------
    session
        What it works on.
    placed, table, inspector, gallery
        What has a place, columns, and a way in which maps and the order of cells are shown.
    """

    def __init__(
        self,
        session: Session,
        placed: HasPlacement,
        table: CaseTable,
        inspector: Inspector,
        gallery: CellGallery,
    ) -> None:
        super().__init__(session)
        self._placed, self._table, self._inspector, self._gallery = placed, table, inspector, gallery
        self._keep = QTimer(self)
        self._keep.setSingleShot(True)
        self._keep.timeout.connect(self._keep_view)

    def keep_view(self, _view: MapView) -> None:
        """Keep how maps are shown, once the slider rests."""
        self._keep.start(KEEP_AFTER_MS)

    def _keep_view(self) -> None:
        view = self._inspector.view
        if self._session.is_open and kept(
            self._bridge, lambda bench: bench.settings.save(palette=view.palette, map_opacity=view.opacity)
        ):
            self._session.settings_changed.emit()

    def restore(self) -> None:
        """Give the window its size and the maps their look."""
        settings = self._session.settings
        placement = settings.window.get("geometry", "")
        if placement:
            self._placed.place(placement)
        self._table.set_columns(settings.window.get("columns", ""))
        view = self._inspector.view
        self._inspector.set_view(replace(view, palette=settings.palette, opacity=settings.map_opacity))

    def remember(self) -> None:
        """Keep the window's size and the open case for the next start."""
        if not self._session.is_open or not self._session.begun:
            # What was remembered last time is not shown yet.
            return
        placement = self._placed.placement()
        keep = {"geometry": placement} if placement else {}
        keep |= {"columns": self._table.columns(), "sort": self._gallery.sort_by.value}
        self._session.remember(case=str(self._case.wanted or ""), **keep)
