"""The card in which a person sets the scale: a line over a stage micrometer, or objective and camera."""

from __future__ import annotations

from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import QDoubleSpinBox, QHBoxLayout, QLineEdit, QStackedWidget, QVBoxLayout, QWidget

from leukoscope.domain.errors import SettingsError
from leukoscope.domain.objectives import Objective, ScaleWay, computed_scale, measured_scale
from leukoscope.gui.language import said
from leukoscope.gui.widgets.buttons import CheckBox, PushButton, Segmented
from leukoscope.gui.widgets.floating_card import MARGIN, FloatingCard
from leukoscope.gui.widgets.text import label

RED_CELL_UM = 7.5
"""Diameter of a red cell: the check that every smear carries."""
WIDEST = 560
"""Over an image, in device-independent pixels: the rest of it stays free for the line."""


class ScaleForm(FloatingCard):
    """Asks for a scale and says what it means before it is kept; floats over an image, or stands among settings.

    Signals
    -------
    kept(object, bool)
        An Objective to keep and use; whether the images of this case are to have its scale too.
    closed()
        The form was left; inherited.
    measuring(bool)
        Whether the mouse is to draw a line on the image.
    """

    kept = Signal(object, bool)
    measuring = Signal(bool)

    def __init__(self) -> None:
        super().__init__(self.tr("Set the scale"), self.tr("Close"))
        self.way = Segmented(self.tr("How the scale is found"))
        self.way.set_choices(
            [
                (ScaleWay.MEASURED.value, self.tr("Stage micrometer")),
                (ScaleWay.COMPUTED.value, self.tr("Objective and camera")),
            ]
        )
        self.line_px = self._number(0.0, 100_000.0, 1, " px", self.tr("Length of the line in pixels"), 0.0)
        self.line_um = self._number(1.0, 100_000.0, 1, " µm", self.tr("What the line spans"), 100.0)
        self.pixel_um = self._number(0.1, 50.0, 2, " µm", self.tr("Side of a camera pixel"), 3.45)
        self.magnification = self._number(1.0, 200.0, 1, "×", self.tr("Objective"), 100.0)
        self.adapter = self._number(0.05, 10.0, 2, "×", self.tr("Camera adapter"), 1.0)
        self.name = QLineEdit()
        self.name.setMaxLength(60)
        self.name.setPlaceholderText(self.tr("100× oil"))
        self.name.setAccessibleName(self.tr("Name of the objective"))
        self.also_case = CheckBox(self.tr("Also for the images of this case"))
        self.also_case.setChecked(True)
        self.result = label("", "heading")
        self.hint = label("", "muted", wrap=True)
        self.keep = PushButton(self.tr("Keep and use"), "primary", "check")
        self._ways = QStackedWidget()
        self._lay_out()
        self._connect()
        self._refresh()

    def _number(self, low: float, high: float, digits: int, suffix: str, name: str, value: float) -> QDoubleSpinBox:
        box = QDoubleSpinBox()
        box.setRange(low, high)
        box.setDecimals(digits)
        box.setSuffix(suffix)
        box.setAccessibleName(name)
        box.setToolTip(name)
        box.setValue(value)
        box.setMinimumSize(100, 32)
        box.setButtonSymbols(QDoubleSpinBox.ButtonSymbols.NoButtons)
        return box

    def _lay_out(self) -> None:
        measured, computed = QWidget(), QWidget()
        for widget, parts in (
            (measured, ((self.tr("Line"), self.line_px), (self.tr("spans"), self.line_um))),
            (
                computed,
                (
                    (self.tr("Camera pixel"), self.pixel_um),
                    (self.tr("Objective"), self.magnification),
                    (self.tr("Adapter"), self.adapter),
                ),
            ),
        ):
            row = QHBoxLayout(widget)
            row.setContentsMargins(0, 0, 0, 0)
            row.setSpacing(12)
            for text, box in parts:
                column = QVBoxLayout()
                column.setSpacing(4)
                column.addWidget(label(text, "small"))
                column.addWidget(box)
                row.addLayout(column)
            self._ways.addWidget(widget)
        named = QVBoxLayout()
        named.setSpacing(4)
        named.addWidget(label(self.tr("Name"), "small"))
        named.addWidget(self.name)
        numbers = QHBoxLayout()
        numbers.setSpacing(16)
        numbers.addWidget(self._ways)
        numbers.addLayout(named, 1)
        top = QHBoxLayout()
        top.addWidget(self.way)
        top.addStretch(1)
        top.addWidget(self.result)
        last = QHBoxLayout()
        last.setSpacing(8)
        last.addWidget(self.also_case)
        last.addStretch(1)
        last.addWidget(self.keep)
        column = QVBoxLayout()
        column.setContentsMargins(4, 0, 10, 4)
        column.setSpacing(10)
        column.addLayout(top)
        column.addLayout(numbers)
        column.addWidget(self.hint)
        column.addLayout(last)
        self.column.addLayout(column)

    def fit_into(self, room: QSize) -> None:
        """Leave the image room beside the card."""
        self.setFixedWidth(max(min(WIDEST, room.width() - 2 * MARGIN), 1))

    def _connect(self) -> None:
        self.way.chosen.connect(self._way_chosen)
        for box in (self.line_px, self.line_um, self.pixel_um, self.magnification, self.adapter):
            box.valueChanged.connect(lambda _value: self._refresh())
        self.name.textChanged.connect(lambda _text: self._refresh())
        self.name.returnPressed.connect(self.keep.click)
        self.keep.clicked.connect(self._keep)

    def begin(self, has_image: bool) -> None:
        """Show the form afresh; without an image only objective and camera can be given."""
        self.line_px.setValue(0.0)
        self.also_case.setVisible(has_image)
        self.way.choose(ScaleWay.MEASURED.value if has_image else ScaleWay.COMPUTED.value)
        self.way.setVisible(has_image)
        self._way_chosen(self.way.choice)
        self.setVisible(True)
        self.name.setFocus()

    def show_line(self, length_px: float) -> None:
        """Take the length of the line that is drawn."""
        self.line_px.setValue(length_px)

    @property
    def scale(self) -> float:
        """Micrometers for one pixel.

        Raises
        ------
        SettingsError
            With the sentence why there is none yet.
        """
        if self.way.choice == ScaleWay.MEASURED.value:
            return measured_scale(self.line_um.value(), self.line_px.value())
        return computed_scale(self.pixel_um.value(), self.magnification.value(), self.adapter.value())

    def _way_chosen(self, way: str) -> None:
        measured = way == ScaleWay.MEASURED.value
        self._ways.setCurrentIndex(0 if measured else 1)
        self.measuring.emit(measured)
        self._refresh()

    def _refresh(self) -> None:
        try:
            scale = self.scale
        except SettingsError as error:
            drawn = self.way.choice != ScaleWay.MEASURED.value or self.line_px.value() > 0
            first = self.tr("Draw a line over the stage micrometer in the image; Shift keeps it straight.")
            self.result.setText("–")
            self.hint.setText(said(error.message) if drawn else first)
            self.keep.setEnabled(False)
            return
        self.result.setText(self.tr("{0} µm/px").format(f"{scale:.4g}"))
        self.hint.setText(
            self.tr("Check it: a red cell is then about {0} pixels wide.").format(round(RED_CELL_UM / scale))
            if self.name.text().strip()
            else self.tr("Give the objective a name to keep this scale.")
        )
        self.keep.setEnabled(bool(self.name.text().strip()))

    def _keep(self) -> None:
        one = Objective(self.name.text().strip(), self.scale, ScaleWay(self.way.choice))
        self.kept.emit(one, self.also_case.isChecked() and self.also_case.isVisibleTo(self))
