"""``leukoscope models``: list, check, import and remove models."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from leukoscope.cli import exit_codes, feeding, model_life, packed_models
from leukoscope.cli.sign_in import add_options, require_here
from leukoscope.domain.errors import BundleError
from leukoscope.domain.map_kinds import MapKind
from leukoscope.domain.side_names import listed_names, meaning_of
from leukoscope.inference.sides import check_figures

if TYPE_CHECKING:
    from leukoscope.inference.library import BundleLibrary, InstalledBundle
    from leukoscope.workflow.app_dirs import AppDirs


def add_parsers(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the subcommand."""
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
    take = verbs.add_parser(
        "import", help="install your own model: .keras, .h5, an exported folder, .onnx, .tflite, .pb"
    )
    take.add_argument("file", type=Path)
    take.add_argument(
        "--classes",
        type=_classes,
        required=True,
        help="what each of its figures means, in order: healthy,leukemic, or more, with other or kinds of cells",
    )
    take.add_argument("--output", default="", help="which of several outputs is meant")
    take.add_argument("--name", help="name of the model (default: from the file name)")
    take.add_argument(
        "--follows", default="", metavar="NAME", help="it is the next version of this model: both stay side by side"
    )
    kinds = [kind.value for kind in MapKind if kind.evidence and kind is not MapKind.OCCLUSION]
    take.add_argument("--maps", choices=kinds, default=MapKind.GRAD_CAM.value, help="how each branch is explained")
    take.add_argument(
        "--labeled", type=Path, metavar="FOLDER", help="labeled cells, CLASS/file or CLASS/PATIENT/file, to try it on"
    )
    feeding.add_options(take)
    activate = verbs.add_parser("activate", help="let an imported model judge although its trial speaks against it")
    activate.add_argument("name")
    for one in (take, activate):
        one.add_argument("--reason", default="", metavar="TEXT", help="why; stands in the audit trail")
    packed_models.add_verbs(verbs)
    model_life.add_verbs(verbs)
    models.set_defaults(run=_models)


def _classes(text: str) -> tuple[str, ...]:
    names = tuple(one.strip().lower() for one in text.split(","))
    try:
        check_figures(names)
    except BundleError as error:
        raise argparse.ArgumentTypeError(f"{error.message}{_by_name(text, names)}") from error
    return names


def _by_name(text: str, said: tuple[str, ...]) -> str:
    """What the names propose, for a person to look at and type."""
    proposed = tuple(meaning_of(one) for one in listed_names(text))
    if proposed == said or not any(proposed):
        return ""
    open_ones = " Put what it means in place of each “?”." if "" in proposed else ""
    return f" Going by the names: --classes {','.join(one or '?' for one in proposed)}.{open_ones}"


def _models(args: argparse.Namespace, home: AppDirs) -> int:
    if args.verb in {"remove", "import", "send", "receive"}:
        from leukoscope.workflow.permissions import Act

        require_here(args, home, Act.MODELS)
    if args.verb == "import":
        from leukoscope.domain.progress import CancelToken
        from leukoscope.inference.looking import look_at

        # What is refused is refused before anything else is loaded or drawn.
        look_at(args.file, CancelToken())
    from leukoscope.inference.library import BundleLibrary
    from leukoscope.workflow.app_dirs import shipped_models

    library = BundleLibrary(shipped_models(), home.models)
    if args.verb == "list":
        for bundle in library.list():
            kind = "shipped" if bundle.shipped else "imported"
            manifest = bundle.manifest
            print(f"{manifest.name:24} {manifest.version:12} {kind:9} {manifest.model_sha256[:12]}  {manifest.title}")
        return exit_codes.OK
    if args.verb == "show":
        print(library.get(args.name).manifest.model_dump_json(indent=2))
        return exit_codes.OK
    if args.verb in model_life.VERBS:
        return model_life.run(args, home, library)
    if args.verb == "remove":
        library.remove(args.name)
        print(f"{args.name} removed")
        return exit_codes.OK
    if args.verb == "send":
        return packed_models.send(args, home, library)
    if args.verb == "receive":
        return packed_models.receive(args, library)
    if args.verb == "import":
        return _import(args, home, library)
    if args.verb == "activate":
        return _activate(args, home, library, args.name)
    return _verify(args, library)


