"""``leukoscope audit verify``, ``export-head``, ``accept`` and ``key``: what proves the audit trail."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from leukoscope.cases.store import CaseStore
    from leukoscope.workflow.home import Home
    from leukoscope.workflow.permissions import Act

EXIT_OK, EXIT_ERROR = 0, 1


def add_verbs(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the verbs."""
    verify = verbs.add_parser(
        "verify", help="hold entries, rows, signed reports and schema against the trail, and name what differs"
    )
    verify.add_argument("--head", type=Path, metavar="FILE", help="and against an end of the trail exported earlier")
    verify.add_argument("--printed", default="", metavar="TEXT", help="and against the one that a report prints")
    head = verbs.add_parser("export-head", help="write the signed end of the trail into a file, on another drive")
    head.add_argument("file", type=Path)
    head.add_argument("--daily", action="store_true", help="do so each day from now on")
    accept = verbs.add_parser("accept", help="put on record why what verify finds is so")
    accept.add_argument("--reason", required=True, metavar="TEXT")
    key = verbs.add_parser("key", help="show the key that signs the trail, or move it")
    key.add_argument("--keep-in", choices=["file", "keyring"], help="where it is kept from now on")


def act_of(args: argparse.Namespace) -> Act:
    """What running the verb is, for the table of acts and roles."""
    from leukoscope.workflow.permissions import Act

    if args.verb in {"export", "export-head"}:
        return Act.SET_UP if getattr(args, "daily", False) else Act.EXPORT_TRAIL
    if args.verb == "accept":
        return Act.REPAIR
    return Act.SET_UP if args.verb == "key" and args.keep_in else Act.SEE_TRAIL


def run_verb(args: argparse.Namespace, store: CaseStore, home: Home) -> int:
    """Run one of them.

    Raises
    ------
    LeukoScopeError
        When a file cannot be read or written.
    """
    if args.verb == "export-head":
        return _export_head(args, store, home)
    if args.verb == "accept":
        return _accept(args, store)
    if args.verb == "key":
        return _key(args, home)
    return _verify(args, store)


def _verify(args: argparse.Namespace, store: CaseStore) -> int:
    from leukoscope.workflow.trail_heads import held_against

    check = held_against(store, store.trail.verify(), args.head, args.printed)
    for fault in check.faults:
        print(f"FAILED {fault.sentence}")
    for note in check.notes:
        print(f"note   {note}")
    if check.sound:
        text = "no entry, row, report or part of the schema was changed"
        print(f"ok     {check.count} entries; {text}; the trail ends with {store.trail.stamp()}")
    return EXIT_OK if check.sound else EXIT_ERROR


def _export_head(args: argparse.Namespace, store: CaseStore, home: Home) -> int:
    from dataclasses import replace

    from leukoscope.workflow.settings import load_settings, save_settings
    from leukoscope.workflow.trail_heads import export_head

    anchor = export_head(store, args.file)
    print(f"The end of the trail, {anchor.head.short}, was written to {args.file}")
    if args.daily:
        daily = replace(load_settings(home.config), trail_head_file=str(args.file.absolute()))
        save_settings(daily, home.config)
        print("It is written there each day from now on.")
    return EXIT_OK


def _accept(args: argparse.Namespace, store: CaseStore) -> int:
    from leukoscope.workflow.acceptance import accept_faults

    accepted = accept_faults(store, args.reason)
    for sentence in accepted:
        print(f"accepted {sentence}")
    if not accepted:
        print("There is nothing to accept; nothing differs from the trail.")
    return EXIT_OK


def _key(args: argparse.Namespace, home: Home) -> int:
    from leukoscope.cases.signing_keys import short_key
    from leukoscope.workflow.opening import keys_of

    keys = keys_of(home)
    if args.keep_in:
        keys.keep_in(args.keep_in)
    where = "the system’s keyring" if keys.is_in_vault else "a file of this user (0600)"
    print(f"{short_key(keys.public)} (ed25519 public key {keys.public}), kept in {where}")
    return EXIT_OK
