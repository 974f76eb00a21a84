"""The wheel scrolls; it changes nothing that does not have the keyboard, wherever it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractSlider,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QDateTimeEdit,
    QDial,
    QDialog,
    QDoubleSpinBox,
    QScrollArea,
    QScrollBar,
    QSlider,
    QSpinBox,
    QTabBar,
    QVBoxLayout,
    QWidget,
)
from pytestqt.qtbot import QtBot

from leukoscope.cases.store import CaseStore
from leukoscope.domain.objectives import Objective, ScaleWay
from leukoscope.domain.people import Role
from leukoscope.gui.actions import PAGES
from leukoscope.gui.main_window import MainWindow
from tests.gui.conftest import PATIENCE_MS, OpenWindow
from tests.gui.stored import stored_case

KINDS = (QComboBox, QAbstractSpinBox, QAbstractSlider, QTabBar)


def wheel(widget: QWidget, turns: int) -> None:
    """Turn the wheel over this very widget, whatever lies in front of it."""
    middle = QPointF(widget.rect().center())
    event = QWheelEvent(
        middle,
        QPointF(widget.mapToGlobal(middle.toPoint())),
        QPoint(),
        QPoint(0, 120 * turns),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(widget, event)


def turn(widget: QWidget, turns: int) -> None:
    """Turn the wheel as the window system does: Qt looks for the widget, and who may have the keyboard."""
    window = widget.window()
    place = QPointF(widget.mapTo(window, widget.rect().center()))
    QTest.wheelEvent(window.windowHandle(), place, QPoint(0, 120 * turns))
    QApplication.processEvents()


def state(widget: QWidget) -> object:
    if isinstance(widget, QComboBox | QTabBar):
        return widget.currentIndex()
    if isinstance(widget, QAbstractSlider):
        return widget.value()
    return widget.text() if isinstance(widget, QAbstractSpinBox) else None


def values(parent: QWidget) -> Iterator[QWidget]:
    for kind in KINDS:
        yield from (one for one in parent.findChildren(kind) if not isinstance(one, QScrollBar))


def unmoved(parent: QWidget) -> int:
    """Wheel over every value that does not have the keyboard; how many there were."""
    count = 0
    for widget in list(values(parent)):
        if widget.hasFocus():
            continue
        before = state(widget)
        for target in (widget, *widget.findChildren(QWidget)):
            if not isinstance(target, QScrollBar) and target.isEnabled() and not target.isWindow():
                wheel(target, 1)
                wheel(target, -1)
                wheel(target, -1)
        assert state(widget) == before, f"{type(widget).__name__} {widget.accessibleName()} was changed by the wheel"
        assert widget.focusPolicy() != Qt.FocusPolicy.WheelFocus or not widget.isVisible(), widget.accessibleName()
        count += 1
    return count


def test_no_page_is_changed_by_scrolling_past(open_quiet: OpenWindow, kept: CaseStore, qtbot: QtBot) -> None:
    case_id = stored_case(kept, "A-1", 2)
    kept.people.add("Dr. Ana", Role.ADMINISTRATOR, "a short sentence")
    window = open_quiet()
    objectives = (Objective("10x", 0.6, ScaleWay.MEASURED), Objective("100x", 0.06, ScaleWay.MEASURED))
    window.settings.show_settings(window.bridge.bench.settings.save(objectives=objectives, objective="100x"))
    window.commands.open_case(case_id)
    qtbot.waitUntil(lambda: window.review.cell is not None and bool(window.settings.people.people), timeout=PATIENCE_MS)
    settings = window.bridge.bench.settings.current
    seen = 0
    for page in PAGES:
        window.show_page(page)
        QApplication.processEvents()
        seen += unmoved(window.pages[page])
    window.calibration.begin()
    window.models.show_form()
    window.operator.count()
    seen += unmoved(window)
    assert seen > 12
    assert window.bridge.bench.settings.current == settings


Make = Callable[[], QWidget]


def _combo(*, editable: bool = False) -> QComboBox:
    made = QComboBox()
    made.addItems(["a", "b", "c"])
    made.setCurrentIndex(1)
    made.setEditable(editable)
    return made


def _ranged(kind: type[QSlider | QDial | QSpinBox | QDoubleSpinBox]) -> QWidget:
    made = kind()
    made.setRange(0, 100)
    made.setValue(50)
    return made


def _tabs() -> QTabBar:
    made = QTabBar()
    for name in "abc":
        made.addTab(name)
    made.setCurrentIndex(1)
    return made


VALUES: dict[str, Make] = {
    "choice": _combo,
    "choice to write in": lambda: _combo(editable=True),
    "slider": lambda: _ranged(QSlider),
    "dial": lambda: _ranged(QDial),
    "number": lambda: _ranged(QSpinBox),
    "figure": lambda: _ranged(QDoubleSpinBox),
    "time": QDateTimeEdit,
    "tabs": _tabs,
}


@pytest.mark.parametrize("name", VALUES)
def test_in_a_dialog_the_page_behind_scrolls_instead(open_quiet: OpenWindow, name: str, qtbot: QtBot) -> None:
    window = open_quiet()
    dialog = QDialog(window)
    inner = QWidget()
    column = QVBoxLayout(inner)
    value = VALUES[name]()
    column.addWidget(value)
    tall = QWidget()
    tall.setMinimumHeight(3000)
    column.addWidget(tall)
    area = QScrollArea()
    area.setWidget(inner)
    area.setWidgetResizable(True)
    QVBoxLayout(dialog).addWidget(area)
    dialog.resize(300, 200)
    dialog.show()
    qtbot.waitExposed(dialog)
    value.clearFocus()
    assert unmoved(dialog) >= 1
    bar = area.verticalScrollBar()
    bar.setValue(0)
    before = state(value)
    turn(value, -3)
    assert bar.value() > 0, "the page scrolls"
    assert state(value) == before and not value.hasFocus()
    dialog.activateWindow()
    value.setFocus()
    qtbot.waitUntil(value.hasFocus, timeout=PATIENCE_MS)
    if name != "time":
        before = state(value)
        wheel(value, -1)
        assert state(value) != before, "where the keyboard is, the wheel turns the value"
    dialog.close()


def test_a_window_is_guarded_once(open_quiet: OpenWindow) -> None:
    from leukoscope.gui.wheel_guard import WheelGuard, guard

    window, app = open_quiet(), QApplication.instance()
    assert isinstance(app, QApplication)
    guard(app, window)
    assert len(window.findChildren(WheelGuard)) == 1


def test_the_image_is_still_zoomed_by_the_wheel(open_quiet: OpenWindow, kept: CaseStore, qtbot: QtBot) -> None:
    case_id = stored_case(kept, "A-1", 2)
    window: MainWindow = open_quiet()
    window.commands.open_case(case_id)
    qtbot.waitUntil(lambda: window.review.canvas.has_image, timeout=PATIENCE_MS)
    before = window.review.canvas.zoom
    wheel(window.review.canvas.viewport(), 2)
    assert window.review.canvas.zoom > before
