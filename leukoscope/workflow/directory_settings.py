"""What the laboratory has set about the hospital's directory: the same on all workstations of a store, on record."""

from __future__ import annotations

import os
import stat
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

from leukoscope.cases.lab_rules import keep_rules, kept_rules
from leukoscope.cases.store import CaseStore
from leukoscope.domain.directory import NAMES, PREFIX, Directory
from leukoscope.domain.errors import SettingsError

if TYPE_CHECKING:
    from leukoscope.exchange.ldap_directory import LdapDirectory

SET = "directory set"
"""What the audit trail says."""
LONGEST_FILE = 4096
OTHERS = stat.S_IRWXG | stat.S_IRWXO
UNREADABLE = (
    "The file of the search account cannot be read; it has the account’s name in its first line, the password below."
)


def load(store: CaseStore) -> Directory:
    """What is set; raises StoreError when the store does not answer."""
    kept = kept_rules(store.database, NAMES)
    return Directory(**{name.removeprefix(PREFIX): value for name, value in kept.items()})


def keep(store: CaseStore, directory: Directory) -> Directory:
    """Set it, and tell the audit trail what was changed.

    Raises
    ------
    SettingsError
        When something is missing; nothing is changed then.
    StoreError
        When it cannot be written.
    """
    tidy, before = directory.checked(), load(store)
    old, new = asdict(before), asdict(tidy)
    changed = {PREFIX + name: (old[name], new[name]) for name in new if old[name] != new[name]}
    if changed:
        keep_rules(store.database, store.trail, SET, changed)
    return tidy


def asked(directory: Directory) -> LdapDirectory:
    """What asks the directory, by the search account where one is set.

    Raises
    ------
    SettingsError
        When the file of the search account cannot be read, or others can.
    """
    # Its library takes a moment to load, and most laboratories have no directory.
    from leukoscope.exchange.ldap_directory import LdapDirectory, SearchAccount

    searcher = SearchAccount(*_login(directory.login)) if directory.login else None
    trusted = str(Path(directory.trusted).expanduser()) if directory.trusted else ""
    return LdapDirectory(replace(directory, trusted=trusted), searcher)


def _login(file: str) -> tuple[str, str]:
    path = Path(file).expanduser()
    try:
        with path.open("rb") as stream:
            if os.name != "nt" and os.fstat(stream.fileno()).st_mode & OTHERS:
                sentence = f"Others can read or change “{path.name}”; give it to this user alone (chmod 600)."
                raise SettingsError(sentence)
            lines = stream.read(LONGEST_FILE).decode("utf-8").splitlines()
    except (OSError, ValueError) as error:
        raise SettingsError(UNREADABLE, type(error).__name__) from error
    if len(lines) < 2 or not lines[0].strip() or not lines[1]:
        raise SettingsError(UNREADABLE)
    return lines[0].strip(), lines[1]
