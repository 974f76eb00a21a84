"""The bar above Review and Report: which case this is, its header a click away, and its way out."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from leukoscope.domain.cases import Case, CaseHeader, CaseState
from leukoscope.domain.report_status import ReportStatus, case_report_status
from leukoscope.gui.theme import TARGET
from leukoscope.gui.widgets.buttons import PushButton, action_button
from leukoscope.gui.widgets.header_form import HeaderForm
from leukoscope.gui.widgets.text import ElidedLabel, label


class CaseBar(QFrame):
    """Names the open case; unfolds the form of its header."""

    def __init__(self, actions: Mapping[str, QAction], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("bar")
        self._number = label("", "heading")
        self._words = ElidedLabel("", "muted")
        self._state = label("", "muted")
        self._edit = action_button(actions["edit_header"])
        self._edit.setCheckable(False)
        self._add = PushButton(actions["open_images"].text(), "", "open")
        self._add.setToolTip(actions["open_images"].toolTip())
        self._add.clicked.connect(actions["open_images"].trigger)
        self._sign = PushButton(actions["sign"].text(), "", "sign")
        self._sign.setToolTip(actions["sign"].toolTip())
        self._sign.clicked.connect(actions["sign"].trigger)
        self._amend = PushButton(actions["amend"].text(), "", "edit")
        self._amend.setToolTip(actions["amend"].toolTip())
        self._amend.clicked.connect(actions["amend"].trigger)
        self._export = PushButton(self.tr("Export PDF…"), "primary", "pdf")
        self._export.setToolTip(actions["export_pdf"].toolTip())
        self._export.clicked.connect(actions["export_pdf"].trigger)
        self._follow(actions["export_pdf"])
        self.form = HeaderForm(columns=4)
        row = QHBoxLayout()
        row.setContentsMargins(16, 7, 12, 7)
        row.setSpacing(12)
        # As high without buttons.
        row.addStrut(TARGET)
        row.addWidget(self._number)
        row.addWidget(self._words, 1)
        row.addWidget(self._state)
        row.addWidget(self._edit)
        row.addWidget(self._add)
        row.addWidget(self._sign)
        row.addWidget(self._amend)
        row.addWidget(self._export)
        self._fold = self._foldable()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(row)
        column.addWidget(self._fold)
        self.unfold(False)

    def _follow(self, action: QAction) -> None:
        action.changed.connect(lambda: self._export.setEnabled(action.isEnabled()))
        self._export.setEnabled(action.isEnabled())

    def _foldable(self) -> QWidget:
        fold = QWidget()
        column = QVBoxLayout(fold)
        column.setContentsMargins(16, 4, 16, 12)
        column.setSpacing(12)
        column.addWidget(self.form)
        row = QHBoxLayout()
        done = PushButton(self.tr("Done"), "", "check")
        done.clicked.connect(lambda: self.unfold(False))
        row.addWidget(done)
        row.addWidget(label(self.tr("Saved as you type."), "small"))
        row.addStretch(1)
        column.addLayout(row)
        return fold

    def show_case(self, case: Case | None) -> None:
        """Name a case; without one the bar keeps its place, so that the first image moves nothing."""
        for one in (self._edit, self._sign, self._amend, self._export, self._add):
            one.setVisible(case is not None)
        if case is None:
            self.unfold(False)
            self._number.setText(self.tr("No case yet"))
            self._words.setText(self.tr("The first image begins one."))
            self._state.setText("")
            return
        header = case.header
        self._number.setText(self.tr("Case {0}").format(header.number))
        self._words.setText(self._line(header))
        states = {
            CaseState.OPEN: self.tr("open"),
            CaseState.REVIEWED: self.tr("reviewed"),
            CaseState.SIGNED: self.tr("signed"),
            CaseState.AMENDED: self.tr("amended"),
        }
        state = states[case.state]
        if case.state is CaseState.REVIEWED and case_report_status(case) is ReportStatus.REOPENED:
            state = self.tr("amended, reviewed")
        self._state.setText(f"● {state}")
        self.form.show_header(case.id, header)
        self.form.set_read_only(case.state.is_read_only)
        self._sign.setVisible(not case.state.is_read_only)
        self._amend.setVisible(case.state.is_read_only)
        self._add.setVisible(not case.state.is_read_only)

    def _line(self, header: CaseHeader) -> str:
        """Patient first; what is said of others says of whom, else the operator reads as the patient."""
        patient = [part for part in (header.patient, header.patient_id) if part]
        material = ", ".join(part for part in (header.specimen, header.stain) if part)
        operator = self.tr("operator: {0}").format(header.operator) if header.operator else ""
        parts = (*(patient or [self.tr("no patient named")]), material, operator)
        return "  ·  ".join(part for part in parts if part)

    def unfold(self, unfolded: bool) -> None:
        """Show or hide the form of the header."""
        if not unfolded:
            self.form.save()
        self._fold.setVisible(unfolded)
        if unfolded:
            self.form.focus_number()

    @property
    def is_unfolded(self) -> bool:
        """Whether the form is shown."""
        return not self._fold.isHidden()
