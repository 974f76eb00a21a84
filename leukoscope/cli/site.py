"""``leukoscope site``: teach the program the lab's own microscope, prove it, put it in force, take it back."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from leukoscope.cli import exit_codes
from leukoscope.cli.sign_in import add_options, operator_of, say

if TYPE_CHECKING:
    from leukoscope.domain.site_labels import LabeledCell
    from leukoscope.domain.site_steps import TeachStep
    from leukoscope.inference.library import BundleLibrary, InstalledBundle
    from leukoscope.inference.site_profile import LoadedProfile
    from leukoscope.workflow.app_dirs import AppDirs
    from leukoscope.workflow.case_repository import CaseRepository
    from leukoscope.workflow.model_panel import ModelPanel
    from leukoscope.workflow.operator_session import OperatorSession
    from leukoscope.workflow.site.lab import Lab
    from leukoscope.workflow.site.labeled import Reading
    from leukoscope.workflow.site.service import LockedPart, SiteService

WANTED = 0.95


def add_parsers(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the subcommand."""
    site = commands.add_parser("site", help="teach the program your own microscope, and prove it")
    add_options(site, again=True)
    verbs = site.add_subparsers(dest="verb", required=True)
    fit = verbs.add_parser("fit", help="teach a profile with labeled cells, and prove it by leaving patients out")
    challenge = verbs.add_parser("challenge", help="hold a profile against the one in force on the locked patients")
    challenge.add_argument("name", metavar="NAME")
    evaluate = verbs.add_parser("evaluate", help="hold a profile against the shipped models on other patients")
    for one in (fit, challenge, evaluate):
        one.add_argument("cells", nargs="?", type=Path, metavar="CELLS", help="folder CLASS/PATIENT/file")
        one.add_argument("--from-cases", action="store_true", help="take what people decided in reviewed cases")
        one.add_argument("--microscope", default="", metavar="NAME", help="with --from-cases: only those taken with it")
    fit.add_argument("--name", required=True, metavar="NAME", help="of the profile: our-lab")
    fit.add_argument(
        "--accuracy", type=_share, default=WANTED, metavar="SHARE", help=f"of decided cells (default: {WANTED})"
    )
    fit.add_argument("--sign", action="store_true", help="sign it with the key of this installation")
    evaluate.add_argument("--profile", default="", metavar="NAME", help="default: the one in force")
    evaluate.add_argument("--locked", action="store_true", help="look at the locked patients; each look is counted")
    verbs.add_parser("list", help="all profiles")
    verbs.add_parser("show", help="everything a profile says about itself").add_argument("name", metavar="NAME")
    activate = verbs.add_parser("activate", help="let a profile speak from now on")
    activate.add_argument("name", metavar="NAME")
    retire = verbs.add_parser("retire", help="let the shipped models speak again")
    for one in (activate, retire):
        one.add_argument("--reason", default="", metavar="TEXT", help="stands in the audit trail")
    export = verbs.add_parser("export", help="write a profile for another workstation")
    export.add_argument("name", metavar="NAME")
    export.add_argument("--to", dest="file", type=Path, required=True, metavar="FILE", help="file or folder")
    verbs.add_parser("import", help="take a profile of another workstation").add_argument("file", type=Path)
    cells = verbs.add_parser(
        "cells", help="write the decided cells of reviewed cases for an engineer, under pseudonyms"
    )
    cells.add_argument("out", type=Path, metavar="OUT", help="new folder, or one of an earlier export")
    cells.add_argument("--format", choices=("folder", "coco", "yolo"), default="folder", help="default: folder")
    cells.add_argument("--locked", action="store_true", help="let the locked patients leave too; counted as a look")
    site.set_defaults(run=_site)


