"""The map of the overview: images in their places on the glass, with the mouse and with the keyboard."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QToolTip, QWidget

from leukoscope.domain.overview import Area, PlacedField, neighbor
from leukoscope.domain.stage import StagePosition
from leukoscope.gui import theme
from leukoscope.gui.review.field_list import Field
from leukoscope.gui.review.overview_tile import (
    COUNTED_FROM,
    PICTURED_FROM,
    draw_cell,
    draw_frame,
    draw_tile,
    draw_verdicts,
    reach,
    uncovered,
)
from leukoscope.gui.review.thumbnails import Make, ThumbnailCache
from leukoscope.gui.widgets.canvas_items import draw_scale_bar, scale_bar

MARGIN, STEP, DRAGGED = 16, 1.25, 4
"""Around all images, in device-independent pixels; of one step of the zoom; from which distance on it is a drag."""
CLOSEST, FARTHEST = 8.0, 0.5
"""Most screen pixels for a micrometer; how much smaller than the whole the map may get."""
KEPT = 600
"""Pictures of images that are kept: 60 MB."""
ARROWS = {
    Qt.Key.Key_Left: (-1, 0), Qt.Key.Key_Right: (1, 0), Qt.Key.Key_Up: (0, -1), Qt.Key.Key_Down: (0, 1),
}  # fmt: skip
ZOOMS = {Qt.Key.Key_Plus: STEP, Qt.Key.Key_Equal: STEP, Qt.Key.Key_Minus: 1 / STEP}
KEYS = {*ARROWS, *ZOOMS, Qt.Key.Key_0, Qt.Key.Key_Home, Qt.Key.Key_End, Qt.Key.Key_Return, Qt.Key.Key_Enter}


class OverviewMap(QWidget):
    """Shows one area.

    Signals
    -------
    moved(int)
        Number of the image to which the keyboard went.
    chosen(int)
        Number of the image that a person wants to see.
    pointed(int)
        Number of the image under the mouse, -1 for none.
    """

    moved = Signal(int)
    chosen = Signal(int)
    pointed = Signal(int)

    def __init__(self, words_of: Callable[[int], str], make_of: Callable[[int], Make | None]) -> None:
        """``words_of`` says what an image is, ``make_of`` gives what makes its picture, both by its number."""
        super().__init__()
        self._words_of, self._make_of = words_of, make_of
        self.pictures = ThumbnailCache(self)
        self.pictures.keep_at_most(KEPT)
        self.pictures.ready.connect(lambda _key: self.update())
        self._area, self._fields = Area("", ()), tuple[Field, ...]()
        self._cell: StagePosition | None = None
        self._current = self._under = -1
        self._zoom, self._middle, self._fitted = 1.0, QPointF(), True
        self._pressed: QPointF | None = None
        self._dragging = False
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(self.tr("Images in their places on the slide"))
        theme.appearance().changed.connect(self.update)

    # What it shows ---------------------------------------------------------------------------------------------

    def show_area(self, area: Area, fields: tuple[Field, ...]) -> None:
        """Show these images; the view stays where a person has moved it, unless the places are others."""
        if area != self._area:
            self._area = area
            self._fitted = self._fitted or not self._seen_at_all()
        self._fields = fields
        if self._fitted:
            self.fit()
        self.update()

    def mark(self, number: int, cell: StagePosition | None) -> None:
        """Frame the image that is shown, and mark the place of the chosen cell."""
        moved = number != self._current
        self._current, self._cell = number, cell
        here = self._placed(number)
        self.setAccessibleDescription(self._words_of(number) if here is not None else "")
        if moved and here is not None and not self._fitted:
            self._bring_into_sight(here)
        self.update()

    @property
    def current(self) -> int:
        """Number of the image that is framed, -1 for none."""
        return self._current

    @property
    def zoom(self) -> float:
        """Screen pixels for one micrometer."""
        return self._zoom

    def sizeHint(self) -> QSize:
        """As large as it is given room."""
        return QSize(320, 240)

    def minimumSizeHint(self) -> QSize:
        """A map that can still be read."""
        return QSize(160, 72)

    # Where things are ------------------------------------------------------------------------------------------

    def fit(self) -> None:
        """Show all images."""
        self._fitted = True
        if not self._area.fields:
            return
        left, top, right, bottom = self._area.bounds
        self._middle = QPointF((left + right) / 2, (top + bottom) / 2)
        self._zoom = self._whole()
        self.update()

    def _whole(self) -> float:
        left, top, right, bottom = self._area.bounds
        room = max(self.width() - 2 * MARGIN, 1), max(self.height() - 2 * MARGIN, 1)
        return float(min(room[0] / max(right - left, 1.0), room[1] / max(bottom - top, 1.0), CLOSEST))

    def zoom_by(self, factor: float, at: QPointF | None = None) -> None:
        """Zoom; what lies under the point stays there."""
        if not self._area.fields:
            return
        point = at if at is not None else QPointF(self.rect().center())
        before = self._um(point)
        self._zoom = min(max(self._zoom * factor, self._whole() * FARTHEST), CLOSEST)
        self._middle += before - self._um(point)
        self._fitted = False
        self.update()

    def _um(self, point: QPointF) -> QPointF:
        return self._middle + (point - QPointF(self.width() / 2, self.height() / 2)) / self._zoom

    def _px(self, x_um: float, y_um: float) -> QPointF:
        return (QPointF(x_um, y_um) - self._middle) * self._zoom + QPointF(self.width() / 2, self.height() / 2)

    def rect_of(self, one: PlacedField) -> QRectF:
        """Where an image lies on the screen."""
        # In plain figures: five hundred of them are asked for in each picture of the map.
        zoom, middle = self._zoom, self._middle
        width, height = one.width_um * zoom, one.height_um * zoom
        x = (one.x_um - middle.x()) * zoom + (self.width() - width) / 2
        y = (one.y_um - middle.y()) * zoom + (self.height() - height) / 2
        return QRectF(x, y, width, height)

    def _placed(self, number: int) -> PlacedField | None:
        return next((one for one in self._area.fields if one.number == number), None)

    def _seen_at_all(self) -> bool:
        seen = QRectF(self.rect())
        return any(seen.intersects(self.rect_of(one)) for one in self._area.fields)

    def _bring_into_sight(self, one: PlacedField) -> None:
        if not QRectF(self.rect()).contains(self._px(one.x_um, one.y_um)):
            self._middle = QPointF(one.x_um, one.y_um)

    def number_at(self, point: QPointF) -> int:
        """Number of the image at a point, -1 for none; of several the one that follows on the framed one."""
        hits = [one.number for one in self._area.fields if self._target(one).contains(point)]
        if not hits:
            return -1
        below = [number for number in hits if number < self._current] if self._current in hits else hits
        return max(below) if below else max(hits)

    def _target(self, one: PlacedField) -> QRectF:
        return reach(self.rect_of(one))

    # Drawing ---------------------------------------------------------------------------------------------------

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the images that are in sight, the framed one last."""
        painter, look = QPainter(self), theme.current()
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        painter.fillRect(self.rect(), look.color("canvas"))
        seen, framed, drawn = QRectF(self.rect()), None, list[tuple[QRectF, Field]]()
        for one in self._area.fields:
            where = self.rect_of(one)
            if one.number >= len(self._fields) or not reach(where).intersects(seen):
                continue
            drawn.append((where, self._fields[one.number]))
            if one.number == self._current:
                framed = one, where
            else:
                self._draw(painter, one, where)
        if framed is not None:
            self._draw(painter, *framed)
            draw_frame(painter, framed[1])
        # The framed one lies on top; of the others each lies over those before it.
        places = [where for where, _ in drawn]
        top = [framed[1]] if framed is not None else []
        for number, (where, field) in enumerate(drawn):
            over = places[number + 1 :] + top if where.width() >= COUNTED_FROM and where not in top else []
            draw_verdicts(painter, uncovered(where, over), field)
        if self._cell is not None:
            draw_cell(painter, self._px(self._cell.x_um, self._cell.y_um))
        if self._area.fields:
            draw_scale_bar(painter, seen.adjusted(6, 6, 6, 6), scale_bar(1.0, self._zoom, self.width() / 3), "")
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(look.color("focus" if self.hasFocus() else "line"), 2 if self.hasFocus() else 1))
        painter.drawRect(seen.adjusted(0.5, 0.5, -0.5, -0.5))
        painter.end()

    def _draw(self, painter: QPainter, one: PlacedField, where: QRectF) -> None:
        picture = None
        make = self._make_of(one.number) if where.width() >= PICTURED_FROM else None
        if make is not None:
            picture = self.pictures.thumbnail(self._fields[one.number].frame_id, make)
        draw_tile(painter, where, self._fields[one.number], picture.pixmap if picture else None, sized=one.is_sized)

    # The hand --------------------------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Go on showing all where all was shown."""
        super().resizeEvent(event)
        if self._fitted:
            self.fit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom at the mouse."""
        self.zoom_by(STEP ** (event.angleDelta().y() / 120), event.position())
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin a click or a drag."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._pressed, self._dragging = event.position(), False
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Move the map, or point at an image."""
        if self._pressed is not None:
            way = event.position() - self._pressed
            if self._dragging or way.manhattanLength() > DRAGGED:
                self._dragging, self._fitted = True, False
                self._middle -= way / self._zoom
                self._pressed = event.position()
                self.update()
            return
        self._point_at(self.number_at(event.position()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A click chooses an image."""
        clicked, self._pressed = self._pressed is not None and not self._dragging, None
        number = self.number_at(event.position()) if clicked else -1
        if number >= 0:
            self.chosen.emit(number)

    def leaveEvent(self, event: QEvent) -> None:
        """Nothing is pointed at."""
        super().leaveEvent(event)
        self._point_at(-1)

    def _point_at(self, number: int) -> None:
        if number != self._under:
            self._under = number
            self.setCursor(Qt.CursorShape.PointingHandCursor if number >= 0 else Qt.CursorShape.ArrowCursor)
            self.pointed.emit(number)

    def event(self, event: QEvent) -> bool:
        """Take the keys of the map before the window does, and say what an image is."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and _is_own(event):
            event.accept()
            return True
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            number = self.number_at(QPointF(event.pos()))
            QToolTip.showText(event.globalPos(), self._words_of(number) if number >= 0 else "", self)
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows go from image to image, plus and minus zoom, 0 shows all, Enter goes to the image."""
        key = event.key()
        if not _is_own(event):
            super().keyPressEvent(event)
        elif key in ZOOMS:
            here = self._placed(self._current)
            self.zoom_by(ZOOMS[Qt.Key(key)], self.rect_of(here).center() if here is not None else None)
        elif key == Qt.Key.Key_0:
            self.fit()
        elif key in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            if self._current >= 0:
                self.chosen.emit(self._current)
        else:
            self._go(key)

    def _go(self, key: int) -> None:
        fields, here = self._area.fields, self._placed(self._current)
        if not fields:
            return
        if key in ARROWS and here is not None:
            goal = neighbor(fields, here, *ARROWS[Qt.Key(key)])
        else:
            goal = fields[-1] if key == Qt.Key.Key_End else fields[0]
        if goal is not None:
            self.moved.emit(goal.number)


def _is_own(event: QKeyEvent) -> bool:
    held = event.modifiers() & ~(Qt.KeyboardModifier.KeypadModifier | Qt.KeyboardModifier.ShiftModifier)
    return event.key() in KEYS and held == Qt.KeyboardModifier.NoModifier
