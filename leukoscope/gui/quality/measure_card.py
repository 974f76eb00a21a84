"""Measuring a control slide: of which instrument, from files or from the camera, with progress and a way to stop."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QLineEdit, QWidget

from leukoscope.gui.quality.card import Card, WorkBar
from leukoscope.gui.quality.control_camera import ControlCamera
from leukoscope.gui.widgets.buttons import ComboBox, PushButton
from leukoscope.gui.widgets.text import label

LONGEST_NAME, LONGEST_NOTE = 80, 500
NAME_WIDTH = 320


class MeasureCard(Card):
    """Asks what a control run needs.

    Signals
    -------
    files_wanted(), folder_wanted()
        Measure image files, or those of a folder.
    back_wanted()
        Show the charts.
    """

    files_wanted = Signal()
    folder_wanted = Signal()
    back_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.instrument, self.note = ComboBox(), QLineEdit()
        self.files = PushButton(self.tr("Image files…"), "", "open")
        self.folder = PushButton(self.tr("Folder…"), "", "folder")
        self.camera, self.work = ControlCamera(), WorkBar()
        self.back = PushButton(self.tr("Back to the charts"), "flat", "previous")
        self._lay_out()
        self.files.clicked.connect(self.files_wanted)
        self.folder.clicked.connect(self.folder_wanted)
        self.back.clicked.connect(self.back_wanted)

    def _lay_out(self) -> None:
        about = self.tr(
            "Put the control slide under the microscope, with the objective and the settings that cases are taken "
            "with. Three fields at least, better five; each figure is the median of them."
        )
        self.begin(self.tr("Measure control slide"), about)
        self.instrument.setEditable(True)
        self.instrument.setMinimumWidth(NAME_WIDTH)
        self.instrument.setAccessibleName(self.tr("Microscope: camera and objective"))
        line = self.instrument.lineEdit()
        if line is not None:
            line.setMaxLength(LONGEST_NAME)
            line.setPlaceholderText("Basler 100x")
            line.setAccessibleName(self.tr("Microscope: camera and objective"))
        self.note.setMaxLength(LONGEST_NOTE)
        self.note.setMinimumWidth(NAME_WIDTH)
        self.note.setAccessibleName(self.tr("Note"))
        self.note.setPlaceholderText(self.tr("May be empty: new lamp, slide 3"))
        grid = QGridLayout()
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(12)
        grid.setColumnStretch(2, 1)
        for row, (text, widget) in enumerate(
            ((self.tr("Camera and objective"), self.instrument), (self.tr("Note"), self.note))
        ):
            grid.addWidget(label(text), row, 0)
            grid.addWidget(widget, row, 1)
        self.column.addLayout(grid)
        self.column.addWidget(label(self.tr("From images: choose them, or drop them here"), "caption"))
        self.add_row(self.files, self.folder)
        self.column.addWidget(label(self.tr("From the camera"), "caption"))
        self.column.addWidget(self.camera)
        self.column.addWidget(self.work)
        self.add_row(self.back)
        self.column.addStretch(1)

    @property
    def name(self) -> str:
        """Camera and objective, as they were chosen or written."""
        return self.instrument.currentText().strip()

    def show_instruments(self, names: tuple[str, ...], shown: str) -> None:
        """Offer these instruments; what a person has written stays."""
        before = self.name
        self.instrument.clear()
        self.instrument.addItems(names)
        self.instrument.setEditText(before or shown)

    def set_busy(self, busy: bool) -> None:
        """A control slide is being measured, or no longer."""
        for part in (self.instrument, self.note, self.files, self.folder):
            part.setEnabled(not busy)
        self.camera.set_busy(busy)
        if busy:
            self.message.hide()
            self.work.begin(self.tr("Measuring the control slide"))
        else:
            self.work.hide()

    def show_step(self, done: int, total: int) -> None:
        """Show how far it is."""
        self.work.show_step(self.tr("{0} of {1} fields").format(done, total), done, total)

    def measured(self) -> None:
        """A run is kept: the next one begins with nothing."""
        self.note.clear()
        self.camera.forget()
