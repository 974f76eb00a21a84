"""What a camera lets a person set: sliders and lists, made from what it tells of itself."""

from __future__ import annotations

import math

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QGridLayout, QSlider, QWidget

from leukoscope.gui.widgets.buttons import CheckBox, ComboBox
from leukoscope.gui.widgets.text import label

TYPE_CHECKING = False
if TYPE_CHECKING:
    from leukoscope.sources.cameras.camera import CameraSetting, SettingName
    from leukoscope.sources.cameras.reader import CameraReader

STEPS = 100


class CameraSettings(QWidget):
    """One row for each setting.

    Signals
    -------
    changed(object, float)
        SettingName and the value that is wanted.
    """

    changed = Signal(object, float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(8)
        self._grid.setVerticalSpacing(4)
        self._grid.setColumnStretch(1, 1)
        self.rows: dict[str, QSlider | ComboBox] = {}
        self.automatic: dict[str, CheckBox] = {}
        self._figures: dict[str, QWidget] = {}
        self._now: dict[str, float] = {}
        self._shape: tuple[object, ...] = ()

    def show_settings(self, settings: tuple[CameraSetting, ...]) -> None:
        """Show what can be set now; the same rows are kept while a person moves them."""
        shape = tuple((one.name, one.low, one.high, one.choices, one.automatic is None) for one in settings)
        if shape != self._shape:
            self._build(settings)
            self._shape = shape
        for one in settings:
            self._show(one)
        self.setVisible(bool(settings))

    def _build(self, settings: tuple[CameraSetting, ...]) -> None:
        while (item := self._grid.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.setParent(None)
                widget.deleteLater()
        self.rows, self._figures, self.automatic = {}, {}, {}
        row = -1
        for one in settings:
            row += 1
            self._grid.addWidget(label(self._word(one.name), "muted"), row, 0)
            if one.choices:
                box = ComboBox()
                box.addItems(list(one.choices))
                box.activated.connect(lambda place, name=one.name: self.changed.emit(name, float(place)))
                self.rows[one.name] = box
                self._grid.addWidget(box, row, 1, 1, 2)
            else:
                slider = QSlider(Qt.Orientation.Horizontal)
                slider.setRange(0, STEPS)
                slider.valueChanged.connect(lambda step, one=one: self.changed.emit(one.name, value_at(one, step)))
                figure = label("", "small")
                figure.setMinimumWidth(48)
                figure.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
                self.rows[one.name], self._figures[one.name] = slider, figure
                self._grid.addWidget(slider, row, 1)
                self._grid.addWidget(figure, row, 2)
            self.rows[one.name].setAccessibleName(self._word(one.name))
            if one.automatic is not None:
                row += 1
                self._grid.addWidget(self._automatic(one), row, 1, 1, 2)

    def _automatic(self, one: CameraSetting) -> CheckBox:
        """A switch below a slider: the camera does it."""
        box = CheckBox(self.tr("Automatic"))
        box.setAccessibleName(f"{self._word(one.name)}: {self.tr('Automatic')}")
        box.setToolTip(self.tr("Let the camera set this by itself"))
        box.clicked.connect(lambda on: self._wish(one.name, on))
        self.automatic[one.name] = box
        return box

    def _wish(self, name: SettingName, automatic: bool) -> None:
        from leukoscope.sources.cameras.camera import AUTOMATIC

        # Switched off, the value stays where the camera has brought it.
        self.changed.emit(name, AUTOMATIC if automatic else self._now[name])

    def _show(self, one: CameraSetting) -> None:
        row = self.rows[one.name]
        self._now[one.name] = one.value
        if one.automatic is not None:
            self.automatic[one.name].setChecked(one.automatic)
            row.setEnabled(not one.automatic)
        with QSignalBlocker(row):
            if isinstance(row, QSlider):
                if not row.isSliderDown() and value_at(one, row.value()) != one.value:
                    row.setValue(step_of(one))
            else:
                row.setCurrentIndex(round(one.value))
        figure = self._figures.get(one.name)
        if figure is not None:
            figure.setText(f"{_short(one.value)} {one.unit}".strip())  # type: ignore[attr-defined]

    def _word(self, name: SettingName) -> str:
        return {
            "exposure": self.tr("Exposure"),
            "gain": self.tr("Gain"),
            "white-balance": self.tr("White"),
            "resolution": self.tr("Resolution"),
            "rate": self.tr("Rate"),
        }[name.value]


def _short(value: float) -> str:
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"


def value_at(one: CameraSetting, step: int) -> float:
    """The value at a slider's step; steps are factors, as light is seen."""
    return float(one.low * (one.high / one.low) ** (step / STEPS))


def step_of(one: CameraSetting) -> int:
    """The slider's step for a value."""
    value = min(max(one.value, one.low), one.high)
    return round(STEPS * math.log(value / one.low) / math.log(one.high / one.low))


def exposure_ms(reader: CameraReader | None) -> float | None:
    """How long a camera exposes, in milliseconds; ``None`` where it does not say so."""
    settings = reader.settings if reader is not None else ()
    return next((one.value for one in settings if one.name.value == "exposure" and one.unit == "ms"), None)
