"""A case is erased for good; meanwhile nobody at another workstation erases the one that is open here."""

from __future__ import annotations

from leukoscope.gui.controllers.case_commands import CASE_SHOWN
from leukoscope.gui.controllers.controller import Actions, Controller, Handlers
from leukoscope.gui.controllers.decisions import DecisionController
from leukoscope.gui.session import Session
from leukoscope.gui.sheets.erase_sheet import EraseSheet
from leukoscope.gui.worklist.page import WorklistPage
from leukoscope.workflow.events import CaseErased, Event


class ErasingController(Controller):
    """Asks why, says what will still hold the case, and erases it."""

    def __init__(
        self, session: Session, decisions: DecisionController, worklist: WorklistPage, sheet: EraseSheet
    ) -> None:
        super().__init__(session)
        self._decisions, self._worklist, self.erase_sheet = decisions, worklist, sheet
        self._held = 0
        sheet.wanted.connect(self._erase)
        worklist.erase_wanted.connect(self.ask_to_erase)
        for signal in (self._case.loaded, self._case.closed):
            signal.connect(self._hold)
        self._bridge.happened.connect(self._heard)

    def handlers(self) -> Handlers:
        """Erase."""
        return {"erase_case": self.erase}

    def refine(self, actions: Actions) -> None:
        """The case that is open, or chosen in the list that is shown."""
        in_list = self._navigation.page == "worklist" and self._worklist.current is not None
        actions["erase_case"].setEnabled(self._session.is_open and (in_list or self._case.case is not None))

    def erase(self) -> None:
        """Ask why the chosen case of the list, or the open one, is erased for good."""
        chosen = self._worklist.current if self._navigation.page == "worklist" else None
        case = self._case.case
        if chosen is not None:
            self.ask_to_erase(chosen.id, chosen.header.number)
        elif case is not None:
            self.ask_to_erase(case.id, case.header.number)

    def ask_to_erase(self, case_id: int, number: str) -> None:
        """Ask why a case is erased for good, and say what will still hold it."""

        def ask() -> None:
            self.erase_sheet.ask(case_id, number)
            self._bridge.read(
                lambda bench: bench.cases.holding_backups(case_id),
                lambda names: self.erase_sheet.show_backups(case_id, names),
                owner=self,
                failed=self.erase_sheet.say,
            )

        self._decisions.decides(ask)

    def _erase(self, case_id: int, reason: str) -> None:
        sheet = self.erase_sheet

        def done(_none: None) -> None:
            sheet.leave()
            was_open = self._case.wanted == case_id
            self._case.leave(case_id)
            # What could be undone may be about cells that are gone, whose keys others can get.
            self._undo_stack.clear()
            if was_open and self._navigation.page in CASE_SHOWN:
                self._navigation.show("worklist")
            self._messages.tell(self.tr("The case is being erased; freed space is overwritten …"))

        def failed(sentence: str) -> None:
            (sheet.say if sheet.isVisible() else self._messages.warn)(sentence)

        self._bridge.write(lambda bench: bench.cases.erase(case_id, reason), done, owner=self, failed=failed)

    def _heard(self, event: Event) -> None:
        if not isinstance(event, CaseErased):
            return
        parts = [self.tr("The case is erased for good.")]
        if event.backups:
            parts.append(self.tr("These backups still hold it: {0}.").format(", ".join(event.backups)))
        if event.shared:
            parts.append(
                self.tr(
                    "The database server may hold freed pages and archives: ask its administrator for VACUUM FULL and "
                    "to let old archives go."
                )
            )
        (self._messages.warn if len(parts) > 1 else self._messages.tell)(" ".join(parts))

    def _hold(self) -> None:
        """Nobody at another workstation erases the case that is open here."""
        case_id = self._case.id or 0
        if case_id != self._held and self._session.is_open:
            self._held = case_id
            self._bridge.read(lambda bench: bench.cases.hold(case_id), owner=self)
