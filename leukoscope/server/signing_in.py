"""Who calls: people sign in with their password, programs with a token."""

from __future__ import annotations

from fastapi import APIRouter, Request

from leukoscope.domain.errors import LeukoScopeError
from leukoscope.domain.people import Person
from leukoscope.server.errors import CallError, status_of
from leukoscope.server.served import Caller, Server, Who, refuse_often
from leukoscope.server.shapes import Session, SignIn
from leukoscope.workflow.operator_session import OperatorSession
from leukoscope.workflow.permissions import Act

router = APIRouter(prefix="/api/v1/session", tags=["who calls"])


@router.post("", status_code=201)
def sign_in(sent: SignIn, served: Server, request: Request) -> Session:
    """Sign in as a person. Signing and amending need this: a token does not open them."""
    address = request.client.host if request.client else ""
    refuse_often(served.guesses.look(address))
    try:
        text, person = served.seats.sign_in(sent.name, sent.password)
    except LeukoScopeError as error:
        # Who asks while the hospital's directory is away holds up a thread: that counts as a guess too.
        served.guesses.wait_for(address)
        status = status_of(error)
        raise CallError(401 if status == 403 else status, error.message) from error
    return _signed_in(served.seats.of(text).operator, person, text)


@router.get("")
def who(caller: Who) -> Session:
    """Who is signed in, and what they may do."""
    return _signed_in(caller.seat.operator, _person(caller))


@router.delete("", status_code=204)
def sign_out(caller: Who) -> None:
    """Sign out: what was given at signing in opens nothing more. A token is not revoked by it."""
    caller.served.seats.sign_out(caller.shown)


def _person(caller: Caller) -> Person:
    person = caller.seat.operator.person
    assert person is not None, "nobody calls who has not signed in"
    return person


def _signed_in(operator: OperatorSession, person: Person, text: str = "") -> Session:
    may = [act.name.lower() for act in Act if operator.may(act)]
    return Session(name=person.name, role=person.role, may=may, session=text)
