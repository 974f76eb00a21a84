"""Which microscope is under control, how it stands, and what can be done: measure, print a month."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QSizePolicy, QVBoxLayout, QWidget

from leukoscope.gui.widgets.buttons import ComboBox, PushButton
from leukoscope.gui.widgets.text import label
from leukoscope.workflow.control.names import NOT_KNOWN

if TYPE_CHECKING:
    from leukoscope.workflow.control.overview import ControlOverview

LEAST_WIDTH, MOST_WIDTH = 236, 320


class ControlPanel(QWidget):
    """The left side of daily control.

    Signals
    -------
    instrument_chosen(str)
        Show the charts of this one.
    measure_wanted()
        Measure a control slide.
    sheet_wanted(str)
        Write the sheet of a month, ``2026-11``.
    """

    instrument_chosen = Signal(str)
    measure_wanted = Signal()
    sheet_wanted = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setMinimumWidth(LEAST_WIDTH)
        self.setMaximumWidth(MOST_WIDTH)
        self.instrument, self.month = ComboBox(), ComboBox()
        self.standing, self.last = label("", "heading", wrap=True), label("", "small", wrap=True)
        self.measure = PushButton(self.tr("Measure control slide"), "primary", "live")
        self.sheet = PushButton(self.tr("Save monthly sheet…"), "", "pdf")
        self._lay_out()
        self.instrument.activated.connect(lambda _row: self.instrument_chosen.emit(self.instrument.currentData()))
        self.measure.clicked.connect(self.measure_wanted)
        self.sheet.clicked.connect(lambda: self.sheet_wanted.emit(self.month.currentText()))

    def _lay_out(self) -> None:
        self.instrument.setAccessibleName(self.tr("Microscope: camera and objective"))
        self.month.setAccessibleName(self.tr("Month"))
        for box in (self.instrument, self.month):
            box.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        card = QFrame()
        card.setObjectName("card")
        inside = QVBoxLayout(card)
        inside.setContentsMargins(16, 12, 16, 14)
        inside.setSpacing(8)
        inside.addWidget(label(self.tr("Last run"), "caption"))
        inside.addWidget(self.standing)
        inside.addWidget(self.last)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 0, 0, 24)
        column.setSpacing(8)
        about = self.tr(
            "A control slide that is measured each day shows when stain, lamp, focus or white balance drift."
        )
        column.addWidget(label(about, "muted", wrap=True))
        column.addSpacing(8)
        column.addWidget(label(self.tr("Microscope: camera and objective"), "caption"))
        column.addWidget(self.instrument)
        column.addWidget(card)
        column.addWidget(self.measure)
        column.addSpacing(16)
        column.addWidget(label(self.tr("Sheet of a month"), "caption"))
        column.addWidget(self.month)
        column.addWidget(self.sheet)
        column.addStretch(1)

    def show_overview(self, overview: ControlOverview) -> None:
        """Show the instruments, and how the shown one stands."""
        unknown = self.tr("Not known")
        for box, names in ((self.instrument, overview.instruments), (self.month, overview.months)):
            before = box.currentData()
            box.clear()
            for name in names:
                box.addItem(unknown if name == NOT_KNOWN else name, name)
            box.setCurrentIndex(max(0, box.findData(before)))
            box.setEnabled(bool(names))
        self.instrument.setCurrentIndex(self.instrument.findData(overview.instrument))
        self.sheet.setEnabled(bool(overview.months))
        self.standing.setText(self._standing(overview))
        self.last.setText(self._last(overview))

    def _standing(self, overview: ControlOverview) -> str:
        broken = [one.title for one in overview.charts if one.broken]
        if broken:
            return self.tr("Out of control: {0}").format(", ".join(broken))
        if not overview.runs:
            return self.tr("Nothing was measured yet.")
        if any(one.mean is None for one in overview.charts):
            return self.tr("The first runs are gathered that limits are set from.")
        return self.tr("In control")

    def _last(self, overview: ControlOverview) -> str:
        if not overview.runs:
            return self.tr("Put the control slide under the microscope, and measure at least three fields of it.")
        newest = overview.runs[0]
        at = newest.run.at.astimezone()
        when = f"{at:%H:%M}" if at.date() == datetime.now().astimezone().date() else ""
        told = self.tr("Measured today at {0}.").format(when) if when else (
            self.tr("Not measured today; last on {0}.").format(f"{at:%Y-%m-%d}")
        )  # fmt: skip
        return f"{told} {newest.who}"
