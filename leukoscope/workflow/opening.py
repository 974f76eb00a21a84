"""The one place that opens the cases of this user: in a file here, or in the database that workstations share."""

from __future__ import annotations

import json
import logging
from contextlib import closing
from pathlib import Path

from leukoscope.cases import sqlite_files
from leukoscope.cases.database import DATABASE_FILE
from leukoscope.cases.signing_keys import SERVICE, KeptKeys
from leukoscope.cases.store import CaseStore
from leukoscope.cases.system_keyring import SystemKeyring
from leukoscope.domain.errors import SettingsError, StoreError
from leukoscope.domain.parsing import parsed_json
from leukoscope.system.durable import write_private
from leukoscope.workflow.app_dirs import AppDirs
from leukoscope.workflow.case_repository import CaseRepository
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


def open_repository(home: AppDirs) -> CaseRepository:
    """Open the cases for the window or a command.

    Raises
    ------
    SettingsError
        When it cannot be told whether the cases are in a shared database.
    StoreError
        When they cannot be opened; never are those of another place opened instead.
    """
    url = database_address(home)
    bring(home)
    repository = CaseRepository(home.cases, url, keys_of(home))
    remember(home, url)
    return repository


def open_store(home: AppDirs) -> CaseStore:
    """Open the cases without decoded pixels at hand; raises as :func:`open_repository`."""
    url = database_address(home)
    bring(home)
    store = CaseStore(home.cases, url, keys=keys_of(home))
    remember(home, url)
    return store


def keys_of(home: AppDirs) -> KeptKeys:
    """The key by which this installation signs the audit trail: not beside the cases that it vouches for."""
    return KeptKeys(home.config, SystemKeyring(SERVICE))


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


def tells_of_accounts(home: AppDirs) -> bool:
    """Whether cases that cannot be opened are known to be of people who sign in: then nobody goes around them.

    Those in a shared database are, as nothing can be known of them from here.
    """
    if database_address(home):
        return True
    file = home.cases / DATABASE_FILE
    try:
        bring(home)
        with closing(sqlite_files.connect(file, read_only=True)) as connection:
            row = connection.execute("SELECT value FROM rules WHERE name = 'accounts'").fetchone()
    except StoreError:
        # Encrypted, and the key is not here: who has the recovery key goes on with it, nobody without.
        return True
    except sqlite_files.errors() as error:
        logger.warning("nothing known of accounts: %r", error)
        return False
    return row is not None and row[0] == "1"


def remember(home: AppDirs, url: str) -> None:
    """Note beside the cases whether they are shared, after they were opened.

    Raises
    ------
    StoreError
        When it cannot be written.
    """
    marker = home.cases / MARKER
    try:
        if not url:
            marker.unlink(missing_ok=True)
        elif not marker.exists():
            _write(marker)
    except OSError as error:
        message = "The folder of cases cannot be written; check the disk and its permissions."
        raise StoreError(message, repr(error)) from error


def _write(marker: Path) -> None:
    # Without the address, which holds a password.
    write_private(marker, (json.dumps({"shared": True}) + "\n").encode("ascii"))
