"""What an image file says of the patient, beside what the case says: a person takes over what is right."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, Signal
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from leukoscope.domain.cases import CaseHeader
from leukoscope.domain.patients import FEMALE, MALE, OTHER, UNKNOWN
from leukoscope.domain.stated import StatedHeader, contradictions, new_of
from leukoscope.gui.sheets.signing_sheets import FormSheet
from leukoscope.gui.widgets.buttons import CheckBox
from leukoscope.gui.widgets.text import label

WIDTH = 640
NOTHING = "–"


class StatedSheet(FormSheet):
    """Lists the fields in which file and case are not the same; those that the case lacks are ticked.

    Signals
    -------
    taken(int, object, object)
        Case, what the file says, and the names of the fields that a person takes over.
    """

    taken = Signal(int, object, object)

    def __init__(self, parent: QWidget) -> None:
        words = QCoreApplication.translate
        super().__init__(
            words("StatedSheet", "What the image file says"),
            words("StatedSheet", "Nothing of it is written into the case but what you tick."),
            words("StatedSheet", "Write into the case"),
            parent,
        )
        self.card.setFixedWidth(WIDTH)
        self.file = label("", "heading", wrap=True)
        self.other = label(
            self.tr("The file names another patient than the case. Check whose blood the image shows."),
            "wrong",
            wrap=True,
        )
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(24)
        self._grid.setVerticalSpacing(8)
        for column in (1, 2):
            self._grid.setColumnStretch(column, 1)
        for widget in (self.file, self.other):
            self.column.addWidget(widget)
        self.column.addLayout(self._grid)
        self.finish()
        self.ticks: dict[str, CheckBox] = {}
        self._case_id, self._stated = 0, StatedHeader()

    def ask(self, case_id: int, file: str, stated: StatedHeader, header: CaseHeader) -> None:
        """Show what a file says beside the header of a case."""
        self._case_id, self._stated = case_id, stated
        self.file.setText(file)
        differing = contradictions(stated, header)
        self.other.setVisible(bool(differing))
        self._clear()
        for column, title in enumerate(("", self.tr("In the case"), self.tr("In the file"))):
            self._grid.addWidget(label(title, "small"), 0, column)
        for row, name in enumerate(new_of(stated, header), start=1):
            here = str(getattr(header, name))
            # Of another patient not even what the case lacks is proposed.
            self._add(row, name, (here, str(getattr(stated, name))), ticked=not here and not differing)
        self._ticked()
        self.enter()
        next(iter(self.ticks.values()), self.go).setFocus()

    def _add(self, row: int, name: str, texts: tuple[str, str], *, ticked: bool) -> None:
        tick = CheckBox(self._names()[name])
        tick.setChecked(ticked)
        tick.toggled.connect(self._ticked)
        self.ticks[name] = tick
        self._grid.addWidget(tick, row, 0)
        for column, text in enumerate(texts, start=1):
            shown = label(self._sexes().get(text, text) if name == "sex" else text or NOTHING, wrap=True)
            self._grid.addWidget(shown, row, column)

    def _clear(self) -> None:
        self.ticks.clear()
        while (item := self._grid.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()

    def _ticked(self) -> None:
        self.go.setEnabled(any(tick.isChecked() for tick in self.ticks.values()))

    def take(self) -> None:
        """Write what is ticked."""
        names = tuple(name for name, tick in self.ticks.items() if tick.isChecked())
        if names:
            self.leave()
            self.taken.emit(self._case_id, self._stated, names)

    def _names(self) -> dict[str, str]:
        return {
            "number": self.tr("Case number"),
            "patient": self.tr("Patient"),
            "patient_id": self.tr("Patient number"),
            "birth_date": self.tr("Date of birth"),
            "sex": self.tr("Sex"),
        }

    def _sexes(self) -> dict[str, str]:
        return {
            "": NOTHING,
            FEMALE: self.tr("female"),
            MALE: self.tr("male"),
            OTHER: self.tr("other"),
            UNKNOWN: self.tr("unknown"),
        }

    def texts(self) -> tuple[str, ...]:
        """Everything that the table says, row by row."""
        items = (self._grid.itemAt(place) for place in range(self._grid.count()))
        widgets = (item.widget() for item in items if item is not None)
        return tuple(one.text() for one in widgets if isinstance(one, QLabel | CheckBox))
