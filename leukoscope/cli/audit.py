"""``leukoscope audit``: check the audit trail, prove it to others, write it out."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from leukoscope.cli import exit_codes
from leukoscope.cli.sign_in import add_options, opened

if TYPE_CHECKING:
    from leukoscope.cases.store import CaseStore
    from leukoscope.workflow.app_dirs import AppDirs
    from leukoscope.workflow.permissions import Act


def add_parsers(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the subcommand."""
    audit = commands.add_parser("audit", help="check or write out who changed what")
    add_options(audit, again=True)
    audit.set_defaults(run=_audit)
    verbs = audit.add_subparsers(dest="verb", required=True)
    _add_proving(verbs)
    export = verbs.add_parser("export", help="write the trail as CSV or PDF")
    export.add_argument("file", type=Path, help="ends in .csv or .pdf")
    export.add_argument("--case", metavar="NUMBER", help="of one case (default: all)")


def _add_proving(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    verify = verbs.add_parser(
        "verify", help="hold entries, rows, signed reports and schema against the trail, and name what differs"
    )
    verify.add_argument("--head", type=Path, metavar="FILE", help="and against an end of the trail exported earlier")
    verify.add_argument("--printed", default="", metavar="TEXT", help="and against the one that a report prints")
    verify.add_argument(
        "--trusted", type=Path, metavar="FILE", help="PEM file of the timestamp authority’s certificates"
    )
    head = verbs.add_parser("export-head", help="write the signed end of the trail into a file, on another drive")
    head.add_argument("file", type=Path)
    head.add_argument("--daily", action="store_true", help="do so each day from now on")
    stamp = verbs.add_parser("timestamp", help="have the signed end of the trail stamped by an authority (RFC 3161)")
    stamp.add_argument(
        "--by", metavar="ADDRESS", help="https://… of the authority, from now on, once a day; “off” ends it"
    )
    stamp.add_argument("--trusted", type=Path, metavar="FILE", help="PEM file of its certificates")
    accept = verbs.add_parser("accept", help="put on record why what verify finds is so")
    accept.add_argument("--reason", required=True, metavar="TEXT")
    key = verbs.add_parser("key", help="show the key that signs the trail, or move it")
    key.add_argument("--keep-in", choices=["file", "keyring"], help="where it is kept from now on")


def _audit(args: argparse.Namespace, home: AppDirs) -> int:
    with opened(args, home) as (store, operator), operator.doing(_act(args)):
        if args.verb == "export":
            return _export(args, store)
        if args.verb == "export-head":
            return _export_head(args, store, home)
        if args.verb == "timestamp":
            return _timestamp(args, store, home)
        if args.verb == "accept":
            return _accept(args, store)
        if args.verb == "key":
            return _key(args, home)
        return _verify(args, store, home)


def _act(args: argparse.Namespace) -> Act:
    """What running the verb is, for the table of acts and roles."""
    from leukoscope.workflow.permissions import Act

    if args.verb == "timestamp":
        return Act.SET_UP if args.by or args.trusted else Act.EXPORT_TRAIL
    if args.verb in {"export", "export-head"}:
        return Act.SET_UP if getattr(args, "daily", False) else Act.EXPORT_TRAIL
    if args.verb == "accept":
        return Act.REPAIR
    return Act.SET_UP if args.verb == "key" and args.keep_in else Act.SEE_TRAIL


def _verify(args: argparse.Namespace, store: CaseStore, home: AppDirs) -> int:
    from leukoscope.workflow.settings import load_settings
    from leukoscope.workflow.trail_heads import held_against
    from leukoscope.workflow.trail_stamps import SUFFIX, held_against_stamps, stamps_file

    check = held_against(store, store.trail.verify(), args.head, args.printed)
    settings = load_settings(home.config)
    trusted = args.trusted or (Path(settings.timestamp_trusted).expanduser() if settings.timestamp_trusted else None)
    beside = args.head.with_name(args.head.name + SUFFIX) if args.head is not None else None
    for path in dict.fromkeys(one for one in (stamps_file(settings, home.cases), beside) if one is not None):
        check = held_against_stamps(store, check, path, trusted)
    for fault in check.faults:
        print(f"FAILED {fault.sentence}")
    for note in check.notes:
        print(f"note   {note}")
    if check.sound:
        text = "no entry, row, report or part of the schema was changed"
        print(f"ok     {check.count} entries; {text}; the trail ends with {store.trail.stamp()}")
    return exit_codes.OK if check.sound else exit_codes.FAILED


def _export(args: argparse.Namespace, store: CaseStore) -> int:
    from leukoscope.domain.audit import TRAIL_EXPORTED
    from leukoscope.domain.errors import StoreError
    from leukoscope.workflow.export.audit_trail import write_trail_csv, write_trail_pdf

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
    store.trail.tell(TRAIL_EXPORTED, case_id=case_id, subject=str(args.file.absolute()))
    print(f"{len(entries)} entries written to {args.file}")
    return exit_codes.OK


def _export_head(args: argparse.Namespace, store: CaseStore, home: AppDirs) -> int:
    from dataclasses import replace

    from leukoscope.workflow.settings import load_settings, save_settings
    from leukoscope.workflow.trail_heads import export_head

    anchor = export_head(store, args.file)
    print(f"The end of the trail, {anchor.head.short}, was written to {args.file}")
    if args.daily:
        daily = replace(load_settings(home.config), trail_head_file=str(args.file.absolute()))
        save_settings(daily, home.config)
        print("It is written there each day from now on.")
    return exit_codes.OK


def _timestamp(args: argparse.Namespace, store: CaseStore, home: AppDirs) -> int:
    from dataclasses import replace

    from leukoscope.exchange.timestamps import check_address, trusted_certificates
    from leukoscope.workflow.settings import load_settings, save_settings
    from leukoscope.workflow.trail_stamps import stamp_head, stamps_file

    settings = load_settings(home.config)
    if args.by == "off":
        save_settings(replace(settings, timestamp_address=""), home.config)
        print("The trail is stamped no longer.")
        return exit_codes.OK
    if args.trusted is not None:
        trusted_certificates(args.trusted)
        settings = replace(settings, timestamp_trusted=str(args.trusted.absolute()))
    if args.by is not None:
        settings = replace(settings, timestamp_address=check_address(args.by))
    if args.by is not None or args.trusted is not None:
        save_settings(settings, home.config)
    path = stamps_file(settings, home.cases)
    stamp = stamp_head(store, settings, path)
    print(f"Stamped on {stamp.at:%Y-%m-%d %H:%M:%S} UTC by {stamp.authority}; kept in {path}")
    return exit_codes.OK


def _accept(args: argparse.Namespace, store: CaseStore) -> int:
    from leukoscope.workflow.acceptance import accept_faults

    accepted = accept_faults(store, args.reason)
    for sentence in accepted:
        print(f"accepted {sentence}")
    if not accepted:
        print("There is nothing to accept; nothing differs from the trail.")
    return exit_codes.OK


def _key(args: argparse.Namespace, home: AppDirs) -> int:
    from leukoscope.cases.signing_keys import short_key
    from leukoscope.workflow.opening import keys_of

    keys = keys_of(home)
    if args.keep_in:
        keys.keep_in(args.keep_in)
    where = "the system’s keyring" if keys.is_in_vault else "a file of this user (0600)"
    print(f"{short_key(keys.public)} (ed25519 public key {keys.public}), kept in {where}")
    return exit_codes.OK
