"""People sign in on a page: the same accounts, the same lock after wrong passwords, the session in a cookie."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from leukoscope.domain.cell_classes import CELL_CLASSES
from leukoscope.server import signing_in
from leukoscope.server.browser import cookies
from leukoscope.server.errors import CallError
from leukoscope.server.served import Server, Who
from leukoscope.server.shapes import Session, SignIn
from leukoscope.workflow.class_keys import keys_in_force

router = APIRouter(prefix="/review", include_in_schema=False)

PAGE_KEYS = frozenset("LHUFAZBMNC.,+-=?")
"""Single keys of the pages that do something else than name a class."""


@router.post("/session", status_code=201)
def sign_in(sent: SignIn, served: Server, request: Request, response: Response) -> Session:
    """Sign in; the answer carries the cookie."""
    if request.headers.get(cookies.PAGE_HEADER) != "review":
        raise CallError(403, "Pages of other servers may not call this one.")
    session = signing_in.sign_in(sent, served, request)
    cookies.give(response, request.url.scheme, session.session)
    return session.model_copy(update={"session": ""})


@router.delete("/session", status_code=204)
def sign_out(caller: Who, request: Request, response: Response) -> None:
    """Sign out: the session is over, on the server too."""
    signing_in.sign_out(caller)
    cookies.take_away(response, request.url.scheme)


@router.get("/facts")
def facts(caller: Who) -> dict[str, object]:
    """Who is signed in, the cell classes with their keys, and the rules that a page keeps."""
    settings, rules = caller.served.bench.settings.current, caller.seat.operator.rules
    keys = keys_in_force(settings.class_keys, PAGE_KEYS)
    return {
        "session": signing_in.who(caller).model_dump(),
        "classes": [
            {"code": code, "key": keys[code], "color": one.color, "glyph": one.glyph.value}
            for code, one in CELL_CLASSES.items()
        ],
        "theme": settings.theme,
        "palette": settings.palette,
        "lock_minutes": rules.lock_minutes,
        "two_people": rules.two_people,
    }
