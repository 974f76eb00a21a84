"""The chosen case of the list: its counts, its priority, its header, and what can be done with it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from leukoscope.domain.cases import CaseSummary, Priority
from leukoscope.domain.findings import Label
from leukoscope.gui.widgets.buttons import ComboBox, PushButton
from leukoscope.gui.widgets.header_form import HeaderForm
from leukoscope.gui.widgets.shares_bar import SharesBar
from leukoscope.gui.widgets.text import ElidedLabel, how_much, label
from leukoscope.gui.worklist.case_list import CaseList

WIDTH = 328


class CaseDetails(QFrame):
    """Stands beside the list."""

    def __init__(self, model: CaseList, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self.priority, self.form = ComboBox(), HeaderForm()
        self._number, self._state = ElidedLabel("", "title"), label("", "muted")
        self._counts, self._shares = label("", "muted", wrap=True), SharesBar()
        self.open = PushButton(self.tr("Open case"), "primary", "review")
        self.remove = PushButton(self.tr("Put away"), "flat", "remove")
        self.erase = PushButton(self.tr("Erase for good…"), "flat", "remove")
        self.erase.setToolTip(self.tr("Remove the patient’s data from this computer; nobody can bring it back"))
        self._lay_out()

    def _lay_out(self) -> None:
        self.setObjectName("panel")
        self.setFixedWidth(WIDTH)
        inner = QWidget()
        inner.setObjectName("scrolled")
        column = QVBoxLayout(inner)
        column.setContentsMargins(20, 20, 20, 20)
        column.setSpacing(8)
        top = QHBoxLayout()
        top.addWidget(self._number, 1)
        top.addWidget(self._state)
        column.addLayout(top)
        column.addWidget(self._counts)
        column.addWidget(self._shares)
        column.addSpacing(8)
        column.addWidget(self.open)
        column.addSpacing(8)
        column.addWidget(label(self.tr("Priority"), "small"))
        for priority in Priority:
            self.priority.addItem(self._model.priority(priority), priority)
        self.priority.setAccessibleName(self.tr("Priority"))
        column.addWidget(self.priority)
        column.addWidget(self.form)
        column.addStretch(1)
        column.addWidget(self.remove)
        column.addWidget(self.erase)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(inner)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(area)

    def describe(self, case: CaseSummary | None) -> None:
        """Show a case, or nothing."""
        self.setVisible(case is not None)
        if case is None:
            return
        self._number.setText(case.header.number)
        self._state.setText(self.tr("put away") if case.put_away else self._model.state(case.state))
        self._shares.set_counts({Label.UNSURE: case.unsure, Label.LEUKEMIC: case.leukemic, Label.HEALTHY: case.healthy})
        words = (how_much(case.frames, case.cells), self._model.open_ends(case))
        self._counts.setText(", ".join(part for part in words if part))
        self.form.show_header(case.id, case.header)
        self.form.set_read_only(case.state.is_read_only or case.put_away)
        self.priority.setCurrentIndex(self.priority.findData(case.priority))
        self.priority.setEnabled(not case.state.is_read_only and not case.put_away)
        self.open.setEnabled(not case.put_away)
        self.open.setToolTip(self.tr("Bring the case back first") if case.put_away else "")
        self.remove.setText(self.tr("Bring back") if case.put_away else self.tr("Put away"))
        self.remove.setEnabled(case.put_away or not case.state.is_read_only)
        self.remove.setToolTip(
            self.tr("The case is in the list again")
            if case.put_away
            else self.tr("Off the list; it can be brought back from the state “Put away”")
        )
