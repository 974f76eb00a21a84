"""The audit trail: who changed what, when, from what, to what and why. Each entry seals all before it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass

START = "0" * 64
"""What the first entry stands on."""
ERASED = "case erased"
"""What the entry of an erasure says; it vouches for the entries that were blanked."""


@dataclass(frozen=True)
class AuditEntry:
    """One entry of the trail.

    Parameters
    ----------
    number
        1 for the first, without gaps.
    at
        When, ISO 8601 in UTC; text, so that it is sealed to the last digit.
    who
        Name of the person, or of the program's part that acted by itself.
    what
        One of the short words of :mod:`leukoscope.cases.trail`, for example ``label``.
    case_id
        Key of the case, ``None`` when it is about no case.
    subject
        Which part: ``cell 12``, ``patient``.
    old, new
        Value before and after.
    reason
        Why, where a reason is asked for.
    previous
        Seal of the entry before.
    seal
        SHA-256 over everything above and the salt, hexadecimal.
    salt
        Random; without it nobody could test a guess of what a blanked entry said. Empty in entries of older versions.
    erased
        1 where subject, old, new, reason and salt were blanked because the case was erased; the seal stays.
    """

    number: int
    at: str
    who: str
    what: str
    case_id: int | None
    subject: str
    old: str
    new: str
    reason: str
    previous: str
    seal: str = ""
    salt: str = ""
    erased: int = 0

    @property
    def is_blank(self) -> bool:
        """Whether nothing is left of what it said."""
        return not (self.subject or self.old or self.new or self.reason or self.salt)

    def computed_seal(self) -> str:
        """The seal that this content must have."""
        content = [
            self.number, self.at, self.who, self.what, self.case_id,
            self.subject, self.old, self.new, self.reason, self.previous, *([self.salt] if self.salt else []),
        ]  # fmt: skip
        text = json.dumps(content, ensure_ascii=True, separators=(",", ":"))
        return hashlib.sha256(text.encode("ascii")).hexdigest()


def erasure_digest(entries: Iterable[AuditEntry]) -> str:
    """SHA-256 over what stays of blanked entries, hexadecimal; the entry of the erasure holds it.

    A blanked entry's seal can no longer be computed from what it says. It still links the chain, and this digest,
    sealed in an entry that was not blanked, vouches for the rest: number, time, person, act, case and seals.
    """
    kept = [[one.number, one.at, one.who, one.what, one.case_id, one.previous, one.seal] for one in entries]
    return hashlib.sha256(json.dumps(kept, ensure_ascii=True, separators=(",", ":")).encode("ascii")).hexdigest()


@dataclass(frozen=True)
class AuditHead:
    """The end of the trail: how many entries, and the seal of the last."""

    count: int = 0
    seal: str = START


@dataclass(frozen=True)
class AuditFault:
    """Something was done to the trail behind the program's back.

    Parameters
    ----------
    number
        Entry at which it shows.
    sentence
        What is wrong.
    """

    number: int
    sentence: str


@dataclass(frozen=True)
class AuditCheck:
    """What a check of the whole trail found."""

    count: int
    faults: tuple[AuditFault, ...]

    @property
    def sound(self) -> bool:
        """Whether nothing was edited, removed or put in another order."""
        return not self.faults
