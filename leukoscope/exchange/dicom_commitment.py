"""DICOM storage commitment (PS3.4, annex J): asking an archive whether it keeps objects, and hearing what it says."""

from __future__ import annotations

import io
import logging
import ssl
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import pydicom
from pydicom.dataset import Dataset
from pynetdicom import AE, evt
from pynetdicom.association import Association
from pynetdicom.sop_class import StorageCommitmentPushModel  # type: ignore[attr-defined]
from pynetdicom.transport import ThreadedAssociationServer

from leukoscope.domain.errors import Cause, ExchangeError, SettingsError
from leukoscope.exchange.dicom_calls import calling_entity, watched_association
from leukoscope.exchange.dicom_send import TIMEOUT_S, ToSend, not_established
from leukoscope.exchange.sockets import keep_watch, open_and_close

logger = logging.getLogger(__name__)

_INSTANCE = "1.2.840.10008.1.20.1.1"
"""Well-known instance of the push model (PS3.4, J.3.5)."""
_ASK, _FULL = 1, 0x0213
"""Action type; status and reason of a side without room."""
_LATER = frozenset({0x0110, _FULL})
"""Statuses after which it is worth asking again."""
MOST = 10_000
"""So many objects of one answer are read."""
_LINES = 8
"""So many associations to us are open at a time."""
_LOOKS_S = 0.05
"""So often it is looked whether the other side has left the line."""
_UNREACHABLE = "The DICOM archive cannot be reached; check that it runs, and its address in the settings."
_NOT_OFFERED = (
    "The DICOM archive has the objects, but offers no storage commitment; ask its administrator, or do not ask for it "
    "in the settings."
)
_REFUSED = (
    "The DICOM archive has the objects, but did not take the question whether it keeps them; ask its administrator."
)
_BROKE = "The line to the DICOM archive broke while it was asked whether it keeps the objects; it is asked again."
_NOT_HEARD, _UNKNOWN = 0x0110, 0x0115


@dataclass(frozen=True)
class Reference:
    """One object: its file, and its SOP class and instance UIDs."""

    file: str
    sop_class: str
    uid: str


@dataclass(frozen=True)
class Verdict:
    """What an archive says of a question: instances that it keeps, and those that it does not with the reason.

    Reasons are those of PS3.3, C.14-1, for example 0x0112: it has no such object.
    """

    transaction: str
    kept: frozenset[str]
    refused: Mapping[str, int]


Heard = Callable[[Verdict], bool]
"""Told what an archive says; whether the question was ours. It is on the disk when this returns."""


def reference(file: ToSend) -> Reference:
    """Which object a file holds; raises what reading it raises."""
    found = pydicom.dcmread(io.BytesIO(file.read_bytes()), stop_before_pixels=True)
    return Reference(file.name, str(found.SOPClassUID), str(found.SOPInstanceUID))


def ask_commitment(
    host: str,
    port: int,
    called: str,
    calling: str,
    transaction: str,
    objects: Sequence[Reference],
    heard: Heard,
    *,
    wait_s: float,
    timeout_s: float = TIMEOUT_S,
    tls: ssl.SSLContext | None = None,
    stop: Callable[[], bool] = lambda: False,
) -> None:
    """Ask whether an archive keeps objects (N-ACTION), and stay on the line for a while for what it says.

    Parameters
    ----------
    host, port, called, calling, timeout_s, tls
        As of :func:`leukoscope.exchange.dicom_send.send_files`.
    transaction
        UID of this question.
    objects
        What is asked about.
    heard
        Told what the archive says on this line (N-EVENT-REPORT), from another thread.
    wait_s
        So long it is waited for; the archive may also call back later.
    stop
        Whether it is waited no longer.

    Raises
    ------
    ExchangeError
        When it is not there, offers no commitment or refuses the question; ``again`` as of ``send_files``.
    """
    try:
        open_and_close(host, port, timeout_s, tls)
    except OSError as error:
        raise ExchangeError(_UNREACHABLE, f"{type(error).__name__} {error.errno}", again=True) from error
    answered = threading.Event()
    entity = calling_entity(calling, timeout_s)
    entity.add_requested_context(StorageCommitmentPushModel)
    handlers = [(evt.EVT_N_EVENT_REPORT, _answer, [heard]), *_when_answered(answered)]
    association = watched_association(entity, host, port, called, timeout_s, tls, handlers)
    if not association.is_established:
        if association.rejected_contexts:
            raise ExchangeError(_NOT_OFFERED, "no context", cause=Cause.UNKNOWN_KIND)
        raise not_established(association)
    try:
        _ask(association, transaction, objects)
        _stay(association, answered, wait_s, stop)
    finally:
        if association.is_established:
            association.release()


