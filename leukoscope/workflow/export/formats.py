"""The formats in which a case can be exported: the one list that window, command line and zip read.

It loads in no time: what a format needs is loaded when it is written.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from leukoscope.workflow.export.job import ExportJob
    from leukoscope.workflow.export.ownership import Owner

Writer = Callable[["ExportJob", Path], None]
"""Writes a case to a path; the file or folder appears when it is whole."""


@dataclass(frozen=True)
class ExportFormat:
    """One format.

    Parameters
    ----------
    id
        As the command line, the action ``export_ID`` of the window and the audit trail call it.
    suffix
        What the name of the file or folder ends in.
    label
        What a person calls it.
    write
        Writes it alone.
    is_own
        Whether a file that is there already is this format's export of the owner's case.
    is_folder
        Whether it is a folder of files.
    packed_as
        Its name in the zip that holds everything; empty when it is not in there.
    pack
        Writes it into the folder that becomes a zip; ``None`` writes it as alone.
    deidentified
        Whether it is also in the export without the patient's data.
    """

    id: str
    suffix: str
    label: str
    write: Writer
    is_own: Callable[[Owner, bytes], bool]
    is_folder: bool = False
    packed_as: str = ""
    pack: Writer | None = None
    deidentified: bool = False

    def pack_into(self, job: ExportJob, folder: Path) -> None:
        """Write it under its name into the folder that becomes a zip."""
        (self.pack or self.write)(job, folder / self.packed_as)


def _write_pdf(job: ExportJob, path: Path) -> None:
    job.print_report(job.case, path)


def _pack_pdf(job: ExportJob, path: Path) -> None:
    path.write_bytes(job.package.pdf)


def _write_table(job: ExportJob, path: Path) -> None:
    from leukoscope.workflow.export.findings import write_table

    write_table(job.case, path)


def _write_findings(job: ExportJob, path: Path) -> None:
    from leukoscope.workflow.export.findings import write_findings

    write_findings(job.case, path)


def _write_fhir(job: ExportJob, path: Path) -> None:
    from leukoscope.exchange.fhir import fhir_bundle

    _write_text(path, fhir_bundle(job.package))


def _write_hl7(job: ExportJob, path: Path) -> None:
    from leukoscope.workflow.export.messages import hl7_text

    _write_text(path, hl7_text(job.package, job.settings, job.cancel))


def _write_dicom(job: ExportJob, path: Path) -> None:
    from leukoscope.workflow.atomic_folder import swapped_folder

    with swapped_folder(path) as stage:
        job.write_dicom(stage)


def _pack_dicom(job: ExportJob, path: Path) -> None:
    path.mkdir()
    job.write_dicom(path)


def _write_zip(job: ExportJob, path: Path) -> None:
    from leukoscope.workflow.export.zip_file import write_zip

    write_zip(job, path, FORMATS)


def _write_text(path: Path, text: str) -> None:
    from leukoscope.reports.partfile import part_file

    with part_file(path) as stream:
        stream.write(text.encode("utf-8", "replace"))


PDF = ExportFormat(
    "pdf",
    ".pdf",
    "PDF",
    _write_pdf,
    lambda owner, data: owner.has_pdf(data),
    packed_as="report.pdf",
    pack=_pack_pdf,
    deidentified=True,
)
TABLE = ExportFormat(
    "csv",
    ".csv",
    "CSV",
    _write_table,
    lambda owner, data: owner.has_table(data),
    packed_as="findings.csv",
    deidentified=True,
)
FINDINGS = ExportFormat(
    "json",
    ".json",
    "JSON",
    _write_findings,
    lambda owner, data: owner.has_findings(data),
    packed_as="findings.json",
    deidentified=True,
)
FHIR = ExportFormat(
    "fhir",
    ".fhir.json",
    "FHIR",
    _write_fhir,
    lambda owner, data: owner.has_fhir(data),
    packed_as="report.fhir.json",
    deidentified=True,
)
HL7 = ExportFormat("hl7", ".hl7", "HL7", _write_hl7, lambda owner, data: owner.has_hl7(data), packed_as="report.hl7")
DICOM = ExportFormat(
    "dicom",
    "-dicom",
    "DICOM",
    _write_dicom,
    lambda _owner, _data: False,
    is_folder=True,
    packed_as="dicom",
    pack=_pack_dicom,
    deidentified=True,
)
ZIP = ExportFormat("zip", ".zip", "Zip", _write_zip, lambda owner, data: owner.has_zip(data))

FORMATS: tuple[ExportFormat, ...] = (PDF, TABLE, FINDINGS, FHIR, HL7, DICOM, ZIP)
