"""The audit trail in the window: of the open case, or of everything, and as a file."""

from __future__ import annotations

from pathlib import Path

from leukoscope.gui.controllers.case_commands import CASE_SHOWN
from leukoscope.gui.controllers.controller import Controller, Handlers
from leukoscope.gui.permissions import hold
from leukoscope.gui.session import Session
from leukoscope.gui.sheets.audit_sheet import SHOWN, AuditSheet
from leukoscope.workflow.permissions import Act


class AuditTrailController(Controller):
    """Reads and verifies the trail, and writes it where a person wants it."""

    def __init__(self, session: Session, sheet: AuditSheet) -> None:
        super().__init__(session)
        self.audit_sheet = sheet
        sheet.export_wanted.connect(self._export)

    def handlers(self) -> Handlers:
        """Show it."""
        return {"audit": self.audit}

    def apply_permissions(self) -> None:
        """Let nobody export the trail who may not."""
        hold(self._bridge, Act.EXPORT_TRAIL, self.audit_sheet.export)

    def audit(self) -> None:
        """Show the trail: of the open case in its pages, else of everything."""
        case_id = self._case.id if self._navigation.page in CASE_SHOWN else None
        self._bridge.read(
            lambda bench: (bench.signing.audit(case_id, SHOWN), bench.signing.verify_audit()),
            lambda both: self.audit_sheet.show_entries(*both),
            owner=self,
        )

    def _export(self) -> None:
        kinds = self.tr("Table") + " (*.csv);;PDF (*.pdf)"
        path = self._files.save_file(self.tr("Export audit trail"), "audit.csv", kinds)
        if path is not None:
            self.export_audit_to(path)

    def export_audit_to(self, path: Path) -> None:
        """Write the whole trail as a file."""
        self._bridge.write(
            lambda bench: bench.signing.export_audit(path),
            lambda _: self._messages.tell(self.tr("The audit trail is written.")),
            owner=self,
            failed=self._messages.warn,
        )
