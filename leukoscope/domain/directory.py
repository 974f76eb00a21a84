"""The hospital's directory of people (LDAP, Active Directory): what is set about it, and what it says of a person."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import astuple, dataclass, fields

from leukoscope.domain.errors import AccessError, SettingsError
from leukoscope.domain.lines import PLAIN
from leukoscope.domain.people import Role

LDAPS, STARTTLS = "ldaps://", "ldap://"
"""Before an address: encrypted from the first byte, or from the first question on."""
PORTS = {LDAPS: 636, STARTTLS: 389, PLAIN: 389}
PLACE_OF_NAME = "{}"
"""Stands in a template for the name with which somebody signs in."""
PREFIX = "directory_"
"""Before the names of these settings where they are kept."""
_ADDRESS = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::([0-9]{1,5}))?/?")
_ATTRIBUTE = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,63}")
_DN = re.compile(r"\s*[A-Za-z0-9.-]+\s*=.+", re.DOTALL)
_BETWEEN_GROUPS = re.compile(r"(?<!\\);")

WRONG = "Name or password is wrong; try again."
NO_GROUP = (
    "The hospital’s directory knows you, but you are in none of the groups that work with LeukoScope; ask whoever "
    "looks after these groups."
)


class DirectoryRefusedError(AccessError):
    """The directory does not let a person in.

    Parameters
    ----------
    message, detail, cause
        As in :class:`leukoscope.domain.errors.LeukoScopeError`.
    """

    is_guess = False
    """Whether it may be somebody who tries passwords."""
    is_gone = False
    """Whether the person is no longer one who may work here, whatever their password."""
    subject = ""
    """What stays of whom it is about, where the directory said who that is."""


class WrongPasswordError(DirectoryRefusedError):
    """Name and password do not fit."""

    is_guess = True


class NoLongerError(DirectoryRefusedError):
    """The account is gone, closed, or in none of the groups."""

    is_gone = True


@dataclass(frozen=True)
class Server:
    """One server of the directory.

    Parameters
    ----------
    scheme
        ``ldaps://``, ``ldap://`` (StartTLS) or ``plain://``.
    host, port
        Where it listens.
    """

    scheme: str
    host: str
    port: int


@dataclass(frozen=True)
class Directory:
    """What is set about the directory; without an address there is none.

    Parameters
    ----------
    address
        One server, or several with spaces between, asked in this order: ``ldaps://host[:port]``, ``ldap://…``
        (StartTLS), or ``plain://…`` for a line in the clear.
    trusted
        PEM file of the authorities whose certificates count; empty takes the computer's own.
    base
        Below which people and groups are, as a distinguished name.
    attribute
        Holds the name with which people sign in; empty takes ``sAMAccountName`` of Active Directory, else ``uid``.
    template
        How the name becomes what the directory is asked with, where there is no search account: a distinguished name,
        or ``{}@hospital.example``.
    login
        File of the search account: its name in the first line, its password in the second; empty for none.
    administrators, reviewers, technicians
        Distinguished names of the groups whose members have this role, with ``;`` between.
    """

    address: str = ""
    trusted: str = ""
    base: str = ""
    attribute: str = ""
    template: str = ""
    login: str = ""
    administrators: str = ""
    reviewers: str = ""
    technicians: str = ""

    @property
    def is_on(self) -> bool:
        """Whether people of the directory may sign in."""
        return bool(self.address)

    def servers(self) -> tuple[Server, ...]:
        """Its servers in the order in which they are asked.

        Raises
        ------
        SettingsError
            When an address is none.
        """
        return tuple(_server(one) for one in self.address.split())

    def groups(self) -> Iterator[tuple[Role, str]]:
        """The groups with their roles, the highest role first."""
        for role, text in (
            (Role.ADMINISTRATOR, self.administrators),
            (Role.REVIEWER, self.reviewers),
            (Role.TECHNICIAN, self.technicians),
        ):
            yield from ((role, one.strip()) for one in _BETWEEN_GROUPS.split(text) if one.strip())

    def checked(self) -> Directory:
        """The same without blanks around; raises SettingsError with what is missing."""
        tidy = Directory(*(str(one).strip() for one in astuple(self)))
        if not tidy.is_on:
            return tidy
        tidy.servers()
        if not _DN.fullmatch(tidy.base):
            raise SettingsError("Write below which name people and groups are, for example dc=hospital,dc=example.")
        if tidy.attribute and not _ATTRIBUTE.fullmatch(tidy.attribute):
            raise SettingsError("The attribute of the name is one word, for example sAMAccountName or uid.")
        if not tidy.login and not tidy.template:
            raise SettingsError("Name the file of a search account, or write how a name becomes the directory’s own.")
        if tidy.template and tidy.template.count(PLACE_OF_NAME) != 1:
            raise SettingsError("Write {} once where the name belongs, as in uid={},ou=people,dc=hospital,dc=example.")
        found = list(tidy.groups())
        if not found:
            raise SettingsError("Name at least one group whose members may work with the program.")
        if any(not _DN.fullmatch(group) for _, group in found):
            raise SettingsError("Write groups in full, as in cn=reviewers,ou=groups,dc=hospital,dc=example.")
        return tidy


NAMES = tuple(PREFIX + one.name for one in fields(Directory))
"""Under which its settings are kept."""


@dataclass(frozen=True)
class Entry:
    """One person as the directory has them.

    Parameters
    ----------
    subject
        What stays when they are renamed: the attribute and its value, ``entryUUID:…`` or ``objectGUID:…``.
    login
        The name with which they sign in.
    name
        As it stands on labels and signatures when they come for the first time.
    role
        By their groups; ``None`` where they are in none of those that count.
    dn
        Where they stand in it now.
    """

    subject: str
    login: str
    name: str
    role: Role | None
    dn: str = ""


def name_of(shown: str, login: str) -> str:
    """The name of a new account: never one that could be another person's sign-in name."""
    shown = " ".join(shown.split())
    if not shown or shown.casefold() == login.casefold():
        return login
    return shown if " " in shown else f"{shown} ({login})"


def highest(roles: Collection[Role]) -> Role | None:
    """The role of somebody who is in groups of several."""
    return next((one for one in (Role.ADMINISTRATOR, Role.REVIEWER, Role.TECHNICIAN) if one in roles), None)


def _server(text: str) -> Server:
    scheme = next((one for one in PORTS if text.lower().startswith(one)), "")
    found = _ADDRESS.fullmatch(text[len(scheme) :]) if scheme else None
    port = int(found[2] or PORTS[scheme]) if found is not None else 0
    if found is None or not 0 < port < 65536:
        raise SettingsError(
            "Write the directory’s address as ldaps://computer, or ldap://computer for StartTLS; plain:// goes in the "
            "clear."
        )
    return Server(scheme, found[1].strip("[]"), port)
