"""The tour through the program."""

from __future__ import annotations

from collections.abc import Callable

from leukoscope.gui.controllers.controller import Controller, Handlers
from leukoscope.gui.permissions import kept
from leukoscope.gui.session import Session
from leukoscope.gui.widgets.tour import Tour


class TourController(Controller):
    """Walks a person through the program, and remembers that they have seen it.

    Parameters
    ----------
    session
        What it works on.
    make_tour
        Makes the overlay, which is dropped after the tour.
    """

    def __init__(self, session: Session, make_tour: Callable[[], Tour]) -> None:
        super().__init__(session)
        self._make_tour = make_tour
        self._tour: Tour | None = None
        self._case_id: int | None = None
        self._case.loaded.connect(self._other_case)

    def handlers(self) -> Handlers:
        """Take the tour."""
        return {"tour": self.start}

    def start_first(self) -> None:
        """Walk a newcomer through the program, unless they do already."""
        if self._tour is None:
            self.start()

    def start(self) -> None:
        """Walk through the program."""
        tour = self._tour = self._make_tour()
        self._case_id = self._case.id
        tour.left.connect(self._left)
        tour.left.connect(tour.deleteLater)
        tour.start()

    def _other_case(self) -> None:
        """Somebody opens images of their own, from outside or by dropping them: what the tour says is not of these.

        It was not seen, so the next start offers it again.
        """
        if self._case_id is None:
            # The tour began before its case was there.
            self._case_id = self._case.id
        if self._tour is not None and self._case.id != self._case_id:
            tour, self._tour = self._tour, None
            tour.left.disconnect(self._left)
            tour.leave()

    def _left(self) -> None:
        self._tour = None
        self._session.navigation.focus()
        if self._session.is_open and not self._session.settings.tour_seen:
            kept(self._bridge, lambda bench: bench.settings.save(tour_seen=True))
