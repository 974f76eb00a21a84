"""Seats: places for people who call over a line, each with the services of the window in their own name."""

from __future__ import annotations

import hashlib
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from leukoscope.cases.store import CaseStore
from leukoscope.domain.errors import AccessError
from leukoscope.domain.people import Person
from leukoscope.workflow.capture_service import CaptureService
from leukoscope.workflow.case_service import CaseService
from leukoscope.workflow.export_service import ExportService
from leukoscope.workflow.judging_service import JudgingService
from leukoscope.workflow.operator_session import OperatorSession
from leukoscope.workflow.permissions import SIGN_IN_FIRST, Act
from leukoscope.workflow.signing import CaseSigning

NO_ACCOUNTS = (
    "The server needs accounts, so that everybody who calls has a name: make them with “leukoscope people add”, then "
    "turn accounts on in the settings of the window, or with “leukoscope serve accounts”."
)
SESSION_OVER = "You were signed out; sign in again."
SESSION = "session-"
"""Begins what a person who signed in with a password calls with."""
LONGEST_SESSION_S = 12 * 3600.0
KEPT_S = 1800.0
"""So long a seat of a token is kept that nobody uses; its next use is told as a sign-in again."""
MOST_SEATS = 1000


@dataclass(frozen=True, eq=False)
class Seat:
    """One place, whoever sits there: what they do goes through these services, and by their account.

    Parameters
    ----------
    operator
        Who sits there, and what they may do.
    cases, capture, judging, signing, exports
        As in :class:`leukoscope.workflow.workbench.Workbench`.
    """

    operator: OperatorSession
    cases: CaseService
    capture: CaptureService
    judging: JudgingService
    signing: CaseSigning
    exports: ExportService


@dataclass(eq=False)
class _Taken:
    seat: Seat
    begun: float
    used: float
    by_password: bool


class Seats:
    """Gives people their seats by what they show: a token, or name and password. Thread-safe.

    Parameters
    ----------
    make
        Makes a seat in which nobody sits.
    store
        Where accounts and rules are kept.
    clock
        Seconds that no change of the wall clock moves.
    """

    def __init__(self, make: Callable[[], Seat], store: CaseStore, clock: Callable[[], float] = time.monotonic) -> None:
        self._make, self._store, self._clock = make, store, clock
        self._lock = threading.Lock()
        self._taken: dict[str, _Taken] = {}

    def check(self) -> None:
        """Raise AccessError where nobody signs in: whoever reached the server could do everything."""
        if not self._store.people.rules().accounts:
            raise AccessError(NO_ACCOUNTS)

    def sign_in(self, name: str, password: str) -> tuple[str, Person]:
        """Seat a person who shows their password; gives what they call with until they sign out.

        Raises
        ------
        AccessError
            When name and password do not fit, the account is locked or closed, or nobody signs in here.
        """
        self.check()
        seat = self._make()
        person = seat.operator.sign_in(name, password)
        text = SESSION + secrets.token_urlsafe(32)
        self._keep(text, seat, by_password=True)
        return text, person

    def sign_out(self, text: str) -> None:
        """End a session; of a token only its seat goes."""
        with self._lock:
            self._taken.pop(_key(text), None)

    def of(self, text: str) -> Seat:
        """The seat of who shows this token, or is signed in under this session.

        Whether they may still do something is asked here, and at each act, as everywhere.

        Raises
        ------
        AccessError
            When it is not known, or holds no longer.
        """
        if (seat := self._known(text)) is not None:
            # The rules are those of the last act here, a second old at most: see AccessControl.look.
            seat.operator.look(Act.SEE_LIST)
            if not seat.operator.rules.accounts:
                raise AccessError(NO_ACCOUNTS)
            return seat
        self.check()
        if not text:
            raise AccessError(SIGN_IN_FIRST)
        if text.startswith(SESSION):
            raise AccessError(SESSION_OVER)
        seat = self._make()
        seat.operator.sign_in_by_token(text)
        return self._keep(text, seat, by_password=False)

    def operators(self) -> list[OperatorSession]:
        """Everybody's place."""
        with self._lock:
            return [one.seat.operator for one in self._taken.values()]

    def knows(self, text: str) -> bool:
        """Whether somebody sits here already by this token or session: who guesses does not."""
        return self._known(text) is not None

    def _known(self, text: str) -> Seat | None:
        now, key = self._clock(), _key(text)
        with self._lock:
            taken = self._taken.get(key)
            if taken is None:
                return None
            if self._is_over(taken, now):
                del self._taken[key]
                return None
            taken.used = now
            return taken.seat

    def _is_over(self, taken: _Taken, now: float) -> bool:
        if not taken.by_password:
            return now - taken.used > KEPT_S
        # As the screen of a workstation: nobody goes on in the name of who has left.
        idle = taken.seat.operator.rules.lock_minutes * 60.0
        return now - taken.begun > LONGEST_SESSION_S or (idle > 0 and now - taken.used > idle)

    def _keep(self, text: str, seat: Seat, *, by_password: bool) -> Seat:
        now, key = self._clock(), _key(text)
        with self._lock:
            if key in self._taken:
                # Two first calls with one token at the same time.
                return self._taken[key].seat
            for old in [one for one, taken in self._taken.items() if self._is_over(taken, now)]:
                del self._taken[old]
            if len(self._taken) >= MOST_SEATS:
                del self._taken[min(self._taken, key=lambda one: self._taken[one].used)]
            self._taken[key] = _Taken(seat, now, now, by_password)
        return seat

    def __len__(self) -> int:
        return len(self._taken)


def _key(text: str) -> str:
    """Nobody who reads the memory of the program, or a dump of it, finds what to call with."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
