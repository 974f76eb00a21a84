"""Inbox: messages of other systems, on the disk before anybody is told that they are taken."""

from __future__ import annotations

import json
import logging
import re
import sqlite3
import threading
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from leukoscope.cases import sqlite_files
from leukoscope.cases.cipher import Cipher
from leukoscope.cases.store_errors import store_errors
from leukoscope.domain.parsing import parsed_json
from leukoscope.system.durable import make_private, sync_folder
from leukoscope.workflow.orders_in.kept_message import Counts, KeptMessage, Source, Standing, Told

logger = logging.getLogger(__name__)

FOLDER, FILE = "orders", "orders.db"
"""In the folder of cases; encrypted where they are."""
REMEMBERED = 200_000
"""So many messages that are done are remembered, to know a repetition."""
OPEN_MOST, BYTES_MOST = 2000, 1 << 30
"""So many messages that were refused or need a person are kept, and so many bytes of all that are not done: whoever may
call could fill the disk else."""
FULL = (
    "Too many messages wait for a person; others that are to be refused are not kept until some are dismissed under "
    "“Show messages”."
)
FULL_BYTES = (
    "The messages that wait here have filled their place; no other is taken until some are carried out or dismissed."
)
REUSED_AFTER = timedelta(days=1)
"""So long a control number belongs to one message: systems that count anew each day are met."""
_TABLE = """
CREATE TABLE IF NOT EXISTS messages (
    id INTEGER PRIMARY KEY AUTOINCREMENT, came TEXT NOT NULL, source TEXT NOT NULL, sender TEXT NOT NULL,
    control TEXT NOT NULL, digest BLOB NOT NULL, kind TEXT NOT NULL, standing TEXT NOT NULL, answer TEXT NOT NULL,
    told TEXT NOT NULL, body BLOB);
CREATE UNIQUE INDEX IF NOT EXISTS named ON messages (sender, control, digest);
CREATE INDEX IF NOT EXISTS stands ON messages (standing, id);
"""
_SHOWN = "id, came, source, sender, kind, standing, told"
_OPEN = (Standing.REFUSED, Standing.PERSON)
_HELD = (Standing.WAITING, *_OPEN)


@dataclass(frozen=True)
class Arrival:
    """A message on its way into the inbox.

    Parameters
    ----------
    body
        As it came.
    source, sender, control, kind
        How it came, from whom, its control number, and what it is.
    digest
        Of its content: tells a repetition from another message of the same control number.
    answer
        Why it is refused, as JSON; empty when it is taken.
    told
        The same for a person; without ``answer`` it was carried out already, and this is left to do.
    """

    body: bytes
    source: Source
    sender: str
    control: str
    kind: str
    digest: bytes
    answer: str = ""
    told: tuple[Told, ...] = ()


@dataclass(frozen=True)
class Place:
    """Which place a message has: its key, when it came first, what it was answered, and whether it came before."""

    id: int
    came: datetime
    answer: str
    is_repeated: bool


