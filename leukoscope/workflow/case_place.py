"""Where the cases of this user are, and whether people sign in to them, known without opening them.

Little is imported here: a command that is refused need not wait for all that opening the cases takes.
"""

from __future__ import annotations

import logging
from contextlib import closing

from leukoscope.cases import sqlite_files
from leukoscope.domain.errors import SettingsError, StoreError
from leukoscope.domain.parsing import parsed_json
from leukoscope.workflow.app_dirs import AppDirs
from leukoscope.workflow.settings import ADDRESS_IN, GOOD_COPY, SETTINGS_FILE, read_raw
from leukoscope.workflow.store_keys import bring

logger = logging.getLogger(__name__)

MARKER = "shared.json"
"""In the folder of cases while they are in a shared database: settings that are lost do not hide it."""
LOST_ADDRESS = (
    "The settings cannot be read, and the cases are in a shared database whose address stands there; put "
    "settings.json back, or write the address into it again."
)
NOT_TEXT = "The address of the shared database in settings.json is not a text; write it again, or leave it empty."


def database_address(home: AppDirs) -> str:
    """Address of the shared database; empty when the cases are in a file of this user.

    Settings that are damaged or gone give everything else its default, but not this: the cases of another place would
    be taken for these.

    Raises
    ------
    SettingsError
        When it cannot be told.
    """
    was_shared = (home.cases / MARKER).exists()
    try:
        text = (home.config / SETTINGS_FILE).read_bytes().decode("utf-8", "replace")
    except FileNotFoundError:
        text = ""
    except OSError as error:
        raise SettingsError(LOST_ADDRESS, repr(error)) from error
    try:
        raw = parsed_json(text)
    except ValueError:
        raw = None
    if not isinstance(raw, dict) and (home.config / SETTINGS_FILE).exists():
        # Damaged: the last good copy says where the cases are.
        raw = read_raw(home.config / GOOD_COPY)
    if isinstance(raw, dict) and "database" in raw:
        if not isinstance(raw["database"], str):
            raise SettingsError(NOT_TEXT, type(raw["database"]).__name__)
        return raw["database"].strip()
    if was_shared or (not isinstance(raw, dict) and ADDRESS_IN.search(text)):
        raise SettingsError(LOST_ADDRESS, "no address in the settings, but the marker or a damaged one")
    return ""


def tells_of_accounts(home: AppDirs) -> bool | None:
    """Whether people sign in to the cases here, without opening them; ``None`` where they do not tell.

    To those in a shared database they do, as nothing can be known of them from here.
    """
    if database_address(home):
        return True
    file = home.cases / sqlite_files.DATABASE_FILE
    try:
        bring(home)
        with closing(sqlite_files.connect(file, read_only=True)) as connection:
            row = connection.execute("SELECT value FROM rules WHERE name = 'accounts'").fetchone()
    except StoreError:
        # Encrypted, and the key is not here: who has the recovery key goes on with it, nobody without.
        return True
    except sqlite_files.errors() as error:
        logger.warning("nothing known of accounts: %r", error)
        return None
    return row is not None and row[0] == "1"
