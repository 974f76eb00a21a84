"""``leukoscope orders``: take orders of the hospital's system in without a window, and see to what needs a person."""

from __future__ import annotations

import argparse
import threading
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from leukoscope.cli import exit_codes
from leukoscope.cli.sign_in import add_options, opened

if TYPE_CHECKING:
    from leukoscope.workflow.app_dirs import AppDirs
    from leukoscope.workflow.orders_in.service import OrdersIn
    from leukoscope.workflow.settings import Settings


def add_parsers(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the subcommand."""
    orders = commands.add_parser("orders", help="take orders in from the hospital's system")
    add_options(orders, again=True)
    verbs = orders.add_subparsers(dest="verb", required=True)
    listen = verbs.add_parser("listen", help="listen and watch until it is stopped, as the settings say where not told")
    listen.add_argument(
        "--at", dest="node", metavar="ADDRESS:PORT", help="HL7 over MLLP; with tls:// or plain:// before it"
    )
    listen.add_argument("--certificate", metavar="FILE", help="PEM file with this computer's certificate and key")
    listen.add_argument("--clients", metavar="FILE", help="PEM file: callers must show a certificate of these")
    listen.add_argument("--folder", type=Path, metavar="DIR", help="take files of orders from this folder")
    fetch = verbs.add_parser("fetch", help="ask a DICOM modality worklist once, and begin the cases that are scheduled")
    fetch.add_argument(
        "--from", dest="node", required=True, metavar="TITLE@COMPUTER:PORT", help="with tls:// or plain://"
    )
    fetch.add_argument("--days", type=int, default=1, metavar="N", help="scheduled today or so many days before it")
    fetch.add_argument("--modality", default="", metavar="CODE", help="only steps of this one: SM, GM")
    verbs.add_parser("list", help="messages that were refused or need a person")
    dismiss = verbs.add_parser("dismiss", help="nothing more is to be done about a message")
    dismiss.add_argument(
        "message", type=_number_or_all, metavar="NUMBER", help="from the list; all for every one that was refused"
    )
    dismiss.add_argument("--reason", required=True, metavar="TEXT", help="stands in the audit trail")
    begin = verbs.add_parser("begin", help="begin a case of its own with what a message says")
    begin.add_argument("message", type=int, metavar="NUMBER", help="from the list")
    begin.add_argument("--case", required=True, metavar="CASE", help="number of the new case")
    orders.set_defaults(run=_orders)


def _number_or_all(text: str) -> int | None:
    return None if text == "all" else int(text)


def _orders(args: argparse.Namespace, home: AppDirs) -> int:
    from leukoscope.workflow.orders_in.service import OrdersIn
    from leukoscope.workflow.permissions import Act
    from leukoscope.workflow.settings import load_settings

    wanted = load_settings(home.config)
    if args.verb == "listen":
        wanted = _told(args, wanted)
    with opened(args, home) as (store, operator):
        operator.require(Act.SEE_OUTBOX if args.verb == "list" else Act.IMPORT_ORDERS)
        orders = OrdersIn(home, store, operator, lambda: wanted, lambda: None)
        try:
            if args.verb == "listen":
                return _listen(orders, wanted)
            if args.verb == "fetch":
                return _fetch(orders, args)
            if args.verb == "list":
                return _list(orders)
            if args.verb == "dismiss":
                if args.message is None:
                    print(f"Dismissed: {orders.dismiss_refused(args.reason)}.")
                else:
                    orders.dismiss(args.message, args.reason)
            else:
                orders.begin_case(args.message, args.case)
                print(f"The case {args.case} was begun.")
            return exit_codes.OK
        finally:
            orders.close()


def _told(args: argparse.Namespace, wanted: Settings) -> Settings:
    """The settings, with what the command line says in their place."""
    said: dict[str, Any] = {
        "orders_node": args.node,
        "orders_own": args.certificate,
        "orders_clients": args.clients,
        "orders_folder": str(args.folder.absolute()) if args.folder else None,
    }
    return replace(wanted, **{name: value for name, value in said.items() if value is not None})


def _listen(orders: OrdersIn, wanted: Settings) -> int:
    from leukoscope.domain.errors import SettingsError

    if not wanted.orders_node and not wanted.orders_folder:
        raise SettingsError("Say where to listen (--at 127.0.0.1:2575) or which folder to watch (--folder DIR).")
    orders.start()
    state = orders.state()
    if state.listening:
        print(f"Listening on {state.listening}, {'encrypted' if state.encrypted else 'in the clear'}.", flush=True)
    if state.folder:
        print(f"Watching {state.folder}.", flush=True)
    # Ctrl+C, or the end of the session, comes as KeyboardInterrupt.
    threading.Event().wait()
    return exit_codes.OK


def _fetch(orders: OrdersIn, args: argparse.Namespace) -> int:
    from datetime import date, timedelta

    report = orders.fetch(args.node, date.today() - timedelta(days=max(0, args.days)), args.modality)
    print(f"{len(report.added)} new, {len(report.present)} there already, {len(report.changed)} changed.")
    for one in (*report.refused, *report.notes):
        print(f"Entry {one.line}: " + " ".join(part for part in (one.number, one.sentence) if part))
    return exit_codes.SOME_FAILED if report.refused else exit_codes.OK


def _list(orders: OrdersIn) -> int:
    messages = orders.messages()
    for one in messages:
        print(f"{one.id:>8}  {one.came.astimezone():%Y-%m-%d %H:%M}  {one.standing.value:8} {one.kind}  {one.sender}")
        for told in one.told:
            print("          " + " ".join(part for part in (told.number, told.sentence) if part))
    if not messages:
        print("Nothing was refused, and nothing needs a person.")
    return exit_codes.OK
