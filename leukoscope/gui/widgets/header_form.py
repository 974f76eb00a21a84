"""The header of a case as a form that saves itself: number, patient, date of birth, sex, specimen, stain, notes."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from PySide6.QtCore import QEvent, QObject, QTimer, Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLineEdit, QPlainTextEdit, QVBoxLayout, QWidget

from leukoscope.domain.cases import CaseHeader
from leukoscope.domain.patients import FEMALE, MALE, OTHER, UNKNOWN, birth_date_of
from leukoscope.gui.widgets.buttons import ComboBox
from leukoscope.gui.widgets.text import label
from leukoscope.gui.widgets.text_only import text_only

SAVED_AFTER_MS = 500
LINES = ("number", "patient", "patient_id", "birth_date", "specimen", "stain", "operator")


class HeaderForm(QWidget):
    """Edits one header.

    Signals
    -------
    saved(int, object)
        A person has stopped typing or left a field: the case's id and its header.
    finished()
        Enter in a line: nothing more is to be written.
    """

    saved = Signal(int, object)
    finished = Signal()

    def __init__(self, columns: int = 1, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._columns = columns
        self._case_id = 0
        self._header = self.base = CaseHeader("")
        self.fields: dict[str, QLineEdit] = {}
        self.notes = QPlainTextEdit()
        self.sex = self._sexes()
        self._wrong_date = label(self.tr("Write the date as 1960-12-24."), "small", wrap=True)
        self._wrong_date.hide()
        self._wrong = label(self.tr("A case needs a number."), "small", wrap=True)
        self._wrong.hide()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(SAVED_AFTER_MS)
        self._timer.timeout.connect(self._time_passed)
        self._lay_out(columns)

    def _lay_out(self, columns: int) -> None:
        names = {
            "number": self.tr("Case number"),
            "patient": self.tr("Patient"),
            "patient_id": self.tr("Patient number"),
            "birth_date": self.tr("Date of birth"),
            "specimen": self.tr("Specimen"),
            "stain": self.tr("Stain"),
            "operator": self.tr("Operator"),
        }
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(8)
        for place, key in enumerate(LINES):
            line = self._line(key, names[key])
            # Date of birth and sex are short: side by side they take one place of the grid.
            cell = self._side_by_side(line) if key == "birth_date" else line
            grid.addLayout(cell, place // columns, place % columns)
        self.fields["birth_date"].setPlaceholderText("1960-12-24")
        column = self._notes_column()
        if columns > 1:
            self.notes.setFixedHeight(32)
            place = len(LINES) % columns
            grid.addLayout(column, len(LINES) // columns, place, 1, columns - place)
        else:
            grid.addLayout(column, len(LINES), 0)

    def _notes_column(self) -> QVBoxLayout:
        self.notes.setAccessibleName(self.tr("Notes"))
        self.notes.setTabChangesFocus(True)
        self.notes.setMinimumHeight(72)
        self.notes.setMaximumHeight(140)
        self.notes.textChanged.connect(self._typed)
        self.notes.installEventFilter(self)
        text_only(self.notes)
        column = QVBoxLayout()
        column.setSpacing(4)
        column.addWidget(label(self.tr("Notes"), "small"))
        column.addWidget(self.notes)
        return column

    def _sexes(self) -> ComboBox:
        choice = ComboBox()
        choice.setAccessibleName(self.tr("Sex"))
        for code, text in (
            ("", "–"),
            (FEMALE, self.tr("female")),
            (MALE, self.tr("male")),
            (OTHER, self.tr("other")),
            (UNKNOWN, self.tr("unknown")),
        ):
            choice.addItem(text, code)
        choice.setMinimumContentsLength(6)
        choice.activated.connect(lambda _place: self.save())
        return choice

    def _side_by_side(self, born: QVBoxLayout) -> QHBoxLayout:
        column = QVBoxLayout()
        column.setSpacing(4)
        caption = label(self.tr("Sex"), "small")
        caption.setBuddy(self.sex)
        column.addWidget(caption)
        column.addWidget(self.sex)
        column.addStretch(1)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addLayout(born, 1)
        row.addLayout(column, 1)
        return row

    def _line(self, key: str, name: str) -> QVBoxLayout:
        column = QVBoxLayout()
        column.setSpacing(4)
        edit = QLineEdit()
        edit.setAccessibleName(name)
        edit.setMaxLength(200)
        edit.textEdited.connect(self._typed)
        edit.editingFinished.connect(self.save)
        edit.returnPressed.connect(self.finished)
        text_only(edit)
        caption = label(name, "small")
        caption.setBuddy(edit)
        column.addWidget(caption)
        column.addWidget(edit)
        if key == "number":
            column.addWidget(self._wrong)
        if key == "birth_date":
            column.addWidget(self._wrong_date)
            column.addStretch(1)
        self.fields[key] = edit
        return column

    def show_header(self, case_id: int, header: CaseHeader) -> None:
        """Show a case's header; what is being typed for the same case stays."""
        if case_id == self._case_id and (self._timer.isActive() or header == self._header):
            return
        self.save()
        self._case_id, self._header = case_id, header
        for key, edit in self.fields.items():
            if edit.text() != getattr(header, key):
                edit.setText(getattr(header, key))
                edit.setCursorPosition(0)
        self.sex.setCurrentIndex(max(0, self.sex.findData(header.sex)))
        if self.notes.toPlainText() != header.notes:
            was = self.notes.blockSignals(True)
            self.notes.setPlainText(header.notes)
            self.notes.blockSignals(was)
        self._check()

    @property
    def header(self) -> CaseHeader:
        """The header as it stands in the form; what it has no field for stays as it was."""
        texts = {key: edit.text().strip() for key, edit in self.fields.items()}
        born = birth_date_of(texts.pop("birth_date"), date.today())
        return replace(
            self._header,
            **texts,
            birth_date=self._header.birth_date if born is None else born,
            sex=str(self.sex.currentData()),
            notes=self.notes.toPlainText().strip(),
        )

    def save(self) -> None:
        """Tell of what has been typed since the last time."""
        self._timer.stop()
        self._check()
        if born := birth_date_of(self.fields["birth_date"].text(), date.today()):
            self.fields["birth_date"].setText(born)
        header = self.header
        if not header.number:
            # The number that stands in the store stays; what else was typed is kept all the same.
            header = replace(header, number=self._header.number)
        if self._case_id and header != self._header:
            self.base, self._header = self._header, header
            self.saved.emit(self._case_id, header)

    def take_back(self, case_id: int, header: CaseHeader) -> None:
        """What was typed is not kept: show again what was there before."""
        if case_id == self._case_id:
            self._timer.stop()
            self._header = self.header
            self.show_header(case_id, header)

    def set_read_only(self, read_only: bool) -> None:
        """A signed case's header can be read and copied, not written."""
        for edit in self.fields.values():
            edit.setReadOnly(read_only)
        self.sex.setEnabled(not read_only)
        self.notes.setReadOnly(read_only)

    def focus_number(self) -> None:
        """Begin with the number."""
        self.fields["number"].setFocus()
        self.fields["number"].selectAll()

    def _typed(self) -> None:
        self._check()
        self._timer.start()

    def _time_passed(self) -> None:
        # Half a number can be another case's, half a date another date: they count when the field is left.
        halves = ((key, self.fields[key]) for key in ("number", "birth_date"))
        if not any(edit.hasFocus() and edit.text().strip() != getattr(self._header, key) for key, edit in halves):
            self.save()

    def _check(self) -> None:
        self._wrong.setVisible(bool(self._case_id) and not self.fields["number"].text().strip())
        born = self.fields["birth_date"]
        told = birth_date_of(born.text(), date.today()) is not None
        self._wrong_date.setVisible(not told and not born.hasFocus())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Save the notes when they are left."""
        if watched is self.notes and event.type() == QEvent.Type.FocusOut:
            self.save()
        return super().eventFilter(watched, event)
