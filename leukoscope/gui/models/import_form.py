"""Your own model: its file, what its classes mean, how cells are fed to it; tried first, then imported."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

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

from leukoscope.domain.feeding import Feeding
from leukoscope.gui.models.class_step import ClassStep
from leukoscope.gui.models.feeding_step import FeedingStep
from leukoscope.gui.models.feeding_words import step_words
from leukoscope.gui.places import start_of
from leukoscope.gui.widgets.buttons import ComboBox, PushButton
from leukoscope.gui.widgets.message_bar import MessageBar
from leukoscope.gui.widgets.styled_size import measure_when_styled
from leukoscope.gui.widgets.text import label

if TYPE_CHECKING:
    from leukoscope.inference.input_schema import FeedingTrial
    from leukoscope.inference.proposal.tried import Proposal

SUFFIXES = "*.keras *.h5 *.hdf5 *.json *.yaml *.yml *.zip *.onnx *.tflite *.pb"


@dataclass(frozen=True)
class ModelWish:
    """Which model is meant: file, meaning of its figures, name (``None``: of the file), output, and version before."""

    file: Path
    classes: tuple[str, ...]
    name: str | None
    output: str = ""
    follows: str = ""


@dataclass(frozen=True)
class TrialWish:
    """Try ways of feeding a model, on cells of a folder or (``None``) drawn ones; what is ``pinned`` is not tried."""

    model: ModelWish
    labeled: Path | None
    pinned: Mapping[str, Any]


@dataclass(frozen=True)
class ImportWish:
    """Import a model fed so; the trial is kept with it."""

    model: ModelWish
    feeding: Feeding
    tried: FeedingTrial | None


class ImportForm(QFrame):
    """Asks what an import needs.

    Signals
    -------
    trial_wanted(TrialWish), import_wanted(ImportWish)
        What a person wants.
    file_chosen(str)
        Another file is named: what is in it is to be looked at.
    stop_wanted(), closed()
        Stop what is under way; the form was closed.
    """

    trial_wanted = Signal(object)
    import_wanted = Signal(object)
    file_chosen = Signal(str)
    stop_wanted = Signal()
    closed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("card")
        self._working = False
        self.file, self.name = QLineEdit(), QLineEdit()
        self.classes = ClassStep()
        self.follows = ComboBox()
        self.feeding = FeedingStep()
        self._follows_title = label(self.tr("New version of"))
        self.follows.setAccessibleName(self.tr("New version of"))
        self.follows.setToolTip(self.tr("Both stay side by side, and either can judge"))
        self.show_models(())
        self.message = MessageBar()
        self._choose = PushButton(self.tr("Choose file…"), "", "open")
        self.attempt = PushButton(self.tr("Try the ways"), "", "again")
        self.attempt.setToolTip(self.tr("Feed the model in each way and see which tells leukemic from healthy cells"))
        self.start = PushButton(self.tr("Import"), "primary", "import")
        self.leave = PushButton(self.tr("Close"), "flat")
        self._stop = PushButton(self.tr("Stop"), "flat", "stop")
        self._bar, self._step = QProgressBar(), label("", "muted", wrap=True)
        self._lay_out()
        self._connect()
        self.set_working(False)

    def _connect(self) -> None:
        self._choose.clicked.connect(self._choose_file)
        self.attempt.clicked.connect(self._try)
        self.start.clicked.connect(self._start)
        self._stop.clicked.connect(self.stop_wanted)
        self.leave.clicked.connect(self.closed)
        self.file.textChanged.connect(self._file_changed)
        # Other classes: what was tried was of something else.
        self.classes.changed.connect(self.feeding.changed)
        self.feeding.changed.connect(self._set_start)

    def _lay_out(self) -> None:
        self.file.setPlaceholderText(self.tr("A file that Keras saved, an exported folder, .onnx, .tflite or .pb"))
        self.file.setAccessibleName(self.tr("Model file"))
        self.name.setPlaceholderText(self.tr("From the file name"))
        self.name.setAccessibleName(self.tr("Name of the model"))
        self._bar.setTextVisible(False)
        grid = QGridLayout()
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(10)
        grid.setColumnStretch(1, 1)
        file_row = QHBoxLayout()
        file_row.setSpacing(8)
        file_row.addWidget(self.file, 1)
        file_row.addWidget(self._choose)
        grid.addWidget(label(self.tr("Model file")), 0, 0)
        grid.addLayout(file_row, 0, 1)
        grid.addWidget(label(self.tr("Name")), 1, 0)
        grid.addWidget(self.name, 1, 1)
        grid.addWidget(self._follows_title, 2, 0)
        grid.addWidget(self.follows, 2, 1, Qt.AlignmentFlag.AlignLeft)
        buttons = QHBoxLayout()
        for one in (self.attempt, self.start, self._stop):
            buttons.addWidget(one)
        buttons.addWidget(self._step, 100)
        buttons.addStretch(1)
        buttons.addWidget(self.leave)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 16, 24, 20)
        column.setSpacing(10)
        column.addWidget(label(self.tr("Import your own model"), "heading"))
        words = self.tr(
            "The file is checked before anything of it runs, compiled in a process of its own, compared with "
            "the original on probe pictures, and only then installed."
        )
        column.addWidget(label(words, "muted", wrap=True))
        column.addLayout(grid)
        measure_when_styled(self, lambda: _align(grid, self.classes.grid, self.feeding.grid))
        column.addWidget(self.classes)
        column.addWidget(self.feeding)
        column.addWidget(self.message)
        column.addWidget(self._bar)
        column.addLayout(buttons)

    def show_models(self, names: Sequence[str]) -> None:
        """Offer the imported models as versions before this one; nothing is asked where there are none."""
        before = self.follows.currentData()
        self.follows.clear()
        self.follows.addItem(self.tr("No other model"), "")
        for name in names:
            self.follows.addItem(name, name)
        self.follows.setCurrentIndex(max(0, self.follows.findData(before)))
        for one in (self._follows_title, self.follows):
            one.setVisible(bool(names))

    def set_working(self, working: bool) -> None:
        """Show the form, or the steps of what is under way."""
        self._working = working
        asked: tuple[QWidget, ...] = (
            self.file,
            self.name,
            self.follows,
            self.classes,
            self._choose,
            self.attempt,
            self.leave,
        )
        for one in asked:
            one.setEnabled(not working)
        self.feeding.set_asking(not working)
        shown: tuple[QWidget, ...] = (self._bar, self._step, self._stop)
        for one in shown:
            one.setVisible(working)
        self._set_start()
        if working:
            self._bar.setRange(0, 0)
            self._step.setText(self.tr("Starting"))
            self._stop.setFocus()

    def _set_start(self) -> None:
        tried = self.feeding.ways.proposal is not None
        self.start.setEnabled(tried and not self._working)
        self.start.setToolTip("" if tried else self.tr("Try the ways first: then it is known how cells are fed"))

    def show_step(self, text: str, done: int, total: int) -> None:
        """Show which step is under way."""
        self._bar.setRange(0, total)
        self._bar.setValue(done)
        words = step_words(text)
        self._step.setText(f"{words} ({done}/{total})" if total else words)

    def _file_changed(self) -> None:
        # What was tried, and how many figures there are, was of another file.
        self.classes.show_heads(())
        self.feeding.changed.emit()
        self.file_chosen.emit(self.file.text().strip())

    def show_proposal(self, proposal: Proposal) -> None:
        """Show what trying came to; the keyboard goes to the list."""
        self.feeding.ways.show_proposal(proposal)
        self._set_start()
        self.feeding.ways.table.setFocus()

    def forget(self) -> None:
        """Begin anew, once a model is installed."""
        self.file.clear()
        self.name.clear()

    @property
    def step_text(self) -> str:
        """The step shown."""
        return self._step.text()

    def _choose_file(self) -> None:
        start = start_of(self, str(Path(self.file.text()).parent) if self.file.text() else "")
        models = self.tr("Models ({0})").format(SUFFIXES)
        chosen, _ = QFileDialog.getOpenFileName(self, self.tr("Choose a model"), start, models)
        if chosen:
            self.file.setText(chosen)

    def _wish(self) -> ModelWish:
        name = self.name.text().strip() or None
        said = self.classes
        follows = str(self.follows.currentData() or "")
        return ModelWish(Path(self.file.text().strip()), said.classes, name, said.wanted_output, follows)

    def _try(self) -> None:
        if not self.file.text().strip():
            self.message.warn(self.tr("Choose the model file first."))
            self.file.setFocus()
            return
        if self.classes.lacks:
            self.message.warn(self.classes.lacks)
            self.classes.focus_lacking()
            return
        if self.feeding.lacks_folder:
            self.message.warn(self.tr("Choose the folder of labeled cells first, or take drawn cells."))
            self.feeding.folder.setFocus()
            return
        self.message.hide()
        self.feeding.changed.emit()
        self.set_working(True)
        self.trial_wanted.emit(TrialWish(self._wish(), self.feeding.labeled, self.feeding.pinned))

    def _start(self) -> None:
        proposal, way = self.feeding.ways.proposal, self.feeding.ways.chosen
        if proposal is None or way is None:
            return
        self.message.hide()
        self.set_working(True)
        self.import_wanted.emit(ImportWish(self._wish(), way.feeding, proposal.trial_of(way)))


def _align(*grids: QGridLayout) -> None:
    """Let what is asked in several grids stand below each other."""
    items = (grid.itemAtPosition(row, 0) for grid in grids for row in range(grid.rowCount()))
    width = max(item.sizeHint().width() for item in items if item is not None)
    for grid in grids:
        grid.setColumnMinimumWidth(0, width)
