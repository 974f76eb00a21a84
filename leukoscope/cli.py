"""The command line. Without a subcommand it opens the window. Each handler imports what it needs when it runs."""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from leukoscope import __version__
from leukoscope.console import make_output_safe
from leukoscope.domain.errors import UNEXPECTED, CancelledError, LeukoScopeError
from leukoscope.domain.map_kinds import MapKind

if TYPE_CHECKING:
    from leukoscope.inference.library import InstalledBundle
    from leukoscope.inference.site_profile import LoadedProfile
    from leukoscope.workflow.app_dirs import AppDirs
    from leukoscope.workflow.panel import Panel

logger = logging.getLogger(__name__)

EXIT_OK, EXIT_ERROR, EXIT_SOME_FAILED, EXIT_STOPPED = 0, 1, 2, 130
PURPOSE = "Decision support for research and evaluation; not a medical device."
SUBCOMMANDS = (
    "analyze",
    "models",
    "cameras",
    "export",
    "self-test",
    "audit",
    "backup",
    "restore",
    "check",
    "encryption",
    "people",
    "site",
)


def _names(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _class_pair(text: str) -> tuple[str, str]:
    names = _names(text)
    if len(names) != 2 or set(names) != {"healthy", "leukemic"}:
        raise argparse.ArgumentTypeError("write healthy,leukemic or leukemic,healthy")
    return names[0], names[1]


def build_parser() -> argparse.ArgumentParser:
    """The whole command line."""
    parser = argparse.ArgumentParser(
        prog="leukoscope", description=f"White blood cells named and judged by several models. {PURPOSE}"
    )
    parser.add_argument("--version", action="version", version=f"LeukoScope {__version__}")
    parser.add_argument("--verbose", action="store_true", help="log to the terminal too")
    from leukoscope.cli_sign_in import add_options

    add_options(parser)
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")

    window = commands.add_parser("window", help="open the window (the default)")
    window.add_argument("paths", nargs="*", type=Path, metavar="PATH", help="images to open in a new case")

    analyze = commands.add_parser("analyze", help="judge images and folders of images", description=PURPOSE)
    analyze.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="image or folder")
    analyze.add_argument(
        "--models", type=_names, default=(), metavar="A,B", help="which models (default: all that ship)"
    )
    analyze.add_argument("--view", choices=["auto", "cell", "field"], default="auto", help="what the images show")
    analyze.add_argument("--out", type=Path, default=Path("leukoscope-out"), metavar="DIR", help="where results go")
    analyze.add_argument("--pdf", action="store_true", help="write report.pdf too")
    analyze.add_argument("--count-copies", action="store_true", help="count an image again that is there twice")
    analyze.add_argument("--no-maps", action="store_true", help="leave the explanation maps out (faster)")
    for name, text in (
        ("case", "case number"),
        ("patient", "patient"),
        ("patient-id", "patient number"),
        ("specimen", "specimen"),
        ("stain", "stain"),
        ("operator", "operator"),
        ("notes", "notes"),
    ):
        analyze.add_argument(f"--{name}", default="", metavar="TEXT", help=f"{text} on the report")

    models = commands.add_parser("models", help="list, check and import models")
    add_options(models, again=True)
    verbs = models.add_subparsers(dest="verb", required=True)
    verbs.add_parser("list", help="installed models")
    show = verbs.add_parser("show", help="everything a model says about itself")
    show.add_argument("name")
    verify = verbs.add_parser("verify", help="check a model's files")
    verify.add_argument("name", nargs="?", help="default: all")
    remove = verbs.add_parser("remove", help="remove an imported model")
    remove.add_argument("name")
    take = verbs.add_parser("import", help="install your own .keras or .h5 model")
    take.add_argument("file", type=Path)
    take.add_argument("--classes", type=_class_pair, required=True, help="order of the classes: healthy,leukemic")
    take.add_argument("--name", help="name of the model (default: from the file name)")
    take.add_argument("--scaling", choices=["0..255", "0..1", "-1..1"], default="0..255", help="pixels it expects")
    kinds = [kind.value for kind in MapKind if kind.evidence]
    take.add_argument("--maps", choices=kinds, default=MapKind.GRAD_CAM.value, help="how each branch is explained")

    from leukoscope.cli_export import add_parser

    add_parser(commands)
    from leukoscope.cli_cases import add_parsers

    add_parsers(commands)
    from leukoscope.cli_cameras import add_cameras

    add_cameras(commands)
    from leukoscope.cli_people import add_people

    add_people(commands)
    from leukoscope.cli_site import add_site

    add_site(commands)
    from leukoscope.cli_encryption import add_parser as add_encryption

    add_encryption(commands)
    commands.add_parser("self-test", help="run a built-in image through every model")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    make_output_safe()
    # Whatever a library writes, logs and imported models included: readable by this user only.
    os.umask(0o077)
    words = list(sys.argv[1:] if argv is None else argv)
    if words and not words[0].startswith("-") and words[0] not in SUBCOMMANDS:
        words = ["window", *(word for word in words if word != "window")]
    args = build_parser().parse_args(words)
    from leukoscope.logs import start_logging
    from leukoscope.workflow.app_dirs import AppDirs
    from leukoscope.workflow.begin import begin_stages
    from leukoscope.workflow.settings import heal_settings

    try:
        home = AppDirs.of_user()
        start_logging(home.logs, verbose=args.verbose)
        begin_stages(home)
        if args.command not in {None, "window"} and (said := heal_settings(home.config)):
            print(said, file=sys.stderr)
        return _dispatch(args, home)
    except CancelledError as stopped:
        print(stopped.message, file=sys.stderr)
        return EXIT_STOPPED
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        return EXIT_STOPPED
    except LeukoScopeError as error:
        logger.error("%s (%s)", error.message, error.detail)
        print(error.message, file=sys.stderr)
        return EXIT_ERROR
    except Exception:
        # Python would print the error's words, in which names of files stand; the log keeps its places in the code.
        logger.exception("a command failed")
        print(UNEXPECTED, file=sys.stderr)
        return EXIT_ERROR


