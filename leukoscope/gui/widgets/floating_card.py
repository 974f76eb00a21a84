"""A small card that floats over an image: it moves nothing, and goes with Escape."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from leukoscope.gui.widgets.buttons import IconButton
from leukoscope.gui.widgets.text import label

MARGIN = 12


class FloatingCard(QFrame):
    """Lies in an upper corner of what it is over.

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
        cross = IconButton("close", close_tip)
        cross.clicked.connect(self.closed)
        top = QHBoxLayout()
        top.addWidget(label(title, "heading"))
        top.addStretch(1)
        top.addWidget(cross)
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
        self.adjustSize()
        self.move(MARGIN if self._at_left else max(over.width() - self.width() - MARGIN, 0), MARGIN)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape puts it away."""
        if event.key() == Qt.Key.Key_Escape:
            self.closed.emit()
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Not for what lies below."""
        event.accept()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Not for what lies below."""
        event.accept()
