"""``leukoscope encryption``: whether the cases on this computer's disk are encrypted."""

from __future__ import annotations

import argparse
import sys
from contextlib import nullcontext
from typing import TYPE_CHECKING

from leukoscope.cli import exit_codes
from leukoscope.cli.sign_in import add_options, require_here

if TYPE_CHECKING:
    from leukoscope.workflow.app_dirs import AppDirs

PAPER = """
RECOVERY KEY of the cases on this computer. It is shown this once.
Write it down or print it, and lock it away: without it nobody can read the cases or a backup of them
when this computer is lost. Who has it can read them.

    {key}
"""


def add_parsers(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the subcommand."""
    encryption = commands.add_parser("encryption", help="encrypt the cases on this computer's disk, or stop that")
    verbs = encryption.add_subparsers(dest="verb", required=True)
    verbs.add_parser("status", help="say whether they are")
    on = verbs.add_parser("on", help="encrypt them: shows the recovery key once, asks for it; close the program first")
    off = verbs.add_parser("off", help="write them in the clear again; close the program first")
    for one in (on, off):
        add_options(one, again=True)
    verbs.add_parser("recover", help="type the recovery key: on a new computer, or to see whether the paper is right")
    encryption.set_defaults(run=_encryption)


def _encryption(args: argparse.Namespace, home: AppDirs) -> int:
    from leukoscope.cases.acting import acting
    from leukoscope.domain.errors import StoreError
    from leukoscope.workflow import encryption
    from leukoscope.workflow.case_place import database_address
    from leukoscope.workflow.permissions import Act
    from leukoscope.workflow.store_keys import bring

    mark = bring(home)
    if args.verb == "status":
        clear = encryption.in_the_clear(home)
        print(f"The cases on this computer: encryption is {mark.state.value}; {clear} files are in the clear.")
        return exit_codes.OK
    if args.verb == "recover":
        return _told(encryption.recover(home, _typed("Recovery key: ")))
    # Who may is asked before; the cases must not be open while it is done.
    name = require_here(args, home, Act.ENCRYPT)
    if database_address(home):
        raise StoreError(encryption.SHARED)
    with acting(name) if name else nullcontext():
        return _turn_off(home) if args.verb == "off" else _turn_on(home)


def _turn_off(home: AppDirs) -> int:
    from leukoscope.workflow import encryption

    encryption.turn_off(home, _step)
    print("The cases are in the clear again. The key is kept: backups that are encrypted need it.")
    return exit_codes.OK


def _turn_on(home: AppDirs) -> int:
    from leukoscope.cases.cipher import Cipher
    from leukoscope.cases.unlocked_keys import State, cipher_for, read_mark
    from leukoscope.workflow import encryption
    from leukoscope.workflow.store_keys import keep

    mark = read_mark(home.cases)
    if mark.state is State.ON and not encryption.in_the_clear(home):
        print("The cases are encrypted already.")
        return exit_codes.OK
    if mark.state is State.OFF:
        cipher = Cipher.new()
        print(PAPER.format(key=cipher.recovery_key), flush=True)
        if Cipher.recovered(_typed("Type it back: ")).key != cipher.key:
            print("That was another key; nothing was changed.", file=sys.stderr)
            return exit_codes.FAILED
        _told(keep(home, cipher))
    else:
        cipher = cipher_for(mark.key)
    encryption.turn_on(home, cipher, _step)
    print("The cases and their daily copies are encrypted. Older backups elsewhere are as they were written.")
    return exit_codes.OK


def _told(in_keyring: bool) -> int:
    if in_keyring:
        print("The key is in this user's keyring.")
    else:
        print(
            "There is no keyring here: the key is in a file of this user, beside the settings. Encrypt this disk too."
        )
    return exit_codes.OK


def _typed(question: str) -> str:
    """What a person types, or the next line of what is piped in."""
    if sys.stdin.isatty():
        from getpass import getpass

        return getpass(question)
    return sys.stdin.readline()


def _step(done: int, count: int) -> None:
    if sys.stderr.isatty():
        print(f"\r{done} of {count} files", end="" if done < count else "\n", file=sys.stderr, flush=True)
