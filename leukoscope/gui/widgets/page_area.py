"""Where pages stand, and what floats over them: a message or a question moves nothing of the page below it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPoint, QRect
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QStackedWidget, QWidget

from leukoscope.gui.page import Page

MARGIN = 12
WIDEST = 680
"""Longer lines are hard to read."""
LEFT_FREE = 380
"""On the right: the keys of the classes, and *Take*, stand there and stay within reach."""


class PageArea(QWidget):
    """A stack of pages, with bars over its lower left corner that come and go.

    Parameters
    ----------
    pages
        Fills the area.
    """

    def __init__(self, pages: QStackedWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._pages = pages
        self._bars: list[QWidget] = []
        pages.setParent(self)
        pages.currentChanged.connect(lambda _index: self._place())

    def float_over(self, bar: QWidget) -> None:
        """Let a bar float here whenever it is shown; the first one lies lowest."""
        bar.setParent(self)
        bar.hide()
        self._bars.append(bar)
        bar.installEventFilter(self)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fill the area with the pages, and keep the bars at its edge."""
        super().resizeEvent(event)
        self._pages.setGeometry(self.rect())
        self._place()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Place the bars again when one comes, goes or says something longer."""
        if event.type() in {QEvent.Type.Show, QEvent.Type.Hide, QEvent.Type.LayoutRequest}:
            self._place()
        return super().eventFilter(watched, event)

    def _lowest(self) -> int:
        """Down to where bars may lie: they do not cover the strip at the foot of the page."""
        page = self._pages.currentWidget()
        foot = page.foot() if isinstance(page, Page) else None
        if foot is None or foot.isHidden():
            return self.height()
        return foot.mapTo(self, QPoint(0, 0)).y()

    def _place(self) -> None:
        bottom = self._lowest() - MARGIN
        for bar in self._bars:
            if bar.isHidden():
                continue
            width = max(min(WIDEST, self.width() - MARGIN - LEFT_FREE), bar.minimumSizeHint().width())
            height = bar.heightForWidth(width) if bar.hasHeightForWidth() else bar.sizeHint().height()
            height = max(height, bar.minimumSizeHint().height())
            bar.setGeometry(QRect(MARGIN, bottom - height, width, height))
            bar.raise_()
            bottom -= height + MARGIN // 2
