"""The session of a browser: a cookie that scripts cannot read, and that only our own pages can use."""

from __future__ import annotations

from http.cookies import CookieError, SimpleCookie

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from leukoscope.server.errors import CallError, answer
from leukoscope.workflow.seats import SESSION

PAGE_HEADER = "x-leukoscope-page"
"""Every call of our pages that changes something carries it: a form of another site cannot."""
_PLACES = ("/api/v1/", "/review/")
_READING = {"GET", "HEAD"}
_SAME = {"same-origin", "none"}


def cookie_name(scheme: str) -> str:
    """Its name; that of an encrypted line is kept by browsers to this very host."""
    return "__Host-leukoscope" if scheme == "https" else "leukoscope"


def give(response: Response, scheme: str, text: str) -> None:
    """Let the browser call with a session until it is closed."""
    response.set_cookie(cookie_name(scheme), text, path="/", httponly=True, samesite="strict", secure=scheme == "https")


def take_away(response: Response, scheme: str) -> None:
    """Let the browser forget it."""
    response.delete_cookie(cookie_name(scheme), path="/", httponly=True, samesite="strict", secure=scheme == "https")


class CookieCalls:
    """Lets calls with the cookie be calls of who signed in, as if the session stood in their head.

    Parameters
    ----------
    app
        What answers.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one call."""
        if scope["type"] != "http" or not scope["path"].startswith(_PLACES):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        text = "" if "authorization" in headers else _shown_in(headers.get("cookie", ""), scope["scheme"])
        if not text:
            await self._app(scope, receive, send)
            return
        if _is_foreign(scope["method"], headers):
            refused = CallError(403, "Pages of other servers may not call this one.")
            await answer(scope["path"], 403, refused.detail)(scope, receive, send)
            return
        shown = [*scope["headers"], (b"authorization", f"Bearer {text}".encode("latin-1"))]
        await self._app({**scope, "headers": shown}, receive, send)


def _shown_in(cookies: str, scheme: str) -> str:
    """The session in the cookies of a call; a token is none: programs show theirs otherwise."""
    try:
        found = SimpleCookie(cookies).get(cookie_name(scheme))
    except CookieError:
        return ""
    text = "" if found is None else found.value
    return text if text.startswith(SESSION) and text.isascii() else ""


def _is_foreign(method: str, headers: Headers) -> bool:
    if headers.get("sec-fetch-site", "same-origin") not in _SAME:
        return True
    return method not in _READING and headers.get(PAGE_HEADER) != "review"
