"""The parser of the whole command line, and the list of the groups of commands."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any

from leukoscope import __version__
from leukoscope.cli import (
    analyze,
    audit,
    cameras,
    cases,
    control,
    encryption,
    export,
    models,
    orders,
    people,
    reread,
    self_test,
    serve,
    site,
    window,
    workers,
)
from leukoscope.cli.sign_in import add_options

GROUPS = (
    window,
    analyze,
    models,
    export,
    audit,
    cases,
    orders,
    cameras,
    people,
    site,
    control,
    reread,
    encryption,
    self_test,
    serve,
    workers,
)
"""In the order of the help. The ``add_parsers`` of each describes its commands, whose default ``run`` carries one out:
``run(args, home) -> exit code``. Nothing that takes time is imported before it runs, for the window starts here too."""


def parse(words: Sequence[str]) -> argparse.Namespace:
    """Read a command line.

    Parameters
    ----------
    words
        Without the program's name. What begins with no command opens the window with these images.
    """
    parser, commands = _build()
    if words and not words[0].startswith("-") and words[0] not in commands - {window.COMMAND}:
        words = [window.COMMAND, *(word for word in words if word != window.COMMAND)]
    return parser.parse_args(words)


class _Parser(argparse.ArgumentParser):
    """Options by their whole names only: ``--to`` of one command must not be ``--token-file`` of another."""

    def __init__(self, **more: Any) -> None:
        super().__init__(allow_abbrev=False, **more)


def build_parser() -> argparse.ArgumentParser:
    """The whole command line."""
    return _build()[0]


def _build() -> tuple[argparse.ArgumentParser, set[str]]:
    """The parser, and the names of the commands."""
    parser: argparse.ArgumentParser = _Parser(
        prog="leukoscope", description=f"White blood cells named and judged by several models. {analyze.PURPOSE}"
    )
    parser.add_argument("--version", action="version", version=f"LeukoScope {__version__}")
    parser.add_argument("--verbose", action="store_true", help="log to the terminal too")
    add_options(parser)
    parser.set_defaults(run=window.open_window)
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    for group in GROUPS:
        group.add_parsers(commands)
    return parser, set(commands.choices)
