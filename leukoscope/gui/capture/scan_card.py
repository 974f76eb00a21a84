"""The card that orders a scan: how many fields, in which order, how focus is found, and how far it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFormLayout, QHBoxLayout, QSpinBox, QWidget

from leukoscope.gui.widgets.buttons import ComboBox, PushButton
from leukoscope.gui.widgets.floating_card import FloatingCard
from leukoscope.gui.widgets.text import label

if TYPE_CHECKING:
    from leukoscope.workflow.scanning import ScanOrder, ScanStep

WIDTH = 340
MOST = 1000
ROWS, SPIRAL = "rows", "spiral"


class ScanCard(FloatingCard):
    """What is to be scanned, and how far the scan is.

    Signals
    -------
    start_wanted(object)
        A ScanOrder.
    cancel_wanted()
        A person wants the scan to end.
    """

    start_wanted = Signal(object)
    cancel_wanted = Signal()

    def __init__(self) -> None:
        super().__init__(self.tr("Scan fields"), self.tr("Close; a scan under way goes on"))
        self.setFixedWidth(WIDTH)
        self.fields, self.overlap = _spin(1, MOST, 9), _spin(0, 90, 20, " %")
        self.every, self.reach = _spin(0, MOST, 3), _spin(1, 1000, 8, " µm")
        self.every.setSpecialValueText(self.tr("never"))
        self.shape = ComboBox()
        self.shape.addItem(self.tr("Row after row"), ROWS)
        self.shape.addItem(self.tr("Spiral outwards"), SPIRAL)
        form = QFormLayout()
        form.setVerticalSpacing(6)
        self._rows: tuple[QWidget, ...] = (self.fields, self.shape, self.overlap, self.every, self.reach)
        words = (
            self.tr("Fields"), self.tr("Order"), self.tr("Overlap"), self.tr("Focus at each nth field"),
            self.tr("Focus range, each way"),
        )  # fmt: skip
        for word, widget in zip(words, self._rows, strict=True):
            name = label(word, "small", wrap=True)
            name.setMinimumHeight(32)
            name.setBuddy(widget)
            widget.setAccessibleName(word)
            form.addRow(name, widget)
        self.said = label("", "muted", wrap=True)
        self.said.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.said.setMinimumHeight(3 * self.said.fontMetrics().lineSpacing())
        self.start, self.cancel = PushButton(self.tr("Scan"), "primary"), PushButton(self.tr("Cancel"))
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addWidget(self.start, 1)
        buttons.addWidget(self.cancel, 1)
        self.column.addLayout(form)
        self.column.addWidget(self.said)
        self.column.addLayout(buttons)
        self.start.clicked.connect(lambda: self.start_wanted.emit(self.order()))
        self.cancel.clicked.connect(self.cancel_wanted)
        self.show_running(on=False)
        self.say("")

    def order(self) -> ScanOrder:
        """What a person has set."""
        from leukoscope.sources.scan_plan import ScanShape
        from leukoscope.workflow.scanning import ScanOrder

        shape = ScanShape(self.shape.currentData())
        return ScanOrder(
            self.fields.value(), shape, self.overlap.value() / 100, self.every.value(), float(self.reach.value())
        )

    def show_running(self, *, on: bool) -> None:
        """Whether a scan is under way: then only its end can be wanted."""
        for widget in (*self._rows, self.start):
            widget.setEnabled(not on)
        self.cancel.setEnabled(on)

    def show_step(self, step: ScanStep) -> None:
        """How far it is."""
        words = self.tr("{0} of {1} fields are taken.").format(step.taken, step.fields)
        if step.is_focusing:
            words += " " + self.tr("Finding focus …")
        if step.unfocused:
            words += " " + self.tr("At {0} nothing was sharper than the rest.").format(step.unfocused)
        self.said.setText(words)

    def say(self, words: str) -> None:
        """Say how it ended; what a scan is, before there was one."""
        self.said.setText(words or self.tr("Begins around where the stage stands, and goes back there."))


def _spin(least: int, most: int, value: int, unit: str = "") -> QSpinBox:
    made = QSpinBox()
    made.setButtonSymbols(QSpinBox.ButtonSymbols.NoButtons)
    made.setMinimumHeight(32)
    made.setRange(least, most)
    made.setValue(value)
    made.setSuffix(unit)
    return made
