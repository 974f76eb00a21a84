"""A Case leaves for research: everything of it but who it is."""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import BinaryIO

from leukoscope.domain.cases import Case, CaseFrame
from leukoscope.domain.deidentification import Pseudonym, deidentified
from leukoscope.domain.frames import Frame, FrameOrigin, OriginKind
from leukoscope.domain.progress import CancelToken, Progress
from leukoscope.reports.part_file import folder_beside
from leukoscope.workflow.case_repository import CaseRepository
from leukoscope.workflow.export.case_export import CaseExport
from leukoscope.workflow.export.formats import DICOM, FORMATS
from leukoscope.workflow.export.job import ExportJob
from leukoscope.workflow.export.report import write_report_of
from leukoscope.workflow.export.zip_file import pack
from leukoscope.workflow.images import png_source

PREFIX = "deidentified-"
MOST_DAYS = 3650
_README = """A case of LeukoScope without its patient's data: {number}

Taken out: names of patient and people, every number of the hospital, specimen, stain, notes and reasons (free text),
names and paths of image files, laboratory, address and logo, and everything that image files
carried beside their pixels (EXIF, TIFF tags, comments, color profiles). Pixels were written anew as PNG.
Moved: every date and time, all by one random span; spans between them stay. Keys, DICOM UIDs and the number of the case
are new and random: two exports of one case cannot be told to be of one.
DICOM files follow the Basic Application Confidentiality Profile (PS3.15 E.1) with modified dates.

NOT LOOKED AT: the pixels. A name that is written on the slide or burned into an image is still there.
Look at every image before it leaves.
"""


@dataclass(frozen=True, eq=False)
class _DeidentifiedExport:
    """A case without identity, and where its pixels come from."""

    repository: CaseRepository
    case: Case
    originals: dict[int, CaseFrame]

    def frame(self, one: CaseFrame) -> Frame:
        """Pixels of an image, with what may be known of it."""
        found = self.repository.frame(self.originals[one.id])
        assert one.origin is not None
        return replace(found, origin=one.origin, sha256=one.sha256)

    def file(self, one: CaseFrame) -> bytes:
        """An image as PNG: its pixels and nothing else."""
        return _png(self.repository, self.originals[one.id])


def _png(repository: CaseRepository, frame: CaseFrame) -> bytes:
    return png_source(repository.frame(frame).pixels, FrameOrigin(OriginKind.FILE, "image.png")).image_bytes()


def new_pseudonym() -> Pseudonym:
    """A random number and a random span into the past."""
    number = f"D{base64.b32encode(secrets.token_bytes(5)).decode('ascii')}"
    seconds = secrets.randbelow(MOST_DAYS * 86_400 - 86_400) + 86_400
    return Pseudonym(number, -timedelta(seconds=seconds))


def write_deidentified(
    export: CaseExport,
    case_id: int,
    path: Path,
    pseudonym: Pseudonym,
    on_progress: Callable[[Progress], None] = lambda _: None,
    cancel: CancelToken | None = None,
) -> None:
    """Write a case without identity as one zip: report, tables, FHIR, DICOM, images, and what was done.

    Parameters
    ----------
    export
        Where cases and models come from.
    case_id, path
        What is written, and where to; an earlier file there is replaced.
    pseudonym
        What stands for the case.
    on_progress, cancel
        Told how far it is, and asked whether it shall stop.

    Raises
    ------
    ReportError, ExchangeError
        When it cannot be written.
    StoreError
        When the case or an image of it cannot be read.
    CancelledError
        After a cancel; there is no file then.
    """
    token = cancel or CancelToken()
    known = _hidden(export.repository, case_id, pseudonym, token)
    with folder_beside(path) as folder:
        _write_all(export, known, folder, on_progress, token)
        (folder / "README.txt").write_text(_README.format(number=pseudonym.number), encoding="utf-8")
        pack(folder, path, token)


def _hidden(repository: CaseRepository, case_id: int, pseudonym: Pseudonym, cancel: CancelToken) -> _DeidentifiedExport:
    case = repository.load_to_leave(case_id)
    hashes = {}
    for frame in case.frames:
        cancel.raise_if_cancelled()
        if frame.width:
            data = _png(repository, frame)
            hashes[frame.id] = hashlib.sha256(data).hexdigest()
    hidden = deidentified(case, pseudonym, hashes)
    originals = dict(zip((one.id for one in hidden.frames), case.frames, strict=True))
    return _DeidentifiedExport(repository, hidden, originals)


def _write_all(
    export: CaseExport,
    known: _DeidentifiedExport,
    folder: Path,
    on_progress: Callable[[Progress], None],
    cancel: CancelToken,
) -> None:
    from leukoscope.exchange.dicom_deidentification import hide_identity

    case = known.case
    settings = replace(export.settings, laboratory="", address="", logo="", hl7_receiver="", operator="")

    def print_report(_: Case, path: Path | BinaryIO) -> None:
        write_report_of(case, known.frame, path, export.bundles, settings, on_progress, cancel)

    job = ExportJob(
        read_case=lambda: case,
        read_frame=known.frame,
        read_file=known.file,
        print_report=print_report,
        bundles=export.bundles,
        settings=settings,
        cancel=cancel,
        # The offset of the time zone would tell where it was made.
        now=lambda: datetime.now(UTC),
    )
    for one in FORMATS:
        if one.deidentified:
            one.pack_into(job, folder)
    hide_identity(folder / DICOM.packed_as)
    (folder / "images").mkdir()
    for frame in case.frames:
        cancel.raise_if_cancelled()
        if frame.width:
            (folder / "images" / f"{frame.id:03d}.png").write_bytes(known.file(frame))
