"""The sheet in which a person erases a case for good: what goes, what stays elsewhere, and why."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QPlainTextEdit, QWidget

from leukoscope.gui.sheets.signing_sheets import FormSheet
from leukoscope.gui.widgets.text import label

BACKUPS_NAMED = 12


class EraseSheet(FormSheet):
    """Asks for a reason; there is no way back.

    Signals
    -------
    wanted(int, str)
        Case and reason.
    """

    wanted = Signal(int, str)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(
            self.tr("Erase a case for good"),
            self.tr(
                "Patient, images, findings, labels, signed reports and messages of this case are removed from here, "
                "and every word of it in the audit trail. Nobody can bring it back. To take it off the list only, put "
                "it away."
            ),
            self.tr("Erase for good"),
            parent,
        )
        self.number = label("", "heading", wrap=True)
        self.backups = label("", "muted", wrap=True)
        self.reason = QPlainTextEdit()
        self.reason.setAccessibleName(self.tr("Reason"))
        self.reason.setTabChangesFocus(True)
        self.reason.setFixedHeight(72)
        self.reason.textChanged.connect(self._typed)
        caption = label(self.tr("Reason; it stays in the audit trail, so write no name and no number"), "small")
        caption.setWordWrap(True)
        for widget in (self.number, self.backups, caption, self.reason):
            self.column.addWidget(widget)
        self.finish()
        self._case_id = 0

    def ask(self, case_id: int, number: str) -> None:
        """Show it for a case."""
        self._case_id = case_id
        self.number.setText(self.tr("Case {0}").format(number))
        self.backups.setText(self.tr("Looking for backups that hold it …"))
        self.reason.clear()
        self.say("")
        self._typed()
        self.enter()
        self.reason.setFocus()

    def show_backups(self, case_id: int, names: tuple[str, ...]) -> None:
        """Name the copies that will still hold the case."""
        if case_id != self._case_id:
            return
        if not names:
            self.backups.setText(self.tr("No backup of this computer holds it. Look for copies elsewhere yourself."))
            return
        listed = "\n".join(names[:BACKUPS_NAMED]) + ("\n…" if len(names) > BACKUPS_NAMED else "")
        self.backups.setText(
            self.tr("These backups still hold it; remove them yourself where you must:") + "\n" + listed
        )

    def _typed(self) -> None:
        self.go.setEnabled(bool(self.reason.toPlainText().strip()))

    def take(self) -> None:
        """Erase."""
        if self.go.isEnabled():
            self.go.setEnabled(False)
            self.wanted.emit(self._case_id, self.reason.toPlainText())
