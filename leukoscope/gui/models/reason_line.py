"""Why a model is to judge although its trial speaks against it: said in place, written in one line."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from leukoscope.gui.widgets.buttons import PushButton
from leukoscope.gui.widgets.text import label


class ReasonLine(QFrame):
    """Hidden for a model that may judge as it is.

    Signals
    -------
    given(str)
        The reason.
    """

    given = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.words = label("", "wrong", wrap=True)
        self.write = PushButton(self.tr("Write the reason…"), "", "edit")
        self.write.setToolTip(self.tr("The reason goes into the audit trail; then the model judges new images"))
        self.reason = QLineEdit()
        self.reason.setAccessibleName(self.tr("Why this model is to judge all the same"))
        self.reason.setPlaceholderText(self.tr("Why this model is to judge all the same"))
        self.take = PushButton(self.tr("Let it judge"), "primary", "check")
        self.leave = PushButton(self.tr("Cancel"), "flat")
        self._line = QWidget()
        self._lay_out()
        self.write.clicked.connect(self.unfold)
        self.leave.clicked.connect(self.fold)
        self.take.clicked.connect(self._give)
        self.reason.returnPressed.connect(self._give)
        self.reason.textChanged.connect(self._set_take)
        out = QShortcut(QKeySequence(Qt.Key.Key_Escape), self._line)
        out.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        out.activated.connect(self.fold)
        self.show_trial("")

    def _lay_out(self) -> None:
        row = QHBoxLayout(self._line)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.reason, 1)
        row.addWidget(self.take)
        row.addWidget(self.leave)
        asked = QHBoxLayout()
        asked.addWidget(self.write)
        asked.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.words)
        column.addLayout(asked)
        column.addWidget(self._line)

    def show_trial(self, trial: str) -> None:
        """Say how the trial came out; empty where no reason is needed."""
        words = self.tr("It does not tell leukemic from healthy cells as it is fed: {0}. It judges only with a reason.")
        self.words.setText(words.format(trial))
        self.setVisible(bool(trial))
        self.reason.clear()
        self.fold()
        self._set_take()

    def unfold(self) -> None:
        """Ask for the reason."""
        self._line.show()
        self.write.hide()
        self.reason.setFocus()

    def fold(self) -> None:
        """Ask no longer; what was typed stays until another model is shown."""
        had_keyboard = self.reason.hasFocus()
        self._line.hide()
        self.write.show()
        if had_keyboard:
            self.write.setFocus()

    def _set_take(self) -> None:
        self.take.setEnabled(bool(self.reason.text().strip()))

    def _give(self) -> None:
        reason = self.reason.text().strip()
        if reason:
            self.given.emit(reason)
