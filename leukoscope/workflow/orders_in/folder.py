"""A folder into which another system puts files of orders: each is taken when it is whole, and moved out of the way."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from leukoscope.domain.errors import LeukoScopeError
from leukoscope.exchange.hl7_files import RawMessage, looks_like_hl7, read_messages
from leukoscope.workflow.orders_in.kept_message import Source
from leukoscope.workflow.orders_in.receiver import Receipt, Receiver

logger = logging.getLogger(__name__)

DONE, REFUSED = "done", "refused"
"""Folders inside of the watched one."""
EVERY_S = 2.0
LARGEST = 50_000_000
"""In bytes."""
TROUBLE = "The folder of orders cannot be read or written; check that it is there, and its permissions."
_ON_ITS_WAY = (".part", ".tmp", ".crdownload", ".filepart")
_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class Outcome:
    """What came of a file: sentences about what was not taken, and about what else is to be known of it."""

    refused: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


TakeTable = Callable[[Path], Outcome]
"""Carries out a table of orders."""


class WatchedFolder:
    """A thread that looks into a folder.

    Parameters
    ----------
    folder
        Which one.
    receiver
        Keeps messages as if they had come on a line.
    take_table
        Carries out a file that is no HL7.
    """

    def __init__(self, folder: Path, receiver: Receiver, take_table: TakeTable) -> None:
        self._folder, self._receiver, self._take_table = folder, receiver, take_table
        self._seen: dict[Path, tuple[int, int]] = {}
        self._closing = threading.Event()
        self.trouble = ""
        """Why it cannot be looked into, as a sentence; empty when all is well."""
        self._thread = threading.Thread(target=self._run, name="orders-folder", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def close(self) -> None:
        """End after the file under way."""
        self._closing.set()
        if self._thread.is_alive():
            self._thread.join(35)

    def _run(self) -> None:
        while not self._closing.is_set():
            self.look()
            self._closing.wait(EVERY_S)

    def look(self) -> None:
        """Take what has not changed since the last look: who writes a file slowly is waited for."""
        try:
            now = {path: self._state(path) for path in sorted(self._folder.iterdir()) if _is_list(path)}
            for path in [one for one, state in now.items() if self._seen.get(one) == state]:
                if self._closing.is_set():
                    return
                self._take(path)
                now.pop(path)
            self._seen, self.trouble = now, ""
        except (OSError, LeukoScopeError) as error:
            logger.warning("the folder of orders: %s", type(error).__name__)
            self.trouble = TROUBLE

    def _state(self, path: Path) -> tuple[int, int]:
        found = path.stat()
        return found.st_size, found.st_mtime_ns

    def _take(self, path: Path) -> None:
        """Take one file; raises OSError, or StoreError while messages cannot be kept: it stays then."""
        outcome = self._outcome(path)
        if outcome is None:
            return
        goal = self._folder / (REFUSED if outcome.refused else DONE)
        goal.mkdir(exist_ok=True, mode=0o700)
        moved = _free(goal, path.name)
        if sentences := (*outcome.refused, *outcome.notes):
            # The reason first: a file that is refused always has one beside it.
            moved.with_name(f"{moved.name}.txt").write_text("\n".join(sentences) + "\n", encoding="utf-8")
        path.rename(moved)
        logger.info("a file of orders: %s", goal.name)

    def _outcome(self, path: Path) -> Outcome | None:
        """What comes of a file; ``None`` when it must be taken later."""
        if path.stat().st_size > LARGEST:
            return Outcome(("This file is too large for a list of orders.",))
        data = path.read_bytes()
        if not looks_like_hl7(data):
            return self._take_table(path)
        messages, notes = read_messages(data)
        waited: list[tuple[RawMessage, Future[Receipt]]] = [
            (one, self._receiver.take(_body(one), Source.FOLDER)) for one in messages if not one.fault
        ]
        receipts = [(one, future.result()) for one, future in waited]
        if not all(receipt.is_kept or receipt.fault is None for _, receipt in receipts):
            return None
        found = [(one.line, one.fault) for one in messages if one.fault]
        found += [(one.line, receipt.fault.sentence) for one, receipt in receipts if receipt.fault is not None]
        return Outcome(_lines(found), _lines([(note.line, note.sentence) for note in notes]))


def _lines(found: list[tuple[int, str]]) -> tuple[str, ...]:
    return tuple(f"Line {line}: {sentence}" if line else sentence for line, sentence in sorted(found))


def _is_list(path: Path) -> bool:
    hidden = path.name.startswith((".", "~")) or path.name.lower().endswith(_ON_ITS_WAY)
    return not hidden and path.is_file() and not path.is_symlink()


def _body(message: RawMessage) -> bytes:
    """A message of a file as it would come on a line."""
    text = "\r".join(line.text for line in message.lines) + "\r"
    body = text.encode(message.codec, "surrogateescape")
    return _BOM + body if message.codec == "utf-8" else body


def _free(folder: Path, name: str) -> Path:
    """A name in a folder that no earlier file has."""
    path = folder / name
    if not path.exists():
        return path
    stem = f"{path.stem}-{datetime.now():%Y%m%d-%H%M%S}"
    tries = (folder / f"{stem}{number}{path.suffix}" for number in ("", *range(2, 1000)))
    return next(one for one in tries if not one.exists())
