"""Whose an earlier export is: a file is replaced only where it is shown to be of the same case."""

from __future__ import annotations

import base64
import binascii
import csv
import io
import logging
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Protocol

from leukoscope.domain.cases import Case, case_mark, case_uuid
from leukoscope.domain.errors import ImageError, ReportError
from leukoscope.domain.keys import case_key
from leukoscope.domain.parsing import parsed_json
from leukoscope.reports.spreadsheets import unguarded

logger = logging.getLogger(__name__)

_PDF_IN_HL7 = re.compile(rb"\^Base64\^([A-Za-z0-9+/=]+)")
_OF_DICOM = re.compile(r"(field-\d{3,}|findings|report)\.dcm")
_DAMAGE = (ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RuntimeError, EOFError, struct.error)
"""What readers of others raise on damaged files, whatever they say that they raise."""
_LITTER = {".ds_store", "thumbs.db", "desktop.ini"}
"""What systems leave in folders by themselves."""


class RecognizableFormat(Protocol):
    """What a format of exports says of itself, so that an earlier export in it is recognized."""

    @property
    def is_folder(self) -> bool:
        """Whether an export is a folder of files."""

    @property
    def is_own(self) -> Callable[[Owner, bytes], bool]:
        """Whether bytes of a file are an export of the owner's case."""


class Owner:
    """Tells whether files are of one case.

    Parameters
    ----------
    case
        The case.
    hashes
        SHA-256 of every image that it has or had.
    """

    def __init__(self, case: Case, hashes: Collection[str]) -> None:
        self._case, self._hashes = case, frozenset(hashes)

    def refuse_foreign(self, path: Path, kind: RecognizableFormat) -> None:
        """Raise ReportError when there is a file or folder that is not shown to be an export of this case.

        Parameters
        ----------
        path
            Where the export is to go.
        kind
            The format of the export.
        """
        try:
            if path.is_dir():
                self._refuse_folder(path, kind)
            elif path.exists() and not self._is_own(path.read_bytes(), kind):
                raise ReportError(
                    f"“{path.name}” is there already and is not of this case; move it away or choose another name."
                )
        except OSError as error:
            message = f"“{path.name}” is there already and cannot be read; move it away or choose another name."
            raise ReportError(message, repr(error)) from error

    def _is_own(self, data: bytes, kind: RecognizableFormat) -> bool:
        try:
            return not data or kind.is_own(self, data)
        except (*_DAMAGE, csv.Error, zipfile.BadZipFile, zlib.error, binascii.Error):
            return False

    def is_marked(self, data: bytes) -> bool:
        """Whether it bears the mark of the case (``domain.cases.case_mark``), as its reports do."""
        return case_mark(self._case).encode("ascii") in data

    def has_fhir(self, data: bytes) -> bool:
        """Whether it is a FHIR bundle of the case; raises what readers of damaged files raise."""
        return str(parsed_json(data)["identifier"]["value"]) == f"urn:uuid:{case_uuid(self._case, 'bundle')}"

    def has_hl7(self, data: bytes) -> bool:
        """Whether it is an HL7 message about the case; raises what readers of damaged files raise."""
        return any(self.is_marked(base64.b64decode(one)) for one in _PDF_IN_HL7.findall(data))

    def has_zip(self, data: bytes) -> bool:
        """Whether it is a zip of the case; raises what readers of damaged files raise."""
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return self.has_fhir(archive.read("report.fhir.json"))

    def has_table(self, data: bytes) -> bool:
        """Whether it is a table of the case; raises what readers of damaged files raise."""
        rows = csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline=""))
        titles = set(rows.fieldnames or ())
        return titles >= {"case", "sha256"} and all(self._row(unguarded(row["case"]), row["sha256"]) for row in rows)

    def has_findings(self, data: bytes) -> bool:
        """Whether it is the findings of the case as JSON; raises what readers of damaged files raise."""
        rows = parsed_json(data)
        return isinstance(rows, list) and all(self._row(one["case"], one["sha256"]) for one in rows)

    def _row(self, number: str, sha256: str | None) -> bool:
        return case_key(number) == case_key(self._case.header.number) and (not sha256 or sha256 in self._hashes)

    def _refuse_folder(self, folder: Path, kind: RecognizableFormat) -> None:
        if not kind.is_folder:
            raise ReportError(f"“{folder.name}” is a folder; choose another name.")
        for path in folder.iterdir():
            if path.name.casefold() in _LITTER:
                continue
            if not path.is_file() or not _OF_DICOM.fullmatch(path.name):
                raise ReportError(
                    f"The folder “{folder.name}” holds other files too, and only one export; choose another folder."
                )
            if _study_of(path) != f"2.25.{case_uuid(self._case, 'study').int}":
                raise ReportError(
                    f"The folder “{folder.name}” holds another case; move it away or choose another folder."
                )


def _study_of(path: Path) -> str:
    try:
        from leukoscope.sources.decoder import decoder

        return decoder().study(path, path.name)
    except ImageError as error:
        logger.info("an earlier DICOM file is damaged: %s", error.detail)
        return ""
