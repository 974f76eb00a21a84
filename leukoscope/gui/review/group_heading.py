"""The heading of a group of cells: its shape, its name, how many there are; a click folds it."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QToolButton, QWidget

from leukoscope.gui import class_marks, class_words, theme
from leukoscope.gui.review.sections import Section


class GroupHeading(QToolButton):
    """Shows one Section.

    Signals
    -------
    toggled_group(object)
        The code of its class, ``None`` for cells without a name.
    """

    toggled_group = Signal(object)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setProperty("role", "flat")
        self.section = Section(None, 0, 0, 0, folded=False)
        self.clicked.connect(lambda: self.toggled_group.emit(self.section.code))

    def show_section(self, section: Section) -> None:
        """Show a group."""
        self.section = section
        name = class_words.heading(section.code)
        text = self.tr("{0}, {1}, folded") if section.folded else self.tr("{0}, {1}")
        self.setAccessibleName(text.format(name, section.count))
        self.setToolTip(self.tr("Show these cells") if section.folded else self.tr("Fold these cells away"))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw an arrow, the shape, the name and the count over the button."""
        super().paintEvent(event)
        painter, look = QPainter(self), theme.current()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        middle = self.height() / 2
        painter.setPen(QPen(look.color("muted"), 1.7, c=Qt.PenCapStyle.RoundCap, j=Qt.PenJoinStyle.RoundJoin))
        points = ((10, -4), (14, 0), (10, 4)) if self.section.folded else ((8, -2), (12, 2), (16, -2))
        painter.drawPolyline([QPointF(x, middle + y) for x, y in points])
        x = 26.0
        if self.section.code is not None:
            class_marks.draw_glyph(painter, self.section.code, QRectF(x, middle - 6, 12, 12))
            x += 20
        font = theme.font(bold=True)
        painter.setFont(font)
        painter.setPen(look.color("text"))
        name = class_words.heading(self.section.code)
        left = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        painter.drawText(QRectF(x, 0, self.width() - x, self.height()), left, name)
        x += QFontMetricsF(font).horizontalAdvance(name) + 10
        painter.setFont(theme.font())
        painter.setPen(look.color("muted"))
        painter.drawText(QRectF(x, 0, self.width() - x, self.height()), left, str(self.section.count))
        painter.end()

    def sizeHint(self) -> QSize:
        """As high as a small button."""
        return QSize(200, 32)