def _dispatch(args: argparse.Namespace, home: AppDirs) -> int:
    if args.command == "analyze":
        return _analyze(args, home)
    if args.command == "models":
        return _models(args, home)
    if args.command == "export":
        from leukoscope.cli_export import run_export

        return run_export(args, home)
    if args.command in {"audit", "backup", "restore", "check"}:
        from leukoscope.cli_cases import run_cases

        return run_cases(args, home)
    if args.command == "people":
        from leukoscope.cli_people import run_people

        return run_people(args, home)
    if args.command == "site":
        from leukoscope.cli_site import run_site

        return run_site(args, home)
    if args.command == "encryption":
        from leukoscope.cli_encryption import run_encryption

        return run_encryption(args, home)
    if args.command == "cameras":
        from leukoscope.cli_cameras import run_cameras

        return run_cameras(args)
    if args.command == "self-test":
        return _self_test(home)
    from leukoscope.gui.app import run

    return run(tuple(getattr(args, "paths", ())))


def _panel(home: AppDirs, names: Sequence[str]) -> Panel:
    from leukoscope.inference.library import BundleLibrary
    from leukoscope.workflow.app_dirs import shipped_models
    from leukoscope.workflow.model_runtime import choose
    from leukoscope.workflow.panel import make_panel

    bundles = choose(BundleLibrary(shipped_models(), home.models), names)
    return make_panel(bundles, home.graphs, _print_engine, _profile(home, bundles, names))


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


