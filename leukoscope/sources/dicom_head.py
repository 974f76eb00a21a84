"""What the head of a DICOM file says, as far as it must be known of files that others have written."""

from __future__ import annotations

import struct
from pathlib import Path

_DAMAGE = (ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RuntimeError, EOFError, struct.error)
"""What the reader raises on damaged files, whatever it says that it raises."""


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
