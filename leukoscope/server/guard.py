"""What stands in front of every call: strange addresses, other origins, too much and too slow a content are refused."""

from __future__ import annotations

import asyncio
import re
import time

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from leukoscope.server.errors import CallError, answer
from leukoscope.server.metrics import Metrics
from leukoscope.server.options import MEGABYTE

UPLOAD = re.compile(r"/api/v1/cases/[^/]+/images")
LARGEST_OTHER = MEGABYTE
"""Bytes of what is no image."""
PATIENCE_S = 30.0
"""So long a sender may be silent in the middle of a content."""
SLOWEST = 8_000.0
"""Bytes a second that a content must come with on average, after the patience."""
_TRICK = re.compile(rb"//|\\|%2f|%5c|%00|%0a|%0d|(^|/)(\.|%2e){1,2}(/|$)", re.IGNORECASE)
_ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; frame-ancestors 'none'",
}


class Guard:
    """Wraps the whole server.

    Parameters
    ----------
    app
        What answers.
    metrics
        Counts calls.
    largest_upload
        Bytes of the largest image file.
    """

    def __init__(self, app: ASGIApp, metrics: Metrics, largest_upload: int) -> None:
        self._app, self._metrics, self._largest_upload = app, metrics, largest_upload

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one call."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = time.monotonic()
        status = 500

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                for name, value in _ALWAYS.items():
                    headers.setdefault(name, value)
                self._metrics.answered(scope, status, time.monotonic() - begun)
            await send(message)

        headers = Headers(scope=scope)
        limit = self._largest_upload if UPLOAD.fullmatch(scope["path"]) else LARGEST_OTHER
        refused = _refused(scope, headers, limit)
        if refused is not None:
            refusal = answer(scope["path"], refused.status_code, refused.detail, {"Connection": "close"})
            await refusal(scope, receive, sending)
            return
        await self._app(scope, _Content(receive, limit), sending)


def _refused(scope: Scope, headers: Headers, limit: int) -> CallError | None:
    path: bytes = scope.get("raw_path") or scope["path"].encode("utf-8", "replace")
    if _TRICK.search(path.partition(b"?")[0]):
        return CallError(400, "This address is written in a way that is not taken.")
    origin = headers.get("origin")
    if origin is not None and origin != f"{scope['scheme']}://{headers.get('host', '')}":
        # Pages of other servers have no business here, whatever the person who looks at them may do.
        return CallError(403, "Pages of other servers may not call this one.")
    length = headers.get("content-length", "0")
    if not length.isdecimal() or int(length) > limit:
        return too_large(limit)
    return None


def too_large(limit: int) -> CallError:
    """The error of a content over a limit in bytes."""
    sentence = f"This is larger than the server takes: at most {limit / MEGABYTE:.0f} MB."
    # Else the rest of it would be read, only to be thrown away.
    return CallError(413, sentence, headers={"Connection": "close"})


class _Content:
    """Hands a content on piece by piece, as long as it is neither too much nor too slow."""

    def __init__(self, receive: Receive, limit: int) -> None:
        self._receive, self._limit = receive, limit
        self._begun, self._bytes, self._whole = time.monotonic(), 0, False

    async def __call__(self) -> Message:
        if self._whole:
            return await self._receive()
        try:
            message = await asyncio.wait_for(self._receive(), PATIENCE_S)
        except TimeoutError:
            raise CallError(408, headers={"Connection": "close"}) from None
        if message["type"] != "http.request":
            return message
        self._bytes += len(message.get("body", b""))
        self._whole = not message.get("more_body", False)
        if self._bytes > self._limit:
            raise too_large(self._limit)
        took = time.monotonic() - self._begun
        if not self._whole and took > PATIENCE_S and self._bytes < took * SLOWEST:
            raise CallError(408, headers={"Connection": "close"})
        return message
