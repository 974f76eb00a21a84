"""People who work with the program: accounts with a role, what each role may do, and the rules of the lab."""

from __future__ import annotations

import getpass
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Role(StrEnum):
    """What a person may do; each role may also do what the one before it may."""

    TECHNICIAN = "technician"
    REVIEWER = "reviewer"
    ADMINISTRATOR = "administrator"

    @property
    def may_sign(self) -> bool:
        """Whether the person may sign and amend cases."""
        return self is not Role.TECHNICIAN

    @property
    def may_administer(self) -> bool:
        """Whether the person may change accounts and rules."""
        return self is Role.ADMINISTRATOR


@dataclass(frozen=True)
class Person:
    """One account.

    Parameters
    ----------
    id
        Key in the store.
    name
        As it stands on labels and signatures; unique whatever the case of its letters.
    role
        What the person may do.
    active
        Whether the person may sign in.
    locked_until
        Until when nobody can sign in after too many wrong passwords.
    """

    id: int
    name: str
    role: Role
    active: bool = True
    locked_until: datetime | None = None


@dataclass(frozen=True)
class Rules:
    """What the lab asks for.

    Parameters
    ----------
    accounts
        Whether people sign in with a password.
    two_people
        Whether a case must be signed by somebody who decided nothing in it.
    lock_minutes
        Minutes without a touch after which the screen locks; 0 never.
    """

    accounts: bool = False
    two_people: bool = False
    lock_minutes: int = 10


@dataclass(frozen=True)
class Presence:
    """Who has said that it is them who works here, and on which day (ISO 8601, of the wall clock)."""

    name: str = ""
    day: str = ""


def computer_user() -> str:
    """Name of the operating system's user, said as such: for acts of which nobody has said whose they are."""
    try:
        name = getpass.getuser().strip()
    except (OSError, KeyError, ImportError):
        name = ""
    return f"{name or 'unknown'} (computer user)"
