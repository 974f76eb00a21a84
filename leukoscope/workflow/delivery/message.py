"""A message to another system: what it is about, how it leaves and where it stands."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Channel(StrEnum):
    """How a message leaves."""

    HL7 = "hl7"
    DICOM = "dicom"
    FHIR = "fhir"


class MessageState(StrEnum):
    """Where a message stands."""

    WAITING = "waiting"
    STORED = "stored"
    """The archive has the objects; it is asked whether it keeps them."""
    SENT = "sent"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Standing(StrEnum):
    """Where one object stands at the archive."""

    SENT = "sent"
    KEPT = "kept"
    NOT_KEPT = "not kept"


@dataclass(frozen=True)
class SentInstance:
    """One object that was sent: its file, its SOP class and instance UIDs, how it stands, and why it is not kept."""

    file: str
    sop_class: str
    uid: str
    standing: Standing = Standing.SENT
    reason: int = 0


@dataclass(frozen=True)
class Message:
    """One message in the outbox.

    Parameters
    ----------
    id
        Its name in the outbox; sorts by age.
    channel
        How it leaves.
    case_id, case_number
        What it is about.
    state
        Where it stands.
    made_at
        When it was put in.
    sentence
        What happened last, in words; empty while nothing has.
    tries
        How often it was tried.
    next_at
        When it is tried next; ``None`` when it is not.
    settled_at
        When it was sent, given up or cancelled.
    objects
        What was sent of it by DICOM, where the archive is asked whether it keeps it.
    questions
        UIDs of the questions, the last one last: an archive may answer an earlier one late.
    """

    id: str
    channel: Channel
    case_id: int
    case_number: str
    state: MessageState
    made_at: datetime
    sentence: str = ""
    tries: int = 0
    next_at: datetime | None = None
    settled_at: datetime | None = None
    objects: tuple[SentInstance, ...] = ()
    questions: tuple[str, ...] = ()

    @property
    def is_kept(self) -> bool:
        """Whether the archive has said of every object that it keeps it."""
        return bool(self.objects) and all(one.standing is Standing.KEPT for one in self.objects)
