"""A slide on the screen: any zoom, panned with the mouse or the arrows, with the region that is chosen on it."""

from __future__ import annotations

import math
from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QWidget

from leukoscope.domain.cells import Box
from leukoscope.domain.slides import SlideInfo
from leukoscope.gui import theme
from leukoscope.gui.slides.tiles import SIDE, TileKey, Tiles
from leukoscope.gui.theme import appearance, current
from leukoscope.gui.widgets.canvas_items import draw_scale_bar, scale_bar

STEP = 1.25
LARGEST_ZOOM = 4.0
SMALLEST_REGION = 12
"""A drawn rectangle of fewer screen pixels is a click."""
_SHADE, _LIGHT = QColor(18, 18, 18, 170), QColor(255, 255, 255)
_LETTERS = 22.0


class SlideView(QWidget):
    """Shows one slide.

    Signals
    -------
    region_chosen(object)
        A Box in pixels of the slide's largest level, or ``None``.
    drawing_changed(bool)
        Whether the mouse draws a region.
    """

    region_chosen = Signal(object)
    drawing_changed = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._info: SlideInfo | None = None
        self._tiles: Tiles | None = None
        self._um_per_px: float | None = None
        self._center, self._zoom, self._fitted = QPointF(), 1.0, True
        self._grabbed: QPointF | None = None
        self._corner: QPointF | None = None
        self._is_drawing = False
        self.region: Box | None = None
        self.proposed: tuple[Box, ...] = ()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setMinimumSize(320, 200)
        self.setAccessibleName(self.tr("Slide"))
        appearance().changed.connect(self.update)

    # What it shows ----------------------------------------------------------------------------------------------

    def show_slide(self, info: SlideInfo | None, tiles: Tiles | None, um_per_px: float | None) -> None:
        """Show a slide from its whole, or none."""
        self._info, self._tiles, self._um_per_px = info, tiles, um_per_px
        self.region, self.proposed = None, ()
        self.draw(on=False)
        if tiles is not None:
            tiles.arrived.connect(self.update)
        self.fit()

    def choose(self, region: Box | None) -> None:
        """Choose a region, or none."""
        clipped = self._info.clipped(region) if self._info is not None and region is not None else None
        if clipped != self.region:
            self.region = clipped
            self.region_chosen.emit(clipped)
        self.update()

    def propose(self, regions: Sequence[Box]) -> None:
        """Mark regions that are proposed; the first is chosen, and brought into sight."""
        self.proposed = tuple(regions)
        if self.proposed:
            self.choose(self.proposed[0])
            self.look_at(self.proposed[0])

    @property
    def seen(self) -> Box | None:
        """The part of the slide that is seen."""
        if self._info is None:
            return None
        corner = self._to_slide(QPointF(0, 0))
        width, height = self.width() / self._zoom, self.height() / self._zoom
        return self._info.clipped(Box(round(corner.x()), round(corner.y()), round(width), round(height)))

    @property
    def is_drawing(self) -> bool:
        """Whether the mouse draws a region."""
        return self._is_drawing

    @property
    def zoom(self) -> float:
        """Screen pixels for one pixel of the largest level."""
        return self._zoom

    def draw(self, *, on: bool) -> None:
        """Let the mouse draw a region, or pan."""
        if on != self._is_drawing:
            self._is_drawing = on
            self.drawing_changed.emit(on)
        self._corner = None
        self.setCursor(Qt.CursorShape.CrossCursor if on else Qt.CursorShape.OpenHandCursor)

    # Zoom -------------------------------------------------------------------------------------------------------

    def fit(self) -> None:
        """Show the whole slide."""
        self._fitted = True
        if self._info is not None:
            self._zoom = self._fit_zoom
            self._center = QPointF(self._info.width / 2, self._info.height / 2)
        self._moved()

    def look_at(self, region: Box) -> None:
        """Bring a region into sight, with some of what is around it."""
        self._fitted = False
        room = min(self.width() / region.width, self.height() / region.height)
        self._zoom = min(0.7 * room, 1.0)
        self._center = QPointF(*region.center)
        self._moved()

    def zoom_by(self, factor: float, at: QPointF | None = None) -> None:
        """Zoom in (> 1) or out (< 1); the point stays, else the middle."""
        if self._info is None:
            return
        point = at or QPointF(self.width() / 2, self.height() / 2)
        before = self._to_slide(point)
        self._fitted = False
        self._zoom = min(max(self._zoom * factor, self._fit_zoom / 2), LARGEST_ZOOM)
        self._center += before - self._to_slide(point)
        self._moved()

    @property
    def _fit_zoom(self) -> float:
        assert self._info is not None
        return min((self.width() - 24) / self._info.width, (self.height() - 24) / self._info.height, 1.0)

    def _moved(self) -> None:
        if self._info is not None:
            x = min(max(self._center.x(), 0.0), float(self._info.width))
            self._center = QPointF(x, min(max(self._center.y(), 0.0), float(self._info.height)))
        self.ask()
        self.update()

    def ask(self) -> None:
        """Want the pieces that are seen, those in the middle first, and behind them one of the whole."""
        if self._tiles is None or self._info is None:
            return
        whole = TileKey(self._tiles.most_halvings, 0, 0)
        middle = self._center
        keys = sorted(self._keys(), key=lambda key: _distance(key.rect.center(), middle))
        self._tiles.want([whole, *(key for key in keys if key != whole)])

    def _keys(self) -> list[TileKey]:
        """The pieces that are seen, at the detail of the screen."""
        assert self._info is not None
        assert self._tiles is not None
        detail = math.floor(math.log2(1 / (self._zoom * self.devicePixelRatioF())) + 0.01)
        halvings = min(max(detail, 0), self._tiles.most_halvings)
        seen = self.seen
        if seen is None:
            return []
        side = SIDE * 2**halvings
        columns = range(seen.x // side, (seen.x + seen.width - 1) // side + 1)
        rows = range(seen.y // side, (seen.y + seen.height - 1) // side + 1)
        return [TileKey(halvings, column, row) for row in rows for column in columns]

    def _to_slide(self, point: QPointF) -> QPointF:
        return self._center + QPointF(point.x() - self.width() / 2, point.y() - self.height() / 2) / self._zoom

    def to_screen(self, rect: QRectF) -> QRectF:
        """Where a rectangle of the slide lies on the screen."""
        left = (rect.x() - self._center.x()) * self._zoom + self.width() / 2
        top = (rect.y() - self._center.y()) * self._zoom + self.height() / 2
        return QRectF(left, top, rect.width() * self._zoom, rect.height() * self._zoom)

    # What a person does -----------------------------------------------------------------------------------------

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom around the mouse."""
        turns = event.angleDelta().y() / 120
        if turns:
            self.zoom_by(STEP**turns, event.position())
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin to pan or to draw."""
        if event.button() != Qt.MouseButton.LeftButton or self._info is None:
            return
        drawn = self._is_drawing or bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if drawn:
            self._corner = event.position()
        else:
            self._grabbed = event.position()
            self.setCursor(Qt.CursorShape.ClosedHandCursor)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Pan, or draw on."""
        if self._grabbed is not None:
            self._fitted = False
            self._center -= (event.position() - self._grabbed) / self._zoom
            self._grabbed = event.position()
            self._moved()
        elif self._corner is not None:
            self.choose(self._between(self._corner, event.position()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End; a click on a proposed region chooses it."""
        if self._corner is not None:
            drawn = self._corner - event.position()
            if min(abs(drawn.x()), abs(drawn.y())) < SMALLEST_REGION:
                self.choose(None)
            else:
                self.draw(on=False)
            self._corner = None
        elif self._grabbed is not None:
            self._grabbed = None
            self.setCursor(Qt.CursorShape.OpenHandCursor)
            place = self._to_slide(event.position())
            hit = next((one for one in self.proposed if _rect(one).contains(place)), None)
            if hit is not None and hit != self.region:
                self.choose(hit)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Zoom in there."""
        self.zoom_by(STEP**4, event.position())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows pan, plus and minus zoom, 0 shows the whole; everything else belongs to the sheet."""
        step = 0.15 * min(self.width(), self.height()) / self._zoom
        moves = {
            Qt.Key.Key_Left: QPointF(-step, 0), Qt.Key.Key_Right: QPointF(step, 0),
            Qt.Key.Key_Up: QPointF(0, -step), Qt.Key.Key_Down: QPointF(0, step),
        }  # fmt: skip
        key = Qt.Key(event.key())
        if key in moves:
            self._fitted = False
            self._center += moves[key]
            self._moved()
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self.zoom_by(STEP)
        elif key == Qt.Key.Key_Minus:
            self.zoom_by(1 / STEP)
        elif key == Qt.Key.Key_0:
            self.fit()
        else:
            event.ignore()

    def _between(self, one: QPointF, other: QPointF) -> Box:
        a, b = self._to_slide(one), self._to_slide(other)
        left, top = round(min(a.x(), b.x())), round(min(a.y(), b.y()))
        return Box(left, top, max(round(abs(a.x() - b.x())), 1), max(round(abs(a.y() - b.y())), 1))

    # Painting ---------------------------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the whole in sight while nobody has zoomed."""
        super().resizeEvent(event)
        if self._fitted:
            self.fit()
        else:
            self._moved()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the pieces that are there, coarser ones where finer are on their way, and the regions."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), current().color("canvas"))
        if self._info is not None and self._tiles is not None:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.setClipRect(self.to_screen(_rect(self._info.whole)))
            for key in self._keys():
                self._draw_piece(painter, key)
            painter.setClipping(False)
            for number, one in enumerate(self.proposed, start=1):
                if one != self.region:
                    self._draw_region(painter, one, str(number), chosen=False)
            if self.region is not None:
                self._draw_region(painter, self.region, "", chosen=True)
            bar = scale_bar(self._um_per_px, self._zoom) if self._um_per_px else None
            draw_scale_bar(painter, QRectF(self.rect()), bar, self.tr("not calibrated"))
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(current().color("strong_line"), 2))
            painter.drawRect(QRectF(self.rect()).adjusted(1, 1, -1, -1))
        painter.end()

    def _draw_piece(self, painter: QPainter, key: TileKey) -> None:
        assert self._tiles is not None
        source = key
        while self._tiles.image(source) is None:
            if source.halvings >= self._tiles.most_halvings:
                return
            source = source.above
        image = self._tiles.image(source)
        assert image is not None
        scale = 2.0**source.halvings
        wanted, there = key.rect, source.rect
        within = wanted.intersected(QRectF(there.x(), there.y(), image.width() * scale, image.height() * scale))
        part = QRectF(
            (within.x() - there.x()) / scale, (within.y() - there.y()) / scale, within.width() / scale,
            within.height() / scale,
        )  # fmt: skip
        # A hair larger: no line of the background shows between two pieces.
        painter.drawImage(self.to_screen(within).adjusted(0, 0, 0.6, 0.6), image, part)

    def _draw_region(self, painter: QPainter, region: Box, words: str, *, chosen: bool) -> None:
        rect = self.to_screen(_rect(region))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        style = Qt.PenStyle.SolidLine if chosen else Qt.PenStyle.DashLine
        for color, width in ((_SHADE, 4.0), (_LIGHT, 2.0)):
            painter.setPen(QPen(color, width, style))
            painter.drawRect(rect)
        if words:
            plate = QRectF(rect.x(), rect.y(), _LETTERS, _LETTERS)
            painter.fillRect(plate, _SHADE)
            painter.setPen(_LIGHT)
            painter.setFont(theme.font(theme.SMALL, bold=True))
            painter.drawText(plate, int(Qt.AlignmentFlag.AlignCenter), words)


def _rect(box: Box) -> QRectF:
    return QRectF(box.x, box.y, box.width, box.height)


def _distance(one: QPointF, other: QPointF) -> float:
    return math.hypot(one.x() - other.x(), one.y() - other.y())
