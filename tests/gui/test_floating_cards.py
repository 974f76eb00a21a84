"""Cards over an image: none covers another where there is room, and among other widgets they scroll with them."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication, QScrollArea, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from leukoscope.gui.widgets.floating_card import FloatingCard
from leukoscope.gui.widgets.scale_form import ScaleForm


@pytest.mark.parametrize("at_left", [True, False])
def test_two_cards_of_one_corner_stand_beside_each_other(qtbot: QtBot, at_left: bool) -> None:
    image = QWidget()
    qtbot.addWidget(image)
    image.resize(900, 400)
    image.show()
    first, second = (FloatingCard(title, "Close", at_left=at_left) for title in ("One", "Another"))
    for card in (first, second):
        card.float_over(image)
        card.show()
    assert not first.geometry().intersects(second.geometry())
    assert (first.x() < second.x()) == at_left, "the later one lies farther inside"
    assert image.rect().contains(second.geometry())


@pytest.mark.parametrize("floats", [True, False])
def test_the_wheel_scrolls_the_page_that_a_form_stands_on(qtbot: QtBot, floats: bool) -> None:
    page, area, form = QWidget(), QScrollArea(), ScaleForm()
    column = QVBoxLayout(page)
    if not floats:
        column.addWidget(form)
    page.setMinimumHeight(2000)
    area.setWidget(page)
    qtbot.addWidget(area)
    area.resize(700, 400)
    area.show()
    if floats:
        form.float_over(page)
    form.begin(False)
    here, turned = QPointF(20, 20), QPoint(0, -120)
    none = Qt.KeyboardModifier.NoModifier
    wheel = QWheelEvent(
        here, form.mapToGlobal(here), QPoint(), turned, Qt.MouseButton.NoButton, none,
        Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(form, wheel)
    assert wheel.isAccepted() == floats, "what is not accepted goes on to the page"
