"""One program among others on the same cases: it says that it lives, and takes over from those that do not."""

from __future__ import annotations

import logging
import os
import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO

from leukoscope.cases.workers import Workers
from leukoscope.domain.errors import LeukoScopeError

logger = logging.getLogger(__name__)

FOLDER = "workers"
PULSE_S = 10.0
"""A fraction of the lease, so that one pulse that is late costs nothing."""


class Presence:
    """A token that lives as long as this program, held by a lock on a file and by a pulse in the database.

    The lock tells a program on the same computer at once that this one was killed; the pulse, which stops, tells those
    on other computers after a while.

    Parameters
    ----------
    folder
        Of the case store on this computer.
    workers
        Where it is noted who lives.
    on_adopted
        Called when images of others have been taken over; in a thread of its own.
    """

    def __init__(self, folder: Path, workers: Workers, on_adopted: Callable[[], None]) -> None:
        self.token = secrets.token_hex(12)
        self._folder, self._workers, self._on_adopted = folder / FOLDER, workers, on_adopted
        self._file = _hold(self._folder / f"{self.token}.lock")
        self._ended = threading.Event()
        self._started = threading.Lock()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to live, and take over what others have left behind; a second call does nothing."""
        with self._started:
            if self._thread is None and not self._ended.is_set():
                self._thread = threading.Thread(target=self._run, name="queue-presence", daemon=True)
                self._thread.start()

    def close(self) -> None:
        """End: what is left belongs to whoever lives or comes next."""
        with self._started:
            self._ended.set()
        if self._thread is not None:
            self._thread.join(timeout=30)
        try:
            self._workers.leave(self.token)
        except LeukoScopeError as error:
            logger.warning("images not handed on, others take them over later: %s", error.detail)
        _let_go(self._file, self._folder / f"{self.token}.lock")

    def _run(self) -> None:
        while True:
            dead = tuple(self._dead())
            try:
                self._workers.heartbeat(self.token)
                if self._workers.adopt(self.token, tuple(token for token, _ in dead)):
                    logger.info("images of an ended program taken over")
                    self._on_adopted()
                for token, file in dead:
                    _let_go(file, self._folder / f"{token}.lock")
            except LeukoScopeError as error:
                logger.warning("no pulse: %s", error.detail)
                for _, file in dead:
                    file.close()
            if self._ended.wait(PULSE_S):
                return

    def _dead(self) -> Iterator[tuple[str, IO[bytes]]]:
        """Programs of this computer whose lock is free: they have ended without a word."""
        with suppress(OSError):
            for path in sorted(self._folder.glob("*.lock")):
                if path.stem != self.token and (file := _hold(path)) is not None:
                    yield path.stem, file


def _hold(path: Path) -> IO[bytes] | None:
    """Lock a file; ``None`` when another program holds it, or locks cannot be had here: then the pulse alone tells."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        file = os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+b")
    except OSError as error:
        logger.warning("no lock: %r", error)
        return None
    try:
        _lock(file)
    except OSError:
        file.close()
        return None
    return file


def _lock(file: IO[bytes]) -> None:
    if os.name == "nt":
        import msvcrt

        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]
    else:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _let_go(file: IO[bytes] | None, path: Path) -> None:
    if file is not None:
        if os.name == "nt":
            # A file that is open cannot be removed there.
            file.close()
        with suppress(OSError):
            path.unlink(missing_ok=True)
        file.close()
