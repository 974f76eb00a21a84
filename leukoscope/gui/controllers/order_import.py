"""An imported list of orders in the window: one sentence, and a sheet with what could not be taken."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leukoscope.gui.controllers.controller import Controller
from leukoscope.gui.session import Session
from leukoscope.gui.sheets.import_sheet import ImportSheet
from leukoscope.gui.worklist.page import WorklistPage

if TYPE_CHECKING:
    from leukoscope.workflow.worklist import ImportReport


class OrderImportController(Controller):
    """Says what came of each list."""

    def __init__(self, session: Session, worklist: WorklistPage, sheet: ImportSheet) -> None:
        super().__init__(session)
        self.sheet = sheet
        worklist.imported.connect(self._tell)

    def _tell(self, report: ImportReport) -> None:
        sentence = self.words(report)
        if not report.refused and not report.notes:
            self._messages.tell(sentence)
            return
        self._messages.warn(sentence, self.tr("Show the lines"), lambda: self.sheet.show_report(sentence, report))

    def words(self, report: ImportReport) -> str:
        """What came of a list, in one sentence."""
        counts = (
            (len(report.added), self.tr("{0} new")),
            (len(report.present), self.tr("{0} there already")),
            (len(report.changed), self.tr("{0} changed")),
            (len(report.cancelled), self.tr("{0} cancelled")),
            (len(report.refused), self.tr("{0} not taken")),
        )
        said = ", ".join(words.format(count) for count, words in counts if count)
        if not said:
            return self.tr("The list changes nothing here.")
        return self.tr("Orders of the list: {0}.").format(said)
