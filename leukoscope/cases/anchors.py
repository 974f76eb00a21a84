"""What this workstation remembers of the end of the trail, in a file of its own, signed.

Two files: the anchor, and the intent, which is written before a transaction is committed. A program that is killed
between the two has both, and the intent that came into the database takes the anchor's place at the next start. So the
anchor never lags behind what this installation has signed: one that does was put back from an older copy.
"""

from __future__ import annotations

import errno
import json
import logging
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from leukoscope.cases.signing_keys import Keys, is_signed
from leukoscope.domain.audit import AuditHead
from leukoscope.domain.errors import StoreError, sentence_of
from leukoscope.domain.parsing import parsed_json
from leukoscope.system.durable import put_in_place, write_private

logger = logging.getLogger(__name__)

ANCHOR_FILE = "audit-head.json"
NEXT_ANCHOR = "audit-head.next.json"
_LOCK = "audit-head.lock"
_LOCK_S = 10.0
_TAKEN = {errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.EACCES, errno.EPERM, errno.ELOOP}
"""What reading says when somebody took the file away, put something else there or locked it; all else is the disk."""


@dataclass(frozen=True)
class Anchor:
    """A remembered end of the trail.

    Parameters
    ----------
    head
        Where the trail ended.
    place
        Which store: a folder keeps the anchor of one.
    signer, signature
        Who says so; empty in files of older versions.
    after
        Where the anchor before it ended: only that one may lag behind it.
    """

    head: AuditHead
    place: str = ""
    signer: str = ""
    signature: str = ""
    after: int = 0

    @property
    def said(self) -> str:
        """What is signed."""
        return f"anchor {self.place} {self.after} {self.head.count} {self.head.seal}"

    @property
    def is_true(self) -> bool:
        """Whether it was signed by whom it names."""
        return bool(self.signer) and is_signed(self.signer, self.said, self.signature)


def signed_anchor(head: AuditHead, place: str, keys: Keys, after: int = 0) -> Anchor:
    """An anchor by this installation."""
    anchor = Anchor(head, place, keys.public, after=after)
    return replace(anchor, signature=keys.key().sign(anchor.said))


class Anchors:
    """Anchor and intent of one store.

    Parameters
    ----------
    folder, place
        Where they lie, and of which store they are.
    keys
        Of this installation.
    """

    def __init__(self, folder: Path, place: str, keys: Keys) -> None:
        self.file, self._intent, self._lock = folder / ANCHOR_FILE, folder / NEXT_ANCHOR, folder / _LOCK
        self._place, self._keys = place, keys
        self._take_up()
        there = self.read()
        self._known = 0 if there is None else there.head.count

    def _take_up(self) -> None:
        """A folder that was used for another store before, or is again: each store's anchor is kept under its name."""
        there = read_anchor(self.file)
        if there is None or there.place in {"", self._place}:
            return
        put_in_place(self.file, self._named(there.place))
        if (mine := self._named(self._place)).exists():
            put_in_place(mine, self.file)

    def _named(self, place: str) -> Path:
        return self.file.with_name(f"audit-head.{place}.json")

    def read(self) -> Anchor | None:
        """The anchor; ``None`` when there is none. Raises StoreError when the disk does not give it."""
        return read_anchor(self.file)

    def intend(self, head: AuditHead) -> Anchor:
        """Note where the trail will end when the transaction is in the database; returns the anchor of then.

        Raises
        ------
        OSError
            When it cannot be written.
        """
        there = self.read()
        anchor = signed_anchor(head, self._place, self._keys, there.head.count if there is not None else 0)
        write_anchor(self._intent, anchor)
        return anchor

    def remember(self, anchor: Anchor) -> None:
        """The transaction is in the database. Of two programs that say so at once the later one is right.

        Raises
        ------
        OSError
            When it cannot be written; the intent, which is on the disk, says the same.
        """
        with self._alone():
            there = self.read()
            if there is None or there.head.count < anchor.head.count:
                write_anchor(self.file, anchor)
        self._known = max(self._known, anchor.head.count)

    def has_vanished(self) -> bool:
        """Whether the anchor that this program knew is gone, or was put back from an older copy while it runs."""
        there = self.read()
        return self._known > 0 and (there is None or there.head.count < self._known)

    def start_again(self, anchor: Anchor) -> None:
        """Go on from here, whatever was remembered: an entry tells what that was."""
        with self._alone():
            write_anchor(self.file, anchor)
        self._known = anchor.head.count

    def settle(self, is_in: Callable[[AuditHead], bool], *, ends_here: bool = False) -> None:
        """Let an intent that came into the database take the anchor's place; with ``ends_here`` forget another one.

        Parameters
        ----------
        is_in
            Whether an entry is in the database.
        ends_here
            Nobody can be about to bring it in.
        """
        intent = read_anchor(self._intent)
        if intent is None or intent.place != self._place or not intent.is_true or intent.signer != self._keys.public:
            return
        with self._alone():
            if is_in(intent.head):
                there = self.read()
                # Older ones than the one before, or none, were put there: they must be told of.
                first = there is None and not self._keys.has_joined(self._place)
                if first or (there is not None and there.head.count == intent.after):
                    write_anchor(self.file, intent)
                    self._known = intent.head.count
            elif ends_here:
                self._intent.unlink(missing_ok=True)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """SQLite's lock on an empty file: it holds between processes, and the system frees it after a kill."""
        with closing(sqlite3.connect(self._lock, timeout=_LOCK_S, isolation_level=None)) as connection:
            self._lock.chmod(0o600)
            connection.execute("BEGIN EXCLUSIVE")
            yield


def anchor_text(anchor: Anchor) -> bytes:
    """An anchor as it stands in a file; the same for equal anchors, so that a timestamp of it holds."""
    content = {
        "count": anchor.head.count,
        "seal": anchor.head.seal,
        "place": anchor.place,
        "after": anchor.after,
        "signer": anchor.signer,
        "signature": anchor.signature,
    }
    return json.dumps(content).encode("ascii")


def anchor_of(raw: Any) -> Anchor:
    """An anchor from what a file says; raises ValueError, KeyError, TypeError or AttributeError where it is none."""
    head = AuditHead(int(raw["count"]), str(raw["seal"]))
    place, signer, signature = (str(raw.get(name, "")) for name in ("place", "signer", "signature"))
    return Anchor(head, place, signer, signature, int(raw.get("after", 0)))


def read_anchor(path: Path) -> Anchor | None:
    """An anchor from a file; ``None`` when it is not there, or is no anchor.

    Raises
    ------
    StoreError
        When the disk does not give it: nobody took it away then, and the trail must not say that somebody did.
    """
    try:
        return anchor_of(parsed_json(path.read_bytes()))
    except FileNotFoundError:
        return None
    except OSError as error:
        if error.errno not in _TAKEN:
            raise StoreError(sentence_of(error), repr(error)) from error
        logger.warning("anchor of the audit trail unreadable: %r", error)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        logger.warning("anchor of the audit trail unreadable: %s", type(error).__name__)
    return None


def write_anchor(path: Path, anchor: Anchor) -> None:
    """Write an anchor for another place.

    Raises
    ------
    OSError
        When it cannot be written.
    """
    write_private(path, anchor_text(anchor))
