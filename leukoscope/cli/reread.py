"""``leukoscope reread``: how far people agree, from their blinded re-reads in the window."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from leukoscope.cli import exit_codes
from leukoscope.cli.sign_in import add_options, opened

if TYPE_CHECKING:
    from leukoscope.workflow.app_dirs import AppDirs


def add_parsers(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the subcommand."""
    reread = commands.add_parser("reread", help="how far people agree, from blinded re-reads")
    add_options(reread, again=True)
    verbs = reread.add_subparsers(dest="verb", required=True)
    verbs.add_parser("list", help="all re-reads")
    verbs.add_parser("show", help="kappa of each pair of people, and of several on the same cells")
    reread.set_defaults(run=_reread)


def _reread(args: argparse.Namespace, home: AppDirs) -> int:
    from leukoscope.workflow.reread.kept import KeptRereads
    from leukoscope.workflow.reread.words import figure_lines, reread_lines

    with opened(args, home) as (store, operator):
        kept = KeptRereads(store.trail, operator)
        lines = reread_lines(kept.all()) if args.verb == "list" else figure_lines(kept.figures())
    print("\n".join(lines) or "No cell was re-read yet.")
    return exit_codes.OK
