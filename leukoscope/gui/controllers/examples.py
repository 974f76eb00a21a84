"""The examples of the laboratory on the page Quality."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from leukoscope.gui.controllers.controller import Controller
from leukoscope.gui.language import said
from leukoscope.gui.quality.page import EXAMPLES, QualityPage
from leukoscope.gui.review.cell_card import SIDE
from leukoscope.gui.review.cell_rendering import cell_thumbnail
from leukoscope.gui.session import Session
from leukoscope.workflow.permissions import Act

if TYPE_CHECKING:
    from leukoscope.workflow.similar.service import KeptExample


class ExamplesController(Controller):
    """Shows examples, and lets them go.

    Parameters
    ----------
    session, page
        What it works on.
    remove
        Keeps a cell as an example no longer, with undo.
    """

    def __init__(self, session: Session, page: QualityPage, remove: Callable[[int], None]) -> None:
        super().__init__(session)
        self._page, self._part = page, page.examples
        page.part_shown.connect(self._part_shown)
        self._part.remove_wanted.connect(remove)
        self._part.begin_wanted.connect(lambda: self._navigation.show("review"))

    def start(self) -> None:
        """The workbench is open: pictures can be asked for."""
        side = round(SIDE * max(self._part.devicePixelRatioF(), 1.0))
        bench = self._bridge.bench
        self._part.thumbnails.set_source(lambda frame, cell: cell_thumbnail(bench, frame, cell, side))

    def show_page(self, name: str) -> None:
        """The page is shown: what was kept meanwhile is seen."""
        if name == self._page.name and self._page.part == EXAMPLES:
            self.refresh()

    def refresh(self) -> None:
        """Read the examples again, while somebody looks at them."""
        if self._session.is_open and self._page.part == EXAMPLES:
            self._bridge.read(lambda bench: bench.similar.examples(), self._show, owner=self, failed=self._failed)

    def _part_shown(self, name: str) -> None:
        if name == EXAMPLES:
            self.refresh()

    def _show(self, examples: tuple[KeptExample, ...]) -> None:
        self._part.message.hide()
        why_not = said(self._bridge.bench.operator.why_not(Act.LABEL))
        self._part.show_examples(examples, why_not=why_not)

    def _failed(self, sentence: str) -> None:
        self._part.message.warn(sentence)
