"""The hospital's directory: whether a password is right, who that is, and which role their groups give."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from leukoscope.domain.directory import (
    NO_GROUP,
    WRONG,
    Directory,
    DirectoryRefusedError,
    Entry,
    NoLongerError,
    WrongPasswordError,
    highest,
    name_of,
)
from leukoscope.domain.errors import ExchangeError, SettingsError
from leukoscope.domain.people import Role
from leukoscope.exchange.ldap_line import Found, LdapLine, line_to
from leukoscope.exchange.ldap_texts import (
    SUBJECTS,
    any_of,
    filter_text,
    from_template,
    subject_filter,
    subject_of,
)

NESTED = "1.2.840.113556.1.4.1941"
"""Active Directory's rule that follows groups in groups (LDAP_MATCHING_RULE_IN_CHAIN)."""
DEEPEST = 10
"""Groups in groups that are followed where the directory does not follow them itself."""
MOST_GROUPS = 500
_ATTRIBUTES = (
    *SUBJECTS, "displayName", "cn", "uid", "sAMAccountName", "userAccountControl", "accountExpires",
    "pwdAccountLockedTime", "nsAccountLock",
)  # fmt: skip
_DISABLED = 0x2
_NEVER = {0, 2**63 - 1}
_SINCE = datetime(1601, 1, 1, tzinfo=UTC)
LOCKED_FOR_GOOD = "000001010000Z"
GONE = "Your account of the hospital’s directory is closed or no longer there; ask the help desk."
NOT_FOUND = "The hospital’s directory has no person of this name."


@dataclass(frozen=True)
class SearchAccount:
    """With whose name and password is searched."""

    name: str
    password: str


