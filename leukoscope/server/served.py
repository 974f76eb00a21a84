"""Served: what every call of one running server shares, and who calls."""

from __future__ import annotations

import asyncio
import logging
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Path, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from leukoscope.cases.calls import Call
from leukoscope.domain.errors import AccessError
from leukoscope.server.errors import CallError, status_of
from leukoscope.server.happenings import Happenings
from leukoscope.server.metrics import Metrics
from leukoscope.server.options import Options
from leukoscope.server.rates import Rates
from leukoscope.workflow.call_log import CallLog
from leukoscope.workflow.seats import Seat, Seats
from leukoscope.workflow.workbench import Workbench

logger = logging.getLogger(__name__)

GUESSES_PER_SECOND, GUESSES_AT_ONCE = 0.2, 10
"""Wrong tokens and passwords that one address may show."""
AT_ONCE = 4
"""So many images are kept at the same time, and so many lines look for what is new."""
_CASE = re.compile(r"[1-9][0-9]{0,17}(?![0-9])")
BEARER = HTTPBearer(auto_error=False, description="A token, or what POST /api/v1/session gave.")


class Uploading:
    """Bytes of images that are on their way in; changed in the loop of the server alone.

    However many send at the same time, few of their threads run: they share one disk and one interpreter with small
    reads, which would wait for a turn behind each of them.
    """

    def __init__(self) -> None:
        self.bytes = 0
        self.taking, self.looking = asyncio.Semaphore(AT_ONCE), asyncio.Semaphore(AT_ONCE)

    def add(self, count: int) -> None:
        """So many more are held, or fewer."""
        self.bytes += count


@dataclass(frozen=True, eq=False)
class Served:
    """One running server.

    Parameters
    ----------
    bench
        The program.
    seats
        Where people sit who call.
    calls
        Tells of calls in the audit trail.
    happenings, metrics, options
        What happens, figures, and what was said at the start.
    rates, guesses
        How many calls an account may make, and how many wrong tokens and passwords an address.
    uploading
        Images that are on their way in.
    """

    bench: Workbench
    seats: Seats
    calls: CallLog
    happenings: Happenings
    metrics: Metrics
    options: Options
    rates: Rates
    guesses: Rates
    uploading: Uploading


@dataclass(frozen=True, eq=False)
class Caller:
    """Who makes a call, and the server that takes it.

    Parameters
    ----------
    served, seat
        The server, and their seat.
    shown
        The token or session that they showed.
    """

    served: Served
    seat: Seat
    shown: str

    def need_case(self, case_id: int) -> int:
        """The version of a case; raises CallError where there is none in the list."""
        version = self.seat.cases.version(case_id)
        if version is None:
            raise CallError(404, "There is no such case in the list.")
        return version


def served_of(request: Request) -> Served:
    """The server that takes a call."""
    found: Served = request.app.state.served
    return found


def caller_of(request: Request, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(BEARER)]) -> Caller:
    """Who makes a call; it is told in the audit trail before it is done.

    Raises
    ------
    AccessError
        When nobody has signed in, or their token or account holds no longer.
    CallError
        When they call too often.
    StoreError
        When the audit trail cannot be written.
    """
    served = served_of(request)
    shown = "" if credentials is None else credentials.credentials.strip()
    address = request.client.host if request.client else ""
    if shown and not served.seats.knows(shown):
        # Behind another program that encrypts all have one address: who guesses there keeps out nobody who is in.
        refuse_often(served.guesses.look(address))
    try:
        seat = served.seats.of(shown)
        name = seat.operator.name
    except AccessError as error:
        if shown:
            served.guesses.wait_for(address)
        # Whatever is wrong with the token: nobody is known by it.
        status = status_of(error)
        raise CallError(401 if status == 403 else status, error.message) from error
    refuse_often(served.rates.wait_for(name))
    route = str(getattr(request.scope.get("route"), "path", ""))
    route = route.replace("{kind}", request.path_params.get("kind", ""))
    served.calls.tell(Call(name, f"{request.method} {route}", _case_of(request.path_params)))
    return Caller(served, seat, shown)


def _case_of(parameters: Mapping[str, object]) -> int | None:
    """The case that an address names: by its key, or by that of something in it, which begins with the case's."""
    for name in ("case_id", "job", "resource_id"):
        found = _CASE.match(str(parameters.get(name, "")))
        if found is not None:
            return int(found[0])
    return None


def refuse_often(seconds: float) -> None:
    """Raise CallError when somebody must wait before they call again."""
    if seconds > 0.0:
        raise CallError(429, headers={"Retry-After": str(math.ceil(seconds))})


Key = Annotated[int, Path(ge=1, le=2**63 - 1)]
"""Of a case, an image or a cell, as it stands in an address."""
Server = Annotated[Served, Depends(served_of)]
Who = Annotated[Caller, Depends(caller_of)]
