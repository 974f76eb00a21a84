"""Blinded re-reads in the window: begun, joined, read cell by cell, and what they say of people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leukoscope.domain.rereads import Reread, Whose
from leukoscope.gui.actions import reserved_keys
from leukoscope.gui.controllers.controller import Controller
from leukoscope.gui.controllers.decisions import DecisionController
from leukoscope.gui.pixels import to_pixmap
from leukoscope.gui.quality.agreement_view import AgreementView
from leukoscope.gui.quality.page import PEOPLE, QualityPage
from leukoscope.gui.quality.people_part import PeoplePart
from leukoscope.gui.quality.reading_card import ReadingCard
from leukoscope.gui.session import Session
from leukoscope.workflow.class_keys import keys_in_force

if TYPE_CHECKING:
    from leukoscope.domain.frames import Pixels
    from leukoscope.domain.labels import PersonLabel
    from leukoscope.workflow.reread.figures import Figures
    from leukoscope.workflow.reread_service import Told


class RereadController(Controller):
    """Shows one cell after the other and keeps what is said of it."""

    def __init__(
        self,
        session: Session,
        decisions: DecisionController,
        page: QualityPage,
        part: PeoplePart,
        reading: ReadingCard,
        figures: AgreementView,
    ) -> None:
        super().__init__(session)
        self._decisions, self._page, self._part, self._reading, self._figures = decisions, page, part, reading, figures
        self._shown: Reread | None = None
        self._done = 0
        self._reader = ""
        part.begin_wanted.connect(self.begin)
        part.go_on_wanted.connect(self.go_on)
        part.join_wanted.connect(self.join)
        reading.answered.connect(self._answer)
        reading.next_wanted.connect(self._next)
        reading.leave_wanted.connect(self.leave)
        page.part_shown.connect(self._part_shown)

    # What there is ---------------------------------------------------------------------------------------------

    def show_page(self, name: str) -> None:
        """The page is shown: what another workstation did meanwhile is seen."""
        if name == self._page.name and self._page.part == PEOPLE:
            self.refresh()

    def _part_shown(self, part: str) -> None:
        if part == PEOPLE:
            self.refresh()

    def apply_permissions(self) -> None:
        """Another person sits here: what was shown to the one before is gone, and nobody reads on in their name."""
        name = self._session.operator.name if self._session.is_open else ""
        if name == self._reader:
            return
        from leukoscope.workflow.reread.figures import Figures

        self._reader, self._shown = name, None
        self._part.show_figures()
        self._show(((), Figures((), ())))
        if self._page.part == PEOPLE:
            self.refresh()

    def refresh(self) -> None:
        """Read re-reads and figures again."""
        if self._session.is_open:
            keys = keys_in_force(self._session.settings.class_keys, reserved_keys())
            self._reading.set_class_keys(keys)
            self._bridge.read(
                lambda bench: (bench.rereads.all(), bench.rereads.figures()), self._show, owner=self,
                failed=self._messages.warn,
            )  # fmt: skip

    def _show(self, found: tuple[tuple[Reread, ...], Figures]) -> None:
        rereads, figures = found
        self._figures.show_figures(figures)
        has_figures = bool(figures.pairs or figures.groups)
        self._part.show_rereads(rereads, self._session.operator.name, has_figures=has_figures)

    # Reading ---------------------------------------------------------------------------------------------------

    def begin(self, whose: str, n: int, practice: bool) -> None:
        """Draw cells and show the first; who reads must have said their name."""
        self._decisions.decides(
            lambda: self._bridge.write(
                lambda bench: bench.rereads.begin(Whose(whose), n, practice=practice), self._take, owner=self,
                failed=self._part.message.warn,
            )
        )  # fmt: skip

    def join(self, number: int) -> None:
        """Read the same cells as another person."""
        self._decisions.decides(
            lambda: self._bridge.write(
                lambda bench: bench.rereads.join(number), self._take, owner=self, failed=self._part.message.warn
            )
        )

    def go_on(self, number: int) -> None:
        """Go on where one stopped."""

        def found(rereads: tuple[Reread, ...]) -> None:
            for one in rereads:
                if one.number == number:
                    self._take(one)

        self._bridge.read(lambda bench: bench.rereads.all(), found, owner=self, failed=self._part.message.warn)

    def leave(self) -> None:
        """Stop for now; what is answered is kept."""
        self._shown = None
        self._part.show_figures()
        self.refresh()

    def _take(self, reread: Reread) -> None:
        self._shown, self._done = reread, len(reread.answers)
        self._reading.message.hide()
        self._part.show_reading()
        self._next()

    def _next(self) -> None:
        """Fetch the next cell; after the last one the figures are shown."""
        reread = self._shown
        if reread is None:
            return
        if self._done >= len(reread.cells):
            self.leave()
            self._messages.tell(self.tr("All {0} cells are read.").format(len(reread.cells)))
            return
        number, total, done = reread.number, len(reread.cells), self._done

        def show(pixels: Pixels) -> None:
            if self._shown is reread and self._done == done:
                self._reading.show_cell(to_pixmap(pixels), done, total, practice=reread.practice)

        self._reading.wait()
        self._bridge.read(lambda bench: bench.rereads.cell_pixels(number), show, owner=self, failed=self._failed)

    def _answer(self, said: PersonLabel) -> None:
        reread = self._shown
        if reread is None:
            return
        number = reread.number

        def kept(told: Told | None) -> None:
            if self._shown is not reread:
                return
            self._done += 1
            if told is None:
                self._next()
            else:
                self._reading.show_told(told)

        self._bridge.write(lambda bench: bench.rereads.answer(number, said), kept, owner=self, failed=self._failed)

    def _failed(self, sentence: str) -> None:
        self._reading.message.warn(sentence)
