"""Signing in at the command line: a name and its password, or a token file for scheduled jobs."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from leukoscope.cases.store import CaseStore
    from leukoscope.domain.people import Presence
    from leukoscope.workflow.app_dirs import AppDirs
    from leukoscope.workflow.operator_session import OperatorSession
    from leukoscope.workflow.permissions import Act

HOW = "People sign in here: write --as NAME and the password, or --token-file FILE for a scheduled job."


def add_options(parser: argparse.ArgumentParser, *, again: bool = False) -> None:
    """Add the two options; ``again`` for a subcommand, after whose name they may stand too."""
    group = parser.add_mutually_exclusive_group()
    missing = argparse.SUPPRESS if again else None
    group.add_argument(
        "--as", dest="person", metavar="NAME", default=missing, help="who does it; asks for the password"
    )
    group.add_argument(
        "--token-file", type=Path, metavar="FILE", default=missing, help="sign in with the token in this file"
    )


@contextmanager
def opened(args: argparse.Namespace, home: AppDirs) -> Iterator[tuple[CaseStore, OperatorSession]]:
    """The store, and who signed in.

    Raises
    ------
    AccessError
        When people sign in here, and nobody did, or name and password or the token do not fit.
    LeukoScopeError
        When the cases cannot be opened.
    """
    from leukoscope.workflow.opening import open_store

    store = open_store(home)
    try:
        say(store)
        yield store, operator_of(args, store)
    finally:
        store.close()


def say(store: CaseStore) -> None:
    """Say what was done on opening about a restore that was interrupted."""
    if store.database.said:
        print(store.database.said, file=sys.stderr)


def operator_of(args: argparse.Namespace, store: CaseStore) -> OperatorSession:
    """Who signed in; raises as :func:`opened`."""
    from leukoscope.domain.errors import AccessError
    from leukoscope.workflow.operator_session import OperatorSession

    said = _Said()
    operator = OperatorSession(store, lambda: said.presence, said.keep)
    name, file = getattr(args, "person", None), getattr(args, "token_file", None)
    if name is not None and file is not None:
        raise AccessError("Write one of --as and --token-file, not both.")
    if file is not None:
        operator.sign_in_by_token(read_token(file))
    elif name is not None and operator.rules.accounts:
        operator.sign_in(name, ask_password(f"Password of {name}: "))
    elif name is not None:
        operator.say_name(name)
    elif operator.rules.accounts:
        raise AccessError(HOW)
    return operator


def require_here(args: argparse.Namespace, home: AppDirs, act: Act) -> str:
    """The name of who does an act that is not the store's, where its people decide about it too.

    Where no case was ever kept, there are no accounts either, and no store is made for the question.

    Raises
    ------
    LeukoScopeError
        As :func:`opened`, or when they may not.
    """
    if not home.cases.exists() and not any(home.config.iterdir()):
        # Nothing was ever kept or set here, and the database need not be loaded to know it.
        return getattr(args, "person", None) or ""
    from leukoscope.cases.sqlite_files import DATABASE_FILE
    from leukoscope.workflow.case_place import database_address, tells_of_accounts
    from leukoscope.workflow.permissions import Act

    is_new = not database_address(home) and not (home.cases / DATABASE_FILE).exists()
    # What is done to models leaves the cases alone, and opening them takes three times as long as refusing a file.
    if is_new or (act is Act.MODELS and tells_of_accounts(home) is False):
        return getattr(args, "person", None) or ""
    with opened(args, home) as (_, operator):
        return operator.require(act)


def ask_password(prompt: str) -> str:
    """A password: from the terminal without an echo, or one line of what is piped in.

    Raises
    ------
    AccessError
        When none is given.
    """
    import getpass

    from leukoscope.domain.errors import AccessError

    try:
        password = getpass.getpass(prompt) if sys.stdin.isatty() else sys.stdin.readline().rstrip("\r\n")
    except EOFError:
        password = ""
    if not password:
        raise AccessError("No password was given; write it, or take --token-file FILE for a scheduled job.")
    return password


def ask_new_password(name: str) -> str:
    """A new password of somebody: twice from the terminal, or the next line of what is piped in.

    Raises
    ------
    AccessError
        When none is given, or the two differ.
    """
    from leukoscope.domain.errors import AccessError

    password = ask_password(f"New password of {name}: ")
    if sys.stdin.isatty() and ask_password("Once more: ") != password:
        raise AccessError("The two passwords differ; do it again.")
    return password


def read_token(path: Path) -> str:
    """The token of a file that nobody else can read.

    Raises
    ------
    AccessError
        When it cannot be read, is no token, or others could read it.
    """
    from leukoscope.domain.errors import AccessError
    from leukoscope.workflow.token_files import read

    try:
        return read(path)
    except OSError as error:
        message = f"The token file “{path}” cannot be read; check its name and its permissions."
        raise AccessError(message, repr(error)) from error


class _Said:
    """Who said their name with --as where nobody signs in; it is kept nowhere."""

    def __init__(self) -> None:
        from leukoscope.domain.people import Presence

        self.presence = Presence()

    def keep(self, presence: Presence) -> None:
        self.presence = presence
