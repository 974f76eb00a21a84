"""Sender: sends what is in the outbox, one message after the other, and tries again later."""

from __future__ import annotations

import logging
import ssl
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from leukoscope.domain.errors import (
    AnswerError,
    Cause,
    ExchangeError,
    LeukoScopeError,
    SettingsError,
    StoreError,
    sentence_of,
)
from leukoscope.workflow.delivery.commitment import ASKED, MOST_QUESTIONS, NEVER_SAID
from leukoscope.workflow.delivery.commitment_answers import ASKED_FOR, CommitmentAnswers
from leukoscope.workflow.delivery.message import Channel, Message, MessageState, SentInstance, Standing
from leukoscope.workflow.delivery.outbox import Outbox
from leukoscope.workflow.settings import Settings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from leukoscope.exchange.dicom_commitment import Verdict

logger = logging.getLogger(__name__)

KEPT = Standing.KEPT
SHORT_S, LONG_S = 2.0, 20.0
"""So long it is waited on the line for the archive's word: where it may call back, and where it may not."""
_LONGEST_WAIT_S = 3600.0


class Sender:
    """A thread that empties the outbox.

    Parameters
    ----------
    outbox
        What is to be sent.
    settings
        Gives what is set now: a corrected address counts at the next try.
    on_change
        Told after each try, from the sender's thread.
    is_there
        Whether a case is there and not put away; what is about another one does not leave.
    on_sent
        Told of each message that the other side has taken, and once more when it says that it keeps it.
    """

    def __init__(
        self,
        outbox: Outbox,
        settings: Callable[[], Settings],
        on_change: Callable[[], None],
        is_there: Callable[[int], bool] = lambda _case_id: True,
        on_sent: Callable[[Message], None] = lambda _: None,
    ) -> None:
        self._outbox, self._settings, self._on_change, self._on_sent = outbox, settings, on_change, on_sent
        self.answers = CommitmentAnswers(self._judged)
        self._is_there = is_there
        self._wake, self._closing = threading.Event(), False
        self._thread = threading.Thread(target=self._run, name="sender", daemon=True)

    def start(self) -> None:
        """Begin; what waits from the last time goes first."""
        self._thread.start()

    def wake(self) -> None:
        """Look into the outbox now."""
        self._wake.set()

    def close(self, timeout_s: float = 35.0) -> None:
        """End after the message under way; what waits stays in the outbox."""
        self._closing = True
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(timeout_s)
        self.answers.close()

    def _run(self) -> None:
        while not self._closing:
            self.answers.follow(self._settings())
            message = self._outbox.due()
            if message is None:
                self._wake.wait(self._pause())
                self._wake.clear()
                continue
            self._try(message)
            self._on_change()

    def _pause(self) -> float:
        moment = self._outbox.next_at()
        if moment is None:
            return _LONGEST_WAIT_S
        return min(_LONGEST_WAIT_S, max(0.05, (moment - datetime.now(UTC)).total_seconds()))

    def _try(self, message: Message) -> None:
        try:
            if message.state is MessageState.STORED:
                self._ask(message)
                return
            if not self._is_there(message.case_id):
                self._outbox.take_back(message.case_id)
                return
            self._send(message)
        except LeukoScopeError as error:
            # A database that does not answer now may know later whether the case is still there.
            again = isinstance(error, StoreError) or (isinstance(error, ExchangeError) and error.again)
            # What the other side says in its own words may be about the patient.
            said = type(error).__name__ if isinstance(error, AnswerError) else error.message
            logger.warning("%s message not sent: %s (%s)", message.channel, said, error.detail)
            self._outbox.not_sent(message, error.message, again)
        except Exception as error:
            logger.exception("%s message not sent", message.channel)
            self._outbox.not_sent(message, sentence_of(error), again=False)
        else:
            self._told(message)

    def _ask(self, message: Message) -> None:
        """Ask the archive whether it keeps what it has."""
        settings = self._settings()
        if settings.commitment != ASKED_FOR:
            self._outbox.wait_no_longer(message)
            return
        if len(message.questions) >= MOST_QUESTIONS and message.sentence == ASKED:
            raise ExchangeError(NEVER_SAID, f"{len(message.questions)} questions")
        from pydicom.uid import generate_uid

        from leukoscope.exchange.dicom_commitment import Reference, ask_commitment
        from leukoscope.exchange.nodes import dicom_node

        node, question = dicom_node(settings.dicom_node), str(generate_uid())
        asked = self._outbox.asking(message, question)
        if asked is None:
            return
        self._on_change()
        wanted = [Reference(one.file, one.sop_class, one.uid) for one in asked.objects if one.standing is not KEPT]
        wait_s = SHORT_S if self.answers.address else LONG_S
        tls, own = _tls(settings) if node.encrypted else None, settings.dicom_title or "LEUKOSCOPE"
        ask_commitment(
            node.host,
            node.port,
            node.title,
            own,
            question,
            wanted,
            self._judged,
            wait_s=wait_s,
            tls=tls,
            stop=lambda: self._closing,
        )

    def _judged(self, verdict: Verdict) -> bool:
        """From a thread of a line."""
        message, is_new = self._outbox.judged(verdict.transaction, verdict.kept, verdict.refused)
        if message is None:
            return False
        if is_new and message.is_kept:
            self._told(message)
        logger.info("the archive says of a message: %s", message.state.value)
        self._on_change()
        self.wake()
        return True

    def _told(self, message: Message) -> None:
        try:
            self._on_sent(message)
        except LeukoScopeError as error:
            # It is sent all the same, and stands in the outbox as sent.
            logger.error("not told in the trail that a message was sent: %s (%s)", error.message, error.detail)

    def _send(self, message: Message) -> None:
        # The libraries behind take a second to load: only who sends pays.
        from leukoscope.exchange.nodes import dicom_node, hl7_node

        settings = self._settings()
        try:
            files = self._outbox.payload(message)
        except OSError as error:
            message_gone = "What was to be sent can no longer be read from the disk; send the case again."
            raise ExchangeError(message_gone, repr(error), cause=Cause.UNREACHABLE) from error
        if message.channel is Channel.HL7:
            from leukoscope.exchange.mllp import send_message

            node = hl7_node(settings.hl7_node)
            tls = _tls(settings) if node.encrypted else None
            send_message(node.host, node.port, files[0].read_bytes().decode("utf-8"), tls=tls)
        elif message.channel is Channel.FHIR:
            from leukoscope.exchange.fhir_send import authorization, fhir_address, post_bundle

            address = fhir_address(settings.fhir_address)
            tls = _tls(settings) if address.startswith("https") else None
            post_bundle(address, files[0].read_bytes(), authorization(_login(settings)), tls)
        else:
            from leukoscope.exchange.dicom_send import send_files

            node = dicom_node(settings.dicom_node)
            tls = _tls(settings) if node.encrypted else None
            kept = {one.file for one in message.objects if one.standing is KEPT}
            files = [one for one in files if one.name not in kept]
            send_files(node.host, node.port, node.title, settings.dicom_title or "LEUKOSCOPE", files, tls=tls)
            if settings.commitment == ASKED_FOR:
                from leukoscope.exchange.dicom_commitment import reference

                known = [one for one in message.objects if one.standing is KEPT]
                sent = [SentInstance(one.file, one.sop_class, one.uid) for one in map(reference, files)]
                self._outbox.stored(message, (*known, *sent))
                return
        self._outbox.sent(message)


