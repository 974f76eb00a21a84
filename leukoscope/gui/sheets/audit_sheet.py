"""The audit trail on the screen: newest first, of the open case or of everything, checked and written out."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QAbstractItemView, QHBoxLayout, QHeaderView, QTableWidget, QTableWidgetItem, QWidget

from leukoscope.domain.audit import AuditCheck, AuditEntry
from leukoscope.gui.audit_words import told
from leukoscope.gui.language import said
from leukoscope.gui.sheets.overlay import Sheet
from leukoscope.gui.widgets.buttons import PushButton
from leukoscope.gui.widgets.text import label

SHOWN = 500


class AuditSheet(Sheet):
    """A table of entries.

    Signals
    -------
    export_wanted()
        Write the trail as a file.
    """

    export_wanted = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(self.tr("Audit trail"), parent)
        self.column.setContentsMargins(24, 16, 24, 24)
        self.state = label("", "muted", wrap=True)
        self.table = QTableWidget(0, 7)
        heads = (
            self.tr("When (UTC)"),
            self.tr("Who"),
            self.tr("What"),
            self.tr("Part"),
            self.tr("Before"),
            self.tr("After"),
            self.tr("Reason"),
        )
        self.table.setHorizontalHeaderLabels(heads)
        self.table.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self.table.setAccessibleName(self.tr("Audit trail"))
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setShowGrid(False)
        self.table.setWordWrap(False)
        self.table.verticalHeader().hide()
        self.table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        for narrow in (0, 1, 2):
            self.table.horizontalHeader().setSectionResizeMode(narrow, QHeaderView.ResizeMode.ResizeToContents)
        self.table.setMinimumSize(900, 440)
        self.export = PushButton(self.tr("Export CSV or PDF…"), "", "table")
        self.export.clicked.connect(self.export_wanted)
        row = QHBoxLayout()
        row.addWidget(self.state, 1)
        row.addWidget(self.export)
        self.column.addLayout(row)
        self.column.addWidget(self.table, 1)

    def show_entries(self, entries: tuple[AuditEntry, ...], check: AuditCheck) -> None:
        """Show entries and what the check found."""
        sound = self.tr("{0} entries checked: none was changed, removed or put in another order.").format(check.count)
        self.state.setText(sound if check.sound else " ".join(said(fault.sentence) for fault in check.faults[:3]))
        self.table.setRowCount(len(entries[:SHOWN]))
        for row, one in enumerate(entries[:SHOWN]):
            when = one.at[:19].replace("T", " ")
            what, part, old, new = told(one)
            for place, text in enumerate((when, one.who, what, part, old, new, one.reason)):
                item = QTableWidgetItem(text[:200].replace("\n", " "))
                self.table.setItem(row, place, item)
        self.enter()
        self.table.setFocus()
