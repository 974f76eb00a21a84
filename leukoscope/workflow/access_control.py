"""Access to a workstation or command line: who has taken the place, whether it is locked, and what they may do now."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, date, datetime

from sqlalchemy.orm import Session

from leukoscope.cases.acting import acting, acting_now
from leukoscope.cases.people import account_now
from leukoscope.cases.rights import Claim, claim_now, claiming
from leukoscope.cases.store import CaseStore
from leukoscope.cases.tokens import token_refusal
from leukoscope.domain.errors import AccessError, NameNeededError, StoreError
from leukoscope.domain.people import Person, Presence, Rules, computer_user
from leukoscope.workflow.asked import AskedBy, Leave, P, T, leave_now, under
from leukoscope.workflow.directory_confirmation import DirectoryConfirmation
from leukoscope.workflow.password_check import check_password
from leukoscope.workflow.permissions import READING, SIGN_IN_FIRST, TERMS, Act, refusal
from leukoscope.workflow.refusals import Refusals

LONGEST_NAME = 120
KNOWN_S = 1.0
"""So long :meth:`AccessControl.look` goes by what is known of an account: it is asked for each picture."""
MEANWHILE = "Another person has signed in meanwhile; do it again."


class AccessControl:
    """Access to the one place where somebody works. Thread-safe.

    With accounts the person who signed in acts, and their account and the rules are looked up in the store at each
    act, and once more in each transaction that the act writes. What is refused is told in the audit trail. Without,
    whoever sits here says their name, once a day and each time another person takes the place.

    Parameters
    ----------
    store
        Where accounts and rules are kept.
    present
        Gives who said that they work here while accounts are off, and on which day.
    keep
        Keeps that.
    today
        The day of the wall clock.
    """

    def __init__(
        self,
        store: CaseStore,
        present: Callable[[], Presence],
        keep: Callable[[Presence], object],
        today: Callable[[], date] = date.today,
    ) -> None:
        self._store, self._present, self._keep, self._today = store, present, keep, today
        self._lock = threading.Lock()
        self._person: Person | None = None
        self._token: int | None = None
        self._locked = False
        self._known_at = -KNOWN_S
        self.confirmation = DirectoryConfirmation(store)
        self._refusals = Refusals(store.refusal_log)
        self.rules: Rules = store.people.rules()
        store.trail.ask_actor(lambda: self.name)

    # Who is here -----------------------------------------------------------------------------------------------

    @property
    def person(self) -> Person | None:
        """Who is signed in; stays while the screen is locked, for work that goes on behind it."""
        return self._person

    @property
    def is_open(self) -> bool:
        """Whether somebody may work now, as far as was known when somebody last did something."""
        if not self.rules.accounts:
            return True
        person = self._person
        if person is None or self._locked:
            return False
        return not (person.refused(datetime.now(UTC)) or self.confirmation.over(person))

    @property
    def name(self) -> str:
        """Name that stands beside what is decided now; empty while nobody has said theirs today."""
        if said := acting_now():
            return said
        if self.rules.accounts:
            return self._person.name if self._person is not None else ""
        present = self._present()
        return present.name if present.day == self._today().isoformat() else ""

    @property
    def needs_name(self) -> bool:
        """Whether a name must be asked for before the next decision; with accounts a password is, instead."""
        return not self.rules.accounts and not self.name

    def decider(self) -> str:
        """The name for a decision.

        Raises
        ------
        NameNeededError
            While nobody has said theirs today.
        AccessError
            While nobody is signed in.
        """
        name = self.name
        if not name and self.rules.accounts:
            raise AccessError(SIGN_IN_FIRST)
        if not name:
            raise NameNeededError("Write your name first; it stands beside what you decide.")
        return name

    def say_name(self, name: str) -> str:
        """Somebody says that it is them who works here now; holds until midnight, or until another person does.

        Returns
        -------
        str
            The name as it stands from now on.

        Raises
        ------
        AccessError
            Without a name, or where people sign in.
        """
        name = " ".join(name.split())
        if self.rules.accounts:
            raise AccessError("People sign in here; lock the screen, then the other person signs in.")
        if not any(char.isalnum() for char in name):
            raise AccessError("Write your name; it stands beside what you decide.")
        if len(name) > LONGEST_NAME:
            raise AccessError(f"This name is too long; write at most {LONGEST_NAME} characters.")
        self._keep(self.present_today(name))
        return name

    def present_today(self, name: str) -> Presence:
        """Say that it is this person, from now on until midnight."""
        return Presence(name, self._today().isoformat())

    def sign_in(self, name: str, password: str) -> Person:
        """Take the place, or open the screen again.

        Raises
        ------
        AccessError
            When name and password do not fit.
        ExchangeError, SettingsError
            When the hospital's directory does not answer, or cannot be asked by what is set.
        """
        return self._take(check_password(self._store, name, password))

    def sign_in_by_token(self, token: str) -> Person:
        """Take the place for a scheduled job.

        Raises
        ------
        AccessError
            When the token is not known or holds no longer.
        ExchangeError, SettingsError
            As :meth:`sign_in`, where it is one of somebody of the directory.
        """
        person, number = self._store.tokens.sign_in(token)
        return self._take(self.confirmation.by_token(person), number)

    def lock(self) -> None:
        """Lock the screen; the same or another person signs in to go on."""
        with self._lock:
            self._locked = self.rules.accounts

    def _take(self, person: Person, token: int | None = None) -> Person:
        rules, _ = self._store.people.now(None)
        with self._lock:
            self._person, self._locked, self._token, self.rules = person, False, token, rules
            self.confirmation.renew()
        return person

    # What they may do ------------------------------------------------------------------------------------------

    def may(self, act: Act) -> bool:
        """Whether who is here may do an act, as far as is known: for what is shown. Asks no store."""
        return not self.why_not(act)

    def why_not(self, act: Act) -> str:
        """Why who is here may not do an act, as far as is known; empty when they may."""
        if not self.rules.accounts:
            return ""
        person = None if self._locked else self._person
        return refusal(act, person, datetime.now(UTC), by_token=self._token is not None) or self.confirmation.over(
            person
        )

    def look(self, act: Act) -> str:
        """As :meth:`require`, for what is read very often: the account may be known since a moment."""
        return self.require(act, KNOWN_S)

    def require(self, act: Act, known_s: float = 0.0) -> str:
        """The name of who does an act; raises when they may not, by account and rules as they are this moment.

        Parameters
        ----------
        act
            What they want to do.
        known_s
            So old may be what is known of the account.

        Returns
        -------
        str
            The person; where nobody signs in, who said their name, which may be nobody unless the act needs one.

        Raises
        ------
        NameNeededError
            While nobody has said theirs today, and the act needs a name.
        AccessError
            When nobody has signed in, the screen or the account is locked, the account is closed, or it is the act of
            another role; the sentence says what to do.
        StoreError
            When accounts cannot be read.
        """
        person = self._looked_up(known_s)
        if not self.rules.accounts:
            return self.decider() if TERMS[act].named else self.name
        by_token = self._token is not None
        sentence = refusal(act, person, datetime.now(UTC), by_token=by_token)
        sentence = sentence or self.confirmation.asked(person, by_token=by_token)
        if self._token is not None and not sentence:
            sentence = self._store.tokens.refusal(self._token)
        if person is not None and not sentence and acting_now() not in {"", person.name}:
            # Asked for by somebody whose place another person has taken before it was done.
            sentence = MEANWHILE
        if sentence or person is None:
            self._tell_refused(act, person, sentence)
            raise AccessError(sentence)
        return person.name

    def _tell_refused(self, act: Act, person: Person | None, sentence: str) -> None:
        # Nobody has asked to see what a window shows anew behind its lock.
        if person is not None or act not in READING:
            self._refusals.tell(act, computer_user() if person is None else person.name, sentence)

    def _looked_up(self, known_s: float) -> Person | None:
        """Who acts, as their account is now; brings the rules up to date too."""
        asked = self._asked()
        with self._lock:
            known = self._person
            if time.monotonic() - self._known_at < known_s and (asked is None or (known and known.id == asked)):
                return None if asked is None else known
        try:
            rules, person = self._store.people.now(asked)
        except StoreError:
            if self.rules.accounts:
                raise
            # One person has everything here; what they do may be to mend this.
            return None
        with self._lock:
            self.rules = rules
            if person is not None and self._person is not None and self._person.id == person.id:
                self._person, self._known_at = person, time.monotonic()
        return person

    def _asked(self) -> int | None:
        """The account of who acts: who sits here, or sat here when it was asked for."""
        leave = leave_now()
        if leave is not None and leave.place == id(self):
            return leave.person_id
        with self._lock:
            return None if self._locked or self._person is None else self._person.id

    @contextmanager
    def doing(self, act: Act) -> Iterator[str]:
        """Everything that is done inside is this act of who is here; gives the name.

        Raises
        ------
        AccessError, StoreError
            As :meth:`require`.
        """
        name = self.require(act)
        with ExitStack() as inside:
            inside.enter_context(claiming(self._claim(act)))
            if name:
                inside.enter_context(acting(name))
            inside.enter_context(under(self._leave()))
            yield name

    def _claim(self, act: Act) -> Claim:
        """Whatever is written under it is written only while who acts may still do it."""
        asked, token = self._asked(), self._token
        refused: list[tuple[Person | None, str]] = []

        def check(session: Session) -> None:
            rules, person = account_now(session, asked)
            if not rules.accounts:
                return
            sentence = refusal(act, person, datetime.now(UTC), by_token=token is not None)
            if token is not None and not sentence:
                sentence = token_refusal(session, token)
            if sentence:
                refused.append((person, sentence))
                raise AccessError(sentence)

        def tell() -> None:
            while refused:
                self._tell_refused(act, *refused.pop())

        return Claim(self._store.database, check, tell)

    def bound(self, work: Callable[P, T]) -> Callable[P, T]:
        """``work`` as asked for by who sits here now, whoever does when it runs.

        What is nobody's, or was asked for behind a locked screen, is left to be refused when it is done. Where it is a
        part of an act, each transaction of it looks up whether they may still do it.
        """
        return self.asked()(work)

    def asked(self) -> AskedBy:
        """Who sits here now, for what goes on in their name behind a locked screen too."""
        return AskedBy(self.name, self._leave(), claim_now())

    def _leave(self) -> Leave | None:
        if (given := leave_now()) is not None and given.place == id(self):
            return given
        with self._lock:
            if not self.rules.accounts or self._person is None or self._locked:
                return None
            return Leave(id(self), self._person.id)