def _share(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0.5 < value <= 1:
        raise argparse.ArgumentTypeError("write a share between 0.5 and 1, for example 0.95")
    return value


def _site(args: argparse.Namespace, home: AppDirs) -> int:
    if args.verb in {"list", "show"}:
        return _tell(args, home)
    with _opened(args, home) as (repository, operator, site):
        if args.verb == "fit":
            _fit(args, home, repository, site)
        elif args.verb == "evaluate":
            _evaluate(args, home, repository, site)
        elif args.verb == "challenge":
            _challenge(args, home, repository, operator, site)
        elif args.verb == "cells":
            _export_cells(args, repository, operator, site)
        elif args.verb == "activate":
            profile = site.activate(args.name, _bundles(home), args.reason, _library(home).list())
            print(f"{profile.title} is in force; its proof says: {profile.profile.verdict}.")
        elif args.verb == "retire":
            print(f"{site.retire(args.reason)} is in force no longer; the shipped models speak.")
        elif args.verb == "export":
            profile, _ = site.export(args.name, args.file)
            print(f"{profile.title} was written; its SHA-256 is {profile.sha256}.")
        else:
            profile, said = site.take(args.file)
            print(f"{profile.title} was taken. {said} Put it in force with: leukoscope site activate {profile.title}")
    return exit_codes.OK


@contextmanager
def _opened(args: argparse.Namespace, home: AppDirs) -> Iterator[tuple[CaseRepository, OperatorSession, SiteService]]:
    from leukoscope.workflow.opening import keys_of, open_repository
    from leukoscope.workflow.site.profile_library import FOLDER
    from leukoscope.workflow.site.service import SiteService

    repository = open_repository(home)
    try:
        say(repository.store)
        operator = operator_of(args, repository.store)
        yield repository, operator, SiteService(home.data / FOLDER, repository.store, operator, keys_of(home))
    finally:
        repository.close()


def _bundles(home: AppDirs) -> Sequence[InstalledBundle]:
    from leukoscope.workflow.model_runtime import choose

    return choose(_library(home), ())


def _library(home: AppDirs) -> BundleLibrary:
    from leukoscope.inference.library import BundleLibrary
    from leukoscope.workflow.app_dirs import shipped_models

    return BundleLibrary(shipped_models(), home.models)


def _tell(args: argparse.Namespace, home: AppDirs) -> int:
    from leukoscope.workflow.site.in_force import library_of
    from leukoscope.workflow.site.proof_text import profile_lines

    library = library_of(home)
    if args.verb == "show":
        print("\n".join(profile_lines(library.get(args.name))))
        return exit_codes.OK
    active, profiles = library.active_name, library.list()
    if not profiles:
        print("There is no site profile yet; teach one with: leukoscope site fit CELLS --name NAME")
    for one in profiles:
        mark = "in force" if one.title == active else ""
        print(f"{one.title:32} {one.profile.created}  {one.profile.verdict:16} {one.sha256[:12]}  {mark}".rstrip())
    return exit_codes.OK


def _source(
    args: argparse.Namespace, repository: CaseRepository, reading: Reading
) -> Callable[[Lab], Iterable[LabeledCell]]:
    from leukoscope.domain.errors import SiteError
    from leukoscope.workflow.site.from_cases import read_cases
    from leukoscope.workflow.site.labeled import HOW, read_folder

    if (args.cells is None) != args.from_cases:
        raise SiteError(f"Write one of CELLS and --from-cases; for CELLS, {HOW}.")
    if args.from_cases:
        return lambda lab: read_cases(repository, lab, reading, args.microscope)
    folder: Path = args.cells
    return lambda lab: read_folder(folder, lab, reading)


def _step(step: TeachStep) -> None:
    _show(step.text)


def _show(text: str) -> None:
    if sys.stderr.isatty():
        print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)


def _fit(args: argparse.Namespace, home: AppDirs, repository: CaseRepository, site: SiteService) -> None:
    from leukoscope.workflow.site.labeled import Reading
    from leukoscope.workflow.site.proof_text import proof_lines, reading_lines

    reading = Reading()
    source = _source(args, repository, reading)
    with _panel(home, None) as panel:
        made, locked = site.teach(source, panel, args.name, wanted=args.accuracy, sign=args.sign, on_step=_step)
    _show("")
    print("\n".join([*reading_lines(reading), *proof_lines(made.proof)]))
    for missing in made.missing:
        print(f"Of use: {missing}")
    _say_locked(locked)
    print(f"Kept as {made.profile.title}; put it in force with: leukoscope site activate {made.profile.title}")


