"""What all DICOM objects of a case have in common: patient, study, specimen, equipment."""

from __future__ import annotations

import io
import re
from datetime import datetime
from pathlib import Path
from uuid import UUID

from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import UID, ExplicitVRLittleEndian

from leukoscope.domain.errors import ExchangeError
from leukoscope.domain.keys import fitted
from leukoscope.domain.patients import FEMALE, MALE, OTHER
from leukoscope.exchange.exported_case import PURPOSE, ExportedCase, name_parts

IMPLEMENTATION = UID("2.25.171902744263310270351408437196450293812.2")
VL_MICROSCOPIC = UID("1.2.840.10008.5.1.4.1.1.77.1.2")
ENCAPSULATED_PDF = UID("1.2.840.10008.5.1.4.1.1.104.1")
COMPREHENSIVE_SR = UID("1.2.840.10008.5.1.4.1.1.88.33")

_SHORT, _LONG, _TEXT = 16, 64, 10240
_SEPARATOR = "\\"
"""Between the values of an element."""
_ZONE = re.compile(r"[+-]\d{4}$")


def dicom_uid(uuid: UUID) -> UID:
    """A UUID as DICOM writes it (PS3.5 B.2)."""
    return UID(f"2.25.{uuid.int}")


def short(text: str) -> str:
    """At most 16 bytes, as VR SH has it."""
    return _line(text, _SHORT)


def long(text: str) -> str:
    """At most 64 bytes, as VR LO has it."""
    return _line(text, _LONG)


def short_key(text: str) -> str:
    """A key as VR SH has it: two different ones stay different."""
    return fitted(text, _SHORT, _SEPARATOR)


def long_key(text: str) -> str:
    """A key as VR LO has it: two different ones stay different."""
    return fitted(text, _LONG, _SEPARATOR)


def paragraphs(text: str) -> str:
    """At most 10,240 bytes with ends of lines, as VR LT has it."""
    whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").replace("\t", " ")
    return _cut("".join(char if char >= " " or char in "\r\n" else "\ufffd" for char in whole), _TEXT)


def person_name(patient: str) -> str:
    """A patient's name as VR PN has it; what does not fit stands whole in the comments."""
    family, given = name_parts(patient)
    parts = [_line(part, _LONG).replace("^", " ").replace("=", " ") for part in (family, given) if part]
    name = _cut("^".join(parts), _LONG - 1).rstrip("^ ")
    # One part alone is a family name; the caret says that this is meant.
    return f"{name}^" if name and "^" not in name else name


def _line(text: str, length: int) -> str:
    # A backslash separates values; its wide twin looks the same and separates nothing.
    line = " ".join(paragraphs(text).replace("\\", "\uff3c").split())
    return line if len(line.encode()) <= length else _cut(line, length - len("…".encode())) + "…"


def _cut(text: str, length: int) -> str:
    """The first ``length`` bytes. The standard counts characters, but not every receiver does."""
    return text.encode()[:length].decode("utf-8", "ignore")


def new_object(exported: ExportedCase, sop_class: UID, sop_instance: UID, name: str) -> FileDataset:
    """A DICOM file with the modules of patient, study and equipment.

    Parameters
    ----------
    exported
        The case.
    sop_class, sop_instance
        What it is, and which one.
    name
        Shown nowhere; pydicom wants one.
    """
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = sop_class
    meta.MediaStorageSOPInstanceUID = sop_instance
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.ImplementationClassUID = IMPLEMENTATION
    meta.ImplementationVersionName = short(f"{exported.software} {exported.version}")
    data = FileDataset(name, {}, file_meta=meta, preamble=b"\0" * 128)
    data.SpecificCharacterSet = "ISO_IR 192"
    data.SOPClassUID = sop_class
    data.SOPInstanceUID = sop_instance
    _patient_and_study(data, exported)
    data.Manufacturer = exported.software
    data.ManufacturerModelName = exported.software
    data.SoftwareVersions = long(exported.version)
    data.DeviceSerialNumber = "1"
    if exported.laboratory.strip():
        data.InstitutionName = long(exported.laboratory)
    return data


def _patient_and_study(data: Dataset, exported: ExportedCase) -> None:
    header = exported.case.header
    data.PatientName = person_name(header.patient)
    data.PatientID = long_key(exported.patient_id or exported.number)
    _add_issuer(data, exported)
    # Both types have to be there; a date that is not known to the day has no place in the first.
    data.PatientBirthDate = header.birth_date.replace("-", "") if len(header.birth_date) == len("1960-12-24") else ""
    data.PatientSex = {FEMALE: "F", MALE: "M", OTHER: "O"}.get(header.sex, "")
    if header.patient.strip():
        data.PatientComments = paragraphs(header.patient)
    data.StudyInstanceUID = dicom_uid(exported.uuid("study"))
    _add_zone(data, exported)
    _set_moment(data, "Study", exported, exported.taken_at)
    data.ReferringPhysicianName = ""
    data.StudyID = short_key(exported.number)
    data.AccessionNumber = short_key(exported.number)
    data.StudyDescription = "White blood cells"


