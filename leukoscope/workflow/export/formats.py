"""A Case leaves as a file for another system, or as everything in one zip."""

from __future__ import annotations

import hashlib
import json
import re
import secrets
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from leukoscope.domain.audit import EXPORTED
from leukoscope.domain.progress import CancelToken, Progress
from leukoscope.reports.findings import ImageFindings
from leukoscope.reports.findings_json import FindingsJson
from leukoscope.reports.partfile import folder_beside, part_file
from leukoscope.workflow.atomic_folder import swapped_folder
from leukoscope.workflow.case_repository import CaseRepository
from leukoscope.workflow.export.ownership import Owner
from leukoscope.workflow.export.package import file_reader, make_parcel
from leukoscope.workflow.export.report import export_pdf, export_table, report_bytes
from leukoscope.workflow.settings import Settings

if TYPE_CHECKING:
    from leukoscope.exchange.parcel import Parcel
    from leukoscope.inference.library import InstalledBundle


class Format(StrEnum):
    """How a case can leave."""

    PDF = "pdf"
    TABLE = "csv"
    FINDINGS = "json"
    FHIR = "fhir"
    HL7 = "hl7"
    DICOM = "dicom"
    ZIP = "zip"

    @property
    def suffix(self) -> str:
        """What the name of the file ends in; that of DICOM's folder."""
        return {Format.FHIR: ".fhir.json", Format.DICOM: "-dicom"}.get(self, f".{self.value}")


@dataclass(frozen=True, eq=False)
class Outgoing:
    """What is needed to let cases out.

    Parameters
    ----------
    casebook
        Where they come from.
    bundles
        Installed bundles: the report names the models that spoke.
    settings
        What a person has set.
    """

    casebook: CaseRepository
    bundles: Sequence[InstalledBundle]
    settings: Settings

    def write(
        self,
        case_id: int,
        kind: Format,
        path: Path,
        on_progress: Callable[[Progress], None] = lambda _: None,
        cancel: CancelToken | None = None,
    ) -> None:
        """Write a case as a file; DICOM as a folder that holds this export and nothing else. It appears when whole.

        An earlier export of the same case is replaced.

        Raises
        ------
        ReportError, ExchangeError
            When it cannot be written, or what is there already is not shown to be of this case.
        StoreError
            When the case or an image of it cannot be read.
        CancelledError
            After a cancel; there is no file then.
        """
        token = cancel or CancelToken()
        owner = Owner(self.casebook.load(case_id), self.casebook.store.image_hashes(case_id))
        owner.refuse_foreign(path, kind.suffix)
        if kind is Format.PDF:
            export_pdf(self.casebook, case_id, path, self.bundles, self.settings, on_progress, token)
        elif kind is Format.TABLE:
            export_table(self.casebook, case_id, path)
        elif kind is Format.FINDINGS:
            write_findings(self.casebook, case_id, path)
        else:
            parcel = self.parcel(case_id, on_progress, token)
            self._write_parcel(parcel, kind, path, token)
        trail = self.casebook.store.trail
        trail.tell(EXPORTED, case_id=case_id, subject=kind.value, new=str(path.absolute()))

    def parcel(
        self,
        case_id: int,
        on_progress: Callable[[Progress], None] = lambda _: None,
        cancel: CancelToken | None = None,
    ) -> Parcel:
        """The case with its report, ready for every format."""
        token = cancel or CancelToken()
        return make_parcel(self.casebook, case_id, self.bundles, self.settings, on_progress, token)

    def _write_parcel(self, parcel: Parcel, kind: Format, path: Path, cancel: CancelToken) -> None:
        if kind is Format.FHIR:
            _write_text(path, fhir_text(parcel))
        elif kind is Format.HL7:
            _write_text(path, hl7_text(parcel, self.settings, cancel))
        elif kind is Format.DICOM:
            with swapped_folder(path) as stage:
                self.dicom_files(parcel, stage, cancel)
        else:
            self._write_zip(parcel, path, cancel)

    def dicom_files(self, parcel: Parcel, folder: Path, cancel: CancelToken) -> list[Path]:
        """Write a case's DICOM files into a folder."""
        from leukoscope.exchange.dicom_files import write_dicom

        return write_dicom(parcel, self.casebook.frame, file_reader(self.casebook), folder, cancel)

    def dicom_objects(self, parcel: Parcel, cancel: CancelToken) -> Iterator[tuple[str, bytes]]:
        """A case's DICOM files one after the other, in memory, with their names."""
        from leukoscope.exchange.dicom_base import object_bytes
        from leukoscope.exchange.dicom_files import dicom_objects

        for name, data in dicom_objects(parcel, self.casebook.frame, file_reader(self.casebook), cancel):
            yield name, object_bytes(data)

    def preview(self, case_id: int, on_progress: Callable[[Progress], None], cancel: CancelToken) -> bytes:
        """The PDF report as it would be written now, in memory; raises as :meth:`write`."""
        case = self.casebook.load_to_leave(case_id)
        return report_bytes(self.casebook, case, self.bundles, self.settings, on_progress, cancel)

    def _write_zip(self, parcel: Parcel, path: Path, cancel: CancelToken) -> None:
        with folder_beside(path) as folder:
            (folder / "report.pdf").write_bytes(parcel.pdf)
            export_table(self.casebook, parcel.case.id, folder / "findings.csv")
            write_findings(self.casebook, parcel.case.id, folder / "findings.json")
            _write_text(folder / "report.fhir.json", fhir_text(parcel))
            _write_text(folder / "report.hl7", hl7_text(parcel, self.settings, cancel))
            (folder / "dicom").mkdir()
            self.dicom_files(parcel, folder / "dicom", cancel)
            self._write_images(parcel, folder / "images", cancel)
            pack(folder, path, cancel)

    def _write_images(self, parcel: Parcel, folder: Path, cancel: CancelToken) -> None:
        folder.mkdir()
        read = file_reader(self.casebook)
        for number, frame in enumerate((one for one in parcel.case.frames if one.width), start=1):
            cancel.raise_if_cancelled()
            suffix = Path(frame.source).suffix.lower()
            ending = suffix if re.fullmatch(r"\.[a-z0-9]{1,5}", suffix) else ".png"
            (folder / f"{number:03d}{ending}").write_bytes(read(frame))


