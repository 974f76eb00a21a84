"""Receiver: keeps messages in their order, many with one wait for the disk, and says what to answer."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from queue import Empty, SimpleQueue

from leukoscope.domain.errors import StoreError
from leukoscope.domain.parsing import parsed_json
from leukoscope.exchange.hl7_answer import answers
from leukoscope.exchange.hl7_incoming import Code, Fault, Incoming, incoming
from leukoscope.exchange.mllp_frames import TooLarge
from leukoscope.workflow.orders_in.inbox import Arrival, Inbox, Place
from leukoscope.workflow.orders_in.kept_message import Source, Told

logger = logging.getLogger(__name__)

_TOGETHER = 500
"""So many messages wait for the disk together at most."""
_TOO_LARGE = "The message is too large; send orders one by one, without documents in them."
_REUSED = (
    "Another message has come with this control number (MSH-10) within a day; give each message a number of its own."
)
_NOT_KEPT = "The message cannot be kept here just now; send it again later."


@dataclass(frozen=True)
class Receipt:
    """What came of a message.

    Parameters
    ----------
    said
        What is answered over MLLP; may be empty.
    fault
        Why it is not taken; ``None`` when it is.
    is_kept
        Whether it is on the disk, taken or refused.
    """

    said: bytes
    fault: Fault | None
    is_kept: bool


@dataclass(frozen=True)
class _Asked:
    body: bytes | TooLarge
    source: Source
    receipt: Future[Receipt]


class Receiver:
    """A thread that keeps messages. Thread-safe.

    Parameters
    ----------
    inbox
        Where they are kept.
    on_kept
        Told after messages were kept, from the receiver's thread.
    """

    def __init__(self, inbox: Inbox, on_kept: Callable[[], None]) -> None:
        self._inbox, self._on_kept = inbox, on_kept
        self._asked: SimpleQueue[_Asked | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="orders-receiver", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def close(self) -> None:
        """End after what was asked for."""
        self._asked.put(None)
        if self._thread.is_alive():
            self._thread.join(10)

    def take(self, body: bytes | TooLarge, source: Source = Source.LINE) -> Future[Receipt]:
        """Keep a message; what came of it is known when it is on the disk."""
        receipt: Future[Receipt] = Future()
        self._asked.put(_Asked(body, source, receipt))
        return receipt

    def answer(self, body: bytes | TooLarge) -> Future[bytes]:
        """As :meth:`take`, for a line that wants to know only what to say."""
        said: Future[bytes] = Future()

        def known(receipt: Future[Receipt]) -> None:
            error = receipt.exception()
            if error is not None:
                said.set_exception(error)
            elif not said.cancelled():
                said.set_result(receipt.result().said)

        self.take(body).add_done_callback(known)
        return said

    def _run(self) -> None:
        while (first := self._asked.get()) is not None:
            asked, ended = [first], False
            with suppress(Empty):
                while len(asked) < _TOGETHER and not ended:
                    one = self._asked.get_nowait()
                    ended = one is None
                    asked += [] if one is None else [one]
            self._keep(asked)
            if ended:
                return

    def _keep(self, asked: list[_Asked]) -> None:
        try:
            read = [_read(one) for one in asked]
            places = self._kept([_arrival(one, *known) for one, known in zip(asked, read, strict=True)])
            for one, (message, fault), place in zip(asked, read, places, strict=True):
                one.receipt.set_result(_receipt(message, fault, place))
        except Exception as error:
            # Whoever waits for an answer must not wait for ever.
            logger.exception("messages not answered")
            for one in asked:
                if not one.receipt.done():
                    one.receipt.set_exception(error)
            return
        if any(place is not None and not place.is_repeated for place in places):
            self._on_kept()

    def _kept(self, arrivals: list[Arrival | None]) -> list[Place | None]:
        """A place for each; none for answers, which are not kept, and for all when the disk does not take them."""
        wanted = [one for one in arrivals if one is not None]
        try:
            places = iter(self._inbox.keep(wanted, _reused) if wanted else [])
        except StoreError as error:
            logger.error("%d messages not kept: %s (%s)", len(wanted), error.message, error.detail)
            return [None] * len(arrivals)
        return [None if one is None else next(places) for one in arrivals]


def _read(asked: _Asked) -> tuple[Incoming, Fault | None]:
    if isinstance(asked.body, TooLarge):
        read = incoming(asked.body.head)
        return read, Fault(_TOO_LARGE, Code.INTERNAL, "MSH^1", rejects=True)
    read = incoming(asked.body)
    return read, read.fault


def _arrival(asked: _Asked, read: Incoming, fault: Fault | None) -> Arrival | None:
    if read.is_answer:
        return None
    body = asked.body.head if isinstance(asked.body, TooLarge) else asked.body
    sender = "|".join(_clean(part) for part in read.sender)
    arrival = Arrival(body, asked.source, sender, _clean(read.control), _clean(read.kind), read.digest)
    return arrival if fault is None else _refused(arrival, fault)


def _clean(text: str) -> str:
    """Text that a database takes."""
    return text.encode("utf-8", "replace").decode("utf-8").replace("\0", " ")[:199]


def _refused(arrival: Arrival, fault: Fault) -> Arrival:
    answer = json.dumps(asdict(fault))
    return replace(arrival, answer=answer, told=(Told("", fault.sentence, fault.code.name.lower()),))


def _reused(arrival: Arrival) -> Arrival:
    return _refused(arrival, Fault(_REUSED, Code.DUPLICATE, "MSH^1^10", rejects=True))


def _receipt(read: Incoming, fault: Fault | None, place: Place | None) -> Receipt:
    if read.is_answer:
        return Receipt(b"", fault, is_kept=False)
    if place is None:
        fault = Fault(_NOT_KEPT, Code.INTERNAL)
        return Receipt(answers(read, fault, "0", datetime.now(UTC)), fault, is_kept=False)
    # What was said the first time is said again, word for word.
    kept = _fault(place.answer)
    name = f"{place.id}-{read.digest.hex()[:6]}"
    return Receipt(answers(read, kept, name, place.came), kept, is_kept=True)


def _fault(answer: str) -> Fault | None:
    if not answer:
        return None
    raw = parsed_json(answer)
    return Fault(raw["sentence"], Code(raw["code"]), raw["place"], raw["rejects"])
