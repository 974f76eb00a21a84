"""``leukoscope control``: measure a control slide, see whether microscope, camera and stain are as they should be."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from leukoscope.cli import exit_codes
from leukoscope.cli.sign_in import add_options, opened

if TYPE_CHECKING:
    from leukoscope.workflow.app_dirs import AppDirs
    from leukoscope.workflow.control.runs import ControlRuns


def add_parsers(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the subcommand."""
    control = commands.add_parser("control", help="measure control slides, and see what drifted")
    add_options(control, again=True)
    verbs = control.add_subparsers(dest="verb", required=True)
    measure = verbs.add_parser("measure", help="measure fields of a control slide and keep the run")
    measure.add_argument("images", nargs="+", type=Path, metavar="IMAGE", help="files or folders")
    measure.add_argument("--instrument", required=True, metavar="NAME", help="camera and objective: Basler 100x")
    measure.add_argument("--note", default="", metavar="TEXT", help="stands beside the run")
    show = verbs.add_parser("show", help="the last run of an instrument against its limits")
    show.add_argument("--instrument", default="", metavar="NAME", help="default: the one measured last")
    verbs.add_parser("list", help="all runs")
    sheet = verbs.add_parser("sheet", help="print a month of an instrument")
    sheet.add_argument("--month", required=True, metavar="YYYY-MM", help="for example 2026-11")
    sheet.add_argument("--instrument", default="", metavar="NAME", help="default: the one measured last")
    sheet.add_argument("--to", dest="file", type=Path, required=True, metavar="FILE", help="PDF to write")
    exclude = verbs.add_parser("exclude", help="leave a run out of the limits, with a reason")
    exclude.add_argument("number", type=int, metavar="NUMBER", help="from the list")
    exclude.add_argument("--reason", required=True, metavar="TEXT", help="stands in the audit trail")
    control.set_defaults(run=_control)


def _control(args: argparse.Namespace, home: AppDirs) -> int:
    from leukoscope.workflow.control.runs import ControlRuns
    from leukoscope.workflow.control.words import run_lines

    with opened(args, home) as (store, operator):
        runs = ControlRuns(store.trail, operator)
        if args.verb == "measure":
            _measure(args, runs)
        if args.verb == "list":
            print("\n".join(run_lines(runs.all())) or "No control run was measured yet.")
            return exit_codes.OK
        if args.verb == "sheet":
            return _sheet(args, home, runs)
        if args.verb == "exclude":
            runs.exclude(args.number, args.reason)
            print(f"Run {args.number} counts no longer.")
            return exit_codes.OK
        return _show(args.instrument, runs)


def _measure(args: argparse.Namespace, runs: ControlRuns) -> None:
    from leukoscope.sources.files import find_images, shown
    from leukoscope.workflow.control.measuring import measure_fields
    from leukoscope.workflow.images import file_sources

    listing = find_images(args.images)
    found = measure_fields(file_sources(listing.paths))
    refused = [(shown(path), error.message) for path, error in listing.errors]
    for name, sentence in (*refused, *found.left_out):
        print(f"Left out: {name}: {sentence}", file=sys.stderr)
    runs.keep(args.instrument, found.figures, found.fields, args.note)
    print(f"{found.fields} fields were measured.")


def _sheet(args: argparse.Namespace, home: AppDirs, runs: ControlRuns) -> int:
    from leukoscope.reports.control_sheet import write_control_sheet
    from leukoscope.reports.words import load_words
    from leukoscope.workflow.app_dirs import translations
    from leukoscope.workflow.control.runs import instruments
    from leukoscope.workflow.control.sheet import control_sheet
    from leukoscope.workflow.languages import chosen_language
    from leukoscope.workflow.settings import load_settings

    settings, kept = load_settings(home.config), runs.all()
    instrument = " ".join(args.instrument.split()) or next(iter(instruments(kept)), "any instrument")
    words = load_words(chosen_language(settings.language), translations())
    sheet = control_sheet(kept, instrument, args.month, words, settings.laboratory)
    write_control_sheet(sheet, args.file, settings.page_size)
    print(f"The control sheet was written to {args.file}.")
    return exit_codes.OK


def _show(instrument: str, runs: ControlRuns) -> int:
    """Print the charts; fails when a rule is broken, so that a scheduled job hears of it."""
    from leukoscope.control.chart import charts
    from leukoscope.workflow.control.runs import instruments
    from leukoscope.workflow.control.words import chart_line

    kept = runs.all()
    known = instruments(kept)
    wanted = " ".join(instrument.split()) or (known[0] if known else "")
    if wanted not in known:
        print("No control run was measured yet." if not known else f"Measured were: {', '.join(known)}.")
        return exit_codes.OK if not instrument else exit_codes.FAILED
    found = charts([one.run for one in kept], wanted)
    print("\n".join([wanted, *map(chart_line, found)]))
    return exit_codes.FAILED if any(one.broken for one in found) else exit_codes.OK
