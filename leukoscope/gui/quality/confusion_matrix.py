"""Which class was called what: rows are what people say, columns what is said of the cells."""

from __future__ import annotations

from collections.abc import Mapping, Set

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from leukoscope.domain.cell_classes import CELL_CLASSES, NO_WHITE_CELL
from leukoscope.gui import class_words
from leukoscope.gui.theme import current

SIDE, HEAD = 36, 44
Confusion = Mapping[tuple[str, str], int]
_ORDER = (*CELL_CLASSES, NO_WHITE_CELL, "")


def _short(code: str) -> str:
    return class_words.short_word(code) if code in _ORDER and code else "–"


class ConfusionMatrix(QWidget):
    """Counts; brighter is more of the row, what is right is bold. ``said`` are the columns."""

    def __init__(self, confusion: Confusion, said: Set[str], title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._confusion, self._title = confusion, title
        self._truths = self._in_order({truth for truth, _ in confusion})
        self._said = self._in_order(said)
        self._sums = {truth: sum(n for (one, _), n in confusion.items() if one == truth) for truth in self._truths}
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        lines = [f"{_short(truth)} → {_short(one)}: {n}" for (truth, one), n in sorted(confusion.items())]
        self.setAccessibleName(title)
        self.setAccessibleDescription("; ".join(lines))
        self.setToolTip("\n".join(lines))

    @staticmethod
    def _in_order(codes: Set[str]) -> list[str]:
        return sorted(codes, key=lambda code: (_ORDER.index(code) if code in _ORDER else len(_ORDER), code))

    def sizeHint(self) -> QSize:
        """Room for all classes."""
        return QSize(HEAD + SIDE * len(self._said) + 1, 2 * 24 + SIDE * len(self._truths) + 1)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the title, the words at the sides, and the counts."""
        painter, look = QPainter(self), current()
        middle = Qt.AlignmentFlag.AlignCenter
        painter.setPen(look.color("muted"))
        painter.drawText(QRectF(0, 0, self.width(), 24), Qt.AlignmentFlag.AlignVCenter, self._title)
        for column, code in enumerate(self._said):
            painter.drawText(QRectF(HEAD + column * SIDE, 24, SIDE, 24), middle, _short(code))
        plain, bold = QFont(self.font()), QFont(self.font())
        bold.setWeight(QFont.Weight.DemiBold)
        for row, truth in enumerate(self._truths):
            top = 48 + row * SIDE
            painter.setPen(look.color("muted"))
            painter.setFont(plain)
            painter.drawText(QRectF(0, top, HEAD, SIDE), Qt.AlignmentFlag.AlignVCenter, _short(truth))
            for column, one in enumerate(self._said):
                n = self._confusion.get((truth, one), 0)
                box = QRectF(HEAD + column * SIDE, top, SIDE, SIDE)
                shade = QColor(look.color("text"))
                shade.setAlphaF(0.04 + 0.36 * n / max(1, self._sums[truth]))
                painter.fillRect(box.adjusted(1, 1, -1, -1), shade)
                painter.setPen(look.color("text"))
                painter.setFont(bold if truth == one else plain)
                if n:
                    painter.drawText(box, middle, str(n))
        painter.end()
