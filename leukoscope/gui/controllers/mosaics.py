"""Images that overlap become a map while they are taken, and cells in several of them are counted once when wanted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leukoscope.domain.frames import OriginKind
from leukoscope.gui.controllers.controller import Controller
from leukoscope.gui.controllers.decisions import DecisionController
from leukoscope.gui.review.overview_card import OverviewCard
from leukoscope.gui.session import Session
from leukoscope.gui.undo_cells import CountOnce
from leukoscope.workflow.events import Event, FrameAdded
from leukoscope.workflow.permissions import Act

if TYPE_CHECKING:
    from leukoscope.workflow.mosaics import JoinedImages


class MosaicController(Controller):
    """Joins when a person wants it, and from then on with each new image; images of a camera at once.

    Parameters
    ----------
    session, decisions
        What it works on.
    card
        Shows the map, and offers to join.
    """

    def __init__(self, session: Session, decisions: DecisionController, card: OverviewCard) -> None:
        super().__init__(session)
        self._decisions, self._card = decisions, card
        self._case_id = 0
        self._joined: JoinedImages | None = None
        self._wanted = self._asking = self._again = False
        card.join_wanted.connect(self.join)
        card.once_wanted.connect(self.count_once)
        self._bridge.happened.connect(self._heard)
        self._counted = set[int]()
        for signal in (self._case.loaded, self._case.closed, self._case.cell_added):
            signal.connect(lambda *_more: self._case_changed())

    def join(self) -> None:
        """Look where the images of the case overlap; further images are looked at when they come."""
        case = self._case.case
        if case is None:
            return
        self._wanted = True
        if self._asking:
            self._again = True
            return
        self._asking = True
        case_id = case.id

        def failed(sentence: str) -> None:
            self._asking = False
            self._card.joined.clear()
            self._card.joined.join.setEnabled(True)
            self._messages.warn(sentence)

        self._bridge.read_in_pool(
            lambda bench: bench.mosaics.join(case_id), lambda joined: self._show(case_id, joined),
            owner=self, failed=failed,
        )  # fmt: skip

    def _look_up(self, case_id: int) -> None:
        """What was found when the images of a case were joined; nothing is said where that cannot be read."""

        def found(joined: JoinedImages | None) -> None:
            if joined is not None and joined.places:
                self._show(case_id, joined)

        self._bridge.read_in_pool(
            lambda bench: bench.mosaics.known(case_id), found, owner=self, failed=lambda _sentence: None
        )

    def _show(self, case_id: int, joined: JoinedImages) -> None:
        self._asking = False
        if self._case.id != case_id:
            return
        self._joined = joined
        self._card.joined.show_joined(joined)
        if not self._card.isHidden():
            self._card.show_fields()
        if self._again:
            self._again = False
            self.join()
        elif joined.counts_once:
            self._go_on_counting_once(joined)

    def _go_on_counting_once(self, joined: JoinedImages) -> None:
        """Somebody has said it for this case: what came since then is counted once too; each cell is tried once."""
        case, operator = self._case.case, self._bridge.bench.operator
        if operator.needs_name or operator.why_not(Act.CELLS):
            return
        new = {cell.id for one in joined.twice for cell in one.others} - self._counted
        if new and case is not None and not case.state.is_read_only and not self._case.is_leaving:
            self.count_once()

    def _heard(self, event: Event) -> None:
        if not isinstance(event, FrameAdded) or event.case_id != self._case.id:
            return
        origin = event.frame.origin
        is_live = origin is not None and origin.kind is OriginKind.CAMERA
        if self._wanted or self._joined is not None or (is_live and not self._card.isHidden()):
            self.join()

    def _case_changed(self) -> None:
        case_id = self._case.id or 0
        if case_id != self._case_id:
            self._case_id, self._joined, self._wanted, self._again = case_id, None, False, False
            self._counted.clear()
            self._card.joined.clear()
            if case_id:
                self._look_up(case_id)
        elif self._joined is not None:
            # Cells may have come or gone; images that went are no longer among those that were looked at.
            (self.join if self._wanted else lambda: self._look_up(case_id))()

    def count_once(self) -> None:
        """Take out of the count what another image shows too; it stays in the record, and can be undone."""
        case, joined = self._case.case, self._joined
        if case is None or joined is None or self._session.refuses_changes():
            return
        same = {cell.id: one.stays.id for one in joined.twice for cell in one.others}
        if same:
            self._counted |= same.keys()
            command = CountOnce(self._bridge, self._case, case.id, same)
            words = self.tr("{0} cells that other images show too are counted once.").format(len(same))
            self._decisions.push(command, words)
