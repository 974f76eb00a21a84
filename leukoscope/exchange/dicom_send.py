"""DICOM over the network: C-STORE to one node."""

from __future__ import annotations

import io
import ssl
from collections.abc import Callable, Sequence
from typing import Protocol

import pydicom
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian
from pynetdicom.association import Association

from leukoscope.domain.errors import Cause, ExchangeError
from leukoscope.exchange.dicom_base import COMPREHENSIVE_SR, ENCAPSULATED_PDF, VL_MICROSCOPIC
from leukoscope.exchange.dicom_calls import calling_entity, watched_association
from leukoscope.exchange.sockets import open_and_close

TIMEOUT_S, ECHO_S = 30.0, 10.0
VERIFICATION = "1.2.840.10008.1.1"
"""SOP class of the question whether a node is there (PS3.4, annex A)."""
_UNREACHABLE = "The DICOM archive cannot be reached; check that it runs, and its address in the settings."
_FULL = "The DICOM archive answered that it has no room left; it is tried again by itself. Tell its administrator."
_FILE_REFUSED = "The DICOM archive answered that it does not take a file; ask its administrator what it has against it."
_TRANSIENT = 2
"""Result of a rejected association (PS3.8, 9.3.4)."""
_NO_ROOM = 0xA7
"""First byte of the status when the other side has no resources left (PS3.4, B.2.3)."""


class ToSend(Protocol):
    """A file that is read when its turn comes; a path is one."""

    @property
    def name(self) -> str:
        """What it is called, for the log."""
        ...

    def read_bytes(self) -> bytes:
        """The whole file; raises OSError or LeukoScopeError."""
        ...


def send_files(
    host: str,
    port: int,
    called: str,
    calling: str,
    files: Sequence[ToSend],
    *,
    timeout_s: float = TIMEOUT_S,
    on_sent: Callable[[int], None] | None = None,
    tls: ssl.SSLContext | None = None,
) -> None:
    """Send DICOM files to a node and wait until it has taken each.

    Parameters
    ----------
    host, port
        Where the node listens.
    called, calling
        Its title and ours, at most 16 characters each.
    files
        What is sent.
    timeout_s
        Longest wait for each step, in seconds.
    on_sent
        Told the number of files taken so far.
    tls
        From :func:`leukoscope.exchange.tls.client_context`; ``None`` sends in the clear.

    Raises
    ------
    ExchangeError
        When the node is not there, refuses us or a file; ``again`` says whether it is worth trying later.
    """
    _knock(host, port, timeout_s, tls)
    entity = calling_entity(calling, timeout_s)
    for sop_class in (VL_MICROSCOPIC, COMPREHENSIVE_SR, ENCAPSULATED_PDF):
        entity.add_requested_context(sop_class, [ExplicitVRLittleEndian, ImplicitVRLittleEndian])
    association = watched_association(entity, host, port, called, timeout_s, tls)
    if not association.is_established:
        raise not_established(association)
    try:
        for index, file in enumerate(files, start=1):
            _store(association, file)
            if on_sent is not None:
                on_sent(index)
    finally:
        if association.is_established:
            association.release()


def echo(
    host: str, port: int, called: str, calling: str, *, timeout_s: float = ECHO_S, tls: ssl.SSLContext | None = None
) -> None:
    """Ask a node whether it is there and knows us (C-ECHO); parameters as of :func:`send_files`.

    Raises
    ------
    ExchangeError
        When it is not there, refuses us or does not answer.
    """
    _knock(host, port, timeout_s, tls)
    entity = calling_entity(calling, timeout_s)
    entity.add_requested_context(VERIFICATION)
    association = watched_association(entity, host, port, called, timeout_s, tls)
    if not association.is_established:
        raise not_established(association)
    try:
        status = association.send_c_echo()
    finally:
        if association.is_established:
            association.release()
    if getattr(status, "Status", None) != 0:
        message = "The DICOM archive took the call, but does not answer; check with its administrator."
        raise ExchangeError(message, "C-ECHO", again=True, cause=Cause.NOT_UNDERSTOOD)


def _knock(host: str, port: int, timeout_s: float, tls: ssl.SSLContext | None) -> None:
    """Raise when nobody listens or no encrypted line comes about: pynetdicom says only that there is no association."""
    try:
        open_and_close(host, port, timeout_s, tls)
    except OSError as error:
        raise ExchangeError(_UNREACHABLE, f"{type(error).__name__} {error.errno}", again=True) from error


def not_established(association: Association) -> ExchangeError:
    """Why a DICOM archive does not let us in."""
    if association.is_rejected:
        answer = association.acceptor.primitive
        again = getattr(answer, "result", None) == _TRANSIENT
        message = "The DICOM archive does not know this workstation; check both titles in the settings."
        if again:
            message = "The DICOM archive answered that it is too busy; it is tried again by itself."
        detail = f"association rejected: {getattr(answer, 'diagnostic', '')}"
        return ExchangeError(message, detail, again, cause=Cause.NOT_UNDERSTOOD)
    return ExchangeError(_UNREACHABLE, "no association", again=True, cause=Cause.UNREACHABLE)


def _store(association: Association, file: ToSend) -> None:
    data = pydicom.dcmread(io.BytesIO(file.read_bytes()))
    try:
        status = association.send_c_store(data)
    except ValueError as error:
        raise ExchangeError(
            "The DICOM archive does not take objects of this kind; ask its administrator.",
            f"{file.name}: {error}",
            cause=Cause.UNKNOWN_KIND,
        ) from error
    except RuntimeError as error:
        message = "The line to the DICOM archive broke while a file was sent; it is tried again by itself."
        raise ExchangeError(message, f"{file.name}: {error}", again=True, cause=Cause.UNREACHABLE) from error
    if "Status" not in status:
        message = "The DICOM archive took the call, but gave no answer to a file; check with its administrator."
        raise ExchangeError(message, f"{file.name}: no status", again=True, cause=Cause.NOT_UNDERSTOOD)
    code = int(status.Status)
    # 0xB000 and above are warnings: taken, something was changed.
    if code != 0 and code >> 12 != 0xB:
        again = code >> 8 == _NO_ROOM
        message = _FULL if again else _FILE_REFUSED
        raise ExchangeError(message, f"{file.name}: status {code:#06x}", again, cause=Cause.NOT_UNDERSTOOD)
