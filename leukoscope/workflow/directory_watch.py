"""Looks up again, while the program runs, who of the hospital's directory is signed in: who left goes on nowhere."""

from __future__ import annotations

import logging
import threading

from leukoscope.cases.store import CaseStore
from leukoscope.domain.errors import LeukoScopeError
from leukoscope.workflow.access_control import AccessControl
from leukoscope.workflow.password_check import look_again
from leukoscope.workflow.seats import Seats

logger = logging.getLogger(__name__)

LOOK_S = 300.0
"""So old may be what the directory said of somebody."""
PAUSE_S = 60.0


class DirectoryWatch:
    """A thread that asks the directory about everybody who sits at one of some places.

    What it finds is kept in the store: every place at every workstation goes by it at its next act. While the directory
    is away nothing changes, until :data:`leukoscope.workflow.directory_confirmation.HOLDS_S` is over.

    Parameters
    ----------
    store
        Where accounts are kept.
    place
        The program's own place; those of who calls over a line are added.
    pause_s, look_s
        So often it is seen who is to be asked about, and so old may be the last answer.
    """

    def __init__(
        self,
        store: CaseStore,
        place: AccessControl,
        pause_s: float = PAUSE_S,
        look_s: float = LOOK_S,
    ) -> None:
        self._store, self._place, self._pause_s, self._look_s = store, place, pause_s, look_s
        self._seats: list[Seats] = []
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._run, name="directory-watch", daemon=True)

    def add(self, seats: Seats) -> Seats:
        """Look up who sits there too."""
        self._seats.append(seats)
        return seats

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def close(self, patience: float = 1.0) -> None:
        """End; a directory that is being asked is not waited for."""
        self._closed.set()
        if self._thread.is_alive():
            self._thread.join(patience)

    def look(self) -> None:
        """Ask about everybody of whom the last answer is too old; raises LeukoScopeError."""
        asked: dict[int, bool] = {}
        for place in [self._place, *(one for seats in self._seats for one in seats.operators())]:
            person, confirmation = place.person, place.confirmation
            fresh = confirmation.age_s < self._look_s
            if person is None or not person.of_directory or fresh or self._closed.is_set():
                continue
            if person.id not in asked:
                asked[person.id] = look_again(self._store, person)
            if asked[person.id] and place.person is not None and place.person.id == person.id:
                confirmation.renew()

    def _run(self) -> None:
        while not self._closed.wait(self._pause_s):
            try:
                self.look()
            except LeukoScopeError as error:
                logger.warning("the directory was not asked again: %s", error.detail or type(error).__name__)
            except Exception:
                logger.exception("the directory was not asked again")
