"""Outbox: what is on its way to other systems. Kept on the disk, so that nothing is lost when the program ends."""

from __future__ import annotations

import json
import logging
import secrets
import shutil
import threading
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from leukoscope.cases.cipher import Cipher
from leukoscope.domain.errors import ExchangeError, StoreError
from leukoscope.system.durable import make_private, settle_tree, sync_folder, write_private
from leukoscope.workflow.delivery.commitment import ASKED, NO_LONGER, PATIENCE, judged
from leukoscope.workflow.delivery.message import Channel, Message, MessageState, SentInstance
from leukoscope.workflow.delivery.outbox_files import ITEM, PAYLOAD, Kept, place_of, read_message
from leukoscope.workflow.delivery.retries import next_delay

logger = logging.getLogger(__name__)

KEPT = 500
"""So many settled messages stay in the list."""


Put = Callable[[str, bytes], None]
"""Keeps a file of a message under a name."""


class Outbox:
    """Messages in a folder, one folder for each. Thread-safe.

    Parameters
    ----------
    folder
        Made when missing, readable by this user only: the messages hold patients' data until they are sent.
    now
        Gives the time, with time zone.
    cipher
        Gives the key with which what is written is encrypted; ``None`` writes in the clear. What is there says itself
        what it is.
    """

    def __init__(
        self,
        folder: Path,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        cipher: Callable[[], Cipher | None] = lambda: None,
    ) -> None:
        self._folder, self._now, self._cipher = folder, now, cipher
        self._lock = threading.RLock()
        try:
            make_private(folder)
            for torn in folder.glob(".*.part"):
                shutil.rmtree(torn, ignore_errors=True)
            self._messages = {one.id: one for one in map(read_message, sorted(folder.iterdir())) if one is not None}
        except OSError as error:
            raise ExchangeError(f"The outbox {folder} cannot be opened; check the disk.", repr(error)) from error

    def messages(self) -> tuple[Message, ...]:
        """All messages, the newest first."""
        with self._lock:
            return tuple(sorted(self._messages.values(), key=lambda one: one.id, reverse=True))

    @contextmanager
    def putting(self, channel: Channel, case_id: int, case_number: str) -> Iterator[Put]:
        """Put a message in: ``put(name, data)`` keeps one of its files; it counts when the block ends well.

        Earlier messages about the same case that have not left on the same channel are taken back: the other side
        must not get the older one last.
        """
        moment = self._now()
        name = f"{moment.astimezone(UTC):%Y%m%dT%H%M%S%f}-{secrets.token_hex(3)}"
        part = self._folder / f".{name}.part"
        message = Message(name, channel, case_id, case_number, MessageState.WAITING, moment, next_at=moment)
        try:
            make_private(part / PAYLOAD)
            yield lambda file, data: write_private(part / PAYLOAD / file, self._encrypted(name, file, data))
            self._write(part, message)
            settle_tree(part)
            part.rename(self._folder / name)
            sync_folder(self._folder)
        except OSError as error:
            raise ExchangeError("The message cannot be kept; free some space on the disk.", repr(error)) from error
        finally:
            shutil.rmtree(part, ignore_errors=True)
        with self._lock:
            older = [one for one in self._messages.values() if (one.channel, one.case_id) == (channel, case_id)]
            for one in older:
                self._take_back(one, "A newer message about this case took its place.")
            self._messages[name] = message

    def payload(self, message: Message) -> list[Kept]:
        """The files of a message, in order; raises OSError."""
        return [Kept(path) for path in sorted((self._folder / message.id / PAYLOAD).iterdir())]

    def _encrypted(self, message: str, file: str, data: bytes) -> bytes:
        cipher = self._cipher()
        return data if cipher is None else cipher.encrypt(data, place_of(message, file))

    def _write(self, folder: Path, message: Message) -> None:
        text = json.dumps(asdict(message), default=lambda moment: moment.isoformat())
        write_private(folder / ITEM, self._encrypted(message.id, ITEM, text.encode("utf-8")))

    def due(self) -> Message | None:
        """The oldest message whose time has come."""
        now = self._now()
        with self._lock:
            return next((one for one in self._waiting() if one.next_at is None or one.next_at <= now), None)

    def next_at(self) -> datetime | None:
        """When the next message is due; ``None`` when none waits."""
        with self._lock:
            return min((one.next_at or one.made_at for one in self._waiting()), default=None)

    def sent(self, message: Message) -> None:
        """The other side has it. Its files go: what was sent is in the case."""
        with self._lock:
            current = self._messages.get(message.id)
            if current is None:
                return
            self._settle(replace(current, tries=current.tries + 1), MessageState.SENT, "")
            shutil.rmtree(self._folder / message.id / PAYLOAD, ignore_errors=True)

    def stored(self, message: Message, objects: tuple[SentInstance, ...]) -> None:
        """The archive has the objects, and is to be asked now whether it keeps them. The files stay until it does."""
        with self._lock:
            current = self._messages.get(message.id)
            if current is not None and current.state is MessageState.WAITING:
                stored = replace(current, state=MessageState.STORED, objects=objects, sentence="", next_at=self._now())
                self._keep(replace(stored, tries=current.tries + 1, questions=current.questions[-1:]))

    def asking(self, message: Message, question: str) -> Message | None:
        """A question leaves: its UID is on the disk before, for the archive may answer at once or after a restart."""
        with self._lock:
            current = self._messages.get(message.id)
            if current is None or current.state is not MessageState.STORED:
                return None
            asked = replace(current, questions=(*current.questions, question), next_at=self._now() + PATIENCE)
            self._keep(replace(asked, sentence=ASKED))
            return self._messages[message.id]

    def judged(self, question: str, kept: frozenset[str], refused: Mapping[str, int]) -> tuple[Message | None, bool]:
        """The archive says which objects it keeps.

        Returns
        -------
        tuple of Message or None, and bool
            As it stands now, ``None`` when the question is none of ours; and whether that is new.

        Raises
        ------
        ExchangeError
            When that cannot be written: the archive is to say it again.
        """
        with self._lock:
            current = next((one for one in self._messages.values() if question in one.questions), None)
            if current is None or current.state not in {MessageState.STORED, MessageState.FAILED}:
                # A repetition, or one that a newer message has overtaken.
                return current, False
            told = judged(current, kept, refused, self._now())
            if question != current.questions[-1] and told.state is not MessageState.SENT:
                # It is about what was sent before: only a good answer still counts.
                return current, False
            try:
                self._write(self._folder / told.id, told)
            except (OSError, StoreError) as error:
                raise ExchangeError("The archive’s answer cannot be kept; check the disk.", repr(error)) from error
            self._messages[told.id] = told
            if told.state is MessageState.SENT:
                self._forget_old(told)
            return told, True

    def wait_no_longer(self, message: Message) -> None:
        """Nobody asks any more whether what was sent is kept."""
        with self._lock:
            current = self._messages.get(message.id)
            if current is not None and current.state is MessageState.STORED:
                self._take_back(current, NO_LONGER)

    def not_sent(self, message: Message, sentence: str, again: bool) -> None:
        """A try went wrong: try later, or give up."""
        with self._lock:
            current = self._messages.get(message.id)
            if current is None or current.state not in {MessageState.WAITING, MessageState.STORED}:
                return
            tries = current.tries + 1
            tried = replace(current, tries=tries)
            delay = next_delay(tries) if again else None
            if delay is None:
                self._settle(tried, MessageState.FAILED, sentence)
                return
            self._keep(replace(tried, sentence=sentence, next_at=self._now() + timedelta(seconds=delay)))

    def retry(self, message_id: str) -> None:
        """Try a message again, now."""
        with self._lock:
            message = self._messages.get(message_id)
            if message is not None and message.state is MessageState.STORED:
                self._keep(replace(message, next_at=self._now()))
            elif message is not None and message.state in {MessageState.WAITING, MessageState.FAILED}:
                again = replace(message, state=MessageState.WAITING, tries=0, settled_at=None, next_at=self._now())
                self._keep(again)

    def cancel(self, message_id: str) -> None:
        """Take a message back; one that is sent stays sent."""
        with self._lock:
            message = self._messages.get(message_id)
            if message is not None:
                self._take_back(message, "Taken back.")

    def take_back(self, case_id: int) -> None:
        """Take back what has not left of a case that was put away; what was sent stays sent."""
        with self._lock:
            for message in [one for one in self._messages.values() if one.case_id == case_id]:
                self._take_back(message, "The case was put away before this left.")

    def erase(self, case_id: int, texts: Collection[bytes] = ()) -> None:
        """Forget everything about a case, also what was sent; ``texts`` find it in messages that cannot be read.

        Raises
        ------
        ExchangeError
            When a file cannot be removed.
        """
        with self._lock:
            erase_messages(self._folder, case_id, texts)
            self._messages = {name: one for name, one in self._messages.items() if one.case_id != case_id}

    def _take_back(self, message: Message, sentence: str) -> None:
        if message.objects and message.state is not MessageState.SENT:
            # It is there already: only the archive's word is no longer waited for.
            self._settle(message, MessageState.SENT, NO_LONGER)
            shutil.rmtree(self._folder / message.id / PAYLOAD, ignore_errors=True)
        elif message.state in {MessageState.WAITING, MessageState.FAILED}:
            self._settle(message, MessageState.CANCELLED, sentence)
            shutil.rmtree(self._folder / message.id / PAYLOAD, ignore_errors=True)

    def _waiting(self) -> list[Message]:
        states = {MessageState.WAITING, MessageState.STORED}
        waiting = (one for one in self._messages.values() if one.state in states)
        return sorted(waiting, key=lambda one: one.id)

    def _settle(self, message: Message, state: MessageState, sentence: str) -> None:
        self._keep(replace(message, state=state, sentence=sentence, next_at=None, settled_at=self._now()))
        settled = sorted(
            (one for one in self._messages.values() if one.state in {MessageState.SENT, MessageState.CANCELLED}),
            key=lambda one: one.id,
        )
        for old in settled[:-KEPT]:
            del self._messages[old.id]
            shutil.rmtree(self._folder / old.id, ignore_errors=True)

    def _forget_old(self, message: Message) -> None:
        """The files of a message that was sent go, and the oldest of those that are done."""
        self._settle(message, message.state, message.sentence)
        shutil.rmtree(self._folder / message.id / PAYLOAD, ignore_errors=True)

    def _keep(self, message: Message) -> None:
        self._messages[message.id] = message
        try:
            self._write(self._folder / message.id, message)
        except (OSError, StoreError) as error:
            # It stays as it was on the disk: at worst it is sent twice, under the same name.
            logger.warning("outbox item not written: %r", error)


