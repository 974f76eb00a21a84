"""``leukoscope analyze``: judge images and folders of images."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from leukoscope.cli import exit_codes
from leukoscope.cli.arguments import names_in
from leukoscope.cli.slides import add_arguments, slide_parts
from leukoscope.cli.workers import add_arguments as add_workers
from leukoscope.cli.workers import crew_of
from leukoscope.domain.errors import LeukoScopeError

if TYPE_CHECKING:
    from leukoscope.inference.library import InstalledBundle
    from leukoscope.inference.site_profile import LoadedProfile
    from leukoscope.workflow.app_dirs import AppDirs
    from leukoscope.workflow.batch import BatchOutcome, BatchRequest
    from leukoscope.workflow.images import ImageSource
    from leukoscope.workflow.many.crew import Crew
    from leukoscope.workflow.model_panel import ModelPanel

PURPOSE = "Decision support for research and evaluation; not a medical device."


GO_ON = "The same command goes on from there."


def add_parsers(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the subcommand."""
    analyze = commands.add_parser("analyze", help="judge images and folders of images", description=PURPOSE)
    analyze.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="image or folder")
    analyze.add_argument(
        "--models", type=names_in, default=(), metavar="A,B", help="which models (default: all that ship)"
    )
    analyze.add_argument("--view", choices=["auto", "cell", "field"], default="auto", help="what the images show")
    analyze.add_argument("--out", type=Path, default=Path("leukoscope-out"), metavar="DIR", help="where results go")
    analyze.add_argument("--pdf", action="store_true", help="write report.pdf too")
    add_arguments(analyze)
    add_workers(analyze)
    analyze.add_argument("--count-copies", action="store_true", help="count an image again that is there twice")
    joins = "put the sharpest of each place of several depths of focus together"
    analyze.add_argument("--join-stacks", action="store_true", help=f"{joins} (default: the sharpest depth)")
    analyze.add_argument("--jsonl", action="store_true", help="write findings.jsonl too: one line for each image")
    analyze.add_argument("--parquet", action="store_true", help="write findings.parquet too: a row for each cell")
    analyze.add_argument("--anew", action="store_true", help="throw an unfinished run in the folder away")
    analyze.add_argument("--no-maps", action="store_true", help="leave the explanation maps out (faster)")
    for name, text in (
        ("case", "case number"),
        ("patient", "patient"),
        ("patient-id", "patient number"),
        ("birth-date", "date of birth of the patient, 1960-12-24"),
        ("sex", "sex of the patient: female, male, other or unknown"),
        ("specimen", "specimen"),
        ("stain", "stain"),
        ("operator", "operator"),
        ("notes", "notes"),
    ):
        analyze.add_argument(f"--{name}", default="", metavar="TEXT", help=f"{text} on the report")
    analyze.set_defaults(run=_analyze)


def _analyze(args: argparse.Namespace, home: AppDirs) -> int:
    with slide_parts(args) as parts:
        panel, profile = _panel(home, args.models)
        with crew_of(args, panel, profile) as crew:
            outcome = _judged(_request(args, parts), panel, crew)
    if sys.stderr.isatty():
        print("\r\033[K", end="", file=sys.stderr)
    for source, sentence in (*outcome.notes, *outcome.errors):
        print(f"{source}: {sentence}", file=sys.stderr)
    counts = ", ".join(f"{count} {label}" for label, count in outcome.labels.items())
    print(
        f"{outcome.images} images, {outcome.cells} cells: {counts}; {len(outcome.errors)} failed. Written to {args.out}"
    )
    if outcome.resumed:
        print(f"{outcome.resumed} of them had been judged before.")
    return exit_codes.SOME_FAILED if outcome.errors else exit_codes.OK


def _judged(request: BatchRequest, panel: ModelPanel, crew: Crew | None) -> BatchOutcome:
    from leukoscope.cli.progress_line import ProgressLine
    from leukoscope.workflow.atomic_folder import UNFINISHED
    from leukoscope.workflow.batch import analyze_to_folder

    try:
        return analyze_to_folder(request, panel, panel.bundles, on_progress=ProgressLine(sys.stderr).show, crew=crew)
    except BaseException:
        if (request.out / UNFINISHED).is_dir():
            print(f"\nWhat was judged until then is in {request.out / UNFINISHED}. {GO_ON}", file=sys.stderr)
        raise
    finally:
        panel.close()


def _request(args: argparse.Namespace, parts: tuple[ImageSource, ...]) -> BatchRequest:
    from leukoscope.domain.cases import CaseHeader
    from leukoscope.domain.cells import View
    from leukoscope.workflow.batch import BatchRequest

    return BatchRequest(
        paths=() if parts else tuple(args.paths),
        parts=parts,
        out=args.out,
        view=View.FIELD if parts else View(args.view),
        maps=not args.no_maps,
        pdf=args.pdf,
        header=CaseHeader(
            args.case,
            args.patient,
            args.specimen,
            args.stain,
            args.operator,
            args.notes,
            args.patient_id,
            birth_date=_birth_date(args.birth_date),
            sex=_sex(args.sex),
        ),
        count_copies=args.count_copies,
        join_stacks=args.join_stacks,
        lines=args.jsonl,
        parquet=args.parquet,
        anew=args.anew,
    )


def _birth_date(text: str) -> str:
    from leukoscope.domain.patients import birth_date_of

    told = birth_date_of(text, date.today())
    if told is None:
        raise LeukoScopeError("This is no date of birth; write it as 1960-12-24.")
    return told


def _sex(text: str) -> str:
    from leukoscope.domain.patients import SEXES, sex_of

    if text and not sex_of(text):
        raise LeukoScopeError(f"This is no sex of a patient; write one of {', '.join(SEXES)}.")
    return sex_of(text)


def _panel(home: AppDirs, names: Sequence[str]) -> tuple[ModelPanel, LoadedProfile | None]:
    from leukoscope.inference.library import BundleLibrary
    from leukoscope.workflow.app_dirs import shipped_models
    from leukoscope.workflow.model_panel import make_panel
    from leukoscope.workflow.model_runtime import choose

    bundles = choose(BundleLibrary(shipped_models(), home.models), names)
    profile = _profile(home, bundles, names)
    return make_panel(bundles, home.graphs, _print_engine, profile), profile


def _profile(home: AppDirs, bundles: Sequence[InstalledBundle], names: Sequence[str]) -> LoadedProfile | None:
    """The site profile in force; other models that somebody names speak without it, and that is said."""
    from leukoscope.domain.errors import SiteError
    from leukoscope.workflow.site.in_force import profile_in_force

    try:
        return profile_in_force(home, bundles)
    except SiteError as error:
        if not names:
            raise
        print(error.message, file=sys.stderr)
        return None


def _print_engine(state: object) -> None:
    message = getattr(state, "message", "")
    if message and sys.stderr.isatty():
        print(f"\r\033[K{message}", end="", file=sys.stderr, flush=True)
