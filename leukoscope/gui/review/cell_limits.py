"""A button that unfolds limits for the gallery: this image only, probability from and to, size from and to."""

from __future__ import annotations

import math

from PySide6.QtCore import QPoint, QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QDoubleSpinBox, QFrame, QGridLayout, QWidget

from leukoscope.gui.widgets.buttons import CheckBox, IconButton, PushButton
from leukoscope.gui.widgets.text import label, line
from leukoscope.workflow.cell_choice import CellLimits

OPEN_UM, OPEN_PX = 100.0, 2000.0
"""The highest number of the size boxes stands for no limit."""


class LimitsButton(IconButton):
    """Shows by being checked that limits hold; ``changed`` tells that they are others."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("filter", "", parent=parent)
        self.setCheckable(True)
        self._frame_id = 0
        self._unit = "µm"
        self.panel = QFrame(self, Qt.WindowType.Popup)
        self.panel.setObjectName("popup")
        self.only_shown = CheckBox(self.tr("Only the image shown"))
        self.low, self.high = (
            self._probability(0.0, self.tr("Lowest probability of leukemic")),
            self._probability(1.0, self.tr("Highest probability of leukemic")),
        )
        self.small, self.large = self._size(self.tr("Smallest size")), self._size(self.tr("Largest size"))
        self.reset = PushButton(self.tr("No limits"))
        self._lay_out()
        self._set_unit("µm", OPEN_UM)
        self._say()
        self.clicked.connect(self._unfold)
        self.only_shown.toggled.connect(self._limits_changed)
        for box in (self.low, self.high, self.small, self.large):
            box.valueChanged.connect(self._limits_changed)
        self.reset.clicked.connect(self._reset_clicked)

    # Building --------------------------------------------------------------------------------------------------

    @staticmethod
    def _probability(value: float, name: str) -> QDoubleSpinBox:
        """From 0 to 1, as every probability on the screen and in the report."""
        box = QDoubleSpinBox()
        box.setDecimals(2)
        box.setRange(0.0, 1.0)
        box.setSingleStep(0.05)
        box.setValue(value)
        box.setAccessibleName(name)
        return box

    @staticmethod
    def _size(name: str) -> QDoubleSpinBox:
        box = QDoubleSpinBox()
        box.setAccessibleName(name)
        return box

    def _lay_out(self) -> None:
        grid = QGridLayout(self.panel)
        grid.setContentsMargins(16, 12, 16, 16)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(8)
        grid.addWidget(self.only_shown, 0, 0, 1, 4, Qt.AlignmentFlag.AlignLeft)
        grid.addWidget(line(), 1, 0, 1, 4)
        self._size_words = label("", "small")
        for row, words, low, high in (
            (2, label(self.tr("Probability of leukemic"), "small"), self.low, self.high),
            (3, self._size_words, self.small, self.large),
        ):
            grid.addWidget(words, row, 0)
            grid.addWidget(low, row, 1)
            grid.addWidget(label(self.tr("to"), "small"), row, 2)
            grid.addWidget(high, row, 3)
            for box in (low, high):
                box.setMinimumSize(92, 32)
                box.setKeyboardTracking(False)
                box.setButtonSymbols(QDoubleSpinBox.ButtonSymbols.NoButtons)
        grid.addWidget(self.reset, 4, 0, 1, 4, Qt.AlignmentFlag.AlignRight)

    # What holds ------------------------------------------------------------------------------------------------

    @property
    def chosen(self) -> CellLimits:
        """The limits; a lower one above its upper one leaves nothing."""
        top = math.inf if self.large.value() >= self.large.maximum() else self.large.value()
        return CellLimits(
            self._frame_id if self.only_shown.isChecked() else 0,
            (self.low.value(), self.high.value()),
            (self.small.value(), top),
            self._unit == "µm",
        )

    def set_frame(self, frame_id: int) -> bool:
        """Say which image is shown; true when that changes what is chosen."""
        before, self._frame_id = self._frame_id, frame_id
        return self.only_shown.isChecked() and before != frame_id

    def set_calibrated(self, calibrated: bool) -> bool:
        """Sizes are in µm where the scale of an image is known, else in pixels; true when a limit is gone with that."""
        if calibrated == (self._unit == "µm"):
            return False
        before = self.chosen.side
        self._set_unit(*(("µm", OPEN_UM) if calibrated else ("px", OPEN_PX)))
        self._say()
        return before != self.chosen.side

    def clear(self) -> None:
        """No limits, without telling."""
        boxes = (self.only_shown, self.low, self.high, self.small, self.large)
        blockers = [QSignalBlocker(box) for box in boxes]
        self.only_shown.setChecked(False)
        self.low.setValue(0)
        self.high.setValue(1.0)
        self.small.setValue(0)
        self.large.setValue(self.large.maximum())
        del blockers
        self._say()

    def _set_unit(self, unit: str, top: float) -> None:
        self._unit = unit
        for box in (self.small, self.large):
            with QSignalBlocker(box):
                box.setDecimals(1 if unit == "µm" else 0)
                box.setRange(0, top)
                box.setSuffix(f" {unit}")
        with QSignalBlocker(self.small), QSignalBlocker(self.large):
            self.small.setValue(0)
            self.large.setValue(top)
        self._size_words.setText(self.tr("Longer side of the cell"))

    def _say(self) -> None:
        limited = not self.chosen.is_open
        self.setChecked(limited)
        words = self.tr("Limits hold: fewer cells are shown") if limited else self.tr("Limit the cells that are shown")
        self.setToolTip(words)
        self.setAccessibleName(words)
        self.reset.setEnabled(limited)

    # What a person does ----------------------------------------------------------------------------------------

    def _unfold(self) -> None:
        self._say()
        self.panel.adjustSize()
        corner = self.mapToGlobal(QPoint(self.width() - self.panel.width(), self.height() + 2))
        room = self.screen().availableGeometry()
        if corner.y() + self.panel.height() > room.bottom():
            corner.setY(self.mapToGlobal(QPoint(0, 0)).y() - self.panel.height() - 2)
        self.panel.move(max(corner.x(), room.left()), corner.y())
        self.panel.show()
        self.only_shown.setFocus()

    def _limits_changed(self) -> None:
        self._say()
        self.changed.emit()

    def _reset_clicked(self) -> None:
        self.clear()
        self.changed.emit()