def place_of(settings: Settings, channel: Channel) -> str:
    """Where a channel leads to, without names and passwords: what the audit trail may say.

    Raises
    ------
    SettingsError
        When no address is set, or a file beside it cannot be read.
    """
    from leukoscope.exchange.nodes import dicom_node, hl7_node

    if channel is Channel.FHIR:
        from leukoscope.exchange.fhir_send import authorization, fhir_address

        address = fhir_address(settings.fhir_address)
        authorization(_login(settings))
        if address.startswith("https"):
            _tls(settings)
        return address
    node = hl7_node(settings.hl7_node) if channel is Channel.HL7 else dicom_node(settings.dicom_node)
    if node.encrypted:
        _tls(settings)
    return f"{node.host}:{node.port}"


def _login(settings: Settings) -> str:
    """The first line of the file of the sign-in; raises SettingsError."""
    if not settings.fhir_login:
        return ""
    try:
        lines = Path(settings.fhir_login).expanduser().read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError) as error:
        message = "The file of the sign-in at the FHIR server cannot be read; choose it again in the settings."
        raise SettingsError(message, type(error).__name__) from error
    return lines[0] if lines else ""


def _tls(settings: Settings) -> ssl.SSLContext:
    from leukoscope.exchange.tls import client_context

    return client_context(settings.tls_trusted, settings.tls_own)
