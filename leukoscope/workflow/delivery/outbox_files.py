"""Files of the outbox: a message and what belongs to it, encrypted or not."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from leukoscope.cases.unlocked_keys import opened
from leukoscope.domain.errors import StoreError
from leukoscope.domain.parsing import parsed_json
from leukoscope.workflow.delivery.message import Channel, Message, MessageState, SentInstance, Standing

logger = logging.getLogger(__name__)

ITEM, PAYLOAD = "item.json", "payload"
"""What a message's folder holds."""


def place_of(message: str, file: str) -> str:
    """What a file of a message is sealed for: in another message's place it cannot be opened."""
    return f"outbox/{message}/{file}"


@dataclass(frozen=True)
class Kept:
    """A file of a message, which may be encrypted on the disk."""

    path: Path

    @property
    def name(self) -> str:
        """What it is called."""
        return self.path.name

    @property
    def place(self) -> str:
        """What it is sealed for."""
        folder = self.path.parent if self.path.name == ITEM else self.path.parent.parent
        return place_of(folder.name, self.path.name)

    def read_bytes(self) -> bytes:
        """The file as it was put in; raises OSError, or StoreError when its key is not at hand."""
        return opened(self.path.read_bytes(), self.place)


def _moment(said: str | None) -> datetime | None:
    """A moment as it was kept; without its time zone it is damaged, and could not be held against others."""
    moment = datetime.fromisoformat(said) if said else None
    if moment is not None and moment.tzinfo is None:
        raise ValueError(f"no time zone: {said}")
    return moment


def read_message(folder: Path) -> Message | None:
    """One message; a damaged one is left where it is and told to the log."""
    try:
        raw = parsed_json(Kept(folder / ITEM).read_bytes())
        moments = {name: _moment(raw[name]) for name in ("made_at", "next_at", "settled_at")}
        # Those of an earlier version have neither.
        objects = tuple(
            SentInstance(**{**one, "standing": Standing(one["standing"])}) for one in raw.get("objects", ())
        )
        known = {"channel": Channel(raw["channel"]), "state": MessageState(raw["state"]), "objects": objects}
        return Message(**{**raw, **moments, **known, "questions": tuple(raw.get("questions", ()))})
    except (OSError, ValueError, KeyError, TypeError, StoreError) as error:
        logger.warning("outbox item %s unusable: %r", folder.name, error)
        return None
