"""Accounts in the settings: one switch, the list of people, and what the lab asks for."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from leukoscope.domain.people import Person, Role, Rules
from leukoscope.gui.bridge import Bridge
from leukoscope.gui.language import said
from leukoscope.gui.widgets.buttons import CheckBox, ComboBox, PushButton, Segmented
from leukoscope.gui.widgets.text import ElidedLabel, label

TYPE_CHECKING = False
if TYPE_CHECKING:
    from leukoscope.workflow.workbench import Workbench

LOCKS = (0, 5, 10, 30)


class PeoplePanel(QWidget):
    """Turns accounts on and off and keeps the list of people.

    Signals
    -------
    changed()
        Accounts or rules are other ones.
    """

    changed = Signal()

    def __init__(self, bridge: Bridge, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self.switch = CheckBox(self.tr("People sign in with a password"))
        self.two_people = CheckBox(self.tr("Who decided a cell cannot sign its case"))
        self.lock = Segmented(self.tr("Lock the screen after"))
        self.lock.set_choices(
            [(str(one), self.tr("{0} min").format(one) if one else self.tr("never")) for one in LOCKS]
        )
        self.name, self.password, self.again = QLineEdit(), QLineEdit(), QLineEdit()
        self.role = ComboBox()
        self.add = PushButton(self.tr("Add person"), "", "add")
        self.wrong = label("", "wrong", wrap=True)
        self.people: tuple[Person, ...] = ()
        self._rows = QGridLayout()
        self._rows.setColumnStretch(0, 1)
        self._rows.setVerticalSpacing(6)
        self._lay_out()
        self.switch.clicked.connect(self._switched)
        self.two_people.clicked.connect(lambda on: self._set_rules(two_people=on))
        self.lock.chosen.connect(lambda key: self._set_rules(lock_minutes=int(key)))
        self.add.clicked.connect(self._add)
        for edit in (self.password, self.again):
            edit.returnPressed.connect(self._add)
        for edit in (self.name, self.password, self.again):
            edit.textEdited.connect(lambda _text: self._say(""))

    def _lay_out(self) -> None:
        self.name.setPlaceholderText(self.tr("Name"))
        self.name.setAccessibleName(self.tr("Name"))
        self.password.setPlaceholderText(self.tr("Password, at least 10 characters"))
        self.password.setAccessibleName(self.tr("Password"))
        self.again.setPlaceholderText(self.tr("Password again"))
        self.again.setAccessibleName(self.tr("Password again"))
        for edit in (self.password, self.again):
            edit.setEchoMode(QLineEdit.EchoMode.Password)
        self.role.setAccessibleName(self.tr("Role"))
        for role in Role:
            self.role.addItem(self._word(role), role)
        self.role.setCurrentIndex(self.role.findData(Role.ADMINISTRATOR))
        # Two columns: a hint of German length fits half of the panel, not a third of it.
        new = QGridLayout()
        new.setSpacing(10)
        for place, widget in enumerate((self.name, self.role, self.password, self.again)):
            new.addWidget(widget, place // 2, place % 2)
            new.setColumnStretch(place % 2, 1)
        add = QHBoxLayout()
        add.addStretch(1)
        add.addWidget(self.add)
        lock = QHBoxLayout()
        lock.addWidget(label(self.tr("Lock the screen after")))
        lock.addWidget(self.lock)
        lock.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        column.addWidget(self.switch)
        column.addWidget(self.two_people)
        column.addLayout(lock)
        column.addLayout(self._rows)
        column.addLayout(new)
        column.addWidget(self.wrong)
        column.addLayout(add)
        self.wrong.hide()

    def _word(self, role: Role) -> str:
        return {
            Role.TECHNICIAN: self.tr("Technician"),
            Role.REVIEWER: self.tr("Reviewer"),
            Role.ADMINISTRATOR: self.tr("Administrator"),
        }[role]

    def refresh(self) -> None:
        """Show what is kept."""
        if self._bridge.is_open:
            self._bridge.read(lambda bench: bench.operator.people(), self._show, owner=self)

    def _show(self, people: tuple[Person, ...]) -> None:
        self.people = people
        rules = self._bridge.bench.operator.rules
        self.switch.setChecked(rules.accounts)
        self.two_people.setChecked(rules.two_people)
        wanted = Role.TECHNICIAN if rules.accounts else Role.ADMINISTRATOR
        self.role.setCurrentIndex(self.role.findData(wanted))
        self.lock.choose(str(rules.lock_minutes))
        self.lock.setEnabled(rules.accounts)
        while (item := self._rows.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.deleteLater()
        for row, person in enumerate(people):
            self._row(row, person)

    def _row(self, row: int, person: Person) -> None:
        self._rows.addWidget(ElidedLabel(person.name), row, 0)
        roles = ComboBox()
        roles.setAccessibleName(self.tr("Role of {0}").format(person.name))
        for role in Role:
            roles.addItem(self._word(role), role)
        roles.setCurrentIndex(roles.findData(person.role))
        roles.activated.connect(lambda _place: self._change(partial(_give_role, person.id, Role(roles.currentData()))))
        roles.setEnabled(not person.of_directory)
        roles.setToolTip(self.tr("By the groups of the hospital’s directory") if person.of_directory else "")
        self._rows.addWidget(roles, row, 1)
        words = self.tr("Close account") if person.active else self.tr("Open account")
        button = PushButton(words, "flat")
        button.clicked.connect(lambda _on=False: self._change(partial(_set_active, person.id, not person.active)))
        self._rows.addWidget(button, row, 2)

    def _switched(self, on: bool) -> None:
        """Turning on needs an administrator: who was added here just now, or whose password stands in the fields."""
        operator = self._bridge.bench.operator
        rules = operator.rules
        if not on:
            self._change(lambda bench: bench.operator.set_rules(Rules(False, rules.two_people, rules.lock_minutes)))
            return
        name, password = self.name.text(), self.password.text()
        if not name.strip() and not password and operator.new_administrator:
            self._change(lambda bench: bench.operator.turn_on_with_new())
            return
        known = [one for one in self.people if one.active and one.role is Role.ADMINISTRATOR]
        if not name.strip() or not password:
            self._ask_first(known)
        elif not known and not self._same():
            self.switch.setChecked(False)
        else:
            self._change(lambda bench: bench.operator.turn_on(name, password), written=True)

    def _ask_first(self, administrators: list[Person]) -> None:
        """Say what is missing to turn accounts on."""
        self.switch.setChecked(False)
        if administrators:
            self.name.setText(self.name.text() or administrators[0].name)
            self._say(
                self.tr("{0} is administrator: write name and password below, then turn this on.").format(
                    ", ".join(one.name for one in administrators)
                )
            )
            self.password.setFocus()
            return
        self._say(self.tr("Write the administrator’s name and password below first, then turn this on."))
        self.name.setFocus()

    def _same(self) -> bool:
        """Whether the password was written the same twice; says so where it was not."""
        if self.password.text() == self.again.text():
            return True
        self.again.clear()
        if self.password.text():
            self._say(self.tr("The two passwords differ; write the password again."))
        else:
            self._say(self.tr("Write the password twice."))
        self.again.setFocus()
        return False

    def _set_rules(self, *, two_people: bool | None = None, lock_minutes: int | None = None) -> None:
        rules = self._bridge.bench.operator.rules
        two = rules.two_people if two_people is None else two_people
        minutes = rules.lock_minutes if lock_minutes is None else lock_minutes
        self._change(lambda bench: bench.operator.set_rules(Rules(rules.accounts, two, minutes)))

    def _add(self) -> None:
        if not self._same():
            return
        name, role, password = self.name.text(), Role(self.role.currentData()), self.password.text()
        self._change(lambda bench: bench.operator.add(name, role, password), written=True)

    def _change(self, work: Callable[[Workbench], object], *, written: bool = False) -> None:
        """Change accounts or rules; with ``written`` by what stands in the fields, which are emptied then."""

        def done(_answer: object) -> None:
            self._say("")
            for edit in (self.name, self.password, self.again) if written else ():
                edit.clear()
            self.refresh()
            self.changed.emit()

        def failed(sentence: str) -> None:
            self._say(sentence)
            self.refresh()

        self._bridge.write(work, done, owner=self, failed=failed)

    def _say(self, sentence: str) -> None:
        self.wrong.setText(said(sentence))
        self.wrong.setVisible(bool(sentence))


def _give_role(person_id: int, role: Role, bench: Workbench) -> None:
    bench.operator.change(person_id, role=role)


def _set_active(person_id: int, active: bool, bench: Workbench) -> None:
    bench.operator.change(person_id, active=active)