class Inbox:
    """Messages in a database of their own. Thread-safe; other programs may have it open too.

    Parameters
    ----------
    folder
        Made when missing, readable by this user only.
    cipher
        With which a new one is encrypted; one that is there says itself what it is.
    now
        Gives the time, with time zone.

    Raises
    ------
    StoreError
        When it cannot be opened; every method raises it when the disk is full or damaged.
    """

    def __init__(
        self, folder: Path, cipher: Cipher | None = None, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._now, self._lock = now, threading.RLock()
        self._open, self._bytes = 0, 0
        self.trouble = ""
        """Why messages are not kept although the disk is well, as a sentence; empty while there is room."""
        file = folder / FILE
        with store_errors():
            make_private(folder)
            is_new = not file.exists()
            sqlite_files.make_private_file(file)
            self._database = sqlite_files.connect(
                file, cipher=cipher, isolation_level=None, check_same_thread=False, timeout=30
            )
            self._database.execute("PRAGMA journal_mode = WAL")
            # What is answered must survive a power cut; what is erased must not be found in the file.
            self._database.execute("PRAGMA synchronous = FULL")
            self._database.execute("PRAGMA secure_delete = ON")
            self._database.executescript(_TABLE)
            self._measure()
            if is_new:
                sync_folder(folder)

    def close(self) -> None:
        """Let go of the file; a second call does nothing."""
        with self._lock, suppress(sqlite3.ProgrammingError):
            self._database.close()

    # Messages come ---------------------------------------------------------------------------------------------

    def keep(self, arrivals: Sequence[Arrival], reused: Callable[[Arrival], Arrival]) -> list[Place | None]:
        """Keep messages in their order, all with one wait for the disk: they are on it when this returns.

        Parameters
        ----------
        arrivals
            The messages.
        reused
            Makes a refusal of a message whose control number belongs to another one.

        Returns
        -------
        list of Place or None
            One for each; a repetition has the place of the first. ``None`` where there is no room for one.
        """
        with self._writing():
            return [self._keep(one, reused) for one in arrivals]

    def _keep(self, arrival: Arrival, reused: Callable[[Arrival], Arrival]) -> Place | None:
        known = "SELECT id, came, answer, digest FROM messages WHERE sender = ? AND control = ? ORDER BY id"
        now, is_reused = self._now(), False
        for key, said, answer, digest in self._database.execute(known, (arrival.sender, arrival.control)).fetchall():
            came = datetime.fromisoformat(said)
            if bytes(digest) == arrival.digest:
                return Place(key, came, answer, is_repeated=True)
            is_reused = is_reused or (bool(arrival.control) and now - came < REUSED_AFTER)
        one = reused(arrival) if is_reused else arrival
        standing = Standing.REFUSED if one.answer else Standing.PERSON if one.told else Standing.WAITING
        if not self._has_room(standing, len(one.body)):
            return None
        values = (
            now.isoformat(), one.source.value, one.sender, one.control, one.digest, one.kind, standing.value,
            one.answer, _said(one.told), one.body,
        )  # fmt: skip
        columns = "came, source, sender, control, digest, kind, standing, answer, told, body"
        added = self._database.execute(f"INSERT INTO messages ({columns}) VALUES ({', '.join('?' * 10)})", values)
        self._open, self._bytes = self._open + (standing in _OPEN), self._bytes + len(one.body)
        return Place(added.lastrowid or 0, now, one.answer, is_repeated=False)

    def _has_room(self, standing: Standing, size: int) -> bool:
        def trouble() -> str:
            if self._bytes + size > BYTES_MOST:
                return FULL_BYTES
            return FULL if standing in _OPEN and self._open >= OPEN_MOST else ""

        if trouble():
            # What was carried out or dismissed meanwhile is not counted along.
            self._tidy()
            self._measure()
        found = trouble()
        if found and not self.trouble:
            logger.warning("no room for a message: %d open, %d bytes", self._open, self._bytes)
        # An order that there is room for says nothing about refusals.
        self.trouble = found or (self.trouble if standing not in _OPEN and self._open >= OPEN_MOST else "")
        return not found

    def _measure(self) -> None:
        """Count what is not done."""
        wanted = (
            "SELECT count(*) FILTER (WHERE standing != ?), sum(length(body)) FROM messages WHERE standing IN (?, ?, ?)"
        )
        values = (Standing.WAITING.value, *(one.value for one in _HELD))
        count, size = self._database.execute(wanted, values).fetchone()
        self._open, self._bytes = int(count), int(size or 0)

    # Messages are carried out ----------------------------------------------------------------------------------

    def waiting(self, most: int = 100) -> list[tuple[KeptMessage, bytes]]:
        """The oldest messages that wait, with what they hold."""
        wanted = f"SELECT {_SHOWN}, body FROM messages WHERE standing = ? ORDER BY id LIMIT ?"
        return [(_message(row), row[-1]) for row in self._rows(wanted, (Standing.WAITING.value, most))]

    def done(self, message_id: int, told: Sequence[Told]) -> None:
        """A message was carried out; what is told of it waits for a person. Without that its content goes."""
        standing = Standing.PERSON if told else Standing.DONE
        with self._writing():
            self._database.execute(
                "UPDATE messages SET standing = ?, told = ?, body = CASE WHEN ? THEN body END WHERE id = ?",
                (standing.value, _said(told), bool(told), message_id),
            )
        if self.trouble == FULL_BYTES:
            self.trouble = ""

    # A person sees to them -------------------------------------------------------------------------------------

    def listed(self, most: int = 1000) -> tuple[KeptMessage, ...]:
        """Messages that were refused or need a person, the newest first."""
        wanted = f"SELECT {_SHOWN} FROM messages WHERE standing IN (?, ?) ORDER BY id DESC LIMIT ?"
        return tuple(map(_message, self._rows(wanted, (*(one.value for one in _OPEN), most))))

    def body(self, message_id: int) -> bytes:
        """What a message that waits for a person holds; empty when somebody has seen to it."""
        wanted = "SELECT body FROM messages WHERE id = ? AND standing IN (?, ?)"
        rows = self._rows(wanted, (message_id, *(one.value for one in _OPEN)))
        return bytes(rows[0][0] or b"") if rows else b""

    def settle(self, message_id: int) -> bool:
        """A person has seen to a message: its content goes. Whether it was there still."""
        with self._writing():
            gone = "UPDATE messages SET standing = ?, told = '[]', body = NULL WHERE id = ? AND standing IN (?, ?)"
            values = (Standing.SETTLED.value, message_id, *(one.value for one in _OPEN))
            well = self._database.execute(gone, values).rowcount > 0
        self.trouble = ""
        return well

    def settle_refused(self) -> int:
        """A person has seen to all that were refused: their content goes. How many there were."""
        with self._writing():
            gone = "UPDATE messages SET standing = ?, told = '[]', body = NULL WHERE standing = ?"
            count = self._database.execute(gone, (Standing.SETTLED.value, Standing.REFUSED.value)).rowcount
        self.trouble = ""
        return count

    def counts(self) -> Counts:
        """How many stand where."""
        found = dict(self._rows("SELECT standing, count(*) FROM messages GROUP BY standing", ()))
        last = self._rows("SELECT came FROM messages ORDER BY id DESC LIMIT 1", ())
        moment = datetime.fromisoformat(last[0][0]) if last else None
        waiting, refused, person = (int(found.get(one.value, 0)) for one in (Standing.WAITING, *_OPEN))
        return Counts(waiting, refused, person, moment)

    def erase(self, texts: Collection[bytes]) -> None:
        """Forget the content of every message that holds one of these texts."""
        if not texts:
            return
        whole = rb"(?<![A-Za-z0-9])(?:" + b"|".join(map(re.escape, texts)) + rb")(?![A-Za-z0-9])"
        wanted = "SELECT id, body, told FROM messages WHERE body IS NOT NULL OR told != '[]'"
        found = [
            key
            for key, body, told in self._rows(wanted, ())
            if any(re.search(whole, part) for part in (body or b"", _words(body or b""), told.encode("utf-8")))
        ]
        with self._writing():
            for key in found:
                gone = "UPDATE messages SET standing = ?, told = '[]', body = NULL WHERE id = ?"
                self._database.execute(gone, (Standing.SETTLED.value, key))
        with self._lock, store_errors():
            # What was written before lies in the log of the database too.
            self._database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def tidy(self) -> None:
        """Forget the oldest of those that nobody needs any more."""
        with self._writing():
            self._tidy()

    def _tidy(self) -> None:
        old = "DELETE FROM messages WHERE standing IN (?, ?) AND id <= (SELECT max(id) FROM messages) - ?"
        self._database.execute(old, (Standing.DONE.value, Standing.SETTLED.value, REMEMBERED))

    # Behind the scenes -----------------------------------------------------------------------------------------

    @contextmanager
    def _writing(self) -> Iterator[None]:
        with self._lock, store_errors():
            self._database.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._database.execute("COMMIT")
            except BaseException:
                with suppress(*sqlite_files.errors()):
                    self._database.execute("ROLLBACK")
                raise

    def _rows(self, wanted: str, values: tuple[object, ...]) -> list[tuple]:  # type: ignore[type-arg]
        with self._lock, store_errors():
            return self._database.execute(wanted, values).fetchall()


def _words(body: bytes) -> bytes:
    """A message in UTF-8, whichever letters it came in."""
    from leukoscope.exchange.hl7_files import read_messages  # the window's start must not wait for it

    return "\n".join(line.text for one in read_messages(body)[0] for line in one.lines).encode("utf-8", "replace")


def _said(told: Sequence[Told]) -> str:
    return json.dumps([asdict(one) for one in told], ensure_ascii=False).encode("utf-8", "replace").decode("utf-8")


def _message(row: Sequence[str]) -> KeptMessage:
    key, came, source, sender, kind, standing, told = row[:7]
    return KeptMessage(
        int(key), datetime.fromisoformat(came), Source(source), sender, kind, Standing(standing),
        tuple(Told(**one) for one in parsed_json(told)),
    )  # fmt: skip
