"""Everything of a case in one zip, with a list of SHA-256 that proves it whole."""

from __future__ import annotations

import hashlib
import json
import re
import zipfile
from collections.abc import Iterable
from pathlib import Path

from leukoscope.domain.progress import CancelToken
from leukoscope.reports.part_file import folder_beside, part_file
from leukoscope.workflow.export.export_format import ExportFormat
from leukoscope.workflow.export.job import ExportJob


def write_zip(job: ExportJob, path: Path, formats: Iterable[ExportFormat]) -> None:
    """Write a case in all formats that go into a zip, with its images, each under its name there.

    Raises
    ------
    ReportError, ExchangeError
        When it cannot be written.
    """
    # The report is made first: its progress is what a person sees.
    package = job.package
    with folder_beside(path) as folder:
        for one in formats:
            if one.packed_as:
                one.pack_into(job, folder)
        images = folder / "images"
        images.mkdir()
        for number, frame in enumerate((one for one in package.case.frames if one.width), start=1):
            job.cancel.raise_if_cancelled()
            suffix = Path(frame.source).suffix.lower()
            ending = suffix if re.fullmatch(r"\.[a-z0-9]{1,5}", suffix) else ".png"
            (images / f"{number:03d}{ending}").write_bytes(job.read_file(frame))
        pack(folder, path, job.cancel)


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
