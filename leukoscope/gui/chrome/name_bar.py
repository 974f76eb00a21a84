"""Whose decision it is, asked in its place in the window: a line to write in, and the names that were said before."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QCompleter, QFrame, QHBoxLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from leukoscope.gui.icons import icon
from leukoscope.gui.language import said
from leukoscope.gui.theme import appearance
from leukoscope.gui.widgets.buttons import PushButton
from leukoscope.gui.widgets.text import label
from leukoscope.gui.widgets.text_only import text_only

OFFERED = 4
"""So many names are buttons; all that were said are proposed while one is typed."""
LONGEST = 120


class NameBar(QFrame):
    """Asks for a name. Enter takes it, Escape gives up.

    Signals
    -------
    said_name(str)
        A person has written or chosen a name.
    given_up()
        Escape, or the button.
    """

    said_name = Signal(str)
    given_up = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("message")
        self._sign = QLabel()
        self._sign.setFixedSize(QSize(20, 20))
        self._text = label("", wrap=True)
        self.edit = QLineEdit()
        text_only(self.edit)
        self.edit.setMaxLength(LONGEST)
        self.edit.setMinimumWidth(200)
        self.edit.setMaximumWidth(320)
        self.edit.setAccessibleName(self.tr("Your name"))
        self.edit.setPlaceholderText(self.tr("Your name"))
        self.take = PushButton(self.tr("This is me"), "primary")
        self.leave = PushButton(self.tr("Cancel"), "flat")
        self.wrong = label("", "wrong", wrap=True)
        self._names = QHBoxLayout()
        self._names.setSpacing(6)
        self._lay_out()
        self.take.clicked.connect(self._taken)
        self.leave.clicked.connect(self.given_up)
        self.edit.returnPressed.connect(self._taken)
        self.edit.textEdited.connect(lambda _text: self.say_wrong(""))
        for one in (self.edit, self.take, self.leave):
            one.installEventFilter(self)
        appearance().changed.connect(self._draw)
        self.say_wrong("")
        self._draw()
        self.hide()

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self._sign)
        row.addWidget(self._text, 1)
        row.addLayout(self._names)
        row.addWidget(self.edit)
        row.addWidget(self.take)
        row.addWidget(self.leave)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 4, 4, 4)
        column.setSpacing(2)
        column.addLayout(row)
        column.addWidget(self.wrong)

    def ask(self, sentence: str, names: tuple[str, ...], proposed: str, *, take_keys: bool) -> None:
        """Show it; without ``take_keys`` the keyboard stays where a person is typing."""
        self._text.setText(sentence)
        self.setAccessibleName(sentence)
        self.say_wrong("")
        self._offer(tuple(one for one in names if one != proposed)[:OFFERED])
        completer = QCompleter(list(names), self)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.edit.setCompleter(completer)
        self.edit.setText(proposed)
        self.show()
        if take_keys:
            self.focus_name()

    def focus_name(self) -> None:
        """Begin to write."""
        self.edit.setFocus(Qt.FocusReason.OtherFocusReason)
        self.edit.selectAll()

    def say_wrong(self, sentence: str) -> None:
        """Say what is wrong with the name."""
        self.wrong.setText(said(sentence))
        self.wrong.setVisible(bool(sentence))

    def _offer(self, names: tuple[str, ...]) -> None:
        while (item := self._names.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for name in names:
            # A name is no mnemonic: an ampersand in it is one.
            button = PushButton(name.replace("&", "&&"), "flat")
            button.setMaximumWidth(180)
            button.setToolTip(name)
            button.setAccessibleName(name)
            button.clicked.connect(lambda _on=False, name=name: self.said_name.emit(name))
            button.installEventFilter(self)
            self._names.addWidget(button)

    @property
    def offered(self) -> tuple[PushButton, ...]:
        """The buttons with names."""
        found = (self._names.itemAt(place) for place in range(self._names.count()))
        widgets = (item.widget() for item in found if item is not None)
        return tuple(widget for widget in widgets if isinstance(widget, PushButton))

    def _taken(self) -> None:
        self.said_name.emit(self.edit.text())

    def _draw(self) -> None:
        self._sign.setPixmap(icon("edit").pixmap(QSize(20, 20), self.devicePixelRatioF()))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Escape gives up wherever in the bar the keyboard is; letters typed here are no keys of the window."""
        if isinstance(event, QKeyEvent) and event.key() == int(Qt.Key.Key_Escape):
            if event.type() == QEvent.Type.ShortcutOverride:
                event.accept()
                return True
            if event.type() == QEvent.Type.KeyPress:
                self.given_up.emit()
                return True
        return super().eventFilter(watched, event)
