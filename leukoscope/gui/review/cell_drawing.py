"""Asks for the pictures of the chosen cell, one wish at a time, and says how its box is drawn."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from leukoscope.domain.cases import CaseCell, CaseFrame
from leukoscope.gui import class_marks
from leukoscope.gui.bridge import Bridge
from leukoscope.gui.open_case import OpenCase
from leukoscope.gui.review.cell_rendering import MapView, RenderedCell, rendered_cell
from leukoscope.gui.widgets.canvas_items import CellBox


class CellDrawing(QObject):
    """Makes pictures in worker threads; of the wishes that come meanwhile only the newest is served.

    Signals
    -------
    drawn(object, object)
        The cell and its pictures.
    """

    drawn = Signal(object, object)

    def __init__(self, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._busy = False
        self._next: tuple[CaseFrame, CaseCell, MapView] | None = None

    def draw(self, frame: CaseFrame, cell: CaseCell, view: MapView) -> None:
        """Ask for a cell's pictures."""
        if self._busy:
            self._next = frame, cell, view
            return
        self._busy = True
        self._bridge.read_in_pool(
            lambda bench: rendered_cell(bench, frame, cell, view),
            lambda pictures: self._arrived(cell, pictures),
            owner=self,
            failed=lambda _sentence: self._arrived(cell, None),
            priority=2,
        )

    def _arrived(self, cell: CaseCell, pictures: RenderedCell | None) -> None:
        self._busy = False
        waiting, self._next = self._next, None
        if pictures is not None:
            self.drawn.emit(cell, pictures)
        if waiting is not None:
            self.draw(*waiting)


def box_of(cell: CaseCell) -> CellBox:
    """The box of a cell as the canvas draws it."""
    code = cell.code if cell.counted is None else None
    text = class_marks.short_text(cell)
    return CellBox(cell.id, cell.finding.cell.box, cell.label, text, cell.removed is not None, code)


def boxes_of(case: OpenCase, frame: CaseFrame, chosen: CaseCell | None) -> list[CellBox]:
    """The boxes of an image with their latest labels; a cell that is out has one while it is chosen."""
    cells = [case.cell(cell.id) or cell for cell in frame.cells]
    if chosen is not None and chosen.removed is not None and chosen.frame_id == frame.id:
        cells.append(chosen)
    return [box_of(cell) for cell in cells]
