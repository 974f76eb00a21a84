"""DICOM files without identity: the basic profile of PS3.15, annex E, with moments that were moved."""

from __future__ import annotations

from pathlib import Path

import pydicom
from pydicom.dataset import Dataset

METHOD = "LeukoScope: names, numbers, free text out, moments moved"
_CODES = (
    ("113100", "Basic Application Confidentiality Profile"),
    ("113107", "Retain Longitudinal Temporal Information Modified Dates Option"),
)
EMPTIED = (
    "AccessionNumber", "ReferringPhysicianName", "PatientName", "PatientBirthDate", "PatientSex", "StudyID",
    "ContentCreatorName", "ConsultingPhysicianName",
)  # fmt: skip
"""Must stay, without a value (actions Z and X/Z of table E.1-1)."""
REMOVED = (
    "PatientComments", "InstitutionName", "InstitutionAddress", "InstitutionalDepartmentName", "StationName",
    "DeviceSerialNumber", "OperatorsName", "PerformingPhysicianName", "NameOfPhysiciansReadingStudy",
    "PhysiciansOfRecord", "RequestingPhysician", "RequestAttributesSequence", "OtherPatientIDs",
    "OtherPatientNames", "PatientAddress", "AdmissionID", "IssuerOfPatientID", "ImageComments", "PatientAge",
    "ProtocolName", "SpecimenShortDescription", "SpecimenDetailedDescription",
    "TimezoneOffsetFromUTC", "AuthorObserverSequence", "ParticipantSequence",
)  # fmt: skip
"""Go, wherever they stand (action X)."""


def hide_identity(folder: Path) -> None:
    """Bring every file of a folder under the profile; what was made of a nameless case has no names to begin with.

    Raises
    ------
    OSError
        When a file cannot be written.
    """
    for path in sorted(folder.glob("*.dcm")):
        data = pydicom.dcmread(path)
        _clean(data)
        data.PatientIdentityRemoved = "YES"
        data.DeidentificationMethod = METHOD
        data.DeidentificationMethodCodeSequence = [_code(*one) for one in _CODES]
        data.LongitudinalTemporalInformationModified = "MODIFIED"
        data.save_as(path)


def _clean(data: Dataset) -> None:
    for keyword in REMOVED:
        if keyword in data:
            delattr(data, keyword)
    for keyword in EMPTIED:
        if keyword in data:
            setattr(data, keyword, None)
    for element in list(data):
        if element.tag.is_private:
            del data[element.tag]
        elif element.VR == "SQ":
            for item in element.value:
                _clean(item)


def _code(value: str, meaning: str) -> Dataset:
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, "DCM", meaning
    return item
