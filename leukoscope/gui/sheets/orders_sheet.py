"""Messages of other systems that were refused or need a person, and what a person does about them."""

from __future__ import annotations

from PySide6.QtCore import QDateTime, QLocale, Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QGridLayout,
    QHeaderView,
    QLineEdit,
    QTableWidget,
    QTableWidgetItem,
    QWidget,
)

from leukoscope.gui.language import said
from leukoscope.gui.sheets.overlay import Sheet
from leukoscope.gui.widgets.buttons import PushButton
from leukoscope.gui.widgets.text import label

TYPE_CHECKING = False
if TYPE_CHECKING:
    from leukoscope.workflow.orders_in.kept_message import KeptMessage

REASON, NUMBER = 300, 120
"""Longest texts."""


class OrdersSheet(Sheet):
    """A table of messages; the one that is chosen gets a case of its own, or is dismissed with a reason.

    Signals
    -------
    chosen(int)
        A message was chosen; its number is wanted.
    begin_wanted(int, str), dismiss_wanted(int, str)
        Message, and number of the new case or reason.
    """

    chosen = Signal(int)
    begin_wanted = Signal(int, str)
    dismiss_wanted = Signal(int, str)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(self.tr("Orders that need a person"), parent)
        self.column.setContentsMargins(24, 16, 24, 24)
        self.sentence = label("", "muted", wrap=True)
        self.table = QTableWidget(0, 5)
        self.number, self.reason = QLineEdit(), QLineEdit()
        self.begin, self.dismiss = PushButton(self.tr("Begin case")), PushButton(self.tr("Dismiss"))
        self.wrong = label("", "wrong", wrap=True)
        self._ids: list[int] = []
        self._lay_out()
        self.table.itemSelectionChanged.connect(self._choose)
        self.number.textChanged.connect(self._allow)
        self.reason.textChanged.connect(self._allow)
        self.number.returnPressed.connect(self.begin.click)
        self.reason.returnPressed.connect(self.dismiss.click)
        self.begin.clicked.connect(lambda: self.begin_wanted.emit(self.message, self.number.text().strip()))
        self.dismiss.clicked.connect(lambda: self.dismiss_wanted.emit(self.message, self.reason.text().strip()))
        self._choose()

    def _lay_out(self) -> None:
        titles = self.tr("Came"), self.tr("From"), self.tr("Message"), self.tr("Case number"), self.tr("What to know")
        table = self.table
        table.setHorizontalHeaderLabels(titles)
        head = table.horizontalHeader()
        head.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        head.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        head.setSectionResizeMode(4, QHeaderView.ResizeMode.Stretch)
        table.setAccessibleName(self.tr("Orders that need a person"))
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        table.setTabKeyNavigation(False)
        table.setShowGrid(False)
        table.setWordWrap(True)
        table.verticalHeader().hide()
        table.setMinimumSize(860, 300)
        grid = QGridLayout()
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(10)
        grid.setColumnStretch(1, 1)
        rows = (
            (self.tr("Number of a new case"), self.number, NUMBER, self.begin),
            (self.tr("Reason to dismiss it"), self.reason, REASON, self.dismiss),
        )
        for row, (title, edit, longest, button) in enumerate(rows):
            before = label(title)
            before.setBuddy(edit)
            edit.setAccessibleName(title)
            edit.setMaxLength(longest)
            grid.addWidget(before, row, 0)
            grid.addWidget(edit, row, 1)
            grid.addWidget(button, row, 2)
        self.column.addWidget(self.sentence)
        self.column.addWidget(table, 1)
        self.column.addLayout(grid)
        self.column.addWidget(self.wrong)

    @property
    def message(self) -> int:
        """The message that is chosen; 0 where none is."""
        rows = self.table.selectionModel().selectedRows()
        return self._ids[rows[0].row()] if rows else 0

    def show_messages(self, messages: tuple[KeptMessage, ...]) -> None:
        """Show them; the one that was chosen stays chosen."""
        before = self.message
        self._ids = [one.id for one in messages]
        self.table.setRowCount(len(messages))
        for row, one in enumerate(messages):
            for column, text in enumerate(_cells(one)):
                item = QTableWidgetItem(text)
                item.setTextAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
                item.setToolTip(text if column == 4 else "")
                self.table.setItem(row, column, item)
        self.table.resizeRowsToContents()
        nothing = self.tr("Nothing was refused, and nothing needs a person.")
        self.sentence.setText("" if messages else nothing)
        self.sentence.setVisible(not messages)
        if self._ids:
            self.table.selectRow(self._ids.index(before) if before in self._ids else 0)
        self.say("")
        self._choose()

    def show_number(self, message: int, number: str) -> None:
        """Offer the number that the message has."""
        if message == self.message and not self.number.isModified():
            self.number.setText(number)

    def say(self, sentence: str) -> None:
        """Say what went wrong; empty takes it away."""
        self.wrong.setText(said(sentence))
        self.wrong.setVisible(bool(sentence))

    def _choose(self) -> None:
        for edit in (self.number, self.reason):
            edit.clear()
            edit.setModified(False)
            edit.setEnabled(bool(self.message))
        self.say("")
        self._allow()
        if self.message:
            self.chosen.emit(self.message)

    def _allow(self) -> None:
        self.begin.setEnabled(bool(self.message and self.number.text().strip()))
        self.dismiss.setEnabled(bool(self.message and self.reason.text().strip()))


def _cells(one: KeptMessage) -> tuple[str, ...]:
    at = QLocale().toString(QDateTime.fromSecsSinceEpoch(int(one.came.timestamp())), QLocale.FormatType.ShortFormat)
    numbers = "\n".join(dict.fromkeys(told.number for told in one.told if told.number))
    sentences = "\n".join(dict.fromkeys(said(told.sentence) for told in one.told))
    return at, one.sender.replace("|", " "), one.kind.replace("^", " "), numbers, sentences
