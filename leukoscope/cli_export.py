"""``leukoscope export``: a case leaves from the command line."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from leukoscope.domain.errors import StoreError

if TYPE_CHECKING:
    from leukoscope.domain.cases import CaseSummary
    from leukoscope.workflow.casebook import Casebook
    from leukoscope.workflow.home import Home
    from leukoscope.workflow.outgoing import Format

FORMATS = ("pdf", "csv", "json", "fhir", "hl7", "dicom", "zip")
"""The window's start must not wait for what only an export needs; a test holds them to the real ones."""


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the subcommand."""
    export = commands.add_parser("export", help="write a case for people and other systems")
    export.add_argument("number", metavar="NUMBER", help="number of the case")
    export.add_argument(
        "--as",
        dest="formats",
        default="pdf",
        metavar="A,B",
        help=f"{', '.join(FORMATS)} (default: pdf); zip holds everything",
    )
    export.add_argument("--out", type=Path, default=Path(), metavar="DIR", help="folder (default: this one)")
    export.add_argument("--language", choices=["en", "es", "fr", "de"], help="language of the report")
    export.add_argument("--fingerprint", action="store_true", help="print the SHA-256 of the case and write nothing")
    export.add_argument("--page-size", choices=["A4", "Letter"], help="paper (default: as set in the window)")


def run_export(args: argparse.Namespace, home: Home) -> int:
    """Write the files and print their names.

    Raises
    ------
    LeukoScopeError
        When the case is not there or a file cannot be written.
    """
    from dataclasses import replace

    from leukoscope.domain.fingerprint import case_fingerprint
    from leukoscope.inference.library import BundleLibrary
    from leukoscope.workflow.casebook import Casebook
    from leukoscope.workflow.home import shipped_models
    from leukoscope.workflow.outgoing import Outgoing, file_stem
    from leukoscope.workflow.settings import load_settings

    formats = _formats(args.formats)
    settings = load_settings(home.config)
    if args.page_size:
        settings = replace(settings, page_size=args.page_size)
    if args.language:
        settings = replace(settings, language=args.language)
    casebook = Casebook(home.cases)
    try:
        case = _find(casebook, args.number)
        if args.fingerprint:
            print(case_fingerprint(casebook.load(case.id)))
            return 0
        outgoing = Outgoing(casebook, BundleLibrary(shipped_models(), home.models).list(), settings)
        for kind in formats:
            path = args.out / f"{file_stem(case.header.number)}{kind.suffix}"
            outgoing.write(case.id, kind, path)
            print(path)
    finally:
        casebook.close()
    return 0


def _formats(text: str) -> tuple[Format, ...]:
    from leukoscope.workflow.outgoing import Format

    names = [part.strip() for part in text.split(",") if part.strip()]
    unknown = [name for name in names if name not in FORMATS]
    if unknown or not names:
        print(f"There is no format “{', '.join(unknown)}”; choose of {', '.join(FORMATS)}.", file=sys.stderr)
        raise SystemExit(2)
    return tuple(Format(name) for name in names)


def _find(casebook: Casebook, number: str) -> CaseSummary:
    found = [one for one in casebook.store.list(number) if one.header.number == number]
    if not found:
        raise StoreError(f"There is no case “{number}”; look at the list of cases for its number.")
    if len(found) > 1:
        raise StoreError(f"{len(found)} cases have the number “{number}”; give each its own first.")
    return found[0]
