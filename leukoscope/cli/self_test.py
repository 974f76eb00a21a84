"""``leukoscope self-test``: whether every model says of a built-in image what it ought to."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from leukoscope.cli import exit_codes

if TYPE_CHECKING:
    from leukoscope.workflow.app_dirs import AppDirs


def add_parsers(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the subcommand."""
    self_test = commands.add_parser("self-test", help="run a built-in image through every model")
    self_test.set_defaults(run=_self_test)


def _self_test(_args: argparse.Namespace, home: AppDirs) -> int:
    from leukoscope.workflow.selftest import self_test

    all_passed = True
    for check in self_test(home):
        all_passed &= check.passed
        print(f"{'ok    ' if check.passed else 'FAILED'} {check.name}: {check.sentence}", flush=True)
    return exit_codes.OK if all_passed else exit_codes.FAILED