def erase_messages(folder: Path, case_id: int, texts: Collection[bytes] = ()) -> None:
    """Remove the messages of a case from an outbox's folder, and damaged ones that hold one of its texts.

    Raises
    ------
    ExchangeError
        When a file cannot be removed.
    """
    try:
        # What begins with a dot is another message on its way in.
        items = [item for item in folder.iterdir() if not item.name.startswith(".")] if folder.is_dir() else []
        for item in items:
            message = read_message(item)
            if message.case_id == case_id if message is not None else _has_text(item, texts):
                shutil.rmtree(item)
    except OSError as error:
        sentence = "A message about the erased case cannot be removed; close what has it open."
        raise ExchangeError(sentence, repr(error)) from error


def _has_text(item: Path, texts: Collection[bytes]) -> bool:
    files = [path for path in item.rglob("*") if path.is_file()]
    return any(text in _whole(path) for path in files for text in texts)


def _whole(path: Path) -> bytes:
    """A file as it was before it was encrypted, or as it lies there when it is damaged. Raises OSError."""
    try:
        return Kept(path).read_bytes()
    except StoreError:
        return path.read_bytes()


def files_of(folder: Path) -> list[Kept]:
    """Every file of the messages in an outbox; those on their way in are not counted."""
    found = (path for path in folder.rglob("*") if path.is_file())
    return [Kept(path) for path in sorted(found) if not any(part.endswith(".part") for part in path.parts)]
