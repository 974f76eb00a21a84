"""The map of the smear as it is drawn: places side by side, what is in the case, gaps, and where the camera is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QBrush, QPainter, QPaintEvent, QPen, QPixmap, QResizeEvent
from PySide6.QtWidgets import QWidget

from leukoscope.gui import theme
from leukoscope.gui.pixels import to_pixmap
from leukoscope.gui.review.overview_tile import draw_frame
from leukoscope.gui.widgets.canvas_items import DARK, LIGHT

if TYPE_CHECKING:
    from leukoscope.imaging.following import Place
    from leukoscope.workflow.live_map import MappedPlace, MapState

MARGIN, BETWEEN = 10.0, 0.5
"""Around the map, in device-independent pixels; between two pieces, in widths of a place."""
LARGEST = 120.0
"""Width of a place on the screen at most: a map of one is to be seen as the beginning of one."""
DOT = 7.0


class LiveMapView(QWidget):
    """Draws all of the map; what stays the same from picture to picture is drawn once."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state: MapState | None = None
        self._pixmaps: dict[Place, QPixmap] = {}
        self._shifts: tuple[tuple[float, float], ...] = ()
        self._whole = QRectF()
        self._drawn: QPixmap | None = None
        self.setAccessibleName(self.tr("Map of the smear"))
        theme.appearance().changed.connect(self._draw_anew)

    def sizeHint(self) -> QSize:
        """As large as it is given room."""
        return QSize(320, 240)

    def minimumSizeHint(self) -> QSize:
        """A map that can still be read."""
        return QSize(160, 72)

    def show_state(self, state: MapState) -> None:
        """Show the map after another picture."""
        former, self._state = self._state, state
        if former is None or former.places is not state.places:
            kept = {one.place for one in state.places}
            self._pixmaps = {place: pixmap for place, pixmap in self._pixmaps.items() if place in kept}
            self._lay_pieces()
            self._drawn = None
        self.update()

    def _draw_anew(self) -> None:
        self._drawn = None
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The map fills its room."""
        super().resizeEvent(event)
        self._drawn = None

    # Where things are ------------------------------------------------------------------------------------------

    def _lay_pieces(self) -> None:
        """Pieces stand in a row: how they lie to each other nobody knows."""
        assert self._state is not None
        (width, height), places = self._state.size, self._state.places
        shifts, left, whole = list[tuple[float, float]](), 0.0, QRectF()
        for piece in range(max((one.piece for one in places), default=-1) + 1):
            corners = [one.corner for one in places if one.piece == piece]
            x, y = (min(corner[axis] for corner in corners) for axis in (0, 1))
            right, bottom = (max(corner[axis] for corner in corners) for axis in (0, 1))
            shifts.append((left - x, -y))
            whole = whole.united(QRectF(left, 0, right - x + width, bottom - y + height))
            left = whole.right() + BETWEEN * width
        self._shifts, self._whole = tuple(shifts), whole

    @property
    def zoom(self) -> float:
        """Screen pixels for one of the map."""
        if self._whole.isEmpty() or self._state is None:
            return 1.0
        room = self.width() - 2 * MARGIN, self.height() - 2 * MARGIN
        return max(
            min(room[0] / self._whole.width(), room[1] / self._whole.height(), LARGEST / self._state.size[0]), 1e-6
        )

    def _on_screen(self, piece: int, rect: QRectF) -> QRectF:
        zoom, (dx, dy) = self.zoom, self._shifts[piece]
        left = self.width() / 2 - self._whole.width() * zoom / 2
        top = self.height() / 2 - self._whole.height() * zoom / 2
        return QRectF(
            left + (rect.x() + dx) * zoom, top + (rect.y() + dy) * zoom, rect.width() * zoom, rect.height() * zoom
        )

    def place_of(self, one: MappedPlace) -> QRectF:
        """Where a place is drawn, in pixels of this widget."""
        assert self._state is not None
        return self._on_screen(one.piece, QRectF(*one.corner, *self._state.size))

    @property
    def here(self) -> QRectF | None:
        """Where the frame around what the camera sees is drawn; ``None`` while nobody knows."""
        if self._state is None or self._state.here is None or not self._state.places:
            return None
        piece, corner = self._state.here
        return self._on_screen(piece, QRectF(*corner, *self._state.size)) if piece < len(self._shifts) else None

    # Painting --------------------------------------------------------------------------------------------------

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw what is there already, and the frame over it."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self._drawn is None:
            self._drawn = self._background()
        painter.drawPixmap(QPointF(0, 0), self._drawn)
        here = self.here
        if here is not None:
            draw_frame(painter, here)
        painter.end()

    def _background(self) -> QPixmap:
        ratio = self.devicePixelRatioF()
        made = QPixmap(QSize(max(round(self.width() * ratio), 1), max(round(self.height() * ratio), 1)))
        made.setDevicePixelRatio(ratio)
        made.fill(theme.current().color("canvas"))
        if self._state is not None and self._state.places:
            painter = QPainter(made)
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            self._draw_map(painter, self._state)
            painter.end()
        return made

    def _draw_map(self, painter: QPainter, state: MapState) -> None:
        for one in state.places:
            pixmap = self._pixmaps.get(one.place) or self._pixmaps.setdefault(one.place, to_pixmap(one.place.thumb))
            painter.drawPixmap(self.place_of(one), pixmap, QRectF(pixmap.rect()))
        for piece, gaps in enumerate(state.gaps):
            for gap in gaps:
                where = self._on_screen(piece, QRectF(*gap))
                painter.fillRect(where, QBrush(theme.current().color("strong_line"), Qt.BrushStyle.BDiagPattern))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for one in state.places:
            if one.place.is_taken:
                painter.setPen(QPen(DARK, 1))
                painter.setBrush(LIGHT)
                painter.drawEllipse(self.place_of(one).center(), DOT / 2, DOT / 2)
