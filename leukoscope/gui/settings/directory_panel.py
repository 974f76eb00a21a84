"""The hospital's directory in the settings: where it is, which groups have which role, and who somebody is there."""

from __future__ import annotations

from dataclasses import fields

from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLineEdit, QWidget

from leukoscope.domain.directory import Directory, Entry
from leukoscope.domain.people import Role
from leukoscope.gui.bridge import Bridge
from leukoscope.gui.language import said
from leukoscope.gui.places import start_of
from leukoscope.gui.settings.setting_fields import FieldSpec, SettingFields
from leukoscope.gui.widgets.buttons import PushButton
from leukoscope.gui.widgets.text import label, show_outcome

ANY_FILE = "* (*)"


class DirectoryPanel(SettingFields):
    """Off while there is no address. What is written is in force when it is set, all of it or nothing.

    Parameters
    ----------
    bridge
        To the workbench.
    """

    def __init__(self, bridge: Bridge, parent: QWidget | None = None) -> None:
        file, group = self.tr("Choose file…"), self.tr("cn=group,ou=groups,dc=…; several with ;")
        specs = (
            FieldSpec("address", self.tr("Address"), "ldaps://directory.hospital"),
            FieldSpec("trusted", self.tr("Trusted certificates"), self.tr("PEM; empty: this computer’s own"), file),
            FieldSpec("base", self.tr("People and groups below"), "dc=hospital,dc=example"),
            FieldSpec(
                "login", self.tr("File of the search account"), self.tr("Its name, and below its password"), file
            ),
            FieldSpec("template", self.tr("Without a search account"), "uid={},ou=people,dc=…"),
            FieldSpec("attribute", self.tr("Attribute of the name"), "sAMAccountName, uid"),
            FieldSpec("technicians", self.tr("Groups of technicians"), group),
            FieldSpec("reviewers", self.tr("Groups of reviewers"), group),
            FieldSpec("administrators", self.tr("Groups of administrators"), group),
        )
        super().__init__(specs, parent)
        self._bridge = bridge
        self.state, self.answer = label("", "small", wrap=True), label("", wrap=True)
        self.wrong = label("", "wrong", wrap=True)
        self.who = QLineEdit()
        self.who.setAccessibleName(self.tr("Sign-in name to try"))
        self.who.setPlaceholderText(self.tr("Sign-in name to try"))
        self.who.setMaxLength(120)
        self.try_it, self.use = PushButton(self.tr("Try it")), PushButton(self.tr("Set directory"))
        row = len(specs)
        for one in (self.answer, self.wrong, self.state):
            self.grid.addWidget(one, row, 1, 1, 2)
            row += 1
        buttons = QHBoxLayout()
        buttons.setSpacing(10)
        buttons.addWidget(self.who, 1)
        buttons.addWidget(self.try_it)
        buttons.addWidget(self.use)
        self.grid.addLayout(buttons, row, 1, 1, 2)
        self.choice_wanted.connect(self._choose)
        self.try_it.clicked.connect(self._try)
        self.who.returnPressed.connect(self._try)
        self.use.clicked.connect(self._use)
        self._say("")

    def refresh(self) -> None:
        """Show what is kept."""
        if self._bridge.is_open:
            self._bridge.read(lambda bench: bench.operator.directory(), self._show, owner=self)

    def written_directory(self) -> Directory:
        """What stands in the fields."""
        return Directory(**{one.name: self.fields[one.name].text().strip() for one in fields(Directory)})

    def _show(self, directory: Directory) -> None:
        if not any(edit.isModified() for edit in self.fields.values()):
            for name, edit in self.fields.items():
                edit.setText(getattr(directory, name))
        off = self.tr("Off: only accounts of the laboratory sign in.")
        on = self.tr(
            "On: people sign in by their name and password of the hospital; accounts of the laboratory go first."
        )
        self.state.setText(on if directory.is_on else off)

    def _choose(self, name: str) -> None:
        edit = self.fields[name]
        kinds = ANY_FILE if name == "login" else "PEM (*.pem *.crt *.cer);;* (*)"
        start = start_of(self, edit.text())
        path = QFileDialog.getOpenFileName(self, edit.accessibleName(), start, kinds)[0]
        if path:
            edit.setText(path)
            edit.setModified(True)

    def _use(self) -> None:
        wanted = self.written_directory()
        self._bridge.write(
            lambda bench: bench.operator.set_directory(wanted), self._kept, owner=self, failed=self._failed
        )

    def _kept(self, directory: Directory) -> None:
        for edit in self.fields.values():
            edit.setModified(False)
        self._show(directory)
        self._say(self.tr("The directory is set.") if directory.is_on else self.tr("The directory is off."))

    def _try(self) -> None:
        wanted, who = self.written_directory(), self.who.text()
        self._say(self.tr("Asking the directory…"))
        self._allow(False)
        # A server that is away takes some seconds: nothing that is to be kept waits behind it.
        self._bridge.read_in_pool(
            lambda bench: bench.operator.try_directory(wanted, who), self._tried, owner=self, failed=self._failed
        )

    def _tried(self, found: Entry | None) -> None:
        if found is None:
            self._say(self.tr("The directory answers."))
        elif found.role is None:
            self._say(self.tr("{0} is in none of these groups.").format(found.name))
        else:
            self._say(self.tr("{0} is found there. Role: {1}.").format(found.name, self._word(found.role)))

    def _word(self, role: Role) -> str:
        return {
            Role.TECHNICIAN: self.tr("Technician"),
            Role.REVIEWER: self.tr("Reviewer"),
            Role.ADMINISTRATOR: self.tr("Administrator"),
        }[role]

    def _failed(self, sentence: str) -> None:
        self._say(said(sentence), wrong=True)

    def _say(self, sentence: str, *, wrong: bool = False) -> None:
        show_outcome(self.answer, self.wrong, sentence, is_wrong=wrong)
        self._allow(True)

    def _allow(self, on: bool) -> None:
        self.try_it.setEnabled(on)
