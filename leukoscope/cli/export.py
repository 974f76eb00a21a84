"""``leukoscope export``: a case leaves from the command line."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from leukoscope.cli import exit_codes
from leukoscope.cli.arguments import names_in
from leukoscope.cli.sign_in import operator_of, say
from leukoscope.domain.errors import ReportError, StoreError
from leukoscope.workflow.export.export_format import ExportFormat
from leukoscope.workflow.export.formats import FORMATS

if TYPE_CHECKING:
    from leukoscope.workflow.app_dirs import AppDirs
    from leukoscope.workflow.case_repository import CaseRepository
    from leukoscope.workflow.export.case_export import CaseExport

NAMES = tuple(one.id for one in FORMATS)


def add_parsers(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the subcommand."""
    export = commands.add_parser("export", help="write a case for people and other systems")
    export.add_argument("number", metavar="NUMBER", help="number of the case")
    export.add_argument(
        "--format",
        "--as",
        dest="formats",
        default="pdf",
        metavar="A,B",
        help=f"{', '.join(NAMES)} (default: pdf); zip holds everything",
    )
    export.add_argument(
        "--token-file", type=Path, metavar="FILE", default=argparse.SUPPRESS, help="sign in with the token in this file"
    )
    export.add_argument("--out", type=Path, default=Path(), metavar="DIR", help="folder (default: this one)")
    export.add_argument("--language", choices=["en", "es", "fr", "de"], help="language of the report")
    export.add_argument(
        "--deidentified",
        action="store_true",
        help="one zip without names, numbers and true dates; look at the images yourself",
    )
    export.add_argument("--fingerprint", action="store_true", help="print the SHA-256 of the case and write nothing")
    export.add_argument("--page-size", choices=["A4", "Letter"], help="paper (default: as set in the window)")
    export.set_defaults(run=_export)


def _export(args: argparse.Namespace, home: AppDirs) -> int:
    from dataclasses import replace

    from leukoscope.domain.file_names import file_stem
    from leukoscope.domain.fingerprint import case_fingerprint
    from leukoscope.domain.keys import tidy_number
    from leukoscope.inference.library import BundleLibrary
    from leukoscope.workflow.app_dirs import shipped_models
    from leukoscope.workflow.export.case_export import CaseExport
    from leukoscope.workflow.opening import open_repository
    from leukoscope.workflow.permissions import Act
    from leukoscope.workflow.settings import load_settings

    formats = _formats(args.formats)
    settings = load_settings(home.config)
    if args.page_size:
        settings = replace(settings, page_size=args.page_size)
    if args.language:
        settings = replace(settings, language=args.language)
    repository = open_repository(home)
    try:
        say(repository.store)
        operator = operator_of(args, repository.store)
        with operator.doing(Act.SEE if args.fingerprint else Act.EXPORT):
            case = repository.load(_find(repository, args.number))
            if args.fingerprint:
                print(case_fingerprint(case))
                return exit_codes.OK
            export = CaseExport(repository, BundleLibrary(shipped_models(), home.models).list(), settings)
            _make(args.out)
            if args.deidentified:
                print(_deidentified(export, case.id, args.out))
                return exit_codes.OK
            for kind in formats:
                path = args.out / f"{file_stem(tidy_number(case.header.number))}{kind.suffix}"
                export.write(case.id, kind, path)
                print(path)
    finally:
        repository.close()
    return exit_codes.OK


def _deidentified(export: CaseExport, case_id: int, folder: Path) -> Path:
    """A case without who it is; the name of the file tells nothing either."""
    from leukoscope.workflow.export.deidentified import PREFIX, new_pseudonym, write_deidentified

    veil = new_pseudonym()
    path = folder / f"{PREFIX}{veil.number}.zip"
    write_deidentified(export, case_id, path, veil)
    return path


def _formats(text: str) -> tuple[ExportFormat, ...]:
    names = names_in(text)
    unknown = [name for name in names if name not in NAMES]
    if unknown or not names:
        print(f"There is no format “{', '.join(unknown)}”; choose of {', '.join(NAMES)}.", file=sys.stderr)
        print("To sign in, write --as NAME before the command: leukoscope --as NAME export …", file=sys.stderr)
        raise SystemExit(2)
    return tuple(FORMATS[NAMES.index(name)] for name in names)


def _make(folder: Path) -> None:
    """Make the folder that was asked for, as ``analyze`` does."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ReportError(f"The folder “{folder}” cannot be written; choose another one.", repr(error)) from error


def _find(repository: CaseRepository, number: str) -> int:
    found = repository.store.the_one(number)
    if found is None:
        raise StoreError(f"There is no case “{number}”; look at the list of cases for its number.")
    return found
