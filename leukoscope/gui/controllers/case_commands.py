"""Cases are begun, opened, put away and brought back; images are taken out of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from leukoscope.gui.controllers.controller import Actions, Controller, Handlers
from leukoscope.gui.controllers.decisions import DecisionController
from leukoscope.gui.review.page import ReviewPage
from leukoscope.gui.session import Session
from leukoscope.gui.undo import RemoveCase, RemoveFrame, RestoreCase
from leukoscope.gui.worklist.page import WorklistPage

CASE_SHOWN = frozenset({"review", "report"})
"""Pages that show a case: when it is put away or erased, the list is shown instead."""


class CaseController(Controller):
    """What a person does with whole cases.

    Parameters
    ----------
    session, decisions, worklist, review
        What it works on.
    write_header
        Lets a person write the header of a case that has just been begun.
    """

    def __init__(
        self,
        session: Session,
        decisions: DecisionController,
        worklist: WorklistPage,
        review: ReviewPage,
        write_header: Callable[[], None],
    ) -> None:
        super().__init__(session)
        self._decisions, self._worklist, self._review = decisions, worklist, review
        self._write_header = write_header
        worklist.open_wanted.connect(self.open_case)
        worklist.new_wanted.connect(self.new_case)
        worklist.remove_wanted.connect(self.remove_that_case)
        worklist.bring_back_wanted.connect(self.bring_back)

    def handlers(self) -> Handlers:
        """New case, put away, remove image."""
        return {"new_case": self.new_case, "remove_case": self.remove_case, "remove_image": self.remove_image}

    def refine(self, actions: Actions) -> None:
        """A case that is only chosen in the list can be put away too."""
        there = self._case.case is not None or self._worklist.current is not None
        actions["remove_case"].setEnabled(there)

    def new_case(self) -> None:
        """Start a new case and write its header."""

        def made(case_id: int) -> None:
            self._case.open(case_id, self._write_header)
            self._navigation.show("review")

        self._bridge.write(lambda bench: bench.cases.create(), made, owner=self, failed=self._messages.warn)

    def open_case(self, case_id: int) -> None:
        """Review a case of the list."""
        if self._case.wanted != case_id:
            self._case.open(case_id)
        self._navigation.show("review")

    def remove_case(self) -> None:
        """Put the chosen case of the list, or the open one, away."""
        chosen = self._worklist.current if self._navigation.page == "worklist" else None
        case = self._case.case
        if chosen is not None:
            self.remove_that_case(chosen.id, chosen.header.number)
        elif case is not None:
            self.remove_that_case(case.id, case.header.number)

    def remove_that_case(self, case_id: int, number: str) -> None:
        """Put a case away."""
        was_open = self._case.wanted == case_id
        command = RemoveCase(self._bridge, self._case, case_id, number)

        def put_away() -> None:
            self._undo_stack.push(command)
            if was_open and self._navigation.page in CASE_SHOWN:
                self._navigation.show("worklist")
            self._decisions.tell_done(self.tr("Case {0} is put away.").format(number))

        self._decisions.decides(put_away)

    def bring_back(self, case_id: int, number: str) -> None:
        """Bring a case back that was put away."""
        command = RestoreCase(self._bridge, self._case, case_id, number)
        self._decisions.push(command, self.tr("Case {0} is in the list again.").format(number))

    def remove_image(self) -> None:
        """Take the shown image out of its case."""
        frame, case = self._review.frame, self._case.case
        if frame is None or case is None or self._session.refuses_changes():
            return
        name = frame.origin.name if frame.origin else Path(frame.source).name
        command = RemoveFrame(self._bridge, case.id, frame.id, name)
        self._decisions.push(command, self.tr("“{0}” is out of the case.").format(name))
