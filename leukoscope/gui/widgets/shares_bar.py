"""How the cells of a case divide: a bar of three parts, and their figures."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPainterPath, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from leukoscope.domain.findings import Label
from leukoscope.gui import theme, verdicts


def draw_shares(painter: QPainter, where: QRectF, counts: Mapping[Label, int]) -> None:
    """Draw a rounded bar of three parts, in the order of the verdicts."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    path = QPainterPath()
    path.addRoundedRect(where, where.height() / 2, where.height() / 2)
    painter.setClipPath(path)
    painter.fillRect(where, theme.current().color("line"))
    total = sum(counts.values())
    left = where.left()
    for one in verdicts.ORDER:
        width = where.width() * counts[one] / total if total else 0.0
        if width:
            painter.fillRect(QRectF(left, where.top(), max(width - 1, 1), where.height()), verdicts.color(one))
        left += width
    painter.restore()


def draw_counts(painter: QPainter, where: QRectF, counts: Mapping[Label, int]) -> None:
    """Draw shape and count of each verdict in a row."""
    painter.save()
    painter.setFont(theme.font(theme.SMALL))
    metrics = QFontMetricsF(painter.font())
    step = max(44.0, metrics.horizontalAdvance("00000") + 20)
    for place, one in enumerate(verdicts.ORDER):
        left = where.left() + place * step
        verdicts.draw_shape(painter, one, QRectF(left, where.center().y() - 5, 10, 10))
        painter.setPen(theme.current().color("text"))
        flags = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(QRectF(left + 15, where.top(), step - 15, where.height()), int(flags), str(counts[one]))
    painter.restore()


class SharesBar(QWidget):
    """The bar on its own."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._counts = dict.fromkeys(Label, 0)
        self.setFixedHeight(8)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def set_counts(self, counts: Mapping[Label, int]) -> None:
        """Show these counts."""
        self._counts = dict(counts)
        words = ", ".join(f"{verdicts.word(one)} {counts[one]}" for one in verdicts.ORDER)
        self.setAccessibleName(words)
        self.setToolTip(words)
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw it."""
        draw_shares(QPainter(self), QRectF(self.rect()), self._counts)
