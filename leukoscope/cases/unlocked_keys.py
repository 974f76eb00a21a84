"""Keys that this program has at hand, and which of them a store asks for."""

from __future__ import annotations

import json
import logging
import threading
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path

from leukoscope.cases.cipher import MAGIC, NAME_LENGTH, Cipher, is_encrypted
from leukoscope.domain.errors import Cause, StoreError
from leukoscope.domain.parsing import parsed_json
from leukoscope.system.durable import sync_folder, write_private

logger = logging.getLogger(__name__)

MARKER = "encryption.json"
"""In the folder of a store that is encrypted, or is on its way to or from that."""
LOCKED = (
    "These cases are encrypted, and their key is not on this computer; type the recovery key: "
    "leukoscope encryption recover"
)
_KEYS: dict[str, Cipher] = {}
_LOCK = threading.Lock()


class State(StrEnum):
    """Where a store stands."""

    OFF = "off"
    TURNING_ON = "turning on"
    ON = "on"
    TURNING_OFF = "turning off"


@dataclass(frozen=True)
class Mark:
    """What the marker of a store says.

    Parameters
    ----------
    state
        Where it stands.
    key
        Name of the key, hexadecimal; empty without one.
    """

    state: State = State.OFF
    key: str = ""

    @property
    def encrypts(self) -> bool:
        """Whether what is new is encrypted."""
        return self.state in {State.TURNING_ON, State.ON}


def read_mark(folder: Path) -> Mark:
    """What the marker of a store says.

    Raises
    ------
    StoreError
        When it is damaged: what is new must not be written in the clear because of that.
    """
    try:
        raw = parsed_json((folder / MARKER).read_bytes())
        return Mark(State(raw["state"]), str(raw["key"]))
    except FileNotFoundError:
        return Mark()
    except (OSError, ValueError, KeyError, TypeError) as error:
        message = f"The file “{MARKER}” beside the cases cannot be read; put it back from a backup."
        raise StoreError(message, repr(error), cause=Cause.BROKEN) from error


def write_mark(folder: Path, mark: Mark) -> None:
    """Keep the marker of a store; off takes it away. Raises OSError."""
    path = folder / MARKER
    if mark.state is State.OFF:
        path.unlink(missing_ok=True)
    else:
        write_private(path, (json.dumps(asdict(mark)) + "\n").encode("ascii"))
    sync_folder(folder)


def unlock(cipher: Cipher) -> None:
    """Have a key at hand until the program ends."""
    with _LOCK:
        _KEYS[cipher.name.hex()] = cipher


def lock_all() -> None:
    """Forget every key."""
    with _LOCK:
        _KEYS.clear()


def keys_at_hand() -> tuple[Cipher, ...]:
    """Every key that is at hand."""
    with _LOCK:
        return tuple(_KEYS.values())


def cipher_for(name: str) -> Cipher:
    """The key of a name.

    Raises
    ------
    StoreError
        When it is not at hand.
    """
    with _LOCK:
        found = _KEYS.get(name)
    if found is None:
        raise StoreError(LOCKED, f"no key {name}", cause=Cause.UNREACHABLE)
    return found


def cipher_of(folder: Path) -> Cipher | None:
    """The key with which a store encrypts what is new; ``None`` where it does not. Raises StoreError."""
    mark = read_mark(folder)
    return cipher_for(mark.key) if mark.encrypts else None


def opened(data: bytes, place: str) -> bytes:
    """Bytes as they were before they were sealed; others as they are. Raises StoreError."""
    if not is_encrypted(data):
        return data
    return cipher_for(data[len(MAGIC) : len(MAGIC) + NAME_LENGTH].hex()).decrypt(data, place)
