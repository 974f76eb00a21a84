"""``leukoscope people``: accounts and their roles, and the tokens with which scheduled jobs sign in."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from leukoscope.cli import directory, exit_codes
from leukoscope.cli.sign_in import add_options, ask_new_password, opened

if TYPE_CHECKING:
    from leukoscope.domain.people import Person, Token
    from leukoscope.workflow.app_dirs import AppDirs
    from leukoscope.workflow.operator_session import OperatorSession

A_YEAR = 365
ROLES = ("technician", "reviewer", "administrator")
"""The window's start must not wait for the domain; a test holds them to the real ones."""


def _asked_of(verb: str) -> dict[str, Any]:
    return {"required": True} if verb == "add" else {}


def add_parsers(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the subcommand."""
    people = commands.add_parser("people", help="accounts, and tokens for scheduled jobs")
    add_options(people, again=True)
    verbs = people.add_subparsers(dest="verb", required=True)
    verbs.add_parser("list", help="all accounts")
    for verb, text in (
        ("add", "make an account; asks for its password"),
        ("role", "give an account another role"),
        ("deactivate", "let somebody no longer sign in; their tokens are revoked"),
        ("activate", "let them sign in again"),
        ("password", "give an account a new password, one's own unless another is named; a lock is taken off"),
    ):
        one = verbs.add_parser(verb, help=text)
        one.add_argument("name", metavar="NAME", nargs="?" if verb == "password" else None)
        if verb in {"add", "role"}:
            one.add_argument("--role" if verb == "add" else "role", choices=ROLES, **_asked_of(verb))
    directory.add_verb(verbs)
    token = verbs.add_parser("token", help="make a token of an account for scheduled jobs")
    add_new_token(token)
    verbs.add_parser("tokens", help="all tokens, or one's own")
    revoke = verbs.add_parser("revoke", help="take a token no longer")
    revoke.add_argument("number", type=int, metavar="NUMBER", help="as “tokens” lists it")
    people.set_defaults(run=_people)


def add_new_token(parser: argparse.ArgumentParser) -> None:
    """Add what a new token needs: whose it is, where it is written, and how long it holds."""
    parser.add_argument("name", metavar="NAME", help="of the account")
    parser.add_argument(
        "--to", dest="file", type=Path, required=True, metavar="FILE", help="new file for this user alone"
    )
    parser.add_argument("--days", type=int, default=A_YEAR, metavar="N", help=f"so long it holds (default: {A_YEAR})")


def _people(args: argparse.Namespace, home: AppDirs) -> int:
    with opened(args, home) as (_, operator):
        if args.verb == "list":
            for person in operator.people():
                print(f"{person.name:30} {person.role.value:14} {_state(person)}")
        elif args.verb == "directory":
            print(directory.show_or_set(args, operator))
        elif args.verb in {"add", "to-directory", "to-laboratory", "role", "deactivate", "activate", "password"}:
            print(_administer(args, operator))
        elif args.verb == "tokens":
            list_tokens(operator)
        elif args.verb == "revoke":
            revoke(operator, args.number)
        else:
            make_token(operator, args.name, args.file, args.days)
    return exit_codes.OK


def _administer(args: argparse.Namespace, operator: OperatorSession) -> str:
    """Do one of the verbs that change an account; gives the sentence of what was done."""
    from leukoscope.domain.errors import AccessError
    from leukoscope.domain.people import Role
    from leukoscope.workflow.permissions import Act

    if args.verb == "add":
        # Before anybody thinks of a password.
        operator.require(Act.PEOPLE)
        person = operator.add(args.name, Role(args.role), ask_new_password(args.name))
        return f"The account of {person.name} was made; its role is {person.role.value}."
    if args.verb == "password":
        own = operator.person
        if args.name is None and own is None:
            raise AccessError("Write whose password it is: leukoscope people password NAME.")
        person = own if args.name is None and own is not None else _find(operator, args.name)
        operator.require(Act.OWN_PASSWORD if own is not None and own.id == person.id else Act.PEOPLE)
        operator.set_password(person.id, ask_new_password(person.name))
        return f"The account of {person.name} has a new password."
    person = _find(operator, args.name)
    if args.verb == "to-directory":
        operator.give_to_directory(person.id, args.login)
        return f"The hospital’s directory keeps the account of {person.name} from now on."
    if args.verb == "to-laboratory":
        operator.require(Act.PEOPLE)
        operator.take_back(person.id, ask_new_password(person.name))
        return f"The laboratory keeps the account of {person.name} from now on."
    if args.verb == "role":
        operator.change(person.id, role=Role(args.role))
        return f"The role of {person.name} is {args.role}."
    operator.change(person.id, active=args.verb == "activate")
    return f"The account of {person.name} is {'active' if args.verb == 'activate' else 'deactivated'}."


def list_tokens(operator: OperatorSession) -> None:
    """Print all tokens, or one's own."""
    for token in operator.tokens():
        print(_line(token))


def revoke(operator: OperatorSession, number: int) -> None:
    """Take a token no longer."""
    operator.revoke_token(number)
    print(f"Token {number} is taken no longer.")


def make_token(operator: OperatorSession, name: str, path: Path, days: int) -> None:
    """Make a token of an account, in a new file for this user alone."""
    from leukoscope.workflow import token_files

    person = _find(operator, name)
    # The file first: a token that nobody could read would be one too many.
    descriptor = token_files.reserve(path)
    try:
        text, token = operator.issue_token(person.id, days)
    except BaseException:
        token_files.drop(descriptor, path)
        raise
    try:
        token_files.write(descriptor, path, text)
    except BaseException:
        operator.revoke_token(token.id)
        token_files.drop(descriptor, path)
        raise
    print(f"Token {token.id} of {token.person} is in {path}; it holds until {token.expires_at:%Y-%m-%d}.")


def _find(operator: OperatorSession, name: str) -> Person:
    from leukoscope.domain.errors import AccessError
    from leukoscope.workflow.settings import searchable_name

    wanted = searchable_name(name.strip())
    found = next((one for one in operator.people() if searchable_name(one.name) == wanted), None)
    if found is None:
        raise AccessError(f"There is no account “{name}”; “leukoscope people list” shows all.")
    return found


def _state(person: Person) -> str:
    now = datetime.now(UTC)
    kept = ", of the directory" if person.of_directory else ""
    if not person.active:
        return f"deactivated{kept}"
    return f"{'locked' if person.refused(now) else 'active'}{kept}"


def _line(token: Token) -> str:
    state = (
        "revoked" if token.revoked_at is not None else "holds" if not token.refused(datetime.now(UTC)) else "expired"
    )
    used = f"used {token.used_at:%Y-%m-%d %H:%M} UTC" if token.used_at else "never used"
    until = f"until {token.expires_at:%Y-%m-%d}"
    return f"{token.id:4}  {token.person:30} {state:8} {until}  {used}, issued by {token.issued_by}"
