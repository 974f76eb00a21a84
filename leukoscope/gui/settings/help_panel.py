"""Where help is found, on the settings page."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QWidget

from leukoscope.gui.widgets.buttons import PushButton


class HelpPanel(QWidget):
    """Four buttons."""

    tour_wanted = Signal()
    keys_wanted = Signal()
    about_wanted = Signal()
    report_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(10)
        for place, (text, name, signal) in enumerate(
            (
                (self.tr("All keys"), "help", self.keys_wanted),
                (self.tr("Take the tour"), "tour", self.tour_wanted),
                (self.tr("Save fault report…"), "warning", self.report_wanted),
                (self.tr("About LeukoScope"), "info", self.about_wanted),
            )
        ):
            button = PushButton(text, "", name)
            button.clicked.connect(signal)
            grid.addWidget(button, place // 2, place % 2)
        grid.setColumnStretch(2, 1)
