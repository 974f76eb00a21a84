"""The audit trail: who changed what, when, from what, to what and why. Each entry seals all before it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass

START = "0" * 64
"""What the first entry stands on."""
RESTORED = "backup restored"
MODEL_RESTORED = "model restored"
"""An imported model came back with a backup; the entry of the backup follows."""
FOUND = "sealed as found"
"""Digests of rows that are older than the digests."""
IMAGES_ACCEPTED, IMAGES_FOUND, AGAIN = "images accepted", "images found", "to be judged again"
"""Images begin to wait: they came, were found at a path that was waiting, or are judged already."""
IMAGE_READ, KEPT_ASIDE, NONE_THERE = "image read", "copy kept aside", "no image there"
STOPPED, RESUMED = "judging stopped", "judging resumed"
FOUND_WAITING = "waiting images as found"
"""As FOUND, for images that waited before waiting ones were sealed."""
KNOWN_WAITING = (IMAGES_ACCEPTED, IMAGES_FOUND, AGAIN, FOUND_WAITING)
"""Once there is an entry of these, the trail knows of every image that waits."""
REPAIRED = "repaired"
CLOCK_BACK = "clock went back"
VIEWED, EXPORTED, SENDING, SENT = "viewed", "exported", "put into outbox", "sent"
ARCHIVED = "kept by the archive"
TRAIL_EXPORTED, HEAD_EXPORTED, DAILY_BACKUP = "trail exported", "trail end exported", "daily backup written"
BACKUP_WRITTEN = "backup written"
"""A whole one, as a zip; where it lies is the subject."""
ANCHOR_FAULT = "anchor fault"
REFUSED = "act refused"
"""Somebody tried what they may not do: an act as the subject, the sentence that they read as the reason."""
ACCEPTED = "faults accepted"
CALLED = "called"
"""Somebody called the server: the address with its variable parts left out as the subject."""
SHORT = 16
"""Digits of a seal that are printed."""
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
        One of the short words of :mod:`leukoscope.cases.audit_trail`, for example ``label``.
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
        1 where subject, old, new, reason, salt and digests were blanked because the case was erased; the seal stays.
    digests
        What the rows that it tells of looked like afterwards, as :mod:`leukoscope.cases.digests` writes it.
    signer
        Public key (ed25519, hexadecimal) of the installation that wrote it; empty in entries of older versions.
    signature
        Of the seal, by that key, hexadecimal.
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
    digests: str = ""
    signer: str = ""
    signature: str = ""

    @property
    def is_blank(self) -> bool:
        """Whether nothing is left of what it said."""
        return not (self.subject or self.old or self.new or self.reason or self.salt or self.digests)

    def computed_seal(self) -> str:
        """The seal that this content must have."""
        content: list[object] = [
            self.number, self.at, self.who, self.what, self.case_id,
            self.subject, self.old, self.new, self.reason, self.previous, *([self.salt] if self.salt else []),
        ]  # fmt: skip
        if self.digests:
            # In a form that no other field has, so that one cannot be taken for the other.
            content.append({"rows": self.digests})
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

    @property
    def short(self) -> str:
        """As it is printed on reports: enough to hold a paper against the trail."""
        return f"{self.count}-{self.seal[:SHORT]}"


@dataclass(frozen=True)
class AuditFault:
    """Something was done to the trail behind the program's back.

    Parameters
    ----------
    number
        Entry at which it shows; 0 where it shows at a row, a file or the schema.
    sentence
        What is wrong.
    """

    number: int
    sentence: str


@dataclass(frozen=True)
class AuditCheck:
    """What a check of the whole trail found.

    Parameters
    ----------
    count
        Entries.
    faults
        What differs, each named.
    notes
        What is no fault but belongs to the answer: what was before anything was signed, whose keys signed.
    """

    count: int
    faults: tuple[AuditFault, ...]
    notes: tuple[str, ...] = ()

    @property
    def sound(self) -> bool:
        """Whether nothing was edited, removed or put in another order."""
        return not self.faults
