"""The conclusion of a case as a text that saves itself, with the lab's standard phrases at hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from PySide6.QtCore import QEvent, QObject, QTimer, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QPlainTextEdit, QVBoxLayout, QWidget

from leukoscope.domain.cases import CaseHeader
from leukoscope.gui.widgets.buttons import MenuButton
from leukoscope.gui.widgets.header_form import SAVED_AFTER_MS
from leukoscope.gui.widgets.styled_size import measure_when_styled
from leukoscope.gui.widgets.text import label
from leukoscope.gui.widgets.text_only import text_only
from leukoscope.workflow.phrases import with_phrase

HEIGHT = 96
LONGEST_NAME = 56
"""Letters of a phrase that stand in the menu; its tooltip has all of it."""


class ConclusionForm(QWidget):
    """Edits the conclusion, a field of the case's header.

    Signals
    -------
    saved(int, object)
        A person has stopped typing or left the field: the case's id and its header.
    """

    saved = Signal(int, object)

    def __init__(self, phrases: Callable[[], tuple[str, ...]], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._phrases = phrases
        self._case_id = 0
        self._header = self.base = CaseHeader("")
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(SAVED_AFTER_MS)
        self._timer.timeout.connect(self.save)
        self.text = QPlainTextEdit()
        self.text.setAccessibleName(self.tr("Conclusion"))
        self.text.setPlaceholderText(self.tr("What the result means, in your words; stands on top of the report"))
        self.text.setTabChangesFocus(True)
        self.text.setFixedHeight(HEIGHT)
        self.text.textChanged.connect(self._timer.start)
        self.text.installEventFilter(self)
        text_only(self.text)
        self.choose = MenuButton(self.tr("Standard phrases"))
        self.choose.setToolTip(self.tr("Put one of the lab’s phrases in; the Settings page has them"))
        self.choose.fill([])
        measure_when_styled(self.choose, self._make_room_for_arrow)
        self.choose.menu().aboutToShow.connect(self._offer)
        title = label(self.tr("Conclusion"), "heading")
        title.setBuddy(self.text)
        row = QHBoxLayout()
        row.addWidget(title, 1)
        row.addWidget(self.choose)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addLayout(row)
        column.addWidget(self.text)

    def show_header(self, case_id: int, header: CaseHeader) -> None:
        """Show the conclusion of a case; what is being typed for the same case stays."""
        if case_id == self._case_id and (self._timer.isActive() or header == self._header):
            return
        self.save()
        self._case_id, self._header = case_id, header
        if self.text.toPlainText() != header.conclusion:
            was = self.text.blockSignals(True)
            self.text.setPlainText(header.conclusion)
            self.text.blockSignals(was)

    def set_read_only(self, read_only: bool) -> None:
        """What is signed can be read and copied, not written."""
        self.text.setReadOnly(read_only)
        self.choose.setEnabled(not read_only)

    def save(self) -> None:
        """Tell of what has been typed since the last time."""
        self._timer.stop()
        header = replace(self._header, conclusion=self.text.toPlainText().strip())
        if self._case_id and header != self._header:
            self.base, self._header = self._header, header
            self.saved.emit(self._case_id, header)

    def take_back(self, case_id: int, header: CaseHeader) -> None:
        """What was typed is not kept: show again what was there before."""
        if case_id == self._case_id:
            self._timer.stop()
            self._header = replace(self._header, conclusion=self.text.toPlainText().strip())
            self.show_header(case_id, header)

    def put_in(self, phrase: str) -> None:
        """Put a phrase in where the text cursor stands; Ctrl+Z in the field takes it out again."""
        cursor = self.text.textCursor()
        start, end = cursor.selectionStart(), cursor.selectionEnd()
        now = self.text.toPlainText()
        text, _ = with_phrase(now[:start] + now[end:], start, phrase)
        # Only what is new goes in, so that the field's own undo takes back this and nothing else.
        cursor.insertText(text[start : len(text) - len(now[end:])])
        self.text.setFocus()

    def _make_room_for_arrow(self) -> None:
        # The arrow stands at the end of the button, beside its words.
        self.choose.setMinimumWidth(self.choose.sizeHint().width() + 24)

    def _offer(self) -> None:
        menu = self.choose.menu()
        menu.clear()
        menu.setToolTipsVisible(True)
        for phrase in self._phrases():
            shown = phrase if len(phrase) <= LONGEST_NAME else f"{phrase[:LONGEST_NAME].rstrip()}…"
            action = QAction(shown.replace("&", "&&"), menu)
            action.setToolTip(phrase)
            action.triggered.connect(partial(self._chosen, phrase))
            menu.addAction(action)

    def _chosen(self, phrase: str, _on: bool = False) -> None:
        self.put_in(phrase)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Save the text when it is left."""
        if watched is self.text and event.type() == QEvent.Type.FocusOut:
            self.save()
        return super().eventFilter(watched, event)
