"""The formats in which a case can be exported: the one list that window, command line and zip read.

It loads in no time: what a format needs is loaded when it is written.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from leukoscope.workflow.export.export_format import ExportFormat

if TYPE_CHECKING:
    from leukoscope.workflow.export.job import ExportJob


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
    from leukoscope.reports.part_file import part_file

    with part_file(path) as stream:
        stream.write(text.encode("utf-8", "replace"))


PDF = ExportFormat(
    "pdf",
    ".pdf",
    "PDF",
    _write_pdf,
    lambda owner, data: owner.is_marked(data),
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
