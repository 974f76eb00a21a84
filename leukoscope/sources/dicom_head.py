"""What the head of a DICOM file says, as far as it must be known of files that others have written."""

from __future__ import annotations

import struct
from datetime import date
from pathlib import Path
from typing import Any

from leukoscope.domain.keys import tidy_number
from leukoscope.domain.patients import birth_date_of, sex_of
from leukoscope.domain.stated import StatedHeader

START, MARK = 128, b"DICM"
"""Where a file says that it is DICOM, and how (PS3.10, 7.1)."""
HEAD_BYTES = START + len(MARK)

_DAMAGE = (ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RuntimeError, EOFError, struct.error)
"""What the reader raises on damaged files, whatever it says that it raises."""


def is_dicom(data: bytes) -> bool:
    """Whether a file, or its first :data:`HEAD_BYTES`, say that it is DICOM."""
    return data[START:HEAD_BYTES] == MARK


def study_of(path: Path) -> str:
    """The StudyInstanceUID of a file; empty where it has none or is damaged.

    In this process: files of others go through :mod:`leukoscope.sources.decoder`.

    Raises
    ------
    OSError
        When it cannot be read.
    """
    import pydicom
    from pydicom.errors import BytesLengthException, InvalidDicomError

    try:
        found = pydicom.dcmread(path, specific_tags=["StudyInstanceUID"], stop_before_pixels=True)
        return str(found.get("StudyInstanceUID", ""))
    except (InvalidDicomError, BytesLengthException, *_DAMAGE):
        return ""


_OF_THE_PATIENT = ["AccessionNumber", "PatientName", "PatientID", "IssuerOfPatientID", "PatientBirthDate", "PatientSex"]
_OURS = "LeukoScope"
"""Files of this program say so as issuer where the case number stands in for a patient's number."""
_LONGEST = 200


def header_of(path: Path) -> StatedHeader:
    """What a file says of patient and specimen; empty where it is damaged. In this process, as :func:`study_of`.

    Raises
    ------
    OSError
        When it cannot be read.
    """
    import pydicom
    from pydicom.errors import BytesLengthException, InvalidDicomError

    try:
        wanted = ["SpecificCharacterSet", *_OF_THE_PATIENT]
        data = pydicom.dcmread(path, specific_tags=wanted, stop_before_pixels=True)
        issued_here = _text(data.get("IssuerOfPatientID")).startswith(_OURS)
        return StatedHeader(
            _text(data.get("AccessionNumber")),
            _name(data.get("PatientName")),
            "" if issued_here else _text(data.get("PatientID")),
            birth_date_of(_text(data.get("PatientBirthDate")), date.today()) or "",
            sex_of(_text(data.get("PatientSex"))),
        )
    except (InvalidDicomError, BytesLengthException, *_DAMAGE):
        return StatedHeader()


def _text(value: object) -> str:
    return tidy_number("" if value is None else str(value))[:_LONGEST]


def _name(value: Any) -> str:
    """``Family, Given`` of a name's first way of writing that is there: letters, ideographs, sounds (PS3.5, 6.2.1)."""
    if value is None:
        return ""
    written = next((one for one in str(value).split("=") if one.strip("^ ")), "")
    family, given, *_ = (*(_text(part) for part in written.split("^")), "", "")
    return ", ".join(part for part in (family, given) if part)
