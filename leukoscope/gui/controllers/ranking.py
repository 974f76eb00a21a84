"""The order of the gallery by what would teach most: found out in the background, and remembered as a choice."""

from __future__ import annotations

from leukoscope.gui.controllers.controller import Controller
from leukoscope.gui.review.gallery import CellGallery
from leukoscope.gui.session import Session
from leukoscope.workflow.events import CellsRanked, ComparingStep, Event, Failed

JOB = "ranking"


class RankingController(Controller):
    """Asks for the order when it is chosen, and when another case is shown in it."""

    def __init__(self, session: Session, gallery: CellGallery) -> None:
        super().__init__(session)
        self._gallery = gallery
        gallery.ranks_wanted.connect(self.rank)
        gallery.ranking.stop_wanted.connect(self.stop)
        self._bridge.happened.connect(self._heard)

    def rank(self) -> None:
        """Find out which cells of the open case teach most."""
        case_id = self._case.id
        if case_id is None or not self._session.is_open:
            return
        self._gallery.ranking.show_step(None)
        self._bridge.write(lambda bench: bench.similar.rank(case_id), owner=self, failed=self._failed)

    def stop(self) -> None:
        """Stay with the order that is shown."""
        self._gallery.ranking.end()
        self._bridge.write(lambda bench: bench.similar.stop_ranking(), owner=self, failed=self._messages.warn)

    def restore(self) -> None:
        """Choose the order that was chosen last."""
        self._gallery.set_sort(self._session.settings.window.get("sort", ""))

    def _failed(self, sentence: str) -> None:
        self._gallery.ranking.end()
        self._messages.warn(sentence)

    def _heard(self, event: Event) -> None:
        if isinstance(event, CellsRanked) and event.case_id == self._case.id:
            self._gallery.set_ranks(event.order)
        elif isinstance(event, ComparingStep) and event.what == JOB and self._gallery.ranking.isVisible():
            self._gallery.ranking.show_step(event.progress)
        elif isinstance(event, Failed) and event.what == JOB:
            self._failed(event.sentence)
