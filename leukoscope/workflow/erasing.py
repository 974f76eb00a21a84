"""Erase for good: the case leaves the store, then outbox, memory, logs and remembered folders; see ADR 11."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from leukoscope.cases import sqlite_files
from leukoscope.cases.database import BACKUP_FOLDER
from leukoscope.cases.erasing import Leftover, header_texts
from leukoscope.cases.store_errors import store_errors
from leukoscope.domain.audit import BACKUP_WRITTEN
from leukoscope.domain.errors import LeukoScopeError, StoreError
from leukoscope.workflow.app_dirs import AppDirs
from leukoscope.workflow.case_repository import CaseRepository
from leukoscope.workflow.claims import Claims
from leukoscope.workflow.delivery.outbox import erase_messages
from leukoscope.workflow.operator_session import OperatorSession
from leukoscope.workflow.permissions import Act
from leukoscope.workflow.settings import load_settings

logger = logging.getLogger(__name__)

_STAR = b"*"


@dataclass(frozen=True)
class Begun:
    """An erasure whose rows are gone.

    Parameters
    ----------
    left
        What is still to do.
    backups
        Copies that still hold the case, by name.
    """

    left: Leftover
    backups: tuple[str, ...]


class CaseEraser:
    """Erases cases for good.

    Parameters
    ----------
    repository, home, operator, claims
        The cases, the user's folders, who works here, and who uses a case just now.
    forget_messages
        Takes a case's messages out of the outbox.
    forget_paths
        Is given the texts of the case; forgets remembered paths that hold one.
    """

    def __init__(
        self,
        repository: CaseRepository,
        home: AppDirs,
        operator: OperatorSession,
        claims: Claims,
        forget_messages: Callable[[int, Collection[bytes]], None],
        forget_paths: Callable[[tuple[str, ...], int], None],
    ) -> None:
        self._repository, self._home, self._operator, self._claims = repository, home, operator, claims
        self._forget_messages, self._forget_paths = forget_messages, forget_paths

    def backups(self, case_id: int) -> tuple[str, ...]:
        """Copies that still hold a case: daily ones and those of before a migration, and zips that were written.

        What was copied elsewhere by other means nobody here knows of.
        """
        begun = self._repository.load(case_id).created_at
        copies = sorted((self._home.cases / BACKUP_FOLDER).glob("*.db"))
        named = [path.name for path in copies if _holds(path, case_id, begun)]
        named += [str(path) for path in self._at_second_place() if _holds(path, case_id, begun)]
        for entry in self._repository.store.trail.entries():
            written = datetime.fromisoformat(entry.at)
            if entry.what == BACKUP_WRITTEN and written >= begun and Path(entry.subject).exists():
                named.append(entry.subject)
        return tuple(dict.fromkeys(named))

    def _at_second_place(self) -> list[Path]:
        from leukoscope.workflow.daily_copies import place_of

        second = load_settings(self._home.config).backup_folder
        place = place_of(self._repository.store, Path(second).expanduser()) if second else None
        return sorted(place.glob("daily-*.db")) if place is not None else []

    def begin(self, case_id: int, reason: str) -> Begun:
        """Take the case out of the store; what is left to do is done by :meth:`finish`.

        Raises
        ------
        AccessError
            Where somebody else must do it.
        StoreError
            Without a fitting reason, while the case is in use or its images are judged.
        """
        with self._operator.doing(Act.ERASE) as by, self._claims.alone(case_id):
            backups = self.backups(case_id)
            return Begun(self._repository.store.erasing.erase(case_id, reason, by), backups)

    def finish(self, left: Leftover) -> None:
        """Do what is left to do of one erasure; each step can be done twice.

        Raises
        ------
        LeukoScopeError
            When a file cannot be removed or the database is in use; the next start tries again.
        """
        erasing = self._repository.store.erasing
        texts = tuple(header_texts(left))
        self._forget_messages(left.case_id, texts)
        self._repository.forget(left.sha256)
        erasing.discard_contents(left)
        self._forget_paths(left.words, left.case_id)
        with store_errors():
            star_out(self._home.logs.rglob("*"), texts)
        erasing.finish(left)
        logger.info("erasure %d finished", left.erasure_id)

    def finish_all(self) -> None:
        """Finish what an interrupted erasure left, and messages here of cases that another workstation erased."""
        erasing = self._repository.store.erasing
        for case_id in erasing.erased_cases():
            erase_messages(self._home.outbox, case_id)
        for left in erasing.unfinished():
            try:
                self.finish(left)
            except LeukoScopeError as error:
                logger.error("erasure %d not finished: %s (%s)", left.erasure_id, error.message, error.detail)


def star_out(files: Iterable[Path], texts: Iterable[bytes]) -> None:
    """Overwrite texts in files with stars of the same length, in place: the log goes on in the same file.

    Only whole words: a text inside of a longer word is none.
    """
    wanted = sorted(set(texts), key=len, reverse=True)
    if not wanted:
        return
    pattern = re.compile(rb"(?<![A-Za-z0-9])(?:" + b"|".join(map(re.escape, wanted)) + rb")(?![A-Za-z0-9])")
    for path in files:
        if path.is_file():
            with path.open("r+b") as stream:
                for start, end in _found(pattern, stream.read()):
                    stream.seek(start)
                    stream.write(_STAR * (end - start))


def _found(pattern: re.Pattern[bytes], data: bytes) -> Iterator[tuple[int, int]]:
    return (match.span() for match in pattern.finditer(data))


def _holds(path: Path, case_id: int, begun: datetime) -> bool:
    """Whether a copy of the database holds a case; one that cannot be read may."""
    moment = begun.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
    try:
        with closing(sqlite_files.connect(path, read_only=True, alone=True)) as connection:
            wanted = "SELECT count(*) FROM cases WHERE id = ? AND created_at = ?"
            return bool(connection.execute(wanted, (case_id, moment)).fetchone()[0])
    except sqlite_files.errors(StoreError):
        return True
