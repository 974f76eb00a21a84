"""Qt for Python must leave None alone: 6.12.0 took a reference at each call, and Python 3.11 died of it in minutes."""

from __future__ import annotations

import sys

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPixmap
from pytestqt.qtbot import QtBot

CALLS = 400


def test_painting_takes_no_reference_from_none(qtbot: QtBot) -> None:
    pixmap = QPixmap(20, 20)
    painter = QPainter(pixmap)
    color = QColor("red")
    before = sys.getrefcount(None)
    for _ in range(CALLS):
        painter.setPen(Qt.PenStyle.NoPen)
        painter.fillRect(QRectF(0, 0, 5, 5), color)
        painter.drawRoundedRect(QRectF(0, 0, 5, 5), 1, 1)
    after = sys.getrefcount(None)
    painter.end()
    assert abs(after - before) < CALLS
