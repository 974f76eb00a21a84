"""``leukoscope window``, and ``leukoscope`` alone or with images: open the window."""

from __future__ import annotations

import argparse
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from leukoscope.workflow.app_dirs import AppDirs

COMMAND = "window"


def add_parsers(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the subcommand."""
    window = commands.add_parser(COMMAND, help="open the window (the default)")
    window.add_argument("paths", nargs="*", type=Path, metavar="PATH", help="images to open in a new case")
    window.set_defaults(run=open_window)


def open_window(args: argparse.Namespace, _home: AppDirs) -> int:
    """Open it; returns the exit code when it was closed.

    Raises
    ------
    SettingsError
        In the server's edition, which has none.
    """
    if find_spec("PySide6") is None:
        from leukoscope.domain.errors import SettingsError

        raise SettingsError("This edition has no window; “leukoscope --help” lists what it does.")
    from leukoscope.gui.app import run

    return run(tuple(getattr(args, "paths", ())))
