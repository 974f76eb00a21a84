"""What came of a list of orders, line by line, to be read and copied."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QAbstractItemView, QHBoxLayout, QHeaderView, QTableWidget, QTableWidgetItem, QWidget

from leukoscope.gui.language import said
from leukoscope.gui.sheets.overlay import Sheet
from leukoscope.gui.widgets.buttons import PushButton
from leukoscope.gui.widgets.text import label

TYPE_CHECKING = False
if TYPE_CHECKING:
    from leukoscope.exchange.orders import Remark
    from leukoscope.workflow.worklist import ImportReport


class ImportSheet(Sheet):
    """A table of orders that were not taken, and of what else has to be known of the list."""

    def __init__(self, parent: QWidget) -> None:
        # Its own context: the parent’s is that of a class that has no words.
        super().__init__(QCoreApplication.translate("ImportSheet", "Imported list"), parent)
        self.column.setContentsMargins(24, 16, 24, 24)
        self.sentence = label("", "muted", wrap=True)
        self.table = QTableWidget(0, 4)
        self.table.setHorizontalHeaderLabels(
            (self.tr("Line"), self.tr("Case number"), self.tr("Taken"), self.tr("What to know"))
        )
        head = self.table.horizontalHeader()
        head.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        head.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        head.setSectionResizeMode(3, QHeaderView.ResizeMode.Stretch)
        self.table.setAccessibleName(self.tr("What to know of the list"))
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setShowGrid(False)
        self.table.verticalHeader().hide()
        self.table.setMinimumSize(860, 360)
        self.copy = PushButton(self.tr("Copy list"), "primary", "table")
        self.copy.setToolTip(self.tr("Copy all lines, to send them to whoever made the list"))
        self.copy.clicked.connect(self._copy)
        row = QHBoxLayout()
        row.addWidget(self.sentence, 1)
        row.addWidget(self.copy)
        self.column.addLayout(row)
        self.column.addWidget(self.table, 1)

    def show_report(self, sentence: str, report: ImportReport) -> None:
        """Show what came of a list."""
        self.sentence.setText(sentence)
        no, yes = self.tr("not taken"), ""
        rows = [*_rows(report.refused, no), *_rows(report.notes, yes)]
        self.table.setRowCount(len(rows))
        for place, cells in enumerate(rows):
            for column, text in enumerate(cells):
                item = QTableWidgetItem(text)
                item.setToolTip(text if column == 3 else "")
                self.table.setItem(place, column, item)
        self.enter()
        self.table.resizeRowsToContents()
        self.table.setFocus()

    def text(self) -> str:
        """The sentence and all lines, with tabs between the columns."""
        lines = [self.sentence.text()]
        for row in range(self.table.rowCount()):
            items = (self.table.item(row, column) for column in range(self.table.columnCount()))
            lines.append("\t".join(item.text() if item else "" for item in items))
        return "\n".join(lines)

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.text())


def _rows(remarks: Sequence[Remark], taken: str) -> list[tuple[str, str, str, str]]:
    return [(str(one.line) if one.line else "", one.number, taken, said(one.sentence)) for one in remarks]
