"""What the FHIR resources of a case are made of."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from leukoscope.domain.cell_classes import cell_class
from leukoscope.domain.report_status import ReportStatus
from leukoscope.exchange import codes
from leukoscope.exchange.codes import Code
from leukoscope.exchange.exported_case import ExportedCase

Resource = dict[str, Any]

_DIGITS = 4
REPORT_STATUS = {
    ReportStatus.PRELIMINARY: "preliminary",
    ReportStatus.FINAL: "final",
    ReportStatus.CORRECTED: "corrected",
    # Opened again and not signed since: nobody stands for it. FHIR's "amended" would say that somebody does.
    ReportStatus.REOPENED: "preliminary",
}


def observation(exported: ExportedCase, name: tuple[object, ...], code: Code, **more: Any) -> Resource:
    """One Observation of a case, with what all of them share."""
    return {
        "resourceType": "Observation",
        "id": str(exported.uuid("observation", *name)),
        "status": REPORT_STATUS[exported.report_status],
        "category": [{"coding": [{"system": codes.CATEGORY, "code": "laboratory"}]}],
        "code": concept_of(code),
        "subject": reference(exported, "patient"),
        "specimen": reference(exported, "specimen"),
        "effectiveDateTime": instant(exported.taken_at),
        "issued": instant(exported.made_at),
        **more,
    }


def identifier(exported: ExportedCase) -> Resource:
    """The case number as an identifier."""
    return {"system": codes.NUMBERS, "value": clean(exported.number)}


def reference(exported: ExportedCase, *name: object) -> Resource:
    """A reference to another resource of the case."""
    return {"reference": f"urn:uuid:{exported.uuid(*name)}"}


def concept_of(code: Code) -> Resource:
    """One of the project's own codes."""
    return {"coding": [{"system": codes.OWN, "code": code.code, "display": code.meaning}], "text": code.meaning}


def class_concept(code: Code) -> Resource:
    """A cell class in the project's own codes, and in SNOMED CT where a concept is known."""
    concept = concept_of(code)
    if snomed := cell_class(code.code).snomed:
        concept["coding"].append({"system": codes.SNOMED, "code": snomed, "display": code.meaning})
    return concept


def percent(share: float) -> Resource:
    """A share as percent."""
    return {"value": round(share * 100, 2), "unit": "%", "system": codes.UNITS, "code": "%"}


def ratio(value: float) -> Resource:
    """A figure without a unit."""
    return {"value": round(float(value), _DIGITS), "unit": "1", "system": codes.UNITS, "code": "1"}


def instant(moment: datetime) -> str:
    """A moment with its time zone."""
    return moment.astimezone().isoformat(timespec="seconds")


def clean(text: str) -> str:
    """What FHIR takes for a string: no control characters but tab and ends of lines, no space around it."""
    kept = "".join(char if char >= " " or char in "\t\r\n" else "\ufffd" for char in text)
    return kept.encode("utf-16", "surrogatepass").decode("utf-16", "replace").strip()
