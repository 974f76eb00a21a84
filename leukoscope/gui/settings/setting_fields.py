"""Fields of settings that hold addresses, files and folders, with a button to choose where there is one to choose."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QLineEdit, QWidget

from leukoscope.gui.settings.groups import caption
from leukoscope.gui.widgets.buttons import PushButton
from leukoscope.workflow.settings import Settings

LONGEST = 4000


class FieldSpec(NamedTuple):
    """One field: name of the setting, its title, what stands in it while it is empty, what its button says, if any."""

    name: str
    title: str
    hint: str
    choose: str = ""


class SettingFields(QWidget):
    """Fields, one below the other, in a grid to which more can be added.

    Signals
    -------
    written(str, str)
        Name of a setting, and what somebody wrote there.
    choice_wanted(str)
        Choose the file or folder of a setting.
    """

    written = Signal(str, str)
    choice_wanted = Signal(str)

    def __init__(self, specs: Sequence[FieldSpec], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.fields: dict[str, QLineEdit] = {}
        self.choosers: dict[str, PushButton] = {}
        self.grid = grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(10)
        grid.setColumnStretch(1, 1)
        for row, one in enumerate(specs):
            self._add(row, one)

    def _add(self, row: int, one: FieldSpec) -> None:
        self.fields[one.name] = edit = QLineEdit()
        edit.setAccessibleName(one.title)
        edit.setPlaceholderText(one.hint)
        edit.setMaxLength(LONGEST)
        edit.editingFinished.connect(lambda: self.written.emit(one.name, edit.text().strip()))
        before = caption(one.title)
        before.setBuddy(edit)
        self.grid.addWidget(before, row, 0)
        self.grid.addWidget(edit, row, 1, 1, 1 if one.choose else 2)
        if one.choose:
            self.choosers[one.name] = choose = PushButton(one.choose, "", "open")
            choose.clicked.connect(lambda: self.choice_wanted.emit(one.name))
            self.grid.addWidget(choose, row, 2)

    @property
    def held(self) -> tuple[QWidget, ...]:
        """What changes a setting."""
        return (*self.fields.values(), *self.choosers.values())

    def show_settings(self, settings: Settings) -> None:
        """Show what is set."""
        for name, edit in self.fields.items():
            if edit.text().strip() != getattr(settings, name):
                edit.setText(getattr(settings, name))
            edit.setModified(False)

    def save_fields(self) -> None:
        """Tell what is being written."""
        for name, edit in self.fields.items():
            if edit.isModified():
                self.written.emit(name, edit.text().strip())
