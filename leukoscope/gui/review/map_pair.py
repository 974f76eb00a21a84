"""The cell and the map of why, side by side, with the fixed color scale below."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QImage, QPainter, QPainterPath, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QSizePolicy, QWidget

from leukoscope.gui.pixels import to_image
from leukoscope.gui.theme import current
from leukoscope.gui.widgets.text import ElidedLabel, label
from leukoscope.workflow.map_overlays import map_legend


class SquareImage(QWidget):
    """A square picture that takes the width it gets."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._image: QImage | None = None
        self._words = ""
        self.setAccessibleName(name)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMinimumSize(96, 96)

    def set_image(self, image: QImage | None, words: str = "") -> None:
        """Show a picture, or words where there is none."""
        self._image, self._words = image, words
        self.update()

    @property
    def image(self) -> QImage | None:
        """The picture shown."""
        return self._image

    def sizeHint(self) -> QSize:
        """Large enough to see a nucleus."""
        return QSize(160, 160)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw it as large as it fits."""
        painter = QPainter(self)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        side = min(self.width(), self.height())
        where = QRectF((self.width() - side) / 2, 0, side, side)
        path = QPainterPath()
        path.addRoundedRect(where, 6, 6)
        painter.setClipPath(path)
        painter.fillRect(where, current().color("canvas"))
        if self._image is not None:
            ratio = self.devicePixelRatioF()
            target = round(side * ratio)
            fitted = self._image.scaled(
                target, target, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
            )
            size = QSize(round(fitted.width() / ratio), round(fitted.height() / ratio))
            left, top = where.left() + (side - size.width()) / 2, where.top() + (side - size.height()) / 2
            painter.drawImage(QRectF(left, top, size.width(), size.height()), fitted)
        elif self._words:
            painter.setPen(current().color("muted"))
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(where.adjusted(12, 12, -12, -12), int(flags), self._words)


class Legend(QWidget):
    """The fixed color scale from nothing to the layer's calibrated maximum."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._palette_name = "inferno"
        self.setFixedHeight(10)
        self.setMinimumWidth(40)
        self.setToolTip(self.tr("Fixed scale: 0 to the maximum calibrated for this layer, the same for every cell"))

    def set_palette(self, palette: str) -> None:
        """Show the colors of a palette."""
        self._palette_name = palette
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the ramp."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        path = QPainterPath()
        path.addRoundedRect(QRectF(self.rect()), 3, 3)
        painter.setClipPath(path)
        painter.drawImage(self.rect(), to_image(map_legend(self._palette_name, 256, 1)))


class MapPair(QWidget):
    """The cell in its surroundings beside what the models saw of it; with a map that beside the map, and the legend."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.raw, self.mapped = SquareImage(""), SquareImage("")
        self._raw_caption, self._map_caption = ElidedLabel("", "small"), ElidedLabel("", "small")
        self.legend = Legend()
        self._low, self._high = label("0", "small"), label(self.tr("max"), "small")
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(4)
        grid.addWidget(self.raw, 0, 0)
        grid.addWidget(self.mapped, 0, 1)
        grid.addWidget(self._raw_caption, 1, 0)
        grid.addWidget(self._map_caption, 1, 1)
        self._scale = QWidget()
        row = QHBoxLayout(self._scale)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        row.addWidget(self._low)
        row.addWidget(self.legend, 1)
        row.addWidget(self._high)
        grid.addWidget(self._scale, 2, 1)
        grid.setColumnStretch(0, 1)
        grid.setColumnStretch(1, 1)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep both pictures square."""
        super().resizeEvent(event)
        side = max((self.width() - 8) // 2, 96)
        for picture in (self.raw, self.mapped):
            picture.setFixedHeight(side)

    def show_cell(self, around: QImage | None, cut_out: QImage | None) -> None:
        """Show the cell as it lies in its image, and as the models saw it: no map is asked for."""
        self._show(around, self.tr("In its surroundings"), cut_out, self.tr("As the models saw it"))
        self._scale.hide()

    def show_map(self, cut_out: QImage | None, mapped: QImage | None, caption: str, nothing: str) -> None:
        """Show what the models saw beside its map; ``nothing`` says why there is none."""
        self._show(cut_out, self.tr("As the models saw it"), mapped, caption, nothing)
        self._scale.show()

    def _show(self, left: QImage | None, first: str, right: QImage | None, second: str, nothing: str = "") -> None:
        self.raw.set_image(left)
        self.mapped.set_image(right, nothing if right is None else "")
        for picture, caption, text in (
            (self.raw, self._raw_caption, first), (self.mapped, self._map_caption, second),
        ):  # fmt: skip
            caption.setText(text)
            caption.setAccessibleName(text)
            picture.setAccessibleName(text or nothing)
