"""``leukoscope serve``: the server for other programs, and the tokens with which they call."""

from __future__ import annotations

import argparse
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from leukoscope.cli import exit_codes
from leukoscope.cli.people import add_new_token, list_tokens, make_token, revoke
from leukoscope.cli.sign_in import add_options, ask_new_password, opened

if TYPE_CHECKING:
    from leukoscope.workflow.app_dirs import AppDirs

NEEDS = ("fastapi", "uvicorn", "prometheus_client")


def add_parsers(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the subcommand."""
    serve = commands.add_parser("serve", help="let other programs call this one over a line")
    serve.add_argument("--address", default="127.0.0.1", help="where it listens (default: this computer alone)")
    serve.add_argument("--port", type=int, default=8443, metavar="N", help="default: 8443; 0 takes a free one")
    serve.add_argument("--certificate", type=Path, metavar="PEM", help="encrypts the line, together with --key")
    serve.add_argument("--key", type=Path, metavar="PEM", help="of the certificate, without a password")
    serve.add_argument(
        "--without-encryption",
        action="store_true",
        help="beyond this computer too: only where another program in front of it encrypts",
    )
    serve.add_argument("--largest-upload", type=int, default=256, metavar="MB", help="image file (default: 256)")
    serve.add_argument("--calls-per-second", type=float, default=100.0, metavar="N", help="of an account, on average")
    serve.add_argument(
        "--proxy",
        action="append",
        default=[],
        metavar="ADDRESS",
        help="of a program in front of the server that encrypts, or its network: what it says of a call is believed",
    )
    serve.add_argument(
        "--proxy-header",
        default="x-forwarded",
        choices=("x-forwarded", "forwarded"),
        help="in which header it says so (default: X-Forwarded-For and -Proto)",
    )
    serve.add_argument("--under", default="", metavar="/PATH", help="where the server lies in the proxy's addresses")
    serve.set_defaults(run=_serve)
    verbs = serve.add_subparsers(dest="verb")
    accounts = verbs.add_parser("accounts", help="let people sign in, with a first administrator; asks for a password")
    accounts.add_argument("name", metavar="NAME")
    accounts.set_defaults(run=_accounts)
    token = verbs.add_parser("token", help="tokens with which programs call, each of an account")
    add_options(token, again=True)
    acts = token.add_subparsers(dest="act", required=True)
    create = acts.add_parser("create", help="make one")
    add_new_token(create)
    acts.add_parser("list", help="all, or one's own")
    gone = acts.add_parser("revoke", help="take one no longer")
    gone.add_argument("number", type=int, metavar="NUMBER", help="as “list” has it")
    token.set_defaults(run=_token)


def _serve(args: argparse.Namespace, home: AppDirs) -> int:
    from leukoscope.domain.errors import SettingsError

    if any(find_spec(name) is None for name in NEEDS):
        raise SettingsError("The server is not installed here; install the program with its extra “server”.")
    from leukoscope.server.options import MEGABYTE, Options
    from leukoscope.server.running import run

    if not 0 <= args.port <= 65535 or args.largest_upload < 1 or args.calls_per_second <= 0:
        raise SettingsError("A port is a number up to 65535; sizes and rates are greater than 0.")
    options = Options(
        address=args.address,
        port=args.port,
        certificate=args.certificate,
        key=args.key,
        plain=args.without_encryption,
        largest_upload=args.largest_upload * MEGABYTE,
        calls_per_second=args.calls_per_second,
        calls_at_once=max(int(4 * args.calls_per_second), 1),
        proxies=tuple(args.proxy),
        forwarded=args.proxy_header,
        prefix=args.under,
    )
    run(home, options, lambda address: print(f"Listening at {address}", flush=True))
    print("The server has ended.", file=sys.stderr)
    return exit_codes.OK


def _accounts(args: argparse.Namespace, home: AppDirs) -> int:
    with opened(args, home) as (_, operator):
        operator.turn_on(args.name, ask_new_password(args.name))
        print(f"People sign in from now on; {args.name} is administrator.")
    return exit_codes.OK


def _token(args: argparse.Namespace, home: AppDirs) -> int:
    with opened(args, home) as (_, operator):
        if args.act == "list":
            list_tokens(operator)
        elif args.act == "revoke":
            revoke(operator, args.number)
        else:
            make_token(operator, args.name, args.file, args.days)
    return exit_codes.OK
