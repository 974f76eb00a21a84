"""One case on its way into files: what every writer of a format needs."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from leukoscope import __version__
from leukoscope.domain.cases import Case, CaseFrame
from leukoscope.domain.frames import Frame
from leukoscope.domain.progress import CancelToken
from leukoscope.workflow.languages import chosen_language
from leukoscope.workflow.settings import Settings

if TYPE_CHECKING:
    from leukoscope.exchange.exported_case import ExportedCase
    from leukoscope.inference.library import InstalledBundle

PROGRAM = "LeukoScope"


def _now() -> datetime:
    return datetime.now(UTC).astimezone()


@dataclass(frozen=True, eq=False)
class ExportJob:
    """One case to be written. Case, report and package are made once, when a writer first asks for them.

    Parameters
    ----------
    read_case
        Reads the case as reports tell of it.
    read_frame, read_file
        Give the pixels of one of its images, and its file as it was taken in.
    print_report
        Prints the PDF report of the case.
    bundles
        Installed bundles: their titles go along.
    settings
        What a person has set.
    cancel
        Asked whether to stop.
    signed_report
        Gives the report that was signed; ``None`` where none was.
    placer
        Gives the number by which whoever ordered the case knows the order, as HL7 writes it; empty where there is none.
    now
        Gives the time that the package says it was made at.
    """

    read_case: Callable[[], Case]
    read_frame: Callable[[CaseFrame], Frame]
    read_file: Callable[[CaseFrame], bytes]
    print_report: Callable[[Case, Path | BinaryIO], None]
    bundles: Sequence[InstalledBundle]
    settings: Settings
    cancel: CancelToken
    signed_report: Callable[[Case], bytes | None] = lambda _: None
    placer: Callable[[Case], str] = lambda _: ""
    now: Callable[[], datetime] = field(default=_now)

    @cached_property
    def case(self) -> Case:
        """The case; raises StoreError."""
        return self.read_case()

    @cached_property
    def package(self) -> ExportedCase:
        """The case with its report, ready for every format; a signed case goes with the very report that was signed.

        Raises
        ------
        ReportError
            When the report cannot be written.
        CancelledError
            After a cancel.
        """
        pdf = self.signed_report(self.case)
        return replace(self.unprinted, pdf=self._printed() if pdf is None else pdf)

    @cached_property
    def unprinted(self) -> ExportedCase:
        """The case without its report; raises StoreError."""
        from leukoscope.exchange.exported_case import ExportedCase
        from leukoscope.exchange.hl7_escapes import unescape

        placer = self.placer(self.case)
        return ExportedCase(
            case=self.case,
            made_at=self.now(),
            software=PROGRAM,
            version=__version__,
            laboratory=self.settings.laboratory,
            address=self.settings.address,
            language=chosen_language(self.settings.language),
            titles={bundle.manifest.model_sha256: bundle.manifest.title for bundle in self.bundles},
            placer=tuple(unescape(part) for part in placer.split("^")) if placer else (),
        )

    def _printed(self) -> bytes:
        stream = io.BytesIO()
        self.print_report(self.case, stream)
        return stream.getvalue()

    def write_dicom(self, folder: Path) -> list[Path]:
        """Write the case's DICOM files into a folder."""
        from leukoscope.exchange.dicom_files import write_dicom

        return write_dicom(self.package, self.read_frame, self.read_file, folder, self.cancel)

    def dicom_objects(self) -> Iterator[tuple[str, bytes]]:
        """The case's DICOM files one after the other, in memory, with their names."""
        from leukoscope.exchange.dicom_base import object_bytes
        from leukoscope.exchange.dicom_files import dicom_objects

        for name, data in dicom_objects(self.package, self.read_frame, self.read_file, self.cancel):
            yield name, object_bytes(data)
