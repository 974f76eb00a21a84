"""The header of a case: named above its pages, written there and beside the list."""

from __future__ import annotations

from collections.abc import Callable, Container
from functools import partial

from PySide6.QtCore import Signal

from leukoscope.domain.cases import CaseHeader
from leukoscope.gui.chrome.case_bar import CaseBar
from leukoscope.gui.controllers.controller import Controller, Handlers
from leukoscope.gui.controllers.decisions import DecisionController
from leukoscope.gui.report.conclusion_form import ConclusionForm
from leukoscope.gui.session import Session
from leukoscope.gui.widgets.header_form import HeaderForm
from leukoscope.gui.worklist.page import WorklistPage


class HeaderController(Controller):
    """Shows which case is open, and keeps what is written about it.

    Parameters
    ----------
    session, decisions, worklist
        What it works on.
    bar
        Names the case above its pages.
    forms
        Of the bar, beside the list, and of the conclusion.
    case_pages
        Names of the pages that the bar stands above.

    Signals
    -------
    titled(str)
        Number of the case that is open; empty when none is.
    """

    titled = Signal(str)

    def __init__(
        self,
        session: Session,
        decisions: DecisionController,
        worklist: WorklistPage,
        bar: CaseBar,
        forms: tuple[HeaderForm | ConclusionForm, ...],
        case_pages: Container[str],
    ) -> None:
        super().__init__(session)
        self._decisions, self._worklist, self._bar = decisions, worklist, bar
        self._forms, self._case_pages = forms, case_pages
        self._bases: dict[int, CaseHeader] = {}
        for form in forms:
            form.saved.connect(partial(self.save, form))
            if isinstance(form, HeaderForm):
                form.finished.connect(self._finish)
        for signal in (self._case.loaded, self._case.closed, self._case.header_changed):
            signal.connect(self.show_case)
        self._case.load_failed.connect(lambda _id: self.show_case())
        self._case.not_saved.connect(self._offer_again)

    def handlers(self) -> Handlers:
        """Write the header."""
        return {"edit_header": self.edit}

    def show_case(self) -> None:
        """Name the case that is open."""
        case = self._case.case
        self._show_bar(self._navigation.page)
        self.titled.emit(case.header.number if case is not None else "")
        self._session.changed.emit()

    def show_page(self, page: str) -> None:
        """Another page is shown: fold the form, and name the case where the page shows one."""
        self._bar.unfold(False)
        self._show_bar(page)

    def _show_bar(self, page: str) -> None:
        self._bar.setVisible(page in self._case_pages)
        self._bar.show_case(self._case.case)

    def _offer_again(self, sentence: str, again: Callable[[], object]) -> None:
        self._messages.warn(sentence, self.tr("Try again"), again)
        self._worklist.refresh()

    def _finish(self) -> None:
        """Enter: fold the form, and give the keyboard back to what the page is for."""
        self._bar.unfold(False)
        self._navigation.focus()

    def write(self) -> None:
        """Let a person write the header of the case that is shown."""
        self._bar.unfold(True)

    def edit(self) -> None:
        """Write the header where it is shown."""
        page = self._navigation.page
        if page == "worklist" and self._worklist.current is not None:
            self._worklist.write_header()
            return
        if page not in {"review", "report"}:
            self._navigation.show("review")
        self._bar.unfold(not self._bar.is_unfolded)

    def save(self, form: HeaderForm | ConclusionForm, case_id: int, header: CaseHeader) -> None:
        """Keep a header as it was typed; while the name is asked for, what stood there before the first letter stays.

        The keyboard stays in the field.
        """
        base = self._bases.setdefault(case_id, form.base)

        def save() -> None:
            self._bases.pop(case_id, None)
            self._case.update_header(case_id, header, base)

        def take_back() -> None:
            self._bases.pop(case_id, None)
            for one in self._forms:
                one.take_back(case_id, base)

        self._decisions.decides(save, take_back, ("header", case_id))
