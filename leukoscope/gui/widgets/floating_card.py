"""A small card that floats over an image: it moves nothing, and goes with Escape."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count

from PySide6.QtCore import QEvent, QObject, QPoint, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QShowEvent, QWheelEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from leukoscope.gui.widgets.buttons import IconButton
from leukoscope.gui.widgets.text import label

MARGIN = 12
_shown = count(1)
"""In which order cards were shown: the later one stands beside the earlier."""


class FloatingCard(QFrame):
    """Lies in an upper corner of what it is over; one that is laid out among other widgets behaves as they do.

    Parameters
    ----------
    title
        Its heading.
    close_tip
        What its cross does.
    at_left
        In the left corner instead of the right one.

    Signals
    -------
    closed()
        A person wants it away.
    """

    closed = Signal()

    def __init__(self, title: str, close_tip: str, *, at_left: bool = False) -> None:
        super().__init__()
        self.setObjectName("card")
        self.setAccessibleName(title)
        self._at_left = at_left
        self._over: QWidget | None = None
        self._turn = 0
        self.cross = IconButton("close", close_tip)
        self.cross.clicked.connect(self.closed)
        top = QHBoxLayout()
        top.addWidget(label(title, "heading"))
        top.addStretch(1)
        top.addWidget(self.cross)
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(12, 4, 6, 10)
        self.column.setSpacing(4)
        self.column.addLayout(top)
        self.hide()

    def float_over(self, over: QWidget) -> None:
        """Lie over another widget from now on; shown or hidden as before."""
        if over is self._over:
            return
        shown = not self.isHidden()
        if self._over is not None:
            self._over.removeEventFilter(self)
        self._over = over
        self.setParent(over)
        over.installEventFilter(self)
        self._place()
        self.setVisible(shown)
        self.raise_()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Stay in the corner."""
        if watched is self._over and event.type() == QEvent.Type.Resize:
            self._place()
        return False

    def showEvent(self, event: QShowEvent) -> None:
        """Take the next place."""
        self._turn = next(_shown)
        super().showEvent(event)

    def event(self, event: QEvent) -> bool:
        """Grow with the words."""
        done = super().event(event)
        if event.type() in {QEvent.Type.LayoutRequest, QEvent.Type.Show}:
            self._place()
        return done

    def _place(self) -> None:
        over = self._over
        if over is None:
            return
        self.fit_into(over.size())
        self.adjustSize()
        before = [one for one in self.window().findChildren(FloatingCard) if one._stands_before(self)]
        corner = MARGIN if self._at_left else max(over.width() - self.width() - MARGIN, 0)
        left = self._left_beside(over, before) if before else corner
        self.move(left if left >= 0 and left + self.width() <= over.width() else corner, MARGIN)

    def _left_beside(self, over: QWidget, before: Sequence[FloatingCard]) -> int:
        """Where its left edge lies next to the cards that were in its corner first, in pixels of what it is over."""
        window = self.window()
        if self._at_left:
            edge = max(one.mapTo(window, one.rect().topRight()).x() for one in before)
            return over.mapFrom(window, QPoint(edge, 0)).x() + MARGIN
        edge = min(one.mapTo(window, one.rect().topLeft()).x() for one in before)
        return over.mapFrom(window, QPoint(edge, 0)).x() - MARGIN - self.width()

    def _stands_before(self, other: FloatingCard) -> bool:
        same_corner = self._over is not None and self._at_left == other._at_left
        return self is not other and same_corner and self.isVisible() and self._turn < other._turn

    def fit_into(self, room: QSize) -> None:
        """Take a size that suits what it lies over; most cards have one of their own."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape puts it away."""
        if event.key() == Qt.Key.Key_Escape:
            self.closed.emit()
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Not for what lies below."""
        event.setAccepted(self._over is not None)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Not for what lies below; among other widgets the page scrolls on."""
        event.setAccepted(self._over is not None)
