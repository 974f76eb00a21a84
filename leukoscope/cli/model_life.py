"""``leukoscope models use``, ``back``, ``cases`` and ``compare``: which judge, which judged, and which is better."""

from __future__ import annotations

import argparse
import csv
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from leukoscope.cli import exit_codes

if TYPE_CHECKING:
    from leukoscope.inference.library import BundleLibrary
    from leukoscope.workflow.app_dirs import AppDirs
    from leukoscope.workflow.own_model.comparing import ModelComparison

VERBS = ("use", "back", "cases", "compare")
MOST_SHOWN = 20
"""So many cells are named; all of them go into the file of --changed."""


def add_verbs(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add all four."""
    use = verbs.add_parser("use", help="let these models judge new images")
    use.add_argument("names", nargs="+", metavar="NAME")
    back = verbs.add_parser("back", help="let the version before judge in a model's place")
    back.add_argument("name", metavar="NAME")
    for one in (use, back):
        one.add_argument("--reason", default="", metavar="TEXT", help="why; stands in the audit trail")
    verbs.add_parser("cases", help="the cases that a model has judged").add_argument("name", metavar="NAME")
    beside = verbs.add_parser("compare", help="two models on the same labeled cells: figures, and where they part")
    beside.add_argument("first", metavar="A")
    beside.add_argument("second", metavar="B")
    beside.add_argument(
        "--labeled",
        type=Path,
        metavar="FOLDER",
        help="cells as CLASS/PATIENT/file; default: what people decided in reviewed cases",
    )
    beside.add_argument("--changed", type=Path, metavar="FILE", help="write all cells of which they differ as CSV")


def run(args: argparse.Namespace, home: AppDirs, library: BundleLibrary) -> int:
    """Do one of them."""
    if args.verb == "cases":
        return _cases(args, home, library)
    if args.verb == "compare":
        return _compare(args, home, library)
    return _use(args, home, library)


def _use(args: argparse.Namespace, home: AppDirs, library: BundleLibrary) -> int:
    from leukoscope.cli.sign_in import opened
    from leukoscope.workflow.model_runtime import judging
    from leukoscope.workflow.own_model.life import one_back, put_in_use
    from leukoscope.workflow.permissions import Act
    from leukoscope.workflow.settings import load_settings, save_settings

    settings = load_settings(home.config)
    with opened(args, home) as (store, operator), operator.doing(Act.MODELS):
        asked = tuple(dict.fromkeys(args.names)) if args.verb == "use" else ()
        for name in asked:
            library.get(name)
        chosen = judging(library, settings.models)
        names = asked or one_back(library, chosen, args.name)
        put_in_use(library, chosen, names, args.reason, store)
        save_settings(replace(settings, models=names), home.config)
    print(f"These judge new images: {', '.join(names)}. A window that is open takes them when it is started again.")
    return exit_codes.OK


def _cases(args: argparse.Namespace, home: AppDirs, library: BundleLibrary) -> int:
    from leukoscope.cli.sign_in import opened
    from leukoscope.workflow.own_model.life import cases_of
    from leukoscope.workflow.permissions import Act

    with opened(args, home) as (store, operator), operator.doing(Act.SEE_LIST):
        bundle = library.get(args.name)
        found = cases_of(bundle, store)
    for one in found:
        print(f"{one.number:24} {one.cells:6} cells  {one.version}")
    cases = len({one.case_id for one in found})
    print(f"{args.name} ({bundle.manifest.model_sha256[:12]}) judged cells of {cases} cases.")
    return exit_codes.OK


def _compare(args: argparse.Namespace, home: AppDirs, library: BundleLibrary) -> int:
    from leukoscope.cli.sign_in import operator_of, say
    from leukoscope.workflow.opening import open_repository
    from leukoscope.workflow.own_model.history import compare_on
    from leukoscope.workflow.permissions import Act
    from leukoscope.workflow.site.labeled import Reading
    from leukoscope.workflow.site.proof_text import reading_lines

    repository, reading = open_repository(home), Reading()
    try:
        say(repository.store)
        with operator_of(args, repository.store).doing(Act.TEACH):
            names = args.first, args.second
            found = compare_on(home, repository, library, names, args.labeled, reading, on_cell=_told)
    finally:
        repository.close()
    print("\n".join([*reading_lines(reading), *_lines(found)]))
    if args.changed is not None:
        _write(found, args.changed)
    return exit_codes.OK


def _told(done: int) -> None:
    print(f"[{done}] cells judged by both", file=sys.stderr, flush=True)


def _lines(found: ModelComparison) -> list[str]:
    from leukoscope.workflow.site.proof_text import proof_lines

    better, worse = (sum(one.better is side for one in found.parted) for side in (True, False))
    lines = [
        *proof_lines(found.proof, found.names),
        f"They differ on {len(found.parted)} of {found.cells} cells; {found.names[1]} is right on {better} of these, "
        f"{found.names[0]} on {worse}.",
    ]
    lines += [
        f"  {one.source}: {one.said}; {found.names[0]} {one.first}, {found.names[1]} {one.second}"
        for one in found.parted[:MOST_SHOWN]
    ]
    if len(found.parted) > MOST_SHOWN:
        lines.append(f"  and {len(found.parted) - MOST_SHOWN} more; --changed FILE writes all of them.")
    return lines


def _write(found: ModelComparison, file: Path) -> None:
    with file.open("w", encoding="utf-8", newline="") as out:
        rows = csv.writer(out)
        rows.writerow(["cell", "people say", *found.names])
        rows.writerows([one.source, one.said, one.first, one.second] for one in found.parted)
    print(f"Written to “{file}”.")
