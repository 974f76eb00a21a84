"""DeliveryService: a case goes into the outbox, and from there to the hospital's systems."""

from __future__ import annotations

from collections.abc import Callable, Collection
from pathlib import Path

from leukoscope.cases.cipher import Cipher
from leukoscope.domain.audit import SENDING
from leukoscope.domain.progress import CancelToken, Progress
from leukoscope.workflow.delivery.message import Channel, Message
from leukoscope.workflow.delivery.outbox import Outbox
from leukoscope.workflow.delivery.sender import Sender, place_of
from leukoscope.workflow.export.case_export import CaseExport
from leukoscope.workflow.export.messages import fhir_transaction, hl7_text
from leukoscope.workflow.operator_session import OperatorSession
from leukoscope.workflow.permissions import Act
from leukoscope.workflow.settings import Settings


class DeliveryService:
    """The outbox and who empties it.

    Parameters
    ----------
    folder
        Of the outbox.
    cipher
        Gives the key with which what waits is encrypted; ``None`` where the cases are in the clear.
    settings
        Gives what is set now.
    on_change
        Told when the outbox has changed; from any thread.
    operator
        Who works here, and what they may do.
    is_there
        Whether a case is there and not put away, here or at another workstation; asked before anything of it leaves.
    on_sent
        Told of each message that the other side has taken, from the sender's thread.
    """

    def __init__(
        self,
        folder: Path,
        cipher: Callable[[], Cipher | None],
        settings: Callable[[], Settings],
        on_change: Callable[[], None],
        operator: OperatorSession,
        is_there: Callable[[int], bool],
        on_sent: Callable[[Message], None] = lambda _: None,
    ) -> None:
        self._operator = operator
        self._outbox, self._settings, self._on_change = Outbox(folder, cipher=cipher), settings, on_change
        self._sender = Sender(self._outbox, settings, on_change, is_there, on_sent)
        self._sender.start()

    def close(self) -> None:
        """End after the message under way; what waits is there at the next start."""
        self._sender.close()

    def messages(self) -> tuple[Message, ...]:
        """All messages, the newest first."""
        self._operator.require(Act.SEE_OUTBOX)
        return self._outbox.messages()

    def take_back(self, case_id: int) -> None:
        """Take back what has not left of a case that was put away."""
        self._operator.require(Act.PUT_AWAY)
        self._outbox.take_back(case_id)
        self._on_change()

    def erase(self, case_id: int, texts: Collection[bytes]) -> None:
        """Forget everything about a case that is erased for good; raises ExchangeError."""
        self._outbox.erase(case_id, texts)
        self._on_change()

    def send(
        self,
        export: CaseExport,
        case_id: int,
        channel: Channel,
        on_progress: Callable[[Progress], None],
        cancel: CancelToken,
    ) -> None:
        """Put a case into the outbox; it is on its way when this returns.

        Raises
        ------
        AccessError
            When who asks may not send.
        SettingsError
            When no address is set.
        ReportError, ExchangeError, StoreError
            When the message cannot be made.
        CancelledError
            After a cancel; nothing is sent then.
        """
        self._operator.require(Act.SEND)
        settings = self._settings()
        # A wrong address or file is said now, not when the sender is on its way.
        where = place_of(settings, channel)
        job = export.job(case_id, on_progress, cancel)
        package = job.package
        with self._outbox.putting(channel, case_id, package.case.header.number) as put:
            if channel is Channel.HL7:
                put("message.hl7", hl7_text(package, settings, cancel).encode("utf-8", "replace"))
            elif channel is Channel.FHIR:
                put("transaction.json", fhir_transaction(package))
            else:
                for name, data in job.dicom_objects():
                    put(name, data)
        export.repository.store.trail.tell(SENDING, case_id=case_id, subject=channel.value, new=where)
        self._on_change()
        self._sender.wake()

    def follow_settings(self) -> tuple[str, str]:
        """Listen for an archive's answers as the settings say now.

        Returns
        -------
        tuple of str
            Where it listens, empty where it does not; and why it cannot, as a sentence.
        """
        self._operator.require(Act.SEE_OUTBOX)
        answers = self._sender.answers
        answers.follow(self._settings())
        self._sender.wake()
        return answers.address, answers.trouble

    def retry(self, message_id: str) -> None:
        """Try a message again, now."""
        self._operator.require(Act.SEND)
        self._outbox.retry(message_id)
        self._on_change()
        self._sender.wake()

    def cancel(self, message_id: str) -> None:
        """Take a message back."""
        self._operator.require(Act.SEND)
        self._outbox.cancel(message_id)
        self._on_change()
