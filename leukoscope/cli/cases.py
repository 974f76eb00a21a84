"""``leukoscope backup``, ``restore`` and ``check``: what a lab's administrator runs by hand or by clock."""

from __future__ import annotations

import argparse
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from leukoscope.cli import exit_codes
from leukoscope.cli.sign_in import add_options, opened, require_here

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from leukoscope.cases.store import CaseStore
    from leukoscope.workflow.app_dirs import AppDirs
    from leukoscope.workflow.backup_check import Tally
    from leukoscope.workflow.restore import Plan

BACKUPS = "cases/backups"


def add_parsers(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the subcommands."""
    backup = commands.add_parser("backup", help="write all cases, images and imported models into one zip")
    backup.add_argument("file", type=Path)
    restore = commands.add_parser("restore", help="put a backup back; close the program first")
    restore.add_argument("file", type=Path)
    restore.add_argument(
        "--dry-run", action="store_true", help="check the backup, show what would change, change nothing"
    )
    restore.add_argument("--yes", action="store_true", help="do not ask before it is done")
    for one in (backup, restore):
        one.add_argument(
            "--despite-faults",
            action="store_true",
            help="although images are missing, models damaged or the audit trail is not sound: with all that is left",
        )
    check = commands.add_parser("check", help="check database, images and audit trail")
    check.add_argument(
        "--repair",
        action="store_true",
        help="make right what can be; what is taken out is set aside",
    )
    for one, run in ((backup, _backup), (restore, _restore), (check, _check)):
        add_options(one, again=True)
        one.set_defaults(run=run)


def _restore(args: argparse.Namespace, home: AppDirs) -> int:
    from leukoscope.inference.library import BundleLibrary
    from leukoscope.workflow.app_dirs import shipped_models
    from leukoscope.workflow.case_place import database_address
    from leukoscope.workflow.opening import keys_of, remember
    from leukoscope.workflow.restore import prepared_restore
    from leukoscope.workflow.store_keys import bring

    url = database_address(home)
    bring(home)
    with (
        _as_restorer(args, home),
        prepared_restore(
            home.cases,
            args.file,
            url,
            despite_faults=args.despite_faults,
            only_look=args.dry_run,
            keys=keys_of(home),
            library=BundleLibrary(shipped_models(), home.models),
        ) as ready,
    ):
        _show(ready.plan)
        if args.dry_run:
            print("Nothing was changed.")
            return exit_codes.OK
        if not args.yes and not _agreed():
            print("Nothing was changed; say --yes to put it back.", file=sys.stderr)
            return exit_codes.FAILED
        added = ready.put_back()
    remember(home, url)
    models = len(ready.plan.models.added)
    print(
        f"Restored {ready.plan.after.cases} cases; {added} images were added; imported models added: {models}. "
        f"What was there is in {BACKUPS}."
    )
    return exit_codes.OK


def _as_restorer(args: argparse.Namespace, home: AppDirs) -> AbstractContextManager[None]:
    """Who puts a backup back, by the accounts that are there; the cases must not be open while it is done.

    Where nothing is there, or it is so damaged that it tells of no accounts, there is nobody to ask.
    """
    from leukoscope.cases.acting import acting
    from leukoscope.domain.errors import StoreError
    from leukoscope.workflow.case_place import tells_of_accounts
    from leukoscope.workflow.permissions import Act

    try:
        name = require_here(args, home, Act.RESTORE)
    except StoreError:
        if tells_of_accounts(home):
            raise
        name = args.person or ""
    return acting(name) if name else nullcontext()


def _show(plan: Plan) -> None:
    before = "cannot be read" if plan.before is None else _told(plan.before)
    print(f"now:    {before}\nbackup: {_told(plan.after)}")
    if plan.models.added or plan.models.there:
        print(f"models: come back {len(plan.models.added)}, here already {len(plan.models.there)}")
    for sentence in plan.models.sentences:
        print(f"note    {sentence}")
    for fault in plan.faults:
        print(f"FAULT   {fault}")


def _told(tally: Tally) -> str:
    newest = tally.newest.strftime("%Y-%m-%d %H:%M UTC") if tally.newest else "never"
    return f"{tally.cases} cases, {tally.images} images, {tally.entries} trail entries, last changed {newest}"


def _agreed() -> bool:
    if not sys.stdin.isatty():
        return False
    return input("Put this backup in the place of what is there now? (yes/no) ").strip().casefold() in {"yes", "y"}


def _backup(args: argparse.Namespace, home: AppDirs) -> int:
    from leukoscope.inference.library import BundleLibrary
    from leukoscope.workflow.app_dirs import shipped_models
    from leukoscope.workflow.backup import back_up
    from leukoscope.workflow.permissions import Act

    library = BundleLibrary(shipped_models(), home.models)
    with opened(args, home) as (store, operator), operator.doing(Act.BACK_UP):
        held = back_up(store, args.file, library=library, despite_faults=args.despite_faults)
        print(f"{held.images} images and all cases written to {args.file}; imported models in it: {held.models}")
    return exit_codes.OK


def _check(args: argparse.Namespace, home: AppDirs) -> int:
    from leukoscope.workflow.permissions import Act

    act = Act.REPAIR if args.repair else Act.CHECK
    with opened(args, home) as (store, operator), operator.doing(act):
        return _check_store(args, store, home)


def _check_store(args: argparse.Namespace, store: CaseStore, home: AppDirs) -> int:
    from leukoscope.workflow.settings import load_settings
    from leukoscope.workflow.store_check import check_encryption, check_store
    from leukoscope.workflow.store_repair import repair_store

    if args.repair:
        for sentence in repair_store(store, load_settings(home.config).backup_folder):
            print(f"done   {sentence}")
    checks = check_store(store) if store.database.is_shared else (*check_store(store), check_encryption(home))
    for check in checks:
        for fault in check.faults:
            print(f"FAILED {check.name}: {fault}")
        if check.passed:
            print(f"ok     {check.name}: {check.said}")
        for note in check.notes:
            print(f"note   {check.name}: {note}")
    return exit_codes.OK if all(check.passed for check in checks) else exit_codes.FAILED
