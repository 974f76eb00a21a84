"""The sheet in which an administrator turns encryption on or off: what it costs, and the recovery key, shown once."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFontDatabase, QMouseEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from leukoscope.gui.sheets.signing_sheets import FormSheet
from leukoscope.gui.widgets.buttons import PushButton
from leukoscope.gui.widgets.text import label

if TYPE_CHECKING:
    from leukoscope.cases.cipher import Cipher

ACROSS = 4
"""Groups in a line of the recovery key."""
ASKED = 2
"""Groups that must be typed back."""


class EncryptSheet(FormSheet):
    """First what it costs, then the recovery key.

    Signals
    -------
    key_wanted()
        Make a key and show it.
    wanted(object)
        Encrypt with this key, which a person has kept.
    print_wanted(object), save_wanted(object)
        Put the recovery key of this key on paper, or into a file.
    """

    key_wanted = Signal()
    wanted = Signal(object)
    print_wanted = Signal(object)
    save_wanted = Signal(object)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(
            self.tr("Encrypt the cases on this computer"),
            self.tr(
                "Who then takes the disk or a backup reads nothing. Images open a few thousandths of a second later. "
                "Files that you export stay readable for everybody."
            ),
            "",
            parent,
        )
        self.card.setFixedWidth(560)
        self._cipher: Cipher | None = None
        self._asked: tuple[int, ...] = ()
        self._cost = self._explained()
        self._kept = self._key_shown()
        self.column.addWidget(self._cost)
        self.column.addWidget(self._kept)
        self.finish()

    def _explained(self) -> QWidget:
        part, column = _part()
        for sentence in (
            self.tr(
                "A recovery key is shown once, now. Without it nobody can read the cases or their backups when this "
                "computer is lost, and nobody can make it again."
            ),
            self.tr(
                "The window closes while it is done, and opens again: about a minute for a thousand images. It can be "
                "stopped, and goes on later; nothing is lost."
            ),
            self.tr(
                "Backups that were written before stay as they are, and deleted files can be found on the disk until "
                "it writes over them: encrypt the disk too."
            ),
        ):
            column.addWidget(label(sentence, wrap=True))
        return part

    def _key_shown(self) -> QWidget:
        part, column = _part()
        column.addWidget(label(self.tr("Recovery key"), "heading"))
        frame = QFrame()
        frame.setObjectName("popup")
        self.key = label("")
        fixed = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
        fixed.setPixelSize(18)
        self.key.setFont(fixed)
        self.key.setAccessibleName(self.tr("Recovery key"))
        self.key.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByKeyboard)
        within = QVBoxLayout(frame)
        within.setContentsMargins(16, 12, 16, 12)
        within.addWidget(self.key, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addWidget(frame)
        row = QHBoxLayout()
        self.print_key, self.save_key = PushButton(self.tr("Print…")), PushButton(self.tr("Save as PDF…"))
        self.print_key.clicked.connect(lambda: self.print_wanted.emit(self._cipher))
        self.save_key.clicked.connect(lambda: self.save_wanted.emit(self._cipher))
        row.addWidget(self.print_key)
        row.addWidget(self.save_key)
        row.addStretch(1)
        column.addLayout(row)
        column.addWidget(
            label(
                self.tr("Lock it away, not in this computer. Who has it can read the cases. It is not shown again."),
                "muted",
                wrap=True,
            )
        )
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        self.typed: list[QLineEdit] = []
        self._captions = []
        for place in range(ASKED):
            edit, caption = QLineEdit(), label("", "small")
            edit.setMaxLength(12)
            edit.textEdited.connect(lambda _text: self._look())
            edit.returnPressed.connect(self.take)
            caption.setBuddy(edit)
            grid.addWidget(caption, 0, place)
            grid.addWidget(edit, 1, place)
            self.typed.append(edit)
            self._captions.append(caption)
        column.addLayout(grid)
        return part

    def ask(self) -> None:
        """Say what it costs."""
        self._forget()
        self.say("")
        self._kept.hide()
        self._cost.show()
        self.go.setText(self.tr("Show the recovery key"))
        self.enter()
        self.go.setFocus()

    def show_key(self, cipher: Cipher) -> None:
        """Show the recovery key, and ask for two of its groups."""
        self._cipher = cipher
        self.say("")
        groups = cipher.groups
        lines = [groups[start : start + ACROSS] for start in range(0, len(groups), ACROSS)]
        self.key.setText("\n".join("  ".join(one) for one in lines))
        # The last group is shorter, and the first is what an eye remembers.
        self._asked = tuple(sorted(secrets.SystemRandom().sample(range(2, len(groups)), ASKED)))
        for number, edit, caption in zip(self._asked, self.typed, self._captions, strict=True):
            words = self.tr("Type group {0} from your copy").format(number)
            caption.setText(words)
            edit.setAccessibleName(words)
            edit.clear()
        self._cost.hide()
        self._kept.show()
        self.go.setText(self.tr("Encrypt now"))
        self._look()
        self.print_key.setFocus()

    def _look(self) -> None:
        self.go.setEnabled(all(edit.text().strip() for edit in self.typed))

    def take(self) -> None:
        """Go on."""
        if not self.go.isEnabled():
            return
        cipher = self._cipher
        if cipher is None:
            self.go.setEnabled(False)
            self.key_wanted.emit()
        elif all(cipher.has_group(one, edit.text()) for one, edit in zip(self._asked, self.typed, strict=True)):
            self.go.setEnabled(False)
            self.wanted.emit(cipher)
        else:
            self.say(self.tr("That is not what stands there; read it from your copy again."))

    def leave(self) -> None:
        """Nothing was decided: the key is gone."""
        self._forget()
        super().leave()

    def _forget(self) -> None:
        self._cipher = None
        self.key.clear()
        for edit in self.typed:
            edit.clear()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A click beside the card does not throw the key away."""
        event.accept()


