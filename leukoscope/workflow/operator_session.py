"""The session of who works here: access, signing, and the accounts of the lab."""

from __future__ import annotations

from leukoscope.cases.acting import acting_now
from leukoscope.domain.directory import Directory, Entry
from leukoscope.domain.errors import AccessError, SettingsError
from leukoscope.domain.people import Person, Role, Rules, Token
from leukoscope.workflow import directory_settings
from leukoscope.workflow.access_control import LONGEST_NAME, AccessControl
from leukoscope.workflow.password_check import SIGNATURE, check_password
from leukoscope.workflow.permissions import Act

__all__ = ["LONGEST_NAME", "OperatorSession"]


class OperatorSession(AccessControl):
    """The place at the workstation, from which people sign, and administrators keep accounts and rules."""

    _new: Person | None = None

    def confirm(self, name: str, password: str) -> str:
        """The name to sign with, after the password was asked for again where accounts are on.

        Raises
        ------
        AccessError
            When the password is wrong, or the person may not sign.
        ExchangeError, SettingsError
            When the hospital's directory does not answer, or cannot be asked by what is set.
        """
        signer = self.require(Act.SIGN)
        if not self.rules.accounts:
            return " ".join(name.split())
        check_password(self._store, signer, password, SIGNATURE)
        self.confirmation.renew()
        # Who signed in may have been closed, or made a technician, while the password was checked.
        return self.require(Act.SIGN)

    # Administration --------------------------------------------------------------------------------------------

    def people(self) -> tuple[Person, ...]:
        """All accounts."""
        self.require(Act.SEE_PEOPLE)
        return self._store.people.list()

    def set_rules(self, rules: Rules) -> Rules:
        """Change the rules."""
        with self.doing(Act.RULES):
            self._store.people.set_rules(rules)
        self.rules = self._store.people.rules()
        return self.rules

    def turn_on(self, name: str, password: str) -> None:
        """Turn accounts on with a first administrator, who is signed in at once.

        Raises
        ------
        AccessError
            When the account cannot be made.
        """
        if not any(one.active and one.role is Role.ADMINISTRATOR for one in self._store.people.list()):
            self.add(name, Role.ADMINISTRATOR, password)
        person = self._store.people.sign_in(name, password)
        if person.role is not Role.ADMINISTRATOR:
            raise AccessError("Only an administrator can turn accounts on.")
        self._turn_on_as(person)

    def _turn_on_as(self, person: Person) -> None:
        self._take(person)
        rules = self.rules
        self.set_rules(Rules(True, rules.two_people, rules.lock_minutes))

    @property
    def new_administrator(self) -> Person | None:
        """An administrator who was added here since the program started, whose password is known to work."""
        return self._new

    def turn_on_with_new(self) -> None:
        """Turn accounts on with the administrator who was added just now, who is signed in at once.

        Raises
        ------
        AccessError
            When nobody was added, or the account is no longer an administrator's.
        """
        person = self._new
        now = self._store.people.get(person.id) if person is not None else None
        if now is None or not now.active or now.role is not Role.ADMINISTRATOR:
            self._new = None
            raise AccessError("Write an administrator’s name and password first.")
        self._turn_on_as(now)

    def add(self, name: str, role: Role, password: str) -> Person:
        """Add an account."""
        with self.doing(Act.PEOPLE):
            person = self._store.people.add(name, role, password)
        if role is Role.ADMINISTRATOR and not self.rules.accounts:
            self._new = person
        return person

    def change(self, person_id: int, *, role: Role | None = None, active: bool | None = None) -> None:
        """Give an account another role, or close or open it."""
        with self.doing(Act.PEOPLE):
            self._store.people.change(person_id, role=role, active=active)

    def set_password(self, person_id: int, password: str) -> None:
        """Give an account a new password: one's own, or anybody's as administrator."""
        with self.doing(Act.OWN_PASSWORD if self._is_own(person_id) else Act.PEOPLE):
            self._store.people.set_password(person_id, password)

    # The hospital's directory ----------------------------------------------------------------------------------

    def directory(self) -> Directory:
        """What is set about it."""
        self.require(Act.SEE_PEOPLE)
        return directory_settings.load(self._store)

    def set_directory(self, directory: Directory) -> Directory:
        """Set it for all workstations; without an address it is off.

        Raises
        ------
        AccessError
            When somebody else must do it.
        SettingsError
            When something is missing; nothing is changed then.
        """
        with self.doing(Act.RULES):
            return directory_settings.keep(self._store, directory)

    def try_directory(self, directory: Directory, login: str = "") -> Entry | None:
        """Ask a directory as it would be set, and who somebody is there, where a name is given.

        Raises
        ------
        AccessError
            When somebody else must do it, or the directory has no such person.
        SettingsError
            When something is missing, or a group is not there.
        ExchangeError
            When it does not answer.
        """
        self.require(Act.RULES)
        wanted = directory.checked()
        if not wanted.is_on:
            raise SettingsError("Write the directory’s address first.")
        asked = directory_settings.asked(wanted)
        if missing := asked.missing():
            raise SettingsError(f"The hospital’s directory has no group “{missing[0]}”; write it as it stands there.")
        return asked.find(login.strip()) if login.strip() else None

    def give_to_directory(self, person_id: int, login: str) -> None:
        """Let the directory keep an account of the laboratory from now on."""
        with self.doing(Act.PEOPLE):
            self._store.directory_people.give(person_id, login)

    def take_back(self, person_id: int, password: str) -> None:
        """Let the laboratory keep an account of the directory from now on."""
        with self.doing(Act.PEOPLE):
            self._store.directory_people.take_back(person_id, password)

    # Tokens ----------------------------------------------------------------------------------------------------

    def tokens(self) -> tuple[Token, ...]:
        """All tokens, or one's own where one is no administrator; the newest first."""
        name = self.require(Act.OWN_TOKEN)
        every = not self.rules.accounts or self.may(Act.PEOPLE)
        return tuple(one for one in self._store.tokens.list() if every or one.person == name)

    def issue_token(self, person_id: int, days: int) -> tuple[str, Token]:
        """Make a token for scheduled jobs: of one's own account, or of anybody's as administrator.

        Raises
        ------
        AccessError
            When somebody else must do it, or the account is closed.
        """
        with self.doing(Act.OWN_TOKEN if self._is_own(person_id) else Act.PEOPLE):
            return self._store.tokens.issue(person_id, days)

    def revoke_token(self, token_id: int) -> None:
        """Take a token no longer: one's own, or anybody's as administrator.

        Raises
        ------
        AccessError
            When somebody else must do it, or there is none of this number.
        """
        own = self._person is not None and any(
            one.id == token_id and one.person == self._person.name for one in self._store.tokens.list()
        )
        with self.doing(Act.OWN_TOKEN if own else Act.PEOPLE):
            self._store.tokens.revoke(token_id)

    def _is_own(self, person_id: int) -> bool:
        person = self._person
        return person is not None and person.id == person_id and acting_now() in {"", person.name}
