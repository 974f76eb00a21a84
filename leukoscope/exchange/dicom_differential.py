"""The differential in the structured report: each class as a percentage under its LOINC code."""

from __future__ import annotations

from collections.abc import Iterator

from highdicom import sr
from pydicom.sr.codedict import codes as known

from leukoscope.domain.cell_classes import ERYTHROBLAST
from leukoscope.exchange import codes
from leukoscope.exchange.codes import OWN_SCHEME, Code
from leukoscope.exchange.dicom_base import dicom_uid
from leukoscope.exchange.exported_case import ExportedCase

_LOINC = "LN"
_PERCENT = sr.CodedConcept("%", "UCUM", "percent")
_PER_100 = sr.CodedConcept(codes.PER_100, "UCUM", "per 100 WBC")
_DIGITS = 2


def differential_group(exported: ExportedCase) -> Iterator[sr.MeasurementsAndQualitativeEvaluations]:
    """One group of measurements of the whole case; none where nobody has named a cell."""
    counted = exported.differential
    if not counted.is_known or not counted.n:
        return
    numbers = (
        (codes.DIFFERENTIAL_COUNT, counted.n),
        (codes.DIFFERENTIAL_LABELED, counted.labeled),
        (codes.DIFFERENTIAL_MORE, counted.more_for()),
    )
    measured = [sr.Measurement(_coded(code, OWN_SCHEME), number, known.UCUM.NoUnits) for code, number in numbers]
    for line in counted.lines:
        code, scheme = codes.DIFFERENTIAL_UNNAMED, OWN_SCHEME
        if line.code is not None:
            code, scheme = codes.percentage_code(line.code), _LOINC
        measured.append(sr.Measurement(_coded(code, scheme), round(100 * line.share, _DIGITS), _PERCENT))
    if (blasts := counted.blasts).n:
        measured.append(sr.Measurement(_coded(codes.MONONUCLEAR, OWN_SCHEME), blasts.n, known.UCUM.NoUnits))
        among = _coded(codes.BLASTS_AMONG, OWN_SCHEME)
        measured.append(sr.Measurement(among, round(100 * blasts.share, _DIGITS), _PERCENT))
    if (red := counted.erythroblasts_per_100) is not None:
        name = _coded(codes.percentage_code(ERYTHROBLAST), _LOINC)
        measured.append(sr.Measurement(name, round(red[0], _DIGITS), _PER_100))
    yield sr.MeasurementsAndQualitativeEvaluations(
        tracking_identifier=sr.TrackingIdentifier(dicom_uid(exported.uuid("differential")), "Differential"),
        finding_type=_coded(codes.DIFFERENTIAL, _LOINC),
        measurements=measured,
    )


def _coded(code: Code, scheme: str) -> sr.CodedConcept:
    return sr.CodedConcept(value=code.code, scheme_designator=scheme, meaning=code.meaning[:64])
