"""``leukoscope audit``, ``backup``, ``restore`` and ``check``: what a lab's administrator runs by hand or by clock."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from leukoscope.cases.store import CaseStore
    from leukoscope.workflow.home import Home

COMMANDS = ("audit", "backup", "restore", "check")
EXIT_OK, EXIT_ERROR = 0, 1


def add_parsers(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the subcommands."""
    audit = commands.add_parser("audit", help="check or write out who changed what")
    verbs = audit.add_subparsers(dest="verb", required=True)
    verbs.add_parser("verify", help="find entries that were changed, removed or put in another order")
    export = verbs.add_parser("export", help="write the trail as CSV or PDF")
    export.add_argument("file", type=Path, help="ends in .csv or .pdf")
    export.add_argument("--case", metavar="NUMBER", help="of one case (default: all)")
    backup = commands.add_parser("backup", help="write all cases and images into one zip")
    backup.add_argument("file", type=Path)
    restore = commands.add_parser("restore", help="put a backup back; close the program first")
    restore.add_argument("file", type=Path)
    commands.add_parser("check", help="check database, images and audit trail")


def run_cases(args: argparse.Namespace, home: Home) -> int:
    """Run one of the subcommands.

    Raises
    ------
    LeukoScopeError
        When cases cannot be opened or a file cannot be written.
    """
    from leukoscope.cases.store import CaseStore
    from leukoscope.workflow.backup import restore
    from leukoscope.workflow.settings import load_settings

    url = load_settings(home.config).database
    if args.command == "restore":
        print(f"Restored, with {restore(home.cases, args.file, url)} images.")
        return EXIT_OK
    store = CaseStore(home.cases, url)
    try:
        if args.command == "audit":
            return _audit(args, store)
        return _backup(args, store) if args.command == "backup" else _check(store)
    finally:
        store.close()


def _audit(args: argparse.Namespace, store: CaseStore) -> int:
    from leukoscope.domain.errors import StoreError
    from leukoscope.workflow.audit import write_trail_csv, write_trail_pdf

    if args.verb == "export":
        case_id = None
        if args.case:
            case_id = store.the_one(args.case)
            if case_id is None:
                raise StoreError(f"There is no case “{args.case}”; look at the list of cases for its number.")
        entries = store.trail.entries(case_id)[::-1]
        if args.file.suffix.lower() == ".pdf":
            write_trail_pdf(entries, store.trail.verify(), args.file)
        else:
            write_trail_csv(entries, args.file)
        print(f"{len(entries)} entries written to {args.file}")
        return EXIT_OK
    check = store.trail.verify()
    for fault in check.faults:
        print(f"FAILED {fault.sentence}")
    if check.sound:
        head = store.trail.head()
        print(f"ok     {check.count} entries, none changed, removed or put in another order; last seal {head.seal}")
    return EXIT_OK if check.sound else EXIT_ERROR


def _backup(args: argparse.Namespace, store: CaseStore) -> int:
    from leukoscope.workflow.backup import back_up

    print(f"{back_up(store, args.file)} images and all cases written to {args.file}")
    return EXIT_OK


def _check(store: CaseStore) -> int:
    from leukoscope.workflow.backup import check_store

    checks = check_store(store)
    for check in checks:
        print(f"{'ok    ' if check.passed else 'FAILED'} {check.name}: {check.sentence}")
    return EXIT_OK if all(check.passed for check in checks) else EXIT_ERROR
