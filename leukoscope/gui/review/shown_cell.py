"""The chosen cell on the Review page: what was found of it in the inspector, and its pictures as they are drawn."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject

from leukoscope.domain.cases import CaseCell, CaseFrame
from leukoscope.gui.bridge import Bridge
from leukoscope.gui.review.cell_drawing import CellDrawing
from leukoscope.gui.review.cell_rendering import RenderedCell
from leukoscope.gui.review.inspector import Inspector
from leukoscope.gui.widgets.canvas import ImageCanvas


class ShownCell(QObject):
    """Shows one cell in the inspector and its map on the canvas; pictures that come late, of another cell, are dropped.

    Parameters
    ----------
    bridge, canvas, inspector
        Where its pictures come from, and where they are shown.
    chosen, image
        The cell chosen and the image shown; ``None`` where there is none.
    """

    def __init__(
        self,
        bridge: Bridge,
        canvas: ImageCanvas,
        inspector: Inspector,
        chosen: Callable[[], CaseCell | None],
        image: Callable[[], CaseFrame | None],
    ) -> None:
        super().__init__(inspector)
        self._canvas, self._inspector, self._chosen, self._image = canvas, inspector, chosen, image
        self._drawing = CellDrawing(bridge, self)
        self._drawing.drawn.connect(self._drawn)

    def clear(self) -> None:
        """No cell is chosen."""
        self._inspector.show_nothing()
        self._canvas.select(0)
        self._canvas.set_overlay(None)

    def tell(self, place: tuple[int, int], frame: CaseFrame | None) -> None:
        """Say what was found of the chosen cell, which has its place among those of the gallery."""
        cell = self._chosen()
        if cell is not None and frame is not None:
            self._inspector.show_cell(place, cell, frame)

    def draw(self, frame: CaseFrame | None) -> None:
        """Ask for the pictures of the chosen cell, with the map that the inspector is set to."""
        cell = self._chosen()
        if cell is not None and frame is not None:
            self._drawing.draw(frame, cell, self._inspector.view)

    def _drawn(self, cell: CaseCell, pictures: RenderedCell) -> None:
        chosen, image = self._chosen(), self._image()
        if chosen is not None and chosen.id == cell.id:
            self._inspector.show_images(pictures)
            same = image is not None and image.id == cell.frame_id and self._canvas.has_image
            self._canvas.set_overlay(pictures.overlay if same else None, pictures.extent)
