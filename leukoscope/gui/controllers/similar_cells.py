"""Similar cells on a key, and cells that are kept as examples."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal

from leukoscope.domain.cases import CaseCell
from leukoscope.gui import verdicts
from leukoscope.gui.controllers.controller import Actions, Controller, Handlers
from leukoscope.gui.review.cell_card import SIDE
from leukoscope.gui.review.cell_rendering import cell_thumbnail
from leukoscope.gui.review.page import ReviewPage
from leukoscope.gui.session import Session
from leukoscope.gui.sheets.similar_sheet import SimilarSheet
from leukoscope.workflow.events import CellsCompared, ComparingStep, Event, Failed, Stopped

if TYPE_CHECKING:
    from leukoscope.workflow.similar.service import SimilarCells

JOB, INDEX = "similar", "similar index"


class SimilarController(Controller):
    """Shows what the lab has decided of cells like the one in view.

    Signals
    -------
    examples_changed()
        A cell is kept as an example, or no longer.
    """

    examples_changed = Signal()

    def __init__(self, session: Session, review: ReviewPage, sheet: SimilarSheet) -> None:
        super().__init__(session)
        self._review, self._sheet = review, sheet
        self._asked = 0
        self._cell: CaseCell | None = None
        self._bridge.happened.connect(self._heard)
        sheet.read_wanted.connect(self._read_others)
        sheet.stop_wanted.connect(self._stop)
        sheet.keep_wanted.connect(self._keep_shown)
        sheet.left.connect(self._left)

    def handlers(self) -> Handlers:
        """Both keys."""
        return {"similar": self.show, "keep_example": self.keep}

    def refine(self, actions: Actions) -> None:
        """An example shows what a person decided."""
        cell = self._review.cell
        if cell is None or cell.decision is None or cell.removed is not None:
            actions["keep_example"].setEnabled(False)

    def start(self) -> None:
        """The workbench is open: pictures can be asked for."""
        side = round(SIDE * max(self._sheet.devicePixelRatioF(), 1.0))
        bench = self._bridge.bench
        self._sheet.set_source(lambda frame, cell: cell_thumbnail(bench, frame, cell, side))

    # Neighbors -------------------------------------------------------------------------------------------------

    def show(self) -> None:
        """Show what is like the cell in view; what cannot be compared with yet is read then."""
        cell = self._review.cell
        frame = self._case.frame(cell.frame_id) if cell is not None else None
        if cell is None or frame is None:
            return
        self._cell = cell
        self._sheet.begin(frame, cell)
        self._find(read_others=True)

    def _find(self, *, read_others: bool = False) -> None:
        cell = self._cell
        frame = self._case.frame(cell.frame_id) if cell is not None else None
        if cell is None or frame is None:
            return
        self._asked += 1
        number = self._asked

        def found(answer: SimilarCells) -> None:
            if number != self._asked or self._sheet.isHidden():
                return
            self._sheet.show_found(answer)
            if answer.unread and read_others:
                self._read_others()

        def failed(sentence: str) -> None:
            if number == self._asked:
                self._sheet.show_trouble(sentence)

        self._bridge.read_in_pool(lambda bench: bench.similar.find(frame, cell), found, owner=self, failed=failed)

    def _read_others(self) -> None:
        self._bridge.write(lambda bench: bench.similar.read_all(), owner=self, failed=self._sheet.show_trouble)

    def _stop(self) -> None:
        self._asked += 1
        self._sheet.work.stopping()
        self._bridge.write(lambda bench: bench.similar.stop(), owner=self, failed=self._messages.warn)

    def _left(self) -> None:
        """Nobody looks any more; what is read goes on, so that the next look is quick."""
        self._asked += 1

    def _heard(self, event: Event) -> None:
        if self._sheet.isHidden():
            return
        if isinstance(event, ComparingStep) and event.what == JOB:
            self._sheet.show_step(event.progress)
        elif isinstance(event, ComparingStep) and event.what == INDEX:
            self._sheet.show_building(event.progress)
        elif isinstance(event, Stopped) and event.what == INDEX:
            self._sheet.show_not_compared()
        elif isinstance(event, CellsCompared):
            self._find()
        elif isinstance(event, Failed) and event.what == JOB:
            self._sheet.show_trouble(event.sentence)
        elif isinstance(event, Stopped) and event.what == JOB:
            self._sheet.show_stopped()

    # Examples --------------------------------------------------------------------------------------------------

    def keep(self) -> None:
        """Keep the cell in view as an example of what a person said it is."""
        if (cell := self._review.cell) is not None:
            self._keep(cell)

    def _keep_shown(self) -> None:
        if self._cell is not None:
            self._keep(self._cell)

    def _keep(self, cell: CaseCell) -> None:
        said = cell.decision.said if cell.decision is not None else None
        word = verdicts.said_within(said) if said is not None else ""

        def kept(_answer: object) -> None:
            self.examples_changed.emit()
            place = self._sheet.message if self._sheet.isVisible() else self._messages
            text = self.tr("Kept as an example of: {0}. All are on the page Quality.").format(word)
            place.tell(text, self.tr("Undo"), lambda: self.remove(cell.id))

        self._bridge.write(lambda bench: bench.similar.keep_example(cell.id), kept, owner=self,
                           failed=self._example_failed)  # fmt: skip

    def remove(self, cell_id: int) -> None:
        """Keep a cell as an example no longer; it can be undone."""

        def removed(_answer: object) -> None:
            self.examples_changed.emit()
            self._messages.tell(
                self.tr("It is no example any longer."), self.tr("Undo"), lambda: self.keep_again(cell_id)
            )

        self._bridge.write(lambda bench: bench.similar.remove_example(cell_id), removed, owner=self,
                           failed=self._example_failed)  # fmt: skip

    def keep_again(self, cell_id: int) -> None:
        """Keep one that was taken out once more."""
        self._bridge.write(
            lambda bench: bench.similar.keep_example(cell_id), lambda _: self.examples_changed.emit(), owner=self,
            failed=self._example_failed,
        )  # fmt: skip

    def _example_failed(self, sentence: str) -> None:
        (self._sheet.message if self._sheet.isVisible() else self._messages).warn(sentence)
