"""The count table of the open case, and another case beside it."""

from __future__ import annotations

from leukoscope.gui.controllers.controller import Controller, Handlers
from leukoscope.gui.review.page import ReviewPage
from leukoscope.gui.session import Session
from leukoscope.gui.sheets.count_sheet import CountedCase, CountSheet

COMPARED = 200
"""So many of the newest cases are offered for comparison."""


class CountingController(Controller):
    """Fills the sheet of the count table."""

    def __init__(self, session: Session, review: ReviewPage, sheet: CountSheet) -> None:
        super().__init__(session)
        self._review, self.count_sheet = review, sheet
        sheet.others_wanted.connect(self._offer_others)
        sheet.other_wanted.connect(self._read_other)

    def handlers(self) -> Handlers:
        """Count."""
        return {"count": self.count}

    def count(self) -> None:
        """Show the count table."""
        case = self._case.case
        if case is not None:
            cells, shown = tuple(self._case.cells), self._review.frame
            image = [cell for cell in cells if cell.frame_id == shown.id] if shown is not None else None
            self.count_sheet.ask(CountedCase(case.header, cells, image))

    def _offer_others(self) -> None:
        own = self._case.id

        def arrived(cases: tuple[object, ...]) -> None:
            self.count_sheet.set_others(tuple(one for one in cases if getattr(one, "id", 0) != own))  # type: ignore[misc]

        self._bridge.read(lambda bench: bench.cases.search()[:COMPARED], arrived, owner=self)

    def _read_other(self, case_id: int) -> None:
        self._bridge.read(lambda bench: bench.cases.load(case_id), self.count_sheet.show_other, owner=self)
