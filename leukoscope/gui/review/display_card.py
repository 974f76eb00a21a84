"""The card with which a person changes how images are shown."""

from __future__ import annotations

import math
from dataclasses import replace

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QSlider

from leukoscope.domain.display import STRONGEST, DisplayChange
from leukoscope.gui.widgets.buttons import PushButton
from leukoscope.gui.widgets.floating_card import FloatingCard
from leukoscope.gui.widgets.text import label

GAMMA_STEPS = 50
"""Of the slider, until gamma has doubled."""
WIDTH = 300


class DisplayCard(FloatingCard):
    """Brightness, contrast, gamma and white, and the way back.

    Signals
    -------
    changed(object)
        A DisplayChange.
    white_wanted(bool)
        Whether the next click on the image chooses the place that becomes neutral.
    """

    changed = Signal(object)
    white_wanted = Signal(bool)

    def __init__(self) -> None:
        super().__init__(self.tr("Display"), self.tr("Close; the display stays changed"))
        self.setFixedWidth(WIDTH)
        self._change = DisplayChange()
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(8)
        self._grid.setVerticalSpacing(0)
        self.brightness, self._brightness = self._row(self.tr("Brightness"), STRONGEST)
        self.contrast, self._contrast = self._row(self.tr("Contrast"), STRONGEST)
        self.gamma, self._gamma = self._row(self.tr("Gamma"), round(1.6 * GAMMA_STEPS))
        self.white = PushButton(self.tr("Set white"))
        self.white.setCheckable(True)
        self.white.setToolTip(self.tr("Then click on empty glass: that place becomes neutral"))
        self.reset = PushButton(self.tr("Reset"), "", "undo")
        self.reset.setToolTip(self.tr("Show images as they are"))
        self.hint = label("", "small", wrap=True)
        self.column.addLayout(self._grid)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        for button in (self.white, self.reset):
            buttons.addWidget(button, 1)
        self.column.addLayout(buttons)
        self.column.addWidget(self.hint)
        self.white.toggled.connect(self._white)
        self.reset.clicked.connect(self._reset)
        self._white(False)
        self.show_change(self._change)

    def _row(self, name: str, most: int) -> tuple[QSlider, QLabel]:
        slider, value, row = QSlider(Qt.Orientation.Horizontal), label("", "small"), self._grid.rowCount()
        slider.setRange(-most, most)
        slider.setSingleStep(5)
        slider.setAccessibleName(name)
        slider.setToolTip(name)
        value.setFixedWidth(36)
        value.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        slider.valueChanged.connect(self._moved)
        for column, widget in enumerate((label(name, "small"), slider, value)):
            self._grid.addWidget(widget, row, column)
        return slider, value

    @property
    def change(self) -> DisplayChange:
        """What it shows."""
        return self._change

    def show_change(self, change: DisplayChange) -> None:
        """Show another change without telling."""
        self._change = change
        for slider, value in (
            (self.brightness, change.brightness),
            (self.contrast, change.contrast),
            (self.gamma, round(GAMMA_STEPS * math.log2(change.gamma))),
        ):
            with QSignalBlocker(slider):
                slider.setValue(value)
        self._brightness.setText(f"{change.brightness:+d}" if change.brightness else "0")
        self._contrast.setText(f"{change.contrast:+d}" if change.contrast else "0")
        self._gamma.setText(f"{change.gamma:.2f}")
        self.reset.setEnabled(not change.is_neutral)

    def _moved(self) -> None:
        gamma = round(2 ** (self.gamma.value() / GAMMA_STEPS), 2)
        self._tell(
            replace(self._change, brightness=self.brightness.value(), contrast=self.contrast.value(), gamma=gamma)
        )

    def _reset(self) -> None:
        self.white.setChecked(False)
        # Before the button is held: else the keyboard would go elsewhere.
        self.brightness.setFocus()
        self._tell(DisplayChange())

    def _tell(self, change: DisplayChange) -> None:
        self.show_change(change)
        self.changed.emit(change)

    def _white(self, on: bool) -> None:
        self.say("")
        self.white_wanted.emit(on)

    def say(self, words: str) -> None:
        """Say something of the place that was clicked; empty for what always holds."""
        usual = (
            self.tr("Click on empty glass in the image; Escape leaves it.")
            if self.white.isChecked()
            else self.tr("Only the display changes: what is judged, exported and reported stays as it is.")
        )
        self.hint.setText(words or usual)
