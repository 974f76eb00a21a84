"""FHIR R4 as a server keeps it: the resources of a case under addresses of their own, and its order."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

from leukoscope.domain.cases import Case, Priority
from leukoscope.domain.report_status import ReportStatus
from leukoscope.exchange import codes
from leukoscope.exchange.exported_case import ExportedCase
from leukoscope.exchange.fhir import case_resources
from leukoscope.exchange.fhir_parts import Resource, clean, identifier, instant, reference

TYPES = ("DiagnosticReport", "Observation", "Patient", "Specimen", "ServiceRequest", "Device")
"""What a client can read and search."""
_URN = "urn:uuid:"
_ID = re.compile(r"([1-9][0-9]{0,17})\.[0-9a-f]{32}")
_PRIORITIES = {Priority.ROUTINE: "routine", Priority.URGENT: "urgent", Priority.STAT: "stat"}


def case_of(resource_id: str) -> int | None:
    """The case that a resource is of; ``None`` for what is no id of this server."""
    found = _ID.fullmatch(resource_id)
    return None if found is None else int(found[1])


def pdf_id(case: Case) -> str:
    """Id of the Binary that a report refers to."""
    return f"{case.id}.report"


def case_records(exported: ExportedCase, priority: Priority = Priority.ROUTINE) -> list[Resource]:
    """Every resource of a case, as a server gives them.

    Parameters
    ----------
    exported
        The case; a report that goes along is left out, its address stands in its place.
    priority
        How soon it is wanted.

    Returns
    -------
    list
        Their ids are those of the case's export behind the case's key, so that both can be told to be the same; they
        refer to each other by type and id.
    """
    case = exported.case
    found = [*case_resources(exported), _request(exported, priority)]
    report = found[0]
    # Beside the order as it stands here, the sender's own number of it.
    for one in (placed := report.get("basedOn", [])):
        found[-1]["identifier"].append(one["identifier"])
    report["basedOn"] = [{**(placed[0] if placed else {}), **reference(exported, "request")}]
    report["presentedForm"] = [
        {"contentType": "application/pdf", "url": f"Binary/{pdf_id(case)}", "title": "White blood cell report"}
    ]
    types = {one["id"]: one["resourceType"] for one in found}
    for one in found:
        one["meta"] = {"versionId": str(case.version), "lastUpdated": instant(case.changed_at)}
    return [_at_server(one, types, case.id) for one in found]


def _request(exported: ExportedCase, priority: Priority) -> Resource:
    header = exported.case.header
    status = "completed" if exported.report_status in {ReportStatus.FINAL, ReportStatus.CORRECTED} else "active"
    request: Resource = {
        "resourceType": "ServiceRequest",
        "id": str(exported.uuid("request")),
        "identifier": [identifier(exported)],
        "status": status,
        "intent": "order",
        "priority": _PRIORITIES[priority],
        "code": {
            "coding": [{"system": codes.LOINC, "code": codes.REPORT.code, "display": codes.REPORT.meaning}],
            "text": "White blood cell report",
        },
        "subject": reference(exported, "patient"),
        "specimen": [reference(exported, "specimen")],
        "authoredOn": instant(exported.case.created_at),
    }
    if header.notes.strip():
        request["note"] = [{"text": clean(header.notes)}]
    return request


def _at_server(value: Any, types: dict[str, str], case_id: int) -> Any:
    """The same with ids and references of the server."""
    if isinstance(value, list):
        return [_at_server(one, types, case_id) for one in value]
    if not isinstance(value, dict):
        return value
    made = {}
    for name, one in value.items():
        if name == "reference" and isinstance(one, str) and (uuid := one.removeprefix(_URN)) in types:
            made[name] = f"{types[uuid]}/{_id(uuid, case_id)}"
        elif name == "id" and one in types:
            made[name] = _id(one, case_id)
        else:
            made[name] = _at_server(one, types, case_id)
    return made


def _id(uuid: str, case_id: int) -> str:
    return f"{case_id}.{UUID(uuid).hex}"
