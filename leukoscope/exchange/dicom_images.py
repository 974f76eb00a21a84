"""DICOM: each field as VL Microscopic Image, the report as Encapsulated PDF."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from pydicom.dataset import Dataset, FileDataset
from pydicom.sequence import Sequence

from leukoscope.domain.cases import CaseFrame
from leukoscope.domain.compression import Compression, compression_of
from leukoscope.domain.frames import Frame
from leukoscope.exchange.dicom_base import (
    ENCAPSULATED_PDF,
    VL_MICROSCOPIC,
    add_content_moment,
    add_series,
    add_specimen,
    date_time,
    dicom_uid,
    new_object,
    paragraphs,
)
from leukoscope.exchange.exported_case import PURPOSE, ExportedCase


def microscopic_image(
    exported: ExportedCase, case_frame: CaseFrame, frame: Frame, file: bytes, number: int
) -> FileDataset:
    """One image of a case as VL Microscopic Image, without further loss.

    Parameters
    ----------
    exported
        The case.
    case_frame, frame
        The image and its pixels.
    file
        Bytes of the image's file: they say whether something was lost before, and how.
    number
        1, 2, ... in the case.
    """
    instance = dicom_uid(exported.uuid("image", case_frame.id, case_frame.sha256))
    data = new_object(exported, VL_MICROSCOPIC, instance, f"field-{number}")
    add_series(data, exported, "Fields", 1, "GM")
    taken = case_frame.origin.taken_at if case_frame.origin and case_frame.origin.taken_at else exported.taken_at
    add_content_moment(data, exported, taken)
    data.AcquisitionDateTime = date_time(exported, taken)
    data.InstanceNumber = number
    data.ImageType = ["ORIGINAL", "PRIMARY"]
    data.ImageComments = paragraphs(f"{Path(case_frame.source).name}\nSHA-256 {case_frame.sha256}\n{PURPOSE}")
    data.PatientOrientation = ""
    data.AcquisitionContextSequence = Sequence()
    data.AcquisitionNumber = number
    add_specimen(data, exported)
    _add_pixels(data, frame)
    known = case_frame.origin.compression if case_frame.origin else None
    _add_loss(data, known or compression_of(file), frame)
    if case_frame.um_per_px:
        spacing = f"{case_frame.um_per_px / 1000:.8f}"
        data.PixelSpacing = [spacing, spacing]
    return data


def _add_loss(data: Dataset, compression: Compression, frame: Frame) -> None:
    """What was lost before (PS3.3, C.7.6.1.1.5); a method only where the standard has a term for it."""
    data.LossyImageCompression = "01" if compression.lossy else "00"
    if compression.lossy and compression.size:
        data.LossyImageCompressionRatio = f"{frame.pixels.size / compression.size:.2f}"
    if compression.lossy and compression.method:
        data.LossyImageCompressionMethod = compression.method


def _add_pixels(data: Dataset, frame: Frame) -> None:
    data.SamplesPerPixel = 3
    data.PhotometricInterpretation = "RGB"
    data.PlanarConfiguration = 0
    data.Rows, data.Columns = frame.height, frame.width
    data.BitsAllocated, data.BitsStored, data.HighBit = 8, 8, 7
    data.PixelRepresentation = 0
    data.BurnedInAnnotation = "NO"
    raw = np.ascontiguousarray(frame.pixels).tobytes()
    data.PixelData = raw + b"\0" * (len(raw) % 2)


def encapsulated_pdf(exported: ExportedCase, images: list[FileDataset]) -> FileDataset:
    """The report as it prints, as Encapsulated PDF."""
    instance = dicom_uid(exported.uuid("pdf", exported.made_at.isoformat()))
    data = new_object(exported, ENCAPSULATED_PDF, instance, "report")
    add_series(data, exported, "Report", 3, "DOC")
    add_content_moment(data, exported, exported.made_at)
    data.AcquisitionDateTime = ""
    data.InstanceNumber = 1
    data.ConversionType = "WSD"
    data.BurnedInAnnotation = "YES"
    data.DocumentTitle = "White blood cell report"
    data.VerificationFlag = "VERIFIED" if exported.report_status.is_signed else "UNVERIFIED"
    data.ConceptNameCodeSequence = Sequence()
    if images:
        data.SourceInstanceSequence = Sequence([_reference(image) for image in images])
    data.MIMETypeOfEncapsulatedDocument = "application/pdf"
    data.EncapsulatedDocument = exported.pdf + b"\0" * (len(exported.pdf) % 2)
    data.EncapsulatedDocumentLength = len(exported.pdf)
    return data


def _reference(image: Dataset) -> Dataset:
    reference = Dataset()
    reference.ReferencedSOPClassUID = image.SOPClassUID
    reference.ReferencedSOPInstanceUID = image.SOPInstanceUID
    return reference