def fhir_text(parcel: Parcel) -> str:
    """A case as FHIR."""
    from leukoscope.exchange.fhir import fhir_bundle

    return fhir_bundle(parcel)


def hl7_text(parcel: Parcel, settings: Settings, cancel: CancelToken | None = None) -> str:
    """A case as an HL7 message with a name of its own."""
    from leukoscope.exchange.hl7_message import oru_message

    return oru_message(parcel, secrets.token_hex(10), settings.hl7_receiver, cancel)


def write_findings(casebook: CaseRepository, case_id: int, path: Path) -> None:
    """Write every image of a case with its cells and opinions as JSON."""
    case = casebook.load_to_leave(case_id)
    with FindingsJson(path, case.header.number) as document:
        for frame in case.frames:
            document.add(ImageFindings.of_frame(frame))


def _write_text(path: Path, text: str) -> None:
    with part_file(path) as stream:
        stream.write(text.encode("utf-8", "replace"))


def pack(folder: Path, path: Path, cancel: CancelToken) -> None:
    """Everything below a folder, with a list of SHA-256 that proves it whole."""
    files = sorted(one for one in folder.rglob("*") if one.is_file())
    sums: dict[str, str] = {}
    with part_file(path) as stream, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for file in files:
            cancel.raise_if_cancelled()
            name, data = file.relative_to(folder).as_posix(), file.read_bytes()
            sums[name] = hashlib.sha256(data).hexdigest()
            archive.writestr(name, data)
        archive.writestr("sha256.json", json.dumps(sums, indent=1) + "\n")
