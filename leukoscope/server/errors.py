"""What is wrong, in one shape: a code for programs, a sentence for people; under /fhir an OperationOutcome."""

from __future__ import annotations

import logging
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from leukoscope.domain.errors import (
    AccessError,
    CancelledError,
    ConflictError,
    ControlError,
    ExchangeError,
    ImageError,
    ImagesLeftError,
    LeukoScopeError,
    StoreError,
    UnsureLeftError,
    sentence_of,
)
from leukoscope.workflow.permissions import SIGN_IN_FIRST
from leukoscope.workflow.seats import NO_ACCOUNTS, SESSION_OVER

logger = logging.getLogger(__name__)

FHIR = "/fhir"
FHIR_TYPE = "application/fhir+json"
_WORDS = {
    400: ("bad-request", "The call is not understood; see /api for what can be called."),
    401: ("sign-in", SIGN_IN_FIRST),
    403: ("forbidden", "Your account may not do this; ask an administrator."),
    404: ("not-found", "There is nothing at this address; see /api for what can be called."),
    405: ("method", "This address cannot be called so; see /api for what can be called."),
    408: ("too-slow", "The call came too slowly; send it again."),
    409: ("conflict", "Somebody else changed this meanwhile; read it again."),
    412: ("changed", "This has changed since you read it; read it again, then decide."),
    413: ("too-large", "This is larger than the server takes."),
    415: ("kind", "This kind of content is not taken here; see /api."),
    422: ("not-usable", "This cannot be used; see /api for what is asked for."),
    428: ("version-needed", "Send If-Match with the ETag of what you read, so that nobody’s work is lost."),
    429: ("too-many", "Too many calls; wait a moment, then go on."),
    500: ("fault", "Something unexpected happened; what was saved is there. Try again."),
    503: ("not-now", "The server cannot do this now; try again."),
}
_FHIR_CODES = {
    400: "invalid", 401: "login", 403: "forbidden", 404: "not-found", 405: "not-supported", 408: "timeout",
    409: "conflict", 412: "conflict", 413: "too-long", 415: "not-supported", 422: "processing", 428: "required",
    429: "throttled", 503: "transient",
}  # fmt: skip


class CallError(HTTPException):
    """A call that is refused, with the sentence for whoever made it.

    Parameters
    ----------
    status
        Of HTTP.
    sentence
        Left out, the usual one.
    more
        What else a program wants to know; no patient's data.
    headers
        That go along.
    """

    def __init__(
        self, status: int, sentence: str = "", *, headers: dict[str, str] | None = None, **more: object
    ) -> None:
        super().__init__(status, sentence or _WORDS[status][1], headers)
        self.more = more


def install(app: FastAPI) -> None:
    """Let every error of the program be answered in the one shape."""
    app.add_exception_handler(LeukoScopeError, _of_program)
    app.add_exception_handler(HTTPException, _of_call)
    app.add_exception_handler(RequestValidationError, _of_shape)
    app.add_exception_handler(Exception, _unexpected)


def answer(path: str, status: int, sentence: str, headers: dict[str, str] | None = None, **more: object) -> Response:
    """An error as it is answered under a path."""
    if status == 401:
        headers = {**(headers or {}), "WWW-Authenticate": "Bearer"}
    if path.startswith(FHIR):
        return JSONResponse(outcome(status, sentence), status, headers, media_type=FHIR_TYPE)
    code = _WORDS.get(status, _WORDS[500])[0]
    return JSONResponse({"error": {"code": code, "sentence": sentence, **more}}, status, headers)


def outcome(status: int, sentence: str) -> dict[str, Any]:
    """An OperationOutcome."""
    severity = "fatal" if status == 500 else "error"
    issue = {"severity": severity, "code": _FHIR_CODES.get(status, "exception"), "diagnostics": sentence}
    return {"resourceType": "OperationOutcome", "issue": [issue]}


def status_of(error: LeukoScopeError) -> int:
    """The status of HTTP that an error of the program is."""
    if isinstance(error, AccessError):
        if error.message == NO_ACCOUNTS:
            return 503
        return 401 if error.message in {SIGN_IN_FIRST, SESSION_OVER} else 403
    if isinstance(error, ConflictError | ControlError | CancelledError):
        return 409
    if isinstance(error, StoreError):
        # What a rule refuses has nothing for an engineer; what the disk or the database does has.
        return 503 if error.detail else 409
    if isinstance(error, ExchangeError) and error.again:
        # Another system is away, as the hospital's directory; nothing is wrong with what was sent.
        return 503
    return 422 if isinstance(error, ImageError | ExchangeError) else 503


def _of_program(request: Request, error: Exception) -> Response:
    assert isinstance(error, LeukoScopeError)
    more: dict[str, int] = {}
    if isinstance(error, UnsureLeftError):
        more = {"cell": error.cell_id}
    if isinstance(error, ImagesLeftError):
        more = {"waiting": error.waiting, "failed": error.failed}
    status = status_of(error)
    if status == 503:
        logger.error("%s not done: %s (%s)", _route(request), type(error).__name__, error.detail)
    return answer(request.url.path, status, error.message, None, **more)


def _of_call(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    status = error.status_code if error.status_code in _WORDS else 400
    if isinstance(error, CallError):
        return answer(request.url.path, status, error.detail, dict(error.headers or {}), **error.more)
    return answer(request.url.path, status, _WORDS[status][1], dict(error.headers or {}))


def _of_shape(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    if any(one["loc"][0] == "path" for one in error.errors()):
        return answer(request.url.path, 404, _WORDS[404][1])
    # Only places and rules: the values may be a patient's.
    places = [f"{'.'.join(map(str, one['loc']))}: {one['type']}" for one in error.errors()[:8]]
    return answer(request.url.path, 422, _WORDS[422][1], places=places)


def _unexpected(request: Request, error: Exception) -> Response:
    logger.error("%s failed", _route(request), exc_info=error)
    return answer(request.url.path, 500, sentence_of(error))


def _route(request: Request) -> str:
    return f"{request.method} {getattr(request.scope.get('route'), 'path', 'an unknown address')}"
