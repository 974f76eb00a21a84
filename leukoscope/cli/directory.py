"""``leukoscope people directory``: the hospital's directory, from which people sign in."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from leukoscope.workflow.operator_session import OperatorSession

OPTIONS = (
    ("address", "ADDRESS", "ldaps://computer, ldap://computer (StartTLS) or plain://computer; several with blanks"),
    ("trusted", "PEM", "authorities whose certificates count; empty: this computer’s own"),
    ("base", "DN", "below which people and groups are"),
    ("attribute", "NAME", "of the sign-in name; empty: sAMAccountName of Active Directory, else uid"),
    ("template", "TEXT", "how a name becomes the directory’s own, without a search account: uid={},ou=people,dc=…"),
    ("login", "FILE", "of the search account: its name, and its password in the second line"),
    ("administrators", "DN", "groups of this role, with ; between"),
    ("reviewers", "DN", "groups of this role"),
    ("technicians", "DN", "groups of this role"),
)
"""A test holds them to the fields of :class:`leukoscope.domain.directory.Directory`."""


def add_verb(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add what is said of the directory, and what hands accounts over."""
    one = verbs.add_parser("directory", help="show, set or try the hospital’s directory (LDAP, Active Directory)")
    for name, shown, text in OPTIONS:
        one.add_argument(f"--{name}", metavar=shown, help=text)
    one.add_argument("--off", action="store_true", help="let only accounts of the laboratory sign in")
    one.add_argument("--try", dest="login_to_try", metavar="NAME", help="say who this is there; sets nothing")
    give = verbs.add_parser("to-directory", help="let the directory keep an account; its name stays")
    give.add_argument("name", metavar="NAME")
    give.add_argument("login", metavar="LOGIN", help="with which this person signs in at the directory")
    back = verbs.add_parser("to-laboratory", help="let the laboratory keep an account again; asks for a password")
    back.add_argument("name", metavar="NAME")


def show_or_set(args: argparse.Namespace, operator: OperatorSession) -> str:
    """Do what was asked for; gives what is said of it."""
    from dataclasses import asdict, replace

    given = {name: value for name, _, _ in OPTIONS if (value := getattr(args, name)) is not None}
    if args.off:
        operator.set_directory(replace(operator.directory(), address=""))
        return "The directory is off; only accounts of the laboratory sign in."
    wanted = replace(operator.directory(), **given)
    if args.login_to_try is not None:
        found = operator.try_directory(wanted, args.login_to_try)
        return "The directory answers." if found is None else _said(found.name, found.role)
    if given:
        wanted = operator.set_directory(wanted)
    lines = (f"{name:15} {value}" for name, value in asdict(wanted).items() if value)
    return "\n".join(lines) if wanted.is_on else "No directory is set; only accounts of the laboratory sign in."


def _said(name: str, role: object) -> str:
    where = "in none of the groups that are set" if role is None else f"by their groups {role}"
    return f"{name}: {where}."
