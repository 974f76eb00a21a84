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
    SENT = "sent"
    FAILED = "failed"
    CANCELLED = "cancelled"


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
