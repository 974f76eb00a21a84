"""``leukoscope people``: accounts, and the tokens with which scheduled jobs sign in."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from leukoscope.cli_sign_in import add_options, opened

if TYPE_CHECKING:
    from leukoscope.domain.people import Person, Token
    from leukoscope.workflow.home import Home
    from leukoscope.workflow.people import Desk

EXIT_OK = 0
A_YEAR = 365


def add_people(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the subcommand."""
    people = commands.add_parser("people", help="accounts, and tokens for scheduled jobs")
    add_options(people, again=True)
    verbs = people.add_subparsers(dest="verb", required=True)
    verbs.add_parser("list", help="all accounts")
    for verb, text in (
        ("close", "let somebody no longer sign in; their tokens are revoked"),
        ("open", "let them again"),
    ):
        one = verbs.add_parser(verb, help=text)
        one.add_argument("name", metavar="NAME")
    token = verbs.add_parser("token", help="make a token of an account for scheduled jobs")
    token.add_argument("name", metavar="NAME")
    token.add_argument(
        "--to", dest="file", type=Path, required=True, metavar="FILE", help="new file for this user alone"
    )
    token.add_argument("--days", type=int, default=A_YEAR, metavar="N", help=f"so long it holds (default: {A_YEAR})")
    verbs.add_parser("tokens", help="all tokens, or one's own")
    revoke = verbs.add_parser("revoke", help="take a token no longer")
    revoke.add_argument("number", type=int, metavar="NUMBER", help="as “tokens” lists it")


def run_people(args: argparse.Namespace, home: Home) -> int:
    """Run one of the verbs.

    Raises
    ------
    LeukoScopeError
        When who signed in may not do it, or it cannot be done.
    """
    from leukoscope.workflow.permissions import Act

    with opened(args, home) as (_, desk):
        if args.verb == "list":
            desk.require(Act.SEE)
            for person in desk.people():
                print(f"{person.name:30} {person.role.value:14} {_state(person)}")
        elif args.verb in {"close", "open"}:
            person = _find(desk, args.name)
            desk.change(person.id, active=args.verb == "open")
            print(f"The account of {person.name} is {'open' if args.verb == 'open' else 'closed'}.")
        elif args.verb == "tokens":
            for token in desk.tokens():
                print(_line(token))
        elif args.verb == "revoke":
            desk.revoke_token(args.number)
            print(f"Token {args.number} is taken no longer.")
        else:
            _issue(desk, args.name, args.file, args.days)
    return EXIT_OK


def _issue(desk: Desk, name: str, path: Path, days: int) -> None:
    from leukoscope.workflow import token_files

    person = _find(desk, name)
    # The file first: a token that nobody could read would be one too many.
    descriptor = token_files.reserve(path)
    try:
        text, token = desk.issue_token(person.id, days)
    except BaseException:
        token_files.drop(descriptor, path)
        raise
    try:
        token_files.write(descriptor, path, text)
    except BaseException:
        desk.revoke_token(token.id)
        token_files.drop(descriptor, path)
        raise
    print(f"Token {token.id} of {token.person} is in {path}; it holds until {token.expires_at:%Y-%m-%d}.")


def _find(desk: Desk, name: str) -> Person:
    from leukoscope.domain.errors import AccessError
    from leukoscope.workflow.settings import searchable_name

    wanted = searchable_name(name.strip())
    found = next((one for one in desk.people() if searchable_name(one.name) == wanted), None)
    if found is None:
        raise AccessError(f"There is no account “{name}”; “leukoscope people list” shows all.")
    return found


def _state(person: Person) -> str:
    now = datetime.now(UTC)
    if not person.active:
        return "closed"
    return "locked" if person.refused(now) else "open"


def _line(token: Token) -> str:
    state = (
        "revoked" if token.revoked_at is not None else "holds" if not token.refused(datetime.now(UTC)) else "expired"
    )
    used = f"used {token.used_at:%Y-%m-%d %H:%M} UTC" if token.used_at else "never used"
    until = f"until {token.expires_at:%Y-%m-%d}"
    return f"{token.id:4}  {token.person:30} {state:8} {until}  {used}, issued by {token.issued_by}"
