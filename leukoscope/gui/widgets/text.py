"""Words on the screen: labels by role, and labels that shorten themselves instead of breaking the layout."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QLabel, QSizePolicy, QWidget


def label(text: str = "", role: str = "", *, wrap: bool = False, parent: QWidget | None = None) -> QLabel:
    """A label in one of the roles of the style sheet: title, heading, muted, small, caption, figure, wrong."""
    result = QLabel(text, parent)
    result.setTextFormat(Qt.TextFormat.PlainText)
    if role:
        result.setProperty("role", role)
    if wrap:
        result.setWordWrap(True)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        result.setSizePolicy(policy)
    return result


def show_outcome(answer: QLabel, wrong: QLabel, sentence: str, *, is_wrong: bool = False) -> None:
    """Show how something went in the one of two labels that it belongs to; empty takes it away."""
    for one, shown in ((answer, not is_wrong), (wrong, is_wrong)):
        one.setText(sentence if shown else "")
        one.setVisible(bool(one.text()))


def how_much(images: int, cells: int) -> str:
    """A Case's size in words: 1 image, 8 cells."""
    translate = QCoreApplication.translate
    parts = (
        translate("Words", "1 image") if images == 1 else translate("Words", "{0} images").format(images),
        translate("Words", "1 cell") if cells == 1 else translate("Words", "{0} cells").format(cells),
    )
    return ", ".join(parts)


def line(*, vertical: bool = False) -> QFrame:
    """A hairline."""
    result = QFrame()
    result.setObjectName("line")
    if vertical:
        result.setFixedWidth(1)
    else:
        result.setFixedHeight(1)
    return result


class ElidedLabel(QLabel):
    """One line that ends in … when there is no room; the tooltip has the whole."""

    def __init__(self, text: str = "", role: str = "", parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        if role:
            self.setProperty("role", role)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def minimumSizeHint(self) -> QSize:
        """Room for a few letters."""
        metrics = self.fontMetrics()
        return QSize(min(metrics.horizontalAdvance("MMMM"), metrics.horizontalAdvance(self.text())), metrics.height())

    def sizeHint(self) -> QSize:
        """Room for the whole text."""
        metrics = self.fontMetrics()
        return QSize(metrics.horizontalAdvance(self.text()) + 2, metrics.height() + 4)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw what there is room for."""
        painter = QPainter(self)
        metrics = self.fontMetrics()
        shown = metrics.elidedText(self.text(), Qt.TextElideMode.ElideRight, self.width())
        self.setToolTip(self.text() if shown != self.text() else "")
        painter.setPen(self.palette().color(self.foregroundRole()))
        painter.drawText(self.rect(), int(self.alignment() | Qt.AlignmentFlag.AlignVCenter), shown)
