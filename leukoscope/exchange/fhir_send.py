"""FHIR over HTTPS: a case as one transaction to the hospital's server, and what the server says of it."""

from __future__ import annotations

import base64
import json
import ssl
import urllib.error
import urllib.request
from http.client import HTTPException
from typing import Any
from urllib.parse import urlsplit

from leukoscope.domain.errors import AnswerError, Cause, ExchangeError, SettingsError
from leukoscope.domain.lines import is_here
from leukoscope.domain.parsing import parsed_json
from leukoscope.exchange.tls import refusal

TIMEOUT_S = 30.0
"""Longest silence of the server."""
LARGEST_ANSWER = 4 << 20
"""In bytes; a server may say something of each of a thousand entries."""
LONGEST_QUOTE = 300
KIND = "application/fhir+json"
NOT_THERE = "The FHIR server cannot be reached; check that it runs, and its address in the settings."
BUSY = "The FHIR server is busy; the report is sent again later."
_LATER = frozenset({408, 425, 429, 500, 502, 503, 504})


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A report goes to the address that an administrator set, and nowhere else."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


def fhir_address(text: str) -> str:
    """The address of a FHIR server, tidied: ``https://server/base``; in the clear to this computer only.

    Raises
    ------
    SettingsError
        When it is none.
    """
    tidy = text.strip().rstrip("/")
    try:
        parts = urlsplit(tidy)
        host, fits = parts.hostname or "", (parts.port or 1) > 0 and not parts.username and not parts.query
    except ValueError:
        host, fits = "", False
    if not host or not fits or parts.scheme not in {"http", "https"}:
        raise SettingsError("Write the address of the FHIR server as https://server/base, without a name or password.")
    if parts.scheme == "http" and not is_here(host):
        raise SettingsError(
            "Reports go to a FHIR server over an encrypted line only; write https:// before its address."
        )
    return tidy


def authorization(login: str) -> str:
    """What a request says of who sends it, from the file of the sign-in: a token, or ``name:password``.

    Parameters
    ----------
    login
        The first line of the file; empty says nothing.

    Raises
    ------
    SettingsError
        When it is neither.
    """
    line = login.strip()
    if not line:
        return ""
    word, _, token = line.partition(" ")
    token = token.strip() if word.casefold() == "bearer" else line
    if ":" in line and word.casefold() != "bearer":
        return "Basic " + base64.b64encode(line.encode("utf-8")).decode("ascii")
    if not token or not token.isascii() or any(char.isspace() for char in token):
        raise SettingsError("The file of the sign-in holds neither a token nor name:password; write it again.")
    return f"Bearer {token}"


def post_bundle(
    address: str, bundle: bytes, login: str = "", tls: ssl.SSLContext | None = None, timeout_s: float = TIMEOUT_S
) -> None:
    """Send a transaction and wait until the server has taken all of it.

    Parameters
    ----------
    address
        From :func:`fhir_address`.
    bundle
        A Bundle of type ``transaction``, as JSON.
    login
        From :func:`authorization`.
    tls
        From :func:`leukoscope.exchange.tls.client_context`; ``None`` for a line in the clear.
    timeout_s
        Longest silence, in seconds.

    Raises
    ------
    ExchangeError
        When the server is not there or does not take it; ``again`` says whether it is worth trying later. Its subclass
        AnswerError quotes the server's OperationOutcome.
    """
    headers = {"Content-Type": KIND, "Accept": KIND, "Prefer": "return=minimal"}
    if login:
        headers["Authorization"] = login
    wanted = urllib.request.Request(address, data=bundle, headers=headers, method="POST")
    handlers: list[urllib.request.BaseHandler] = [_NoRedirect(), urllib.request.ProxyHandler({})]
    if tls is not None:
        handlers.append(urllib.request.HTTPSHandler(context=tls))
    try:
        with urllib.request.build_opener(*handlers).open(wanted, timeout=timeout_s) as answer:
            data = answer.read(LARGEST_ANSWER + 1)
    except urllib.error.HTTPError as error:
        with error:
            said = _read(error)
        raise _refused(error.code, said) from error
    except (OSError, HTTPException) as error:
        reason = getattr(error, "reason", error)
        if isinstance(reason, ssl.SSLError):
            raise refusal(reason) from error
        raise ExchangeError(NOT_THERE, type(reason).__name__, again=True, cause=Cause.UNREACHABLE) from error
    _judge(data)


def _read(error: urllib.error.HTTPError) -> bytes:
    try:
        return error.read(LARGEST_ANSWER)
    except (OSError, HTTPException):
        return b""


def _refused(status: int, data: bytes) -> ExchangeError:
    quote, detail = _quote(data), f"HTTP {status}"
    if status in {401, 403}:
        return ExchangeError("The FHIR server does not take our sign-in; check its file in the settings.", detail)
    if 300 <= status < 400:
        return ExchangeError("The FHIR server has moved; write its new address in the settings.", detail)
    if status in {404, 405, 410, 415} and not quote:
        return ExchangeError("There is no FHIR server at this address; check it in the settings.", detail)
    if quote:
        return AnswerError(f"The FHIR server did not take the report: “{quote}”.", detail, status in _LATER)
    if status in _LATER:
        return ExchangeError(BUSY, detail, again=True)
    return ExchangeError("The FHIR server did not take the report; ask its administrator.", detail)


def _judge(data: bytes) -> None:
    """Raise unless the answer says that every entry was taken."""
    found = _json(data)
    entries = found.get("entry") if found.get("resourceType") == "Bundle" else None
    if not isinstance(entries, list) or found.get("type") != "transaction-response":
        raise ExchangeError(
            "What answers at this address is no FHIR server; check it in the settings.",
            "no transaction-response",
            cause=Cause.NOT_UNDERSTOOD,
        )
    for one in entries:
        response = one.get("response") if isinstance(one, dict) else None
        status = str(response.get("status", "")) if isinstance(response, dict) else ""
        if not status.startswith("2"):
            outcome = response.get("outcome") if isinstance(response, dict) else None
            quote = _words(outcome) if isinstance(outcome, dict) else ""
            raise AnswerError(f"The FHIR server did not take the report: “{quote or status}”.", f"entry {status[:3]}")


def _json(data: bytes) -> dict[str, Any]:
    try:
        found = parsed_json(data)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _quote(data: bytes) -> str:
    return _words(_json(data))


def _words(outcome: dict[str, Any]) -> str:
    """What an OperationOutcome says, as one line."""
    if outcome.get("resourceType") != "OperationOutcome":
        return ""
    said: list[str] = []
    for issue in outcome.get("issue") or []:
        if isinstance(issue, dict) and issue.get("severity") in {"fatal", "error", None}:
            details = issue.get("details")
            text = details.get("text") if isinstance(details, dict) else None
            words = text or issue.get("diagnostics") or issue.get("code") or ""
            said.append(" ".join(str(words).split()))
    return "; ".join(dict.fromkeys(filter(None, said)))[:LONGEST_QUOTE]


def transaction_of(bundle: str) -> bytes:
    """A case's bundle as a transaction: each resource under its own name, the same whenever the case is sent again."""
    raw = parsed_json(bundle)
    raw["type"] = "transaction"
    # A transaction has no name or time of its own that a server would keep.
    for name in ("identifier", "timestamp"):
        raw.pop(name, None)
    for entry in raw["entry"]:
        one = entry["resource"]
        entry["request"] = {"method": "PUT", "url": f"{one['resourceType']}/{one['id']}"}
    return json.dumps(raw, ensure_ascii=False).encode("utf-8", "replace")
