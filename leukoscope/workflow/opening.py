"""The one place that opens the cases of this user: in a file here, or in the database that workstations share."""

from __future__ import annotations

import json
import logging
from pathlib import Path

from leukoscope.cases.signing_keys import SERVICE, KeptKeys
from leukoscope.cases.store import CaseStore
from leukoscope.cases.system_keyring import SystemKeyring
from leukoscope.domain.errors import StoreError
from leukoscope.system.durable import write_private
from leukoscope.workflow.app_dirs import AppDirs
from leukoscope.workflow.case_place import MARKER, database_address
from leukoscope.workflow.case_repository import CaseRepository
from leukoscope.workflow.store_keys import bring

logger = logging.getLogger(__name__)


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
