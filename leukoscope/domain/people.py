"""People who work with the program: accounts with a role, what each role may do, and the rules of the lab."""

from __future__ import annotations

import getpass
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

DIRECTORY = "directory"
"""Whose people and passwords the hospital's directory keeps, as against those of the laboratory."""
CLOSED = "This account may no longer be used; ask an administrator."


class Role(StrEnum):
    """What a person may do, which :mod:`leukoscope.workflow.permissions` lists."""

    TECHNICIAN = "technician"
    REVIEWER = "reviewer"
    ADMINISTRATOR = "administrator"


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
    of_directory
        Whether the hospital's directory keeps their password, and gives their role.
    """

    id: int
    name: str
    role: Role
    active: bool = True
    locked_until: datetime | None = None
    of_directory: bool = False

    def refused(self, now: datetime) -> str:
        """Why nobody may use the account at a moment, and what to do; empty when its person may."""
        return CLOSED if not self.active else locked(self.locked_until, now)


def locked(until: datetime | None, now: datetime) -> str:
    """Why an account cannot be used while it is locked; empty when it is not."""
    if until is None or until <= now:
        return ""
    minutes = int((until - now).total_seconds() // 60) + 1
    return f"Too many wrong passwords; try again in {minutes} min, or ask an administrator."


@dataclass(frozen=True)
class Token:
    """What a scheduled job signs in with, in the name of an account; the store knows only its hash.

    Parameters
    ----------
    id
        Its number in the store, by which it is revoked.
    person
        Name of the account.
    issued_by
        Who asked for it.
    issued_at, expires_at
        From when to when it holds.
    used_at
        When it was used last, ``None`` before the first time.
    revoked_at
        Since when it is not taken any more, ``None`` while it is.
    """

    id: int
    person: str
    issued_by: str
    issued_at: datetime
    expires_at: datetime
    used_at: datetime | None = None
    revoked_at: datetime | None = None

    def refused(self, now: datetime) -> str:
        """Why it is not taken at a moment, and what to do; empty when it is."""
        if self.revoked_at is not None:
            return "This token was revoked; ask an administrator for another."
        return "" if now < self.expires_at else "This token has expired; ask an administrator for another."


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