def _ask(association: Association, transaction: str, objects: Sequence[Reference]) -> None:
    question = Dataset()
    question.TransactionUID = transaction
    question.ReferencedSOPSequence = [_item(one) for one in objects]
    try:
        status, _ = association.send_n_action(question, _ASK, StorageCommitmentPushModel, _INSTANCE)
    except ValueError as error:
        raise ExchangeError(_NOT_OFFERED, repr(error), cause=Cause.UNKNOWN_KIND) from error
    except RuntimeError as error:
        raise ExchangeError(_BROKE, repr(error), again=True, cause=Cause.UNREACHABLE) from error
    code = getattr(status, "Status", None)
    if code is None:
        raise ExchangeError(_BROKE, "no status", again=True, cause=Cause.NOT_UNDERSTOOD)
    if code != 0:
        raise ExchangeError(_REFUSED, f"status {code:#06x}", again=code in _LATER, cause=Cause.NOT_UNDERSTOOD)


def _item(one: Reference) -> Dataset:
    item = Dataset()
    item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = one.sop_class, one.uid
    return item


def _stay(association: Association, answered: threading.Event, wait_s: float, stop: Callable[[], bool]) -> None:
    end = time.monotonic() + wait_s
    while time.monotonic() < end and association.is_established and not stop():
        if answered.wait(_LOOKS_S):
            return


def _when_answered(answered: threading.Event) -> list[evt.EventHandlerType]:
    """Set once our answer to a report has left: a line that is given back before cuts it off."""
    begun = threading.Event()

    def sending(event: evt.Event) -> None:
        if type(event.message).__name__ == "N_EVENT_REPORT_RSP":
            begun.set()

    def sent(_event: evt.Event) -> None:
        if begun.is_set():
            answered.set()

    return [(evt.EVT_DIMSE_SENT, sending), (evt.EVT_PDU_SENT, sent)]


def _answer(event: evt.Event, heard: Heard) -> tuple[int, None]:
    try:
        verdict = _verdict(event.event_information)
        if verdict is not None and heard(verdict):
            return 0, None
    except Exception as error:  # noqa: BLE001 - pydicom raises of any kind; the archive must hear that it was in vain
        logger.warning("an answer about stored objects was not taken: %s", type(error).__name__)
        return _NOT_HEARD, None
    logger.info("an answer about stored objects is to no question of ours")
    return _UNKNOWN, None


def _verdict(said: Dataset) -> Verdict | None:
    transaction = str(said.get("TransactionUID", ""))
    kept = said.get("ReferencedSOPSequence") or ()
    failed = said.get("FailedSOPSequence") or ()
    if not transaction or len(kept) + len(failed) > MOST:
        return None
    refused = {str(one.ReferencedSOPInstanceUID): int(one.get("FailureReason", 0) or 0) for one in failed}
    # What is in both is not kept: whoever relies on it must not be told otherwise.
    return Verdict(transaction, frozenset(str(one.ReferencedSOPInstanceUID) for one in kept) - set(refused), refused)


class CommitmentListener:
    """Hears what archives say on lines of their own.

    Parameters
    ----------
    host, port
        Where it listens; port 0 takes any that is free.
    title
        Ours: who calls another one is refused.
    archive
        The archive's: nobody else is heard.
    heard
        Told what it says, from a thread of the line.
    tls
        From :func:`leukoscope.exchange.tls.server_context`; ``None`` listens in the clear.

    Raises
    ------
    SettingsError
        When nothing can listen there.
    """

    def __init__(
        self, host: str, port: int, title: str, archive: str, heard: Heard, tls: ssl.SSLContext | None = None
    ) -> None:
        entity: AE = calling_entity(title, TIMEOUT_S)
        entity.maximum_associations = _LINES
        entity.require_called_aet = True
        entity.require_calling_aet = [archive]
        # Archives differ in whether they say that they are the provider on a line of their own.
        entity.add_supported_context(StorageCommitmentPushModel, scu_role=True, scp_role=True)
        handlers: list[evt.EventHandlerType] = [
            (evt.EVT_N_EVENT_REPORT, _answer, [heard]),
            (evt.EVT_CONN_OPEN, _watch),
        ]
        if tls is not None:
            # Else the handshake is waited for where lines are taken: who is silent there would keep all others out.
            # So it comes with the first read, in the thread of the line and within its limit.
            tls.wrap_socket = partial(tls.wrap_socket, do_handshake_on_connect=False)  # type: ignore[method-assign]
        try:
            server = entity.start_server((host, port), block=False, ssl_context=tls, evt_handlers=handlers)
        except OSError as error:
            message = "Nothing can listen there for the archive’s answers; check address and port in the settings."
            raise SettingsError(message, repr(error)) from error
        assert isinstance(server, ThreadedAssociationServer)
        self._entity, self._server = entity, server
        self.port: int = server.server_address[1]

    def close(self) -> None:
        """Listen no longer."""
        self._server.shutdown()
        self._entity.shutdown()


def _watch(event: evt.Event) -> None:
    line = event.assoc.dul.socket
    if line is not None and line.socket is not None:
        keep_watch(line.socket, TIMEOUT_S)
        line.socket.settimeout(TIMEOUT_S)