def _evaluate(args: argparse.Namespace, home: AppDirs, repository: CaseRepository, site: SiteService) -> None:
    from leukoscope.domain.errors import SiteError
    from leukoscope.workflow.site.labeled import Reading
    from leukoscope.workflow.site.proof_text import proof_lines, reading_lines

    reading = Reading()
    source = _source(args, repository, reading)
    profile = site.library.get(args.profile) if args.profile else site.library.active
    if profile is None:
        raise SiteError("No site profile is in force; name one with --profile NAME.")
    with _panel(home, None) as panel, _panel(home, profile) as taught:
        proof, locked = site.evaluate(source, panel, taught, profile, locked=args.locked, on_step=_step)
    _show("")
    print("\n".join([*reading_lines(reading), *proof_lines(proof)]))
    if args.locked:
        _say_locked(locked)


def _challenge(
    args: argparse.Namespace,
    home: AppDirs,
    repository: CaseRepository,
    operator: OperatorSession,
    site: SiteService,
) -> None:
    from leukoscope.domain.errors import SiteError
    from leukoscope.workflow.site.challenge import Challenge
    from leukoscope.workflow.site.labeled import Reading
    from leukoscope.workflow.site.proof_text import proof_lines

    source = _source(args, repository, Reading())
    new, old = site.library.get(args.name), site.library.active
    if old is None or old.title == new.title:
        raise SiteError("No other site profile is in force; look at the locked patients beside shipped models.")
    with _panel(home, old) as champion, _panel(home, new) as challenger:
        compared = Challenge(repository.store, operator, site.lab)
        proof, locked = compared.run(source, (old, champion), (new, challenger), on_step=_step)
    _show("")
    print(f"{new.title} beside {old.title}, which stands in the column of the shipped models:")
    print("\n".join(proof_lines(proof)))
    _say_locked(locked)


def _export_cells(
    args: argparse.Namespace, repository: CaseRepository, operator: OperatorSession, site: SiteService
) -> None:
    from leukoscope.workflow.site.cell_export import CellExport, CellFormat
    from leukoscope.workflow.site.proof_text import reading_lines

    export = CellExport(repository, operator, site.lab)
    made = export.write(
        args.out, CellFormat(args.format), locked=args.locked,
        on_progress=lambda one: _show(f"writing, {one.done} of {one.total}"),
    )  # fmt: skip
    _show("")
    for line in reading_lines(made.reading):
        print(line)
    for part, cells in made.cells.items():
        print(f"{part}: {cells} cells of {made.patients[part]} patients")
    if made.kept_back:
        print(f"Locked: {made.kept_back} patients stayed; --locked lets them leave too, and is counted as a look.")
    print(f"Written to “{args.out}”. Look at the images before they leave: what is written on a slide is still there.")


def _say_locked(locked: LockedPart) -> None:
    if locked.patients:
        looks = f"looked at {locked.looks} time{'' if locked.looks == 1 else 's'}"
        print(f"Locked: {locked.cells} cells of {locked.patients} patients, {looks}.")
    else:
        print("No patient is locked away: there are too few.")


@contextmanager
def _panel(home: AppDirs, profile: LoadedProfile | None) -> Iterator[ModelPanel]:
    from leukoscope.inference.library import BundleLibrary
    from leukoscope.workflow.app_dirs import shipped_models
    from leukoscope.workflow.model_panel import make_panel
    from leukoscope.workflow.model_runtime import choose

    bundles = choose(BundleLibrary(shipped_models(), home.models), ())
    panel = make_panel(bundles, home.graphs, lambda state: _show(state.message), profile)
    try:
        yield panel
    finally:
        panel.close()
