"""What the signs of the overview mean."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QWidget

from leukoscope.domain.findings import Label
from leukoscope.gui import theme, verdicts
from leukoscope.gui.review.overview_tile import draw_cell, draw_outline, small_font
from leukoscope.gui.widgets.canvas_items import DARK

SIGN, ROW, GAP = 14.0, 20.0, 14.0
Draw = Callable[[QPainter, QRectF], None]


def _verdict(label: Label) -> Draw:
    return lambda painter, where: verdicts.draw_shape(painter, label, where.adjusted(2, 2, -2, -2))


def _neutral(painter: QPainter, where: QRectF) -> None:
    painter.setPen(DARK)
    painter.setBrush(theme.current().color("strong_line"))
    painter.drawRect(where.adjusted(3, 4, -3, -4))


def _shown(painter: QPainter, where: QRectF) -> None:
    draw_outline(painter, where.adjusted(1, 2, -1, -2))


def _cell(painter: QPainter, where: QRectF) -> None:
    draw_cell(painter, where.center())


class OverviewLegend(QWidget):
    """One sign and its words after the other, in as many rows as they need."""

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName(self.tr("What the signs mean"))
        self.setAccessibleDescription(", ".join(word for word, _ in self._signs()))
        self.setToolTip(self.tr("An image has the sign of what needs a person first: unsure, leukemic, healthy"))
        theme.appearance().changed.connect(self.update)

    def _signs(self) -> list[tuple[str, Draw]]:
        return [
            *((verdicts.word(label), _verdict(label)) for label in verdicts.ORDER),
            (self.tr("No cells, or not judged"), _neutral),
            (self.tr("Image shown"), _shown),
            (self.tr("Cell shown"), _cell),
        ]

    def _laid_out(self, width: float) -> Iterator[tuple[QRectF, str, Draw]]:
        metrics = QFontMetricsF(small_font())
        x, y = 0.0, 0.0
        for word, draw in self._signs():
            needed = SIGN + 5 + metrics.horizontalAdvance(word)
            if x and x + needed > width:
                x, y = 0.0, y + ROW
            yield QRectF(x, y, needed, ROW), word, draw
            x += needed + GAP

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Take as many rows as the words need."""
        super().resizeEvent(event)
        self.setFixedHeight(round(max(where.bottom() for where, _, _ in self._laid_out(self.width()))))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the signs with their words."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for where, word, draw in self._laid_out(self.width()):
            painter.save()
            draw(painter, QRectF(where.left(), where.center().y() - SIGN / 2, SIGN, SIGN))
            painter.restore()
            painter.setFont(small_font())
            painter.setPen(theme.current().color("text"))
            words = where.adjusted(SIGN + 5, 0, 1, 0)
            painter.drawText(words, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft), word)
        painter.end()
