"""Timestamps by a third party (RFC 3161): asked for over HTTP, and checked against the certificates of who makes them.

Only a hash leaves. Nothing waits long for an authority that does not answer.
"""

from __future__ import annotations

import threading
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from http.client import HTTPException
from pathlib import Path
from ssl import SSLContext
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from cryptography.x509 import Certificate, load_der_x509_certificate, load_pem_x509_certificates

from leukoscope.domain.errors import Cause, ExchangeError, SettingsError

if TYPE_CHECKING:
    from rfc3161_client import TimeStampRequest, TimeStampResponse

T = TypeVar("T")
CALL_S = 10.0
"""Longest silence of an authority."""
WHOLE_S = 30.0
"""Longest time for one timestamp, names looked up and all, however slowly the bytes come."""
LARGEST = 200_000
"""Bytes of an answer: a token with its certificates has about 6,000."""
SILENT = "The timestamp authority does not answer; it is asked again later."
NO_TIMESTAMP = "The timestamp authority answered with something else than a timestamp; check its address."
REFUSED = "The timestamp authority refused to stamp; ask its operator."
NOT_THEIRS = "The timestamp was not made by the authority whose certificate is set, or for something else."


@dataclass(frozen=True)
class Stamp:
    """What a timestamp says.

    Parameters
    ----------
    at
        When, by the clock of the authority.
    authority
        Who says so: the subject of the certificate that signed it.
    serial
        Its number there.
    """

    at: datetime
    authority: str
    serial: int


def check_address(address: str) -> str:
    """The address of an authority, tidied.

    Raises
    ------
    SettingsError
        When it is none.
    """
    tidy = address.strip()
    try:
        parts = urlsplit(tidy)
        fits = parts.scheme in {"http", "https"} and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        fits = False
    if not fits:
        raise SettingsError("The address of a timestamp authority begins with http:// or https://; write it again.")
    return tidy


def trusted_certificates(path: Path) -> tuple[Certificate, ...]:
    """The certificates of a PEM file.

    Raises
    ------
    SettingsError
        When it is missing or holds none.
    """
    try:
        return tuple(load_pem_x509_certificates(path.read_bytes()))
    except (OSError, ValueError) as error:
        message = f"“{path.name}” holds no certificate of a timestamp authority; choose a PEM file."
        raise SettingsError(message, repr(error)) from error


def new_timestamp(
    address: str, message: bytes, trusted: tuple[Certificate, ...], context: SSLContext | None = None
) -> tuple[bytes, Stamp]:
    """Have a message stamped.

    Parameters
    ----------
    address
        Of the authority, ``https://tsa.example/``.
    message
        Its SHA-256 alone leaves.
    trusted
        Certificates that the authority's is held against.
    context
        For an encrypted line.

    Returns
    -------
    bytes
        The authority's whole answer (DER), to be kept.
    Stamp
        What it says.

    Raises
    ------
    ExchangeError
        When there is no answer in time, or it is no timestamp of this message by this authority.
    """
    from rfc3161_client import HashAlgorithm, TimestampRequestBuilder

    request = TimestampRequestBuilder().data(message).hash_algorithm(HashAlgorithm.SHA256).build()
    answer = _within(WHOLE_S, lambda: _post(address, request.as_bytes(), context))
    return answer, read_timestamp(answer, message, trusted, request)


def read_timestamp(
    answer: bytes, message: bytes, trusted: tuple[Certificate, ...], request: TimeStampRequest | None = None
) -> Stamp:
    """Check a kept timestamp, and tell what it says; certificates need to have been valid when it was made.

    Raises
    ------
    ExchangeError
        When it is none, is of another message, or was not made by the authority that is trusted.
    """
    from rfc3161_client import VerifierBuilder, decode_timestamp_response
    from rfc3161_client.errors import VerificationError

    try:
        response = decode_timestamp_response(answer)
        if response.status != 0:
            said = " ".join(response.status_string)
            raise ExchangeError(REFUSED, f"status {said}")
        builder = VerifierBuilder.from_request(request) if request is not None else VerifierBuilder()
        for one in trusted:
            builder = builder.add_root_certificate(one)
        builder.build().verify_message(response, message)
        return _said(response)
    except VerificationError as error:
        raise ExchangeError(NOT_THEIRS, f"timestamp: {error}", cause=Cause.BROKEN) from error
    except (ValueError, TypeError, OverflowError) as error:
        raise ExchangeError(NO_TIMESTAMP, repr(error), cause=Cause.NOT_UNDERSTOOD) from error


def _said(response: TimeStampResponse) -> Stamp:
    (signer,) = response.signed_data.signer_infos
    found = (load_der_x509_certificate(one) for one in response.signed_data.certificates)
    names = (one.subject for one in found if one.serial_number == signer.serial_number and one.issuer == signer.issuer)
    name = next(names, signer.issuer)
    info = response.tst_info
    return Stamp(info.gen_time.astimezone(UTC), name.rfc4514_string(), info.serial_number)


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Nobody is led elsewhere: the address is the one that an administrator set."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


def _post(address: str, body: bytes, context: SSLContext | None) -> bytes:
    handlers: list[urllib.request.BaseHandler] = [_NoRedirect()]
    if context is not None:
        handlers.append(urllib.request.HTTPSHandler(context=context))
    wanted = urllib.request.Request(
        address, data=body, headers={"Content-Type": "application/timestamp-query"}, method="POST"
    )
    try:
        with urllib.request.build_opener(*handlers).open(wanted, timeout=CALL_S) as answer:
            data: bytes = answer.read(LARGEST + 1)
    except urllib.error.HTTPError as error:
        error.close()
        busy = error.code >= 500 or error.code == 429
        raise ExchangeError(SILENT if busy else NO_TIMESTAMP, f"HTTP {error.code}", busy) from error
    except (OSError, HTTPException) as error:
        raise ExchangeError(SILENT, type(error).__name__, True, cause=Cause.UNREACHABLE) from error
    if len(data) > LARGEST:
        raise ExchangeError(NO_TIMESTAMP, "an answer without an end", cause=Cause.NOT_UNDERSTOOD)
    return data


def _within(seconds: float, work: Callable[[], T]) -> T:
    """What ``work`` gives, or an error when it takes longer: who sends a byte now and then holds nobody up."""
    done: list[T] = []
    wrong: list[BaseException] = []

    def run() -> None:
        try:
            done.append(work())
        except BaseException as error:  # noqa: BLE001 - raised again below
            wrong.append(error)

    thread = threading.Thread(target=run, name="timestamp", daemon=True)
    thread.start()
    thread.join(seconds)
    if wrong:
        raise wrong[0]
    if not done:
        raise ExchangeError(SILENT, "no whole answer in time", True, cause=Cause.UNREACHABLE)
    return done[0]
