"""What the database or the disk says, as a StoreError with one sentence for a person."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from leukoscope.cases import sqlite_files
from leukoscope.domain.errors import Cause, StoreError

_SENTENCES: tuple[tuple[str, str], ...] = (
    # A server's own words first: they begin with "connection" too, though it answered.
    (
        r"password authentication|no password supplied",
        "The case database answered, but does not take this name and password; check them in its address.",
    ),
    (
        r"no pg_hba\.conf entry",
        "The case database answered, but does not let this computer in; ask its administrator.",
    ),
    (
        r"(database|role) .* does not exist",
        "The case database’s server answered, but has no database or user of this name; check its address.",
    ),
    (
        r"too many (clients|connections)|remaining connection slots",
        "The case database answered, but serves too many others; wait a moment, then try again.",
    ),
    (r"starting up", "The case database’s server is starting; wait a moment, then try again."),
    (r"shutting down", "The case database’s server is being stopped; try again when it runs."),
    (r"certificate|server does not support ssl", "No encrypted line to the case database; ask its administrator."),
    (
        "idle-in-transaction",
        "This workstation stood still in the middle of saving and lost its turn; nothing was saved. Do it again.",
    ),
    ("statement timeout", "The case database takes too long; try again, and ask its administrator if it goes on."),
    (r"\bfull\b|no space left", "The disk is full; free some space, then try again."),
    ("readonly", "The case database cannot be written; check the permissions of the data folder."),
    ("unable to open", "The case database cannot be opened; check the permissions of the data folder."),
    ("locked", "The case database is in use by another program; close it, then try again."),
    (
        r"duplicate column|(table|relation|index) .* already exists",
        "The case database is damaged: it is not at the revision that it says; restore a backup.",
    ),
    ("malformed|file is corrupt", "The case database is damaged; restore a backup."),
    ("not a database", "The file of the case database is of another kind; restore a backup."),
    ("number_key", "Another workstation has just taken this case number; look at the list of cases."),
    ("lock timeout", "Another workstation is writing for long; wait a moment, then try again."),
    ("connection", "The case database does not answer; check the network and that its server runs."),
    ("disk i/o", "The disk with the case database has a fault or is full; check it, then try again."),
)


@contextmanager
def store_errors() -> Iterator[None]:
    """Turn what the database or the disk says into a StoreError with one sentence."""
    try:
        yield
    except sqlite_files.errors(SQLAlchemyError, OSError) as error:
        # The statement's parameters are patient data: only the driver's own words go to the log.
        said = str(error.orig) if isinstance(error, DBAPIError) else str(error)
        lowered = said.lower()
        fallback = "The case could not be saved or read; try again, and restore a backup if it goes on."
        sentence = next((text for key, text in _SENTENCES if re.search(key, lowered)), fallback)
        raise StoreError(sentence, f"{type(error).__name__}: {said}", cause=_cause(sentence)) from error


def _cause(sentence: str) -> Cause | None:
    """What the sentence says, in a word."""
    if "answered" in sentence or "encrypted line" in sentence:
        return Cause.NOT_UNDERSTOOD
    if "is damaged" in sentence:
        return Cause.BROKEN
    if "another kind" in sentence:
        return Cause.UNKNOWN_KIND
    return Cause.UNREACHABLE if "does not answer" in sentence or "cannot be opened" in sentence else None
