"""``leukoscope worker``: judge images for runs of other machines; and how a run finds its workers."""

from __future__ import annotations

import argparse
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from leukoscope.cli import exit_codes
from leukoscope.domain.errors import LeukoScopeError

if TYPE_CHECKING:
    from leukoscope.inference.site_profile import LoadedProfile
    from leukoscope.workflow.app_dirs import AppDirs
    from leukoscope.workflow.many.crew import Certificates, Crew
    from leukoscope.workflow.model_panel import ModelPanel

ONLY_HERE = "--pdf and slides need the images at one place; leave --workers and --scheduler out."


def add_parsers(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the subcommand."""
    worker = commands.add_parser("worker", help="judge images for runs of other machines")
    worker.add_argument("address", metavar="ADDRESS", help="of the scheduler, tls://computer:8786")
    _add_tls(worker)
    worker.set_defaults(run=_work)


def _add_tls(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--tls", nargs=3, type=Path, metavar=("AUTHORITY", "CERTIFICATE", "KEY"), help="files that encrypt the line"
    )


def add_arguments(analyze: argparse.ArgumentParser) -> None:
    """Who judges the images of a run."""
    who = analyze.add_mutually_exclusive_group()
    who.add_argument("--workers", type=_count, default=0, metavar="N", help="judge with N processes of this machine")
    who.add_argument("--scheduler", default="", metavar="ADDRESS", help="judge with the workers behind this scheduler")
    _add_tls(analyze)


def _count(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 256:
        raise argparse.ArgumentTypeError("write a whole number from 1 to 256")
    return int(text)


def _certificates(args: argparse.Namespace) -> Certificates | None:
    from leukoscope.workflow.many.crew import Certificates

    return Certificates(*args.tls) if args.tls else None


def _work(args: argparse.Namespace, _home: AppDirs) -> int:
    from leukoscope.workflow.many.serving import serve

    serve(args.address, _certificates(args))
    return exit_codes.OK


@contextmanager
def crew_of(args: argparse.Namespace, panel: ModelPanel, profile: LoadedProfile | None) -> Iterator[Crew | None]:
    """The workers that a command line asks for; ``None`` for this process alone."""
    if not args.workers and not args.scheduler:
        yield None
        return
    if args.pdf or args.region is not None or args.monolayer:
        raise LeukoScopeError(ONLY_HERE)
    from leukoscope.workflow.many.crew import crew_at, crew_here

    sent = None if profile is None else (profile.data, hashlib.sha256(profile.data).hexdigest())
    if args.workers:
        with crew_here(args.workers, panel.bundles, sent) as (crew, _):
            yield crew
    else:
        with crew_at(args.scheduler, _certificates(args), panel.bundles, sent) as crew:
            yield crew
