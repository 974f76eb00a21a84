"""The image stays where a person has it, wherever the mouse rests."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QCursor, QImage, QMouseEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from leukoscope.gui.widgets.canvas import ImageCanvas

MOUSE = QPoint(150, 90)


def rest_mouse(canvas: ImageCanvas, at: QPoint) -> None:
    """Move the mouse there, in pixels of the viewport; what Qt asks then is whether it is over the view."""
    viewport = canvas.viewport()
    QCursor.setPos(viewport.mapToGlobal(at))
    here, none = QPointF(at), Qt.MouseButton.NoButton
    moved = QMouseEvent(QEvent.Type.MouseMove, here, viewport.mapToGlobal(here), none, none, Qt.KeyboardModifier(0))
    QApplication.sendEvent(viewport, moved)
    for widget in (canvas, viewport):
        widget.setAttribute(Qt.WidgetAttribute.WA_UnderMouse)


@pytest.fixture
def canvas(qtbot: QtBot) -> ImageCanvas:
    """A canvas with an image, on which the mouse rests off the center."""
    canvas = ImageCanvas()
    qtbot.addWidget(canvas)
    image = QImage(1280, 1024, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.white)
    canvas.resize(800, 500)
    canvas.show()
    canvas.set_image(image)
    canvas.fit()
    rest_mouse(canvas, MOUSE)
    return canvas


def middle(canvas: ImageCanvas) -> QPoint:
    """What is in the middle of the view, in image pixels."""
    return canvas.mapToScene(canvas.viewport().rect().center()).toPoint()


@pytest.mark.parametrize("zoomed", [False, True])
def test_another_page_and_back_move_nothing(canvas: ImageCanvas, zoomed: bool) -> None:
    if zoomed:
        canvas.zoom_by(2.5)
    QCursor.setPos(canvas.viewport().mapToGlobal(MOUSE + QPoint(300, 200)))
    before = middle(canvas)
    canvas.hide()
    # Qt takes the mouse off what is hidden, and looks again for what is below it before that is shown.
    canvas.setAttribute(Qt.WidgetAttribute.WA_UnderMouse)
    canvas.show()
    assert (middle(canvas) - before).manhattanLength() <= 2


def test_the_point_under_the_mouse_stays_while_zooming(canvas: ImageCanvas) -> None:
    before = canvas.mapToScene(MOUSE)
    canvas.zoom_by(2.0)
    after = canvas.mapToScene(MOUSE)
    assert (after - before).manhattanLength() <= 2
    assert (middle(canvas) - QPoint(640, 512)).manhattanLength() > 50
