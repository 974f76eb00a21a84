"""The audit trail: who changed what, when, from what, to what and why. Each entry seals all before it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass

START = "0" * 64
"""What the first entry stands on."""


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
        SHA-256 over everything above, hexadecimal.
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

    def computed_seal(self) -> str:
        """The seal that this content must have."""
        content = [
            self.number, self.at, self.who, self.what, self.case_id,
            self.subject, self.old, self.new, self.reason, self.previous,
        ]  # fmt: skip
        text = json.dumps(content, ensure_ascii=True, separators=(",", ":"))
        return hashlib.sha256(text.encode("ascii")).hexdigest()


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
