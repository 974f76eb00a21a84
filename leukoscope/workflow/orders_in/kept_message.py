"""One message of another system as it is kept here, and where it stands."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

ACTOR = "orders in"
"""Who the audit trail says does what messages ask for."""


class Standing(StrEnum):
    """Where a message stands."""

    WAITING = "waiting"
    """Kept and answered; not carried out yet."""
    DONE = "done"
    REFUSED = "refused"
    """Answered AE or AR: nothing of it was carried out."""
    PERSON = "person"
    """Something of it only a person can do."""
    SETTLED = "settled"
    """A person has seen to it."""


class Source(StrEnum):
    """How a message came."""

    LINE = "mllp"
    FOLDER = "folder"
    WORKLIST = "worklist"


@dataclass(frozen=True)
class Told:
    """One thing to know of a message: the number of the case as far as it is known, a sentence, its kind in a word."""

    number: str
    sentence: str
    kind: str


@dataclass(frozen=True)
class KeptMessage:
    """One message.

    Parameters
    ----------
    id
        Grows with each one that comes.
    came
        When.
    source
        How.
    sender
        Application and facility, as they call themselves; the name of the file for one of a folder.
    kind
        ``ORM^O01`` and the like.
    standing
        Where it stands.
    told
        What is to be known of it; may tell of a patient, so it never goes to a log.
    """

    id: int
    came: datetime
    source: Source
    sender: str
    kind: str
    standing: Standing
    told: tuple[Told, ...] = ()


@dataclass(frozen=True)
class Counts:
    """How many messages stand where, and when the last one came; ``None`` before the first."""

    waiting: int = 0
    refused: int = 0
    person: int = 0
    last: datetime | None = None
