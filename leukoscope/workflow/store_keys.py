"""Where the key of an encrypted store is kept: in the system's keyring, else in a file of this user."""

from __future__ import annotations

import json
import logging
from contextlib import suppress
from pathlib import Path

from leukoscope.cases.cipher import Cipher
from leukoscope.cases.system_keyring import SystemKeyring
from leukoscope.cases.unlocked_keys import Mark, State, keys_at_hand, read_mark, unlock
from leukoscope.domain.errors import StoreError
from leukoscope.domain.parsing import parsed_json
from leukoscope.system.durable import write_private
from leukoscope.workflow.app_dirs import AppDirs

logger = logging.getLogger(__name__)

SERVICE = "LeukoScope cases"
"""Name of the entry in the system's keyring."""
KEY_FILE = "store-keys.json"
"""In the folder of settings, readable by this user only; used where there is no keyring."""


def keep(home: AppDirs, cipher: Cipher) -> bool:
    """Keep a key for the next start, and have it at hand now.

    Returns
    -------
    bool
        Whether the system's keyring keeps it; else a file does.

    Raises
    ------
    StoreError
        When neither can be written.
    """
    unlock(cipher)
    name = cipher.name.hex()
    if SystemKeyring(SERVICE).put(name, cipher.key.hex()):
        return True
    try:
        _write(home.config / KEY_FILE, {**_read(home.config / KEY_FILE), name: cipher.key.hex()})
    except OSError as error:
        raise StoreError("The key cannot be kept; check the folder of settings and its disk.", repr(error)) from error
    return False


def bring(home: AppDirs) -> Mark:
    """Have the key of this user's cases at hand, where they are encrypted; returns where they stand.

    A key that is nowhere is no fault here: whoever opens the cases is told.

    Raises
    ------
    StoreError
        When the marker beside the cases is damaged.
    """
    mark = read_mark(home.cases)
    if mark.state is State.OFF or any(one.name.hex() == mark.key for one in keys_at_hand()):
        return mark
    text = _read(home.config / KEY_FILE).get(mark.key) or SystemKeyring(SERVICE).get(mark.key)
    if text:
        with suppress(ValueError):
            unlock(Cipher(bytes.fromhex(text)))
    return mark


def is_in_file(home: AppDirs, name: str) -> bool:
    """Whether a key lies in the file of this user."""
    return name in _read(home.config / KEY_FILE)


def _read(path: Path) -> dict[str, str]:
    try:
        raw = parsed_json(path.read_bytes())
        return {str(name): str(key) for name, key in raw.items()}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, AttributeError) as error:
        logger.warning("the file of keys is unusable: %s", type(error).__name__)
        return {}


def _write(path: Path, keys: dict[str, str]) -> None:
    write_private(path, json.dumps(keys).encode("ascii"))