def _verify(args: argparse.Namespace, library: BundleLibrary) -> int:
    names = [args.name] if args.name else [bundle.manifest.name for bundle in library.list()]
    all_passed = True
    for name in names:
        for check in library.verify(name):
            all_passed &= check.passed
            print(f"{'ok    ' if check.passed else 'FAILED'} {name:24} {check.name}: {check.sentence}")
    return exit_codes.OK if all_passed else exit_codes.FAILED


def _import(args: argparse.Namespace, home: AppDirs, library: BundleLibrary) -> int:
    from leukoscope.domain.progress import CancelToken
    from leukoscope.inference.import_child import import_child
    from leukoscope.inference.importer import bundle_name, check_words, import_model
    from leukoscope.workflow.map_cells import cells_for_maps
    from leukoscope.workflow.own_model.feeding_proposal import propose
    from leukoscope.workflow.own_model.life import next_name

    if args.follows:
        args.name = args.name or next_name(library, args.follows)
    check_words(args.name or bundle_name(args.file), args.classes, library)
    pinned, maps = feeding.given_in(args), MapKind(args.maps)
    with import_child() as child:
        child.prepare()
        found = propose(args.file, args.classes, args.output, args.labeled, pinned, _step, CancelToken(), child, maps)
        print("\n".join(feeding.table(found)))
        bundle = import_model(
            args.file,
            library,
            classes=args.classes,
            name=args.name,
            feeding=found.best.feeding,
            tried=found.trial_of(found.best),
            maps=maps,
            output=args.output,
            follows=args.follows,
            cells=cells_for_maps(),
            graphs=home.graphs,
            on_step=_step,
            cancel=CancelToken(),
            child=child,
        )
    swapped = feeding.swapped_sentence(found, args.classes, bundle.manifest.name)
    return _tell_installed(args, home, library, bundle, swapped)


def _tell_installed(
    args: argparse.Namespace, home: AppDirs, library: BundleLibrary, bundle: InstalledBundle, swapped: str
) -> int:
    from leukoscope.workflow.own_model.activation import needs_reason

    manifest = bundle.manifest
    branches = ", ".join(one.name for one in manifest.explanations) or "none"
    print(f"Installed {manifest.name} {manifest.version} ({manifest.parameters:,} parameters; maps: {branches})")
    for sentence in bundle.map_sentences:
        print(f"  {sentence}")
    if bundle.map_warning and manifest.explanations:
        print(bundle.map_warning)
    print(f"Fed: {manifest.preprocessing.feeding.text}")
    if swapped:
        print(swapped)
    if args.reason:
        return _activate(args, home, library, manifest.name)
    if needs_reason(bundle):
        print(
            "It does not tell leukemic from healthy cells so, and may not judge. Try it on labeled cells (--labeled), "
            f"fed in another way; or: leukoscope models activate {manifest.name} --reason TEXT"
        )
        return exit_codes.OK
    print(f"Use it with: leukoscope analyze PATH --models {manifest.name}")
    return exit_codes.OK


def _step(text: str, done: int, total: int) -> None:
    print(f"[{done}/{total}] {text}", file=sys.stderr, flush=True)


def _activate(args: argparse.Namespace, home: AppDirs, library: BundleLibrary, name: str) -> int:
    from leukoscope.cli.sign_in import opened
    from leukoscope.workflow.own_model.activation import activate
    from leukoscope.workflow.permissions import Act

    with opened(args, home) as (store, operator), operator.doing(Act.MODELS):
        activate(library.get(name), args.reason, store)
    print(f"{name} may judge: leukoscope analyze PATH --models {name}")
    return exit_codes.OK