class LdapDirectory:
    """Asks the directory; each question has a line of its own, which is closed behind it.

    Parameters
    ----------
    directory
        What is set.
    searcher
        The search account; ``None`` where each person asks for themselves.
    """

    def __init__(self, directory: Directory, searcher: SearchAccount | None) -> None:
        self._directory, self._searcher = directory, searcher

    @property
    def can_look(self) -> bool:
        """Whether people can be looked up without their password."""
        return self._searcher is not None

    def sign_in(self, login: str, password: str, subject: str = "") -> Entry:
        """Check a password at the directory.

        Parameters
        ----------
        login
            The name of who signs in, as the directory has it.
        password
            Theirs; never empty.
        subject
            Who it must be; empty for whoever has this name.

        Raises
        ------
        DirectoryRefusedError
            When they do not fit, or the person may not come in now, or is in no group.
        ExchangeError
            When no server answers, or none that is trusted.
        SettingsError
            When what is set cannot be used.
        """
        with line_to(self._directory) as line:
            if self._searcher is None:
                found = self._as_themselves(line, login, password)
            else:
                self._search_as(line, self._searcher)
                found = self._found(line, login, subject)
                with _about(subject_of(found.values)):
                    line.become(found.dn, password)
                self._search_as(line, self._searcher)
            entry = self._entry(line, found, login)
            if subject and entry.subject != subject:
                raise WrongPasswordError(WRONG, "another entry has this name now")
            return _with_role(entry)

    def look(self, subject: str, login: str) -> Entry:
        """A person as they are now, without their password; only with a search account.

        Raises
        ------
        NoLongerError
            When they are gone or closed, or in none of the groups.
        ExchangeError, SettingsError
            As :meth:`sign_in`.
        """
        with self._searching() as line:
            found = self._one(line, subject_filter(subject))
            if found is None or _is_closed(found, datetime.now(UTC)):
                raise NoLongerError(GONE)
            return _with_role(self._entry(line, found, login))

    def find(self, login: str) -> Entry:
        """A person by the name with which they sign in, whatever their groups; for trying what is set."""
        with self._searching() as line:
            found = self._one(line, self._by_login(line, login))
            if found is None:
                raise NoLongerError(NOT_FOUND)
            return self._entry(line, found, login)

    def missing(self) -> tuple[str, ...]:
        """Groups that are set and not there; without a search account, only that a server answers is seen."""
        with line_to(self._directory) as line:
            if self._searcher is None:
                return ()
            self._search_as(line, self._searcher)
            groups = [group for _, group in self._directory.groups()]
            return tuple(one for one in groups if not line.search(one, "(objectClass=*)", ("cn",), deep=False))

    @contextmanager
    def _searching(self) -> Iterator[LdapLine]:
        if self._searcher is None:
            raise SettingsError("Nobody can be looked up without a search account; name its file.")
        with line_to(self._directory) as line:
            self._search_as(line, self._searcher)
            yield line

    @staticmethod
    def _search_as(line: LdapLine, searcher: SearchAccount) -> None:
        try:
            line.become(searcher.name, searcher.password)
        except DirectoryRefusedError as error:
            sentence = "The hospital’s directory does not let the search account in; an administrator checks its file."
            raise ExchangeError(sentence, type(error).__name__) from error

    def _found(self, line: LdapLine, login: str, subject: str) -> Found:
        found = self._one(line, subject_filter(subject) if subject else self._by_login(line, login))
        if found is None:
            with _about(subject):
                raise NoLongerError(GONE) if subject else WrongPasswordError(WRONG)
        return found

    def _as_themselves(self, line: LdapLine, login: str, password: str) -> Found:
        who = from_template(self._directory.template, login)
        line.become(who, password)
        if "=" in who:
            return self._read(line, who)
        # By the name that the directory says: another person's name could be spelled like the one that was written.
        said = line.who_am_i()
        if said.lower().startswith("dn:"):
            return self._read(line, said[3:])
        name = said.rpartition("\\")[2] if said.lower().startswith("u:") else ""
        found = self._one(line, f"(sAMAccountName={filter_text(name)})") if name else None
        if found is None:
            raise SettingsError("The hospital’s directory does not say who signed in; set a search account.", said[:2])
        return found

    @staticmethod
    def _read(line: LdapLine, dn: str) -> Found:
        found = line.search(dn, "(objectClass=*)", _ATTRIBUTES, deep=False)
        if len(found) != 1:
            raise SettingsError(
                "The hospital’s directory does not let people read their own entry; set a search account."
            )
        return found[0]

    def _by_login(self, line: LdapLine, login: str) -> str:
        attribute = self._directory.attribute or ("sAMAccountName" if line.is_active_directory else "uid")
        kind = "(objectCategory=person)(objectClass=user)" if line.is_active_directory else ""
        return f"(&{kind}({attribute}={filter_text(login)}))"

    def _one(self, line: LdapLine, what: str) -> Found | None:
        attributes = (*_ATTRIBUTES, self._directory.attribute) if self._directory.attribute else _ATTRIBUTES
        found = line.search(self._directory.base, what, attributes)
        if len(found) > 1:
            sentence = (
                "Several people of the hospital’s directory have this name; an administrator sets a narrower base."
            )
            raise DirectoryRefusedError(sentence, f"{len(found)} entries")
        return found[0] if found else None

    def _entry(self, line: LdapLine, found: Found, login: str) -> Entry:
        subject = subject_of(found.values)
        if not subject:
            sentence = "The hospital’s directory names nothing that stays when a person is renamed (entryUUID)."
            raise SettingsError(sentence)
        own = self._directory.attribute or ("sAMAccountName" if line.is_active_directory else "uid")
        login = found.text(own) or login
        name = name_of(found.text("displayName") or found.text("cn"), login)
        roles = set(self._roles(line, found, login))
        return Entry(subject, login, name, highest(roles), found.dn)

    # Groups ----------------------------------------------------------------------------------------------------

    def _roles(self, line: LdapLine, found: Found, login: str) -> Iterator[Role]:
        wanted = list(self._directory.groups())
        if line.is_active_directory:
            for role, group in wanted:
                within = f"(memberOf:{NESTED}:={filter_text(group)})"
                if line.search(found.dn, within, ("objectGUID",), deep=False):
                    yield role
            return
        of_groups = self._subjects(line, wanted)
        for one in self._groups_above(line, found.dn, login):
            yield from (role for role, subject in of_groups if subject == one)

    @staticmethod
    def _subjects(line: LdapLine, wanted: list[tuple[Role, str]]) -> list[tuple[Role, str]]:
        """The groups by what stays of them: their names can be spelled in several ways."""
        found = ((role, line.search(group, "(objectClass=*)", SUBJECTS, deep=False)) for role, group in wanted)
        return [(role, subject_of(groups[0].values)) for role, groups in found if groups]

    def _groups_above(self, line: LdapLine, dn: str, login: str) -> Iterator[str]:
        """Every group that somebody is in, also by groups in groups."""
        seen: set[str] = set()
        level = [dn]
        for depth in range(DEEPEST):
            filters = [f"({name}={filter_text(one)})" for one in level for name in ("member", "uniqueMember")]
            filters += [f"(memberUid={filter_text(login)})"] if depth == 0 else []
            above = line.search(self._directory.base, any_of(filters), SUBJECTS) if filters else []
            fresh = [one for one in above if subject_of(one.values) not in seen]
            seen |= {subject_of(one.values) for one in fresh}
            yield from (subject_of(one.values) for one in fresh)
            level = [one.dn for one in fresh][:MOST_GROUPS]


def _with_role(entry: Entry) -> Entry:
    with _about(entry.subject):
        if entry.role is None:
            raise NoLongerError(NO_GROUP)
    return entry


@contextmanager
def _about(subject: str) -> Iterator[None]:
    """A refusal inside is one of this person."""
    try:
        yield
    except DirectoryRefusedError as error:
        error.subject = subject
        raise


def _is_closed(found: Found, now: datetime) -> bool:
    """Whether the directory would let nobody in by this entry, as far as it says so there."""
    flags, until = found.text("userAccountControl"), found.text("accountExpires")
    if flags.isdigit() and int(flags) & _DISABLED:
        return True
    if until.isdigit() and int(until) not in _NEVER:
        try:
            return _SINCE + timedelta(microseconds=int(until) // 10) <= now
        except OverflowError:
            return False
    locked = found.text("pwdAccountLockedTime") == LOCKED_FOR_GOOD
    return locked or found.text("nsAccountLock").lower() == "true"