class DecryptSheet(FormSheet):
    """Write everything in the clear again.

    Signals
    -------
    wanted()
        A person wants it.
    """

    wanted = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(
            self.tr("Write the cases in the clear again"),
            self.tr(
                "Who takes this computer, its disk or a new backup can read the cases then. Backups that are encrypted "
                "stay so, and need the recovery key or this user’s keyring. The window closes while it is done, and "
                "opens again; it can be stopped, and goes on later."
            ),
            self.tr("Write in the clear"),
            parent,
        )
        self.finish()

    def ask(self) -> None:
        """Show it."""
        self.say("")
        self.enter()
        self.go.setFocus()

    def take(self) -> None:
        """Do it."""
        if self.go.isEnabled():
            self.go.setEnabled(False)
            self.wanted.emit()


class RecoverSheet(FormSheet):
    """Asks for the recovery key of cases whose key is not here.

    Signals
    -------
    wanted(str)
        What was typed.
    """

    wanted = Signal(str)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(
            self.tr("Type the recovery key"),
            self.tr(
                "These cases are encrypted, and their key is not on this computer, or its keyring is locked. Type the "
                "recovery key from the paper or file that was made when they were encrypted: 12 groups, in capitals "
                "or not."
            ),
            self.tr("Open the cases"),
            parent,
        )
        self.card.setFixedWidth(560)
        self.key = self.line(self.tr("Recovery key"))
        self.key.setMaxLength(200)
        self.key.textEdited.connect(lambda _text: self.go.setEnabled(bool(self.key.text().strip())))
        self.finish()

    def ask(self) -> None:
        """Show it."""
        self.say("")
        self.key.clear()
        self.go.setEnabled(False)
        self.enter()
        self.key.setFocus()

    def take(self) -> None:
        """Try it."""
        if self.go.isEnabled():
            self.go.setEnabled(False)
            self.wanted.emit(self.key.text())


def _part() -> tuple[QWidget, QVBoxLayout]:
    part = QWidget()
    part.setObjectName("scrolled")
    column = QVBoxLayout(part)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(12)
    return part, column
