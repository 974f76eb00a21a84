"""The image canvas: the picture is the hero. Zoom, pan, boxes, a map over the chosen cell, a scale bar."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPoint, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QCursor, QImage, QKeyEvent, QMouseEvent, QPainter, QPen, QPixmap, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QFrame, QGraphicsPixmapItem, QGraphicsScene, QGraphicsView, QWidget

from leukoscope.domain.display import DisplayChange
from leukoscope.gui.display_words import display_words
from leukoscope.gui.pixels import shown_as
from leukoscope.gui.theme import appearance, current
from leukoscope.gui.widgets.canvas_items import Boxes, CellBox, draw_grid, draw_note, draw_scale_bar, scale_bar

GRID_UM = 20.0
"""Distance of the counting lines."""
STEP = 1.25
LARGEST_ZOOM = 32.0
PIXELS_SEEN_FROM = 4.0
"""From this zoom on, image pixels are shown as squares instead of being smoothed."""
CELL_FILLS = 0.45
"""How much of the canvas's shorter side a cell takes when it is brought close."""


class ImageCanvas(QGraphicsView):
    """Shows one image.

    Signals
    -------
    cell_clicked(int)
        Id of the cell whose box was clicked.
    cell_opened(int)
        Id of the cell whose box was double-clicked.
    stepped(int)
        An arrow key: +1 or -1.
    zoom_changed(float)
        Screen pixels for one image pixel.
    filled(bool)
        Whether there is an image now; told when that changes.
    """

    cell_clicked = Signal(int)
    cell_opened = Signal(int)
    stepped = Signal(int)
    zoom_changed = Signal(float)
    filled = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._scene = QGraphicsScene(self)
        self.setScene(self._scene)
        self._image, self._overlay = QGraphicsPixmapItem(), QGraphicsPixmapItem()
        self._overlay.setZValue(1)
        self._overlay.setTransformationMode(Qt.TransformationMode.SmoothTransformation)
        self._boxes = Boxes()
        for item in (self._image, self._overlay, self._boxes):
            self._scene.addItem(item)
        self._source: QImage | None = None
        self._display = DisplayChange()
        self._um_per_px: float | None = None
        self._fitted, self._grid = True, False
        self._pressed_at: QPoint | None = None
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        self.setViewportUpdateMode(QGraphicsView.ViewportUpdateMode.FullViewportUpdate)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setDragMode(QGraphicsView.DragMode.ScrollHandDrag)
        self.viewport().setCursor(Qt.CursorShape.ArrowCursor)
        self.setAcceptDrops(False)
        self.setMinimumSize(240, 160)
        self.setAccessibleName(self.tr("Image"))
        self._recolor()
        appearance().changed.connect(self._recolor)

    # What it shows ---------------------------------------------------------------------------------------------

    def set_image(self, image: QImage | None, um_per_px: float | None = None) -> None:
        """Show another image from its whole, or none."""
        had_image = self.has_image
        self._um_per_px, self._source = um_per_px, image
        self._draw_source()
        self._overlay.setPixmap(QPixmap())
        self._boxes.set_boxes((), QRectF())
        bounds = self._image.boundingRect()
        self._scene.setSceneRect(bounds.adjusted(-bounds.width(), -bounds.height(), bounds.width(), bounds.height()))
        self.fit()
        if had_image != self.has_image:
            self.filled.emit(self.has_image)

    def refresh_image(self, image: QImage) -> bool:
        """Show the next picture of the same size in place of this one; false when its size is another."""
        if self._image.pixmap().size() != image.size():
            return False
        self._source = image
        self._draw_source()
        return True

    def set_display(self, change: DisplayChange) -> None:
        """Show images otherwise than they are, and say so in the corner."""
        if change != self._display:
            self._display = change
            self._draw_source()
            self.setAccessibleDescription(self.note)
            self.viewport().update()

    def _draw_source(self) -> None:
        source = self._source
        self._image.setPixmap(QPixmap() if source is None else QPixmap.fromImage(shown_as(source, self._display)))

    @property
    def source(self) -> QImage | None:
        """The image as it is kept, whatever the display makes of it."""
        return self._source

    @property
    def display(self) -> DisplayChange:
        """What the display makes of images."""
        return self._display

    @property
    def note(self) -> str:
        """What is changed of the display, in words; empty where nothing is."""
        return display_words(self._display)

    @property
    def um_per_px(self) -> float | None:
        """Micrometers for one image pixel."""
        return self._um_per_px

    @property
    def image_rect(self) -> QRectF:
        """Where the image lies in the scene, in its pixels."""
        return self._image.boundingRect()

    @property
    def has_image(self) -> bool:
        """Whether there is an image."""
        return not self._image.pixmap().isNull()

    def set_boxes(self, boxes: Sequence[CellBox]) -> None:
        """Show these boxes."""
        self._boxes.set_boxes(boxes, self._image.boundingRect())
        self.viewport().update()

    @property
    def boxes(self) -> tuple[CellBox, ...]:
        """The boxes on the image."""
        return self._boxes.boxes

    def show_grid(self, shown: bool) -> None:
        """Counting lines on or off."""
        self._grid = shown
        self.viewport().update()

    def show_boxes(self, shown: bool) -> None:
        """Boxes on or off."""
        self._boxes.setVisible(shown)

    @property
    def boxes_shown(self) -> bool:
        """Whether boxes are on."""
        return self._boxes.isVisible()

    def select(self, cell_id: int) -> None:
        """Mark one box; bring it into sight when it is outside."""
        self._boxes.chosen = cell_id
        self._boxes.update()
        box = self._boxes.box_of(cell_id)
        if box is not None and not self._fitted:
            self.ensureVisible(QRectF(box.x, box.y, box.width, box.height), 40, 40)
        self.viewport().update()

    def set_overlay(self, image: QImage | None, extent: QRectF | None = None) -> None:
        """Lay a picture with alpha over a part of the image, in image pixels; ``None`` takes it away."""
        if image is None or extent is None:
            self._overlay.setPixmap(QPixmap())
            return
        self._overlay.setPixmap(QPixmap.fromImage(image))
        self._overlay.setPos(extent.topLeft())
        self._overlay.setScale(extent.width() / max(image.width(), 1))

    # Zoom ------------------------------------------------------------------------------------------------------

    @property
    def zoom(self) -> float:
        """Screen pixels (device-independent) for one image pixel."""
        return self.transform().m11()

    @property
    def _fit_zoom(self) -> float:
        bounds = self._image.boundingRect()
        if bounds.isEmpty():
            return 1.0
        room = self.viewport().rect()
        return min((room.width() - 24) / bounds.width(), (room.height() - 24) / bounds.height())

    def fit(self) -> None:
        """Show the whole image, at most three times its size."""
        self._fitted = True
        self._set_zoom(min(max(self._fit_zoom, 0.001), 3.0))
        self.centerOn(self._image)

    def actual(self) -> None:
        """Show one image pixel as one pixel of the screen."""
        self._fitted = False
        self._set_zoom(1.0 / self.devicePixelRatioF())

    def zoom_by(self, factor: float) -> None:
        """Zoom in (> 1) or out (< 1); the point under the mouse stays."""
        if not self.has_image:
            return
        smallest = min(self._fit_zoom, 1.0) / 4
        wanted = min(max(self.zoom * factor, smallest), LARGEST_ZOOM)
        self._fitted = False
        self._set_zoom(wanted)

    def zoom_to(self, cell_id: int) -> None:
        """Bring a cell close."""
        box = self._boxes.box_of(cell_id)
        if box is None:
            return
        room = min(self.viewport().width(), self.viewport().height())
        self._fitted = False
        self._set_zoom(min(room * CELL_FILLS / max(box.width, box.height, 1), LARGEST_ZOOM))
        self.centerOn(*box.center)

    def _set_zoom(self, zoom: float) -> None:
        # Not by an anchor of Qt's: a view that is anchored under the mouse scrolls whenever it is shown again.
        mouse = self.viewport().mapFromGlobal(QPointF(QCursor.pos()))
        point = mouse if self.viewport().underMouse() else QRectF(self.viewport().rect()).center()
        before = self._scene_point(point)
        factor = zoom / self.zoom
        self.scale(factor, factor)
        middle = self._scene_point(QRectF(self.viewport().rect()).center())
        self.centerOn(middle + before - self._scene_point(point))
        mode = Qt.TransformationMode
        self._image.setTransformationMode(
            mode.SmoothTransformation if zoom < PIXELS_SEEN_FROM else mode.FastTransformation
        )
        self.zoom_changed.emit(self.zoom)

    def _scene_point(self, point: QPointF) -> QPointF:
        """Where in the scene a point of the viewport lies, without the rounding of ``mapToScene``."""
        return self.viewportTransform().inverted()[0].map(point)

    # What a person does ----------------------------------------------------------------------------------------

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom with the wheel, pan with a touchpad's second direction held by Shift."""
        turns = event.angleDelta().y() / 120
        if turns:
            self.zoom_by(STEP**turns)
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Remember where, to tell a click from a pan."""
        self._pressed_at = event.position().toPoint()
        super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Pan."""
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._fitted = False
        super().mouseMoveEvent(event)
        if not event.buttons():
            over = self._boxes.isVisible() and self._cell_at(event.position().toPoint())
            self.viewport().setCursor(Qt.CursorShape.PointingHandCursor if over else Qt.CursorShape.ArrowCursor)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Choose the cell that was clicked."""
        super().mouseReleaseEvent(event)
        here = event.position().toPoint()
        self.viewport().setCursor(Qt.CursorShape.ArrowCursor)
        if self._pressed_at is not None and (here - self._pressed_at).manhattanLength() < 5:
            cell_id = self._cell_at(here)
            if cell_id:
                self.cell_clicked.emit(cell_id)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Bring the cell close that was double-clicked, or show the whole image again."""
        cell_id = self._cell_at(event.position().toPoint())
        if cell_id:
            self.cell_opened.emit(cell_id)
        else:
            self.fit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows walk through the cells; everything else belongs to the actions."""
        step = {Qt.Key.Key_Right: 1, Qt.Key.Key_Down: 1, Qt.Key.Key_Left: -1, Qt.Key.Key_Up: -1}.get(
            Qt.Key(event.key())
        )
        if step is None:
            event.ignore()
        else:
            self.stepped.emit(step)

    def _cell_at(self, point: QPoint) -> int:
        return self._boxes.at(self.mapToScene(point), slack=3 / self.zoom)

    # Painting --------------------------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the whole image in sight while nobody has zoomed."""
        super().resizeEvent(event)
        if self._fitted and self.has_image:
            self.fit()

    def drawForeground(self, painter: QPainter, _rect: QRectF | object) -> None:
        """Draw the scale bar and, around what has the keyboard, the focus ring."""
        painter.save()
        painter.resetTransform()
        room = QRectF(self.viewport().rect())
        if self.has_image and self._grid:
            seen = self.viewportTransform().mapRect(self._image.boundingRect())
            draw_grid(painter, seen, GRID_UM / self._um_per_px * self.zoom if self._um_per_px else seen.width() / 3)
        if self.has_image:
            bar = scale_bar(self._um_per_px, self.zoom) if self._um_per_px else None
            draw_scale_bar(painter, room, bar, self.tr("not calibrated"))
            draw_note(painter, room, self.note)
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(current().color("strong_line"), 2))
            painter.drawRect(room.adjusted(1, 1, -1, -1))
        painter.restore()

    def _recolor(self) -> None:
        self.setBackgroundBrush(current().color("canvas"))