def add_series(data: Dataset, exported: ExportedCase, name: str, number: int, modality: str) -> None:
    """The module of the series."""
    data.Modality = modality
    data.SeriesInstanceUID = dicom_uid(exported.uuid("series", name))
    data.SeriesNumber = number
    data.SeriesDescription = long(name)


def add_content_moment(data: Dataset, exported: ExportedCase, moment: datetime) -> None:
    """When the content was made."""
    _set_moment(data, "Content", exported, moment)


def add_study_moments(data: Dataset, exported: ExportedCase) -> None:
    """Put an object of highdicom into the time zone of the study and under the issuer of its patient.

    It writes its own moments as the workstation's clock shows them, and takes over no zone to read them in.
    """
    add_content_moment(data, exported, exported.made_at)
    _set_moment(data, "InstanceCreation", exported, exported.made_at)
    for one in data.get("ContributingEquipmentSequence", ()):
        if "ContributionDateTime" in one and not _ZONE.search(str(one.ContributionDateTime)):
            one.ContributionDateTime = date_time(exported, exported.made_at)
    _add_zone(data, exported)
    _add_issuer(data, exported)


def _add_zone(data: Dataset, exported: ExportedCase) -> None:
    # Once for all dates and times in the object (PS3.3, C.12.1.1.8), and one for all objects of the study: else the
    # images of a summer and a report of winter would lie an hour apart.
    data.TimezoneOffsetFromUTC = exported.taken_at.astimezone(exported.zone).strftime("%z")


def _add_issuer(data: Dataset, exported: ExportedCase) -> None:
    if not exported.patient_id:
        # The case number stands in: not to be taken for a number that the hospital has given.
        data.IssuerOfPatientID = exported.software


def date_time(exported: ExportedCase, moment: datetime) -> str:
    """A moment as VR DT has it, in the time zone of the study."""
    return moment.astimezone(exported.zone).strftime("%Y%m%d%H%M%S%z")


def add_specimen(data: Dataset, exported: ExportedCase) -> None:
    """The module of the specimen: the smear."""
    header = exported.case.header
    data.ContainerIdentifier = long_key(exported.number)
    data.IssuerOfTheContainerIdentifierSequence = Sequence()
    data.ContainerTypeCodeSequence = Sequence()
    specimen = Dataset()
    specimen.SpecimenIdentifier = long_key(exported.number)
    specimen.SpecimenUID = dicom_uid(exported.uuid("specimen"))
    specimen.IssuerOfTheSpecimenIdentifierSequence = Sequence()
    specimen.SpecimenPreparationSequence = Sequence()
    if header.specimen.strip():
        specimen.SpecimenShortDescription = long(header.specimen)
    described = [
        f"{name}: {value}"
        for name, value in (
            # Whole, where a field with room for 16 or 64 characters had to shorten it.
            ("Case", exported.number if len(exported.number.encode()) > _SHORT else ""),
            ("Specimen", header.specimen),
            ("Stain", header.stain),
            ("Notes", header.notes),
        )
        if value.strip()
    ]
    specimen.SpecimenDetailedDescription = paragraphs("\n".join([*described, PURPOSE]))
    data.SpecimenDescriptionSequence = Sequence([specimen])


def object_bytes(data: Dataset) -> bytes:
    """One DICOM file, in memory."""
    stream = io.BytesIO()
    data.save_as(stream, enforce_file_format=True)
    return stream.getvalue()


def write_object(data: Dataset, path: Path) -> None:
    """Write one DICOM file.

    Raises
    ------
    ExchangeError
        When the disk is full or the folder cannot be written.
    """
    try:
        data.save_as(path, enforce_file_format=True)
    except OSError as error:
        message = f"“{path.name}” cannot be written; free some space or choose another folder."
        raise ExchangeError(message, repr(error)) from error


def _set_moment(data: Dataset, name: str, exported: ExportedCase, moment: datetime) -> None:
    local = moment.astimezone(exported.zone)
    setattr(data, f"{name}Date", local.strftime("%Y%m%d"))
    setattr(data, f"{name}Time", local.strftime("%H%M%S"))