def _analyze(args: argparse.Namespace, home: AppDirs) -> int:
    from leukoscope.domain.cases import CaseHeader
    from leukoscope.domain.cells import View
    from leukoscope.domain.progress import Progress
    from leukoscope.workflow.atomic_folder import UNFINISHED
    from leukoscope.workflow.batch import BatchRequest, analyze_to_folder

    def show(progress: Progress) -> None:
        if sys.stderr.isatty():
            left = "" if progress.seconds_left is None else f", {progress.seconds_left:.0f} s left"
            print(f"\r\033[K{progress.done} of {progress.total} images{left}", end="", file=sys.stderr, flush=True)

    header = CaseHeader(args.case, args.patient, args.specimen, args.stain, args.operator, args.notes, args.patient_id)
    request = BatchRequest(
        paths=tuple(args.paths),
        out=args.out,
        view=View(args.view),
        maps=not args.no_maps,
        pdf=args.pdf,
        header=header,
        count_copies=args.count_copies,
    )
    panel = _panel(home, args.models)
    try:
        outcome = analyze_to_folder(request, panel, panel.bundles, on_progress=show)
    except BaseException:
        if (args.out / UNFINISHED).is_dir():
            print(f"\nWhat was judged until then is in {args.out / UNFINISHED}.", file=sys.stderr)
        raise
    finally:
        panel.close()
    if sys.stderr.isatty():
        print("\r\033[K", end="", file=sys.stderr)
    for source, sentence in (*outcome.notes, *outcome.errors):
        print(f"{source}: {sentence}", file=sys.stderr)
    counts = ", ".join(f"{count} {label}" for label, count in outcome.labels.items())
    print(
        f"{outcome.images} images, {outcome.cells} cells: {counts}; {len(outcome.errors)} failed. Written to {args.out}"
    )
    return EXIT_SOME_FAILED if outcome.errors else EXIT_OK


def _models(args: argparse.Namespace, home: AppDirs) -> int:
    from leukoscope.inference.library import BundleLibrary
    from leukoscope.workflow.app_dirs import shipped_models

    library = BundleLibrary(shipped_models(), home.models)
    if args.verb == "list":
        for bundle in library.list():
            kind = "shipped" if bundle.shipped else "imported"
            manifest = bundle.manifest
            print(f"{manifest.name:24} {manifest.version:12} {kind:9} {manifest.model_sha256[:12]}  {manifest.title}")
        return EXIT_OK
    if args.verb == "show":
        print(library.get(args.name).manifest.model_dump_json(indent=2))
        return EXIT_OK
    if args.verb in {"remove", "import"}:
        from leukoscope.cli_sign_in import require_here
        from leukoscope.workflow.permissions import Act

        require_here(args, home, Act.MODELS)
    if args.verb == "remove":
        library.remove(args.name)
        print(f"{args.name} removed")
        return EXIT_OK
    if args.verb == "import":
        return _import(args, library)
    names = [args.name] if args.name else [bundle.manifest.name for bundle in library.list()]
    all_passed = True
    for name in names:
        for check in library.verify(name):
            all_passed &= check.passed
            print(f"{'ok    ' if check.passed else 'FAILED'} {name:24} {check.name}: {check.sentence}")
    return EXIT_OK if all_passed else EXIT_ERROR


def _import(args: argparse.Namespace, library: object) -> int:
    from leukoscope.domain.progress import CancelToken
    from leukoscope.inference.importer import import_model
    from leukoscope.inference.library import BundleLibrary

    assert isinstance(library, BundleLibrary)

    def step(text: str, done: int, total: int) -> None:
        print(f"[{done}/{total}] {text}", file=sys.stderr, flush=True)

    bundle = import_model(
        args.file,
        library,
        classes=args.classes,
        name=args.name,
        scaling=args.scaling,
        maps=MapKind(args.maps),
        on_step=step,
        cancel=CancelToken(),
    )
    manifest = bundle.manifest
    branches = ", ".join(one.name for one in manifest.explanations) or "none"
    print(f"Installed {manifest.name} {manifest.version} ({manifest.parameters:,} parameters; maps: {branches})")
    print(f"Use it with: leukoscope analyze PATH --models {manifest.name}")
    return EXIT_OK


def _self_test(home: AppDirs) -> int:
    from leukoscope.workflow.selftest import self_test

    all_passed = True
    for check in self_test(home):
        all_passed &= check.passed
        print(f"{'ok    ' if check.passed else 'FAILED'} {check.name}: {check.sentence}", flush=True)
    return EXIT_OK if all_passed else EXIT_ERROR
