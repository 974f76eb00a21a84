"""Daily control on the page Quality: panel on the left, charts or measuring on the right."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from leukoscope.gui.quality.charts_view import ChartsView
from leukoscope.gui.quality.control_panel import ControlPanel
from leukoscope.gui.quality.measure_card import MeasureCard
from leukoscope.gui.widgets.empty_state import EmptyState, Waiting
from leukoscope.gui.widgets.scroll_area import scrolled
from leukoscope.workflow.control.names import NOT_KNOWN

if TYPE_CHECKING:
    from leukoscope.workflow.control.overview import ControlOverview


class ControlPart(QWidget):
    """Lays the parts of daily control out; a controller does what is asked for."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.panel, self.charts, self.measuring = ControlPanel(), ChartsView(), MeasureCard()
        self.empty = EmptyState(
            "quality",
            self.tr("No control run yet"),
            self.tr(
                "Keep a stained smear of ordinary blood as control slide and measure it each day. From twenty runs on "
                "its figures have limits, and what drifts is named here."
            ),
            self.tr("Measure control slide"),
        )
        self.panel.hide()
        self._stack, self._form, self._has_charts = QStackedWidget(), scrolled(self.measuring), False
        self._waiting = Waiting()
        for one in (self._waiting, self.empty, self.charts, self._form):
            self._stack.addWidget(one)
        right = QVBoxLayout()
        right.setContentsMargins(20, 0, 24, 24)
        right.addWidget(self._stack)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self.panel, 1)
        row.addLayout(right, 3)
        self.empty.clicked.connect(self.show_form)
        self.panel.measure_wanted.connect(self.show_form)
        self.measuring.back_wanted.connect(self.show_charts)

    def show_overview(self, overview: ControlOverview) -> None:
        """Show an instrument."""
        self.panel.show_overview(overview)
        self.charts.show_charts(overview)
        named = tuple(one for one in overview.instruments if one != NOT_KNOWN)
        self.measuring.show_instruments(named, overview.instrument if overview.instrument in named else "")
        self._has_charts = bool(overview.charts or overview.daily)
        # Without a run there is one thing to do, and the page says it.
        self.panel.setVisible(self._has_charts)
        waited = self._stack.currentWidget() is self._waiting
        if self._stack.currentWidget() is not self._form:
            self._stack.setCurrentWidget(self.charts if self._has_charts else self.empty)
        if waited and self.hasFocus():
            self._give_keyboard()

    def show_form(self) -> None:
        """Let a person measure."""
        self._stack.setCurrentWidget(self._form)
        self._give_keyboard()

    def show_charts(self) -> None:
        """Show the charts, or the invitation while there are none."""
        self._stack.setCurrentWidget(self.charts if self._has_charts else self.empty)
        self._give_keyboard()

    @property
    def is_measuring_shown(self) -> bool:
        """Whether the form is in sight."""
        return self._stack.currentWidget() is self._form

    def _give_keyboard(self) -> None:
        if self.isVisible():
            self.focus_target().setFocus()

    def focus_target(self) -> QWidget:
        """What the shown part is for."""
        shown = self._stack.currentWidget()
        if shown is self.empty:
            return self.empty.button
        if shown is self.charts:
            return self.panel.measure
        wanted = (self.measuring.work.stop, self.measuring.files, self.measuring.back)
        return next((one for one in wanted if one.isEnabled() and one.isVisibleTo(self)), self)
