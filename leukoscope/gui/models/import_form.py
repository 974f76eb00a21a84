"""Your own model: a Keras file, the order of its classes, the pixels it expects; then step by step."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QFileDialog,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QProgressBar,
    QVBoxLayout,
    QWidget,
)

from leukoscope.gui.widgets.buttons import PushButton, Segmented
from leukoscope.gui.widgets.message_bar import MessageBar
from leukoscope.gui.widgets.text import label

SCALINGS = ("0..255", "0..1", "-1..1")
SUFFIXES = "*.keras *.h5 *.hdf5 *.json *.zip *.onnx *.tflite *.pb"


class ImportForm(QFrame):
    """Asks what an import needs.

    Signals
    -------
    import_wanted(object, object, object, str)
        File, classes (output 0, output 1), name or None, scaling.
    stop_wanted(), closed()
        Stop the import; the form was closed.
    """

    import_wanted = Signal(object, object, object, str)
    stop_wanted = Signal()
    closed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("card")
        self.file, self.name = QLineEdit(), QLineEdit()
        self.classes, self.scaling = Segmented(self.tr("Classes")), Segmented(self.tr("Pixels it expects"))
        self.classes.set_choices(
            [
                ("healthy,leukemic", self.tr("0 healthy, 1 leukemic")),
                ("leukemic,healthy", self.tr("0 leukemic, 1 healthy")),
            ]
        )
        self.scaling.set_choices([("0..255", "0…255"), ("0..1", "0…1"), ("-1..1", "−1…1")])
        self.message = MessageBar()
        self._choose = PushButton(self.tr("Choose file…"), "", "open")
        self.start = PushButton(self.tr("Import"), "primary", "import")
        self.leave = PushButton(self.tr("Close"), "flat")
        self._stop = PushButton(self.tr("Stop"), "flat", "stop")
        self._bar, self._step = QProgressBar(), label("", "muted", wrap=True)
        self._lay_out()
        self._choose.clicked.connect(self._choose_file)
        self.start.clicked.connect(self._start)
        self._stop.clicked.connect(self.stop_wanted)
        self.leave.clicked.connect(self.closed)
        self.set_working(False)

    def _lay_out(self) -> None:
        self.file.setPlaceholderText(self.tr("A .keras or .h5 file that Keras 2 or 3 saved"))
        self.file.setAccessibleName(self.tr("Model file"))
        self.name.setPlaceholderText(self.tr("From the file name"))
        self.name.setAccessibleName(self.tr("Name of the model"))
        self._bar.setTextVisible(False)
        grid = QGridLayout()
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(10)
        grid.setColumnStretch(1, 1)
        file_row = QHBoxLayout()
        file_row.addWidget(self.file, 1)
        file_row.addWidget(self._choose)
        left = Qt.AlignmentFlag.AlignLeft
        grid.addWidget(label(self.tr("Model file")), 0, 0)
        grid.addLayout(file_row, 0, 1)
        grid.addWidget(label(self.tr("What its outputs mean")), 1, 0)
        grid.addWidget(self.classes, 1, 1, left)
        grid.addWidget(label(self.tr("Pixels it expects")), 2, 0)
        grid.addWidget(self.scaling, 2, 1, left)
        grid.addWidget(label(self.tr("Name")), 3, 0)
        grid.addWidget(self.name, 3, 1)
        buttons = QHBoxLayout()
        buttons.addWidget(self.start)
        buttons.addWidget(self._stop)
        buttons.addWidget(self._step, 100)
        buttons.addStretch(1)
        buttons.addWidget(self.leave)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 16, 24, 20)
        column.setSpacing(10)
        column.addWidget(label(self.tr("Import your own model"), "heading"))
        column.addWidget(
            label(
                self.tr(
                    "The file is checked before anything of it runs, compiled in a process of its own, compared with "
                    "the original on probe pictures, and only then installed."
                ),
                "muted",
                wrap=True,
            )
        )
        column.addLayout(grid)
        column.addWidget(self.message)
        column.addWidget(self._bar)
        column.addLayout(buttons)

    def set_working(self, working: bool) -> None:
        """Show the form, or the steps of an import under way."""
        asked: tuple[QWidget, ...] = (self.file, self.name, self.classes, self.scaling, self._choose, self.start)
        for one in (*asked, self.leave):
            one.setEnabled(not working)
        shown: tuple[QWidget, ...] = (self._bar, self._step, self._stop)
        for one in shown:
            one.setVisible(working)
        if working:
            self._bar.setRange(0, 0)
            self._step.setText(self.tr("Starting"))

    def show_step(self, text: str, done: int, total: int) -> None:
        """Show which step the import is at."""
        self._bar.setRange(0, total)
        self._bar.setValue(done)
        self._step.setText(f"{text} ({done}/{total})" if total else text)

    @property
    def step_text(self) -> str:
        """The step shown."""
        return self._step.text()

    def _choose_file(self) -> None:
        start = str(Path(self.file.text()).parent) if self.file.text() else ""
        models = self.tr("Models ({0})").format(SUFFIXES)
        chosen, _ = QFileDialog.getOpenFileName(self, self.tr("Choose a model"), start, models)
        if chosen:
            self.file.setText(chosen)

    def _start(self) -> None:
        text = self.file.text().strip()
        if not text:
            self.message.warn(self.tr("Choose the model file first."))
            return
        first, second = self.classes.choice.split(",")
        self.message.hide()
        self.set_working(True)
        self.import_wanted.emit(Path(text), (first, second), self.name.text().strip() or None, self.scaling.choice)
