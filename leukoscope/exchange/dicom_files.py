"""DICOM: all objects of a case as files, one after the other."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pydicom.dataset import Dataset, FileDataset

from leukoscope.domain.progress import CancelToken
from leukoscope.exchange.dicom_base import write_object
from leukoscope.exchange.dicom_images import encapsulated_pdf, microscopic_image
from leukoscope.exchange.dicom_report import structured_report
from leukoscope.exchange.exported_case import ExportedCase, ReadFile, ReadFrame


def write_dicom(
    exported: ExportedCase,
    read_frame: ReadFrame,
    read_file: ReadFile,
    folder: Path,
    cancel: CancelToken | None = None,
) -> list[Path]:
    """Write a case as DICOM: ``field-001.dcm`` and so on, ``findings.dcm``, ``report.dcm``.

    Parameters
    ----------
    exported
        The case.
    read_frame, read_file
        Give the pixels and the file of an image.
    folder
        Where the files go; it is there.
    cancel
        Set it to stop.

    Returns
    -------
    list of Path
        The files, images first.

    Raises
    ------
    ExchangeError
        When the disk is full or the folder cannot be written.
    StoreError, ImageError
        When an image cannot be read.
    CancelledError
        After a cancel.
    """
    paths = []
    for name, data in dicom_objects(exported, read_frame, read_file, cancel):
        paths.append(folder / name)
        write_object(data, paths[-1])
    return paths


def dicom_objects(
    exported: ExportedCase, read_frame: ReadFrame, read_file: ReadFile, cancel: CancelToken | None = None
) -> Iterator[tuple[str, Dataset]]:
    """The objects of a case with the names of their files, images first; each is to be written before the next.

    Parameters and what is raised as of :func:`write_dicom`.
    """
    token = cancel or CancelToken()
    images: dict[int, FileDataset] = {}
    readable = [frame for frame in exported.case.frames if frame.width]
    for number, case_frame in enumerate(readable, start=1):
        token.raise_if_cancelled()
        image = microscopic_image(exported, case_frame, read_frame(case_frame), read_file(case_frame), number)
        yield f"field-{number:03d}.dcm", image
        # What follows only names the image: its pixels need not stay.
        del image.PixelData
        images[case_frame.id] = image
    if images:
        yield "findings.dcm", structured_report(exported, images)
    if exported.pdf:
        yield "report.dcm", encapsulated_pdf(exported, list(images.values()))
