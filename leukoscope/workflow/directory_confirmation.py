"""How long it is since the hospital's directory said yes to who sits at a place."""

from __future__ import annotations

from datetime import UTC, datetime

from leukoscope.cases import lockout
from leukoscope.cases.store import CaseStore
from leukoscope.domain.errors import AccessError
from leukoscope.domain.people import Person
from leukoscope.workflow.password_check import NO_SEARCH, look_again

HOLDS_S = 4 * 3600.0
"""So long somebody of the directory goes on without its having said yes again."""
AGAIN = "The hospital’s directory has not confirmed you for four hours; sign in again."


class DirectoryConfirmation:
    """Of one place; people of the laboratory's own accounts need none.

    Parameters
    ----------
    store
        Where accounts are kept.
    """

    def __init__(self, store: CaseStore) -> None:
        self._store, self._at = store, 0.0

    def renew(self) -> None:
        """The directory has said yes now."""
        self._at = lockout.ticks()

    @property
    def age_s(self) -> float:
        """Seconds since it did; the sleep of the computer counts."""
        return lockout.ticks() - self._at

    def over(self, person: Person | None) -> str:
        """Why a person must sign in again; empty when they need not."""
        return AGAIN if person is not None and person.of_directory and self.age_s > HOLDS_S else ""

    def asked(self, person: Person | None, *, by_token: bool) -> str:
        """As :meth:`over`; who works by a token has nobody to write a password, and is looked up.

        Raises
        ------
        LeukoScopeError
            When they may come in no longer, or the directory does not answer.
        """
        over = self.over(person)
        if not over or person is None or not by_token:
            return over
        self.by_token(person)
        self.renew()
        return ""

    def by_token(self, person: Person) -> Person:
        """Whose token was shown, as the directory has them now.

        Raises
        ------
        AccessError
            When they may come in no longer, or nobody can be looked up.
        ExchangeError, SettingsError
            When the directory does not answer, or cannot be asked by what is set.
        """
        if not person.of_directory:
            return person
        if not look_again(self._store, person):
            raise AccessError(NO_SEARCH)
        now = self._store.people.get(person.id)
        if sentence := now.refused(datetime.now(UTC)):
            raise AccessError(sentence)
        return now
