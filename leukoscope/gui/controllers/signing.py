"""A case is marked reviewed, signed and amended."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from leukoscope.domain.cases import Case, CaseState
from leukoscope.domain.errors import ImagesLeftError, LeukoScopeError, OutOfControlError, UnsureLeftError
from leukoscope.gui.action_spec import CLASS_KEYS
from leukoscope.gui.controllers.controller import Actions, Controller, Handlers
from leukoscope.gui.controllers.decisions import DecisionController
from leukoscope.gui.review.page import ReviewPage
from leukoscope.gui.session import Session
from leukoscope.gui.sheets.signing_sheets import AmendSheet, FormSheet, SignSheet
from leukoscope.workflow.signing_checklist import ChecklistLine, Topic

if TYPE_CHECKING:
    from leukoscope.workflow.workbench import Workbench

CHANGES = (
    "label_leukemic", "label_healthy", "label_unsure", "label_none", "remove_image", "mark_reviewed", "sign",
    "judge_again", "judge_case_again", "judge_failed", "resume_waiting", "remove_waiting", *CLASS_KEYS,
)  # fmt: skip
"""Actions that make no sense in a signed case."""


class SigningController(Controller):
    """Asks for what a signature needs; what is not seen any more is not signed.

    Parameters
    ----------
    session, decisions, review
        What it works on.
    sign_sheet, amend_sheet
        Ask for name and meaning, and for the reason.
    save_header
        Saves what is being typed about the case, so that it is signed too.
    show_chart
        Shows the control chart of an instrument and a figure.
    """

    def __init__(
        self,
        session: Session,
        decisions: DecisionController,
        review: ReviewPage,
        sign_sheet: SignSheet,
        amend_sheet: AmendSheet,
        save_header: Callable[[], None],
        show_chart: Callable[[str, str], None],
    ) -> None:
        super().__init__(session)
        self._decisions, self._review, self._save_header = decisions, review, save_header
        self._show_chart = show_chart
        self.sign_sheet, self.amend_sheet = sign_sheet, amend_sheet
        self._asked_for: Case | None = None
        sign_sheet.wanted.connect(self._sign)
        sign_sheet.look_wanted.connect(self._look_into)
        amend_sheet.wanted.connect(self._amend)
        session.amend_wanted.connect(self.amend)

    def handlers(self) -> Handlers:
        """Review, sign, amend."""
        return {"mark_reviewed": self.mark_reviewed, "sign": self.sign, "amend": self.amend}

    def refine(self, actions: Actions) -> None:
        """Enable what makes sense in the case's state."""
        case = self._case.case
        sealed = case is not None and case.state.is_read_only
        if sealed:
            for name in CHANGES:
                actions[name].setEnabled(False)
        if case is not None:
            actions["mark_reviewed"].setEnabled(case.state in {CaseState.OPEN, CaseState.AMENDED})
        actions["amend"].setEnabled(sealed)

    # Signing ---------------------------------------------------------------------------------------------------

    def sign(self) -> None:
        """Ask for what a signature needs."""
        if self._session.shown_case() is None:
            return
        self._save_header()
        # With what has just been saved.
        case = self._asked_for = self._session.shown_case()
        if case is None:
            return
        operator = self._session.operator
        self.sign_sheet.ask(operator.name, operator.rules.accounts, case.header.number)
        case_id = case.id

        def arrived(lines: tuple[ChecklistLine, ...]) -> None:
            if self._asked_for is not None and self._asked_for.id == case_id:
                self.sign_sheet.show_checklist(lines)

        self._bridge.read(lambda bench: bench.signing.checklist(case_id), arrived, owner=self)

    def _look_into(self, line: ChecklistLine) -> None:
        if line.topic is Topic.CONTROL:
            self._show_chart(line.instrument, line.code)
        elif line.cell_id:
            self._show_cell(line.cell_id)
        elif line.frame_id:
            self._navigation.show("review")
            self._review.show_image(line.frame_id)

    def _sign(self, name: str, meaning: str, password: str, *, failed_known: bool = False) -> None:
        case = self._asked_for
        if case is not None and self._is_still_shown(case, self.sign_sheet):
            self._try(
                lambda bench: bench.signing.sign(case.id, name, meaning, password, failed_known=failed_known),
                None if failed_known else self.sign_sheet,
                self.tr("The case is signed; the report is kept as it is."),
                nevertheless=lambda: self._sign(name, meaning, password, failed_known=True),
            )

    def amend(self) -> None:
        """Ask why."""
        case = self._session.shown_case()
        if case is not None and case.state.is_read_only:
            self._decisions.decides(lambda: self._ask_why(case))

    def _ask_why(self, case: Case) -> None:
        self._asked_for = case
        if self._is_still_shown(case, self.amend_sheet):
            self.amend_sheet.ask(case.header.number)

    def _amend(self, reason: str) -> None:
        case = self._asked_for
        if case is not None and self._is_still_shown(case, self.amend_sheet):
            self._try(
                lambda bench: bench.signing.amend(case.id, reason),
                self.amend_sheet,
                self.tr("The case can be changed again."),
            )

    def mark_reviewed(self) -> None:
        """Say that every cell has been looked at."""
        case = self._session.shown_case()
        if case is not None:
            well = self.tr("The case is reviewed.")
            self._decisions.decides(lambda: self._try(lambda bench: bench.signing.mark_reviewed(case.id), None, well))

    def _is_still_shown(self, case: Case, sheet: FormSheet) -> bool:
        """Whether a sheet's case is still the one in sight: what is not seen is not signed."""
        if self._case.wanted == case.id:
            return True
        sheet.leave()
        words = self.tr("Case {0} is no longer the one that is open, so nothing was signed or amended.")
        self._messages.warn(words.format(case.header.number))
        return False

    def _try(
        self,
        work: Callable[[Workbench], object],
        sheet: FormSheet | None,
        well: str,
        nevertheless: Callable[[], object] | None = None,
    ) -> None:
        """Do it; what is wrong is said on the sheet, or in its place in the window.

        ``nevertheless`` does it although images could not be judged.
        """
        why: list[LeukoScopeError] = []

        def attempt(bench: Workbench) -> None:
            try:
                work(bench)
            except LeukoScopeError as error:
                why.append(error)
                raise

        def done(_none: None) -> None:
            if sheet is not None:
                sheet.say("")
                sheet.leave()
            self._messages.tell(well)

        def failed(sentence: str) -> None:
            cure: tuple[str, Callable[[], object]] | tuple[()] = ()
            error = why[0] if why else None
            if isinstance(error, ImagesLeftError) and not error.waiting and nevertheless is not None:
                cure = (self.tr("Sign nevertheless"), nevertheless)
            elif isinstance(error, UnsureLeftError):
                cell_id = error.cell_id
                cure = (self.tr("Show the cell"), lambda: self._show_cell(cell_id))
            elif isinstance(error, OutOfControlError):
                instrument, code = error.instrument, error.code
                cure = (self.tr("Show daily control"), lambda: self._show_chart(instrument, code))
            (sheet.say if sheet is not None and sheet.isVisible() else self._messages.warn)(sentence, *cure)

        self._bridge.write(attempt, done, owner=self, failed=failed)

    def _show_cell(self, cell_id: int) -> None:
        self._navigation.show("review")
        self._review.choose_cell(cell_id)
