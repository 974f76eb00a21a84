"""What is cut in a window: words with less room than they need and no hint, and parts outside their page."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtWidgets import QAbstractButton, QAbstractScrollArea, QComboBox, QLabel, QScrollArea, QToolButton, QWidget


def _scrolls(one: QWidget, page: QWidget) -> bool:
    """Whether a person can bring it into sight."""
    parent = one.parentWidget()
    while parent is not None and parent is not page:
        if isinstance(parent, QAbstractScrollArea):
            return True
        parent = parent.parentWidget()
    return False


def _needs(one: QWidget) -> int:
    """Pixels that its words take; 0 where they may take less."""
    if isinstance(one, QToolButton) and one.toolButtonStyle() is Qt.ToolButtonStyle.ToolButtonIconOnly:
        return 0
    if isinstance(one, QAbstractButton) and one.text():
        return one.sizeHint().width() - 1
    if type(one) is QLabel and one.text() and not one.wordWrap() and one.pixmap().isNull():
        return max(one.fontMetrics().horizontalAdvance(line) for line in one.text().split("\n"))
    if isinstance(one, QComboBox) and not one.toolTip():
        return one.minimumSizeHint().width()
    return 0


def cut_parts(page: QWidget) -> list[str]:
    """Each cut text with how much it lacks, and each part that stands outside the page."""
    found = []
    for one in page.findChildren(QWidget):
        if not one.isVisibleTo(page) or one.width() == 0 or one.objectName().startswith("qt_"):
            continue
        words = one.accessibleName() or getattr(one, "text", lambda: "")() or type(one).__name__
        if one.width() < _needs(one):
            found.append(f"{words!r} has {one.width()} of {_needs(one)} px")
        if one.heightForWidth(one.width()) > one.height() + 1 and type(one) is QLabel and one.wordWrap():
            found.append(f"{words!r} has {one.height()} of {one.heightForWidth(one.width())} px of height")
        if isinstance(one, QAbstractButton | QLabel | QComboBox) and not _scrolls(one, page):
            place = QRect(one.mapTo(page, QPoint(0, 0)), one.size())
            if not page.rect().adjusted(-1, -1, 1, 1).contains(place):
                found.append(f"{words!r} stands outside: {place.getRect()} of {page.rect().getRect()}")
    for area in page.findChildren(QScrollArea):
        bar = area.horizontalScrollBar()
        if area.isVisibleTo(page) and bar.maximum() > 0:
            found.append(f"scrolls sideways by {bar.maximum()} px: {area.accessibleName() or area.objectName()}")
    return found
