"""FHIR R4: a Bundle with DiagnosticReport, Observations, Patient, Specimen and the PDF as presentedForm.

The resources are held to the models of ``fhir.resources`` before they leave. A case that leaves twice has
the same identifiers.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from leukoscope.domain.cases import CaseCell
from leukoscope.domain.errors import ExchangeError
from leukoscope.domain.standing import Standing, handwork_line, history_lines, valid_signature
from leukoscope.exchange import codes
from leukoscope.exchange.codes import Code
from leukoscope.exchange.parcel import PURPOSE, LabelShare, Parcel, name_parts, reasons_text

Resource = dict[str, Any]

_DIGITS = 4
_REPORT_STATUS = {
    Standing.PRELIMINARY: "preliminary",
    Standing.FINAL: "final",
    Standing.CORRECTED: "corrected",
    # Opened again and not signed since: nobody stands for it. FHIR's "amended" would say that somebody does.
    Standing.REOPENED: "preliminary",
}


def fhir_bundle(parcel: Parcel) -> str:
    """A case as FHIR R4 JSON.

    Returns
    -------
    str
        One Bundle of type ``collection``.

    Raises
    ------
    ExchangeError
        When the models of ``fhir.resources`` refuse it.
    """
    entries = list(_resources(parcel))
    bundle = {
        "resourceType": "Bundle",
        "type": "collection",
        "identifier": {"system": "urn:ietf:rfc:3986", "value": f"urn:uuid:{parcel.uuid('bundle')}"},
        "timestamp": _instant(parcel.made_at),
        "entry": [{"fullUrl": f"urn:uuid:{one['id']}", "resource": one} for one in entries],
    }
    _check(bundle)
    return json.dumps(bundle, ensure_ascii=False, indent=1).encode("utf-8", "replace").decode("utf-8")


def _check(bundle: Resource) -> None:
    from fhir.resources.R4B.bundle import Bundle
    from pydantic import ValidationError

    try:
        Bundle.model_validate(bundle)
    except ValidationError as error:
        # Only places and rules: the values are a patient's.
        places = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['type']}" for one in error.errors()[:5])
        raise ExchangeError(
            "This case cannot be written as FHIR; choose another format, and send the fault report to your support.",
            places,
        ) from error


def _resources(parcel: Parcel) -> Iterator[Resource]:
    totals = _totals(parcel)
    shares = [_share(parcel, share) for share in parcel.shares if share.n]
    models = [_model(parcel, place) for place in range(len(parcel.models))]
    cells = [_cell(parcel, number, cell) for number, cell in enumerate(parcel.case.cells, start=1)]
    observations = [totals, *shares, *models, *cells]
    yield _report(parcel, observations)
    yield _patient(parcel)
    yield _specimen(parcel)
    yield from _organization(parcel)
    yield from observations
    yield from (_device(parcel, place) for place in range(len(parcel.models)))


def _report(parcel: Parcel, observations: list[Resource]) -> Resource:
    case = parcel.case
    resource = {
        "resourceType": "DiagnosticReport",
        "id": str(parcel.uuid("report")),
        "identifier": [_identifier(parcel)],
        "status": _REPORT_STATUS[parcel.standing],
        "category": [{"coding": [{"system": codes.SECTION, "code": "HM", "display": "Hematology"}]}],
        "code": {
            "coding": [{"system": codes.LOINC, "code": codes.REPORT.code, "display": codes.REPORT.meaning}],
            "text": "White blood cell report",
        },
        "subject": _reference(parcel, "patient"),
        "specimen": [_reference(parcel, "specimen")],
        "effectiveDateTime": _instant(parcel.taken_at),
        "issued": _instant(parcel.made_at),
        "result": [{"reference": f"urn:uuid:{one['id']}"} for one in observations],
        "conclusion": _conclusion(parcel),
    }
    if parcel.laboratory.strip():
        resource["performer"] = [_reference(parcel, "organization")]
    signature = valid_signature(case)
    if signature is not None and signature.name.strip():
        resource["resultsInterpreter"] = [{"display": _clean(signature.name)}]
    if parcel.pdf:
        resource["presentedForm"] = [
            {
                "contentType": "application/pdf",
                "language": parcel.language,
                "data": base64.b64encode(parcel.pdf).decode("ascii"),
                "title": "White blood cell report",
                "creation": _instant(parcel.made_at),
            }
        ]
    return resource


def _conclusion(parcel: Parcel) -> str:
    parts = [
        f"{one.count} of {one.n} cells {one.label.value} ({one.share * 100:.0f} %, 95 % interval "
        f"{one.low * 100:.0f} to {one.high * 100:.0f} %)."
        for one in parcel.shares
        if one.n
    ]
    parts += history_lines(parcel.case)
    parts += [handwork_line(parcel.case)]
    return _clean(" ".join([*filter(None, parts), PURPOSE]))


def _patient(parcel: Parcel) -> Resource:
    patient = parcel.case.header.patient
    resource: Resource = {"resourceType": "Patient", "id": str(parcel.uuid("patient"))}
    if known := _clean(parcel.case.header.patient_id):
        resource["identifier"] = [{"value": known}]
    if patient.strip():
        family, given = name_parts(patient)
        name: dict[str, Any] = {"text": _clean(patient), "family": _clean(family)}
        if given:
            name["given"] = [_clean(given)]
        resource["name"] = [name]
    return resource


def _specimen(parcel: Parcel) -> Resource:
    header = parcel.case.header
    resource: Resource = {
        "resourceType": "Specimen",
        "id": str(parcel.uuid("specimen")),
        "accessionIdentifier": _identifier(parcel),
        "subject": _reference(parcel, "patient"),
    }
    if header.specimen.strip():
        resource["type"] = {"text": _clean(header.specimen)}
    if header.stain.strip():
        resource["processing"] = [{"description": _clean(f"Stain: {header.stain}")}]
    if header.notes.strip():
        resource["note"] = [{"text": _clean(header.notes)}]
    return resource


def _organization(parcel: Parcel) -> Iterator[Resource]:
    if not parcel.laboratory.strip():
        return
    resource: Resource = {
        "resourceType": "Organization",
        "id": str(parcel.uuid("organization")),
        "name": _clean(parcel.laboratory),
    }
    if parcel.address.strip():
        resource["address"] = [{"text": _clean(parcel.address)}]
    yield resource


def _device(parcel: Parcel, place: int) -> Resource:
    bundle = parcel.models[place].bundle
    return {
        "resourceType": "Device",
        "id": str(parcel.uuid("device", place)),
        "identifier": [{"system": "urn:ietf:rfc:3986", "value": f"urn:sha256:{bundle.sha256}"}],
        "deviceName": [{"name": _clean(parcel.title(bundle)), "type": "model-name"}],
        "modelNumber": bundle.name,
        "version": [{"value": bundle.version}, {"value": f"{parcel.software} {parcel.version}"}],
        "note": [{"text": PURPOSE}],
    }


# Observations --------------------------------------------------------------------------------------------------


def _observation(parcel: Parcel, name: tuple[object, ...], code: Code, **more: Any) -> Resource:
    return {
        "resourceType": "Observation",
        "id": str(parcel.uuid("observation", *name)),
        "status": _REPORT_STATUS[parcel.standing],
        "category": [{"coding": [{"system": codes.CATEGORY, "code": "laboratory"}]}],
        "code": _concept(code),
        "subject": _reference(parcel, "patient"),
        "specimen": _reference(parcel, "specimen"),
        "effectiveDateTime": _instant(parcel.taken_at),
        "issued": _instant(parcel.made_at),
        **more,
    }


def _totals(parcel: Parcel) -> Resource:
    return _observation(parcel, ("cells",), codes.CELLS, valueInteger=len(parcel.case.cells))


def _share(parcel: Parcel, share: LabelShare) -> Resource:
    components = [
        {"code": _concept(codes.COUNT), "valueInteger": share.count},
        {"code": _concept(codes.LOW), "valueQuantity": _percent(share.low)},
        {"code": _concept(codes.HIGH), "valueQuantity": _percent(share.high)},
    ]
    value = _percent(share.share)
    return _observation(
        parcel, ("share", share.label), codes.SHARES[share.label], valueQuantity=value, component=components
    )


def _model(parcel: Parcel, place: int) -> Resource:
    opinion = parcel.models[place]
    bundle = opinion.bundle
    components = [
        {"code": _concept(codes.SHA256), "valueString": bundle.sha256},
        {"code": _concept(codes.BAND_LOW), "valueQuantity": _ratio(opinion.thresholds.low)},
        {"code": _concept(codes.BAND_HIGH), "valueQuantity": _ratio(opinion.thresholds.high)},
    ]
    return _observation(
        parcel,
        ("model", place),
        codes.MODEL,
        valueString=_clean(f"{parcel.title(bundle)} ({bundle.name} {bundle.version})"),
        device=_reference(parcel, "device", place),
        component=components,
    )


def _cell(parcel: Parcel, number: int, cell: CaseCell) -> Resource:
    finding = cell.finding
    components: list[Resource] = [
        {"code": _concept(codes.PROGRAM), "valueCodeableConcept": _concept(codes.LABELS[finding.label])},
    ]
    if finding.probability is not None:
        components.append({"code": _concept(codes.PROBABILITY), "valueQuantity": _ratio(finding.probability)})
    if finding.naming is not None:
        named, figure = codes.cell_class_code(finding.naming.code), finding.naming.probability
        components.append({"code": _concept(codes.CELL_CLASS), "valueCodeableConcept": _concept(named)})
        components.append({"code": _concept(codes.CLASS_PROBABILITY), "valueQuantity": _ratio(figure)})
    for opinion in finding.opinions:
        concept = _concept(codes.PROBABILITY)
        concept["text"] = _clean(f"{codes.PROBABILITY.meaning}: {opinion.bundle.name} {opinion.bundle.version}")
        components.append({"code": concept, "valueQuantity": _ratio(opinion.probability)})
    notes = [{"text": reasons_text(cell)}] if finding.unsure else []
    if cell.decision is not None:
        label = _concept(codes.LABELS[cell.decision.label])
        components.append({"code": _concept(codes.PERSON), "valueCodeableConcept": label})
        note: Resource = {"time": _instant(cell.decision.at), "text": f"Decided {cell.decision.label.value}."}
        if cell.decision.by.strip():
            note["authorString"] = _clean(cell.decision.by)
        notes.append(note)
    if cell.added is not None:
        drawn: Resource = {"time": _instant(cell.added.at), "text": "Drawn by a person."}
        if cell.added.by.strip():
            drawn["authorString"] = _clean(cell.added.by)
        notes.append(drawn)
    concept = _concept(codes.CELL)
    concept["text"] = f"{codes.CELL.meaning} {number}"
    resource = _observation(
        parcel,
        ("cell", cell.id),
        codes.CELL,
        valueCodeableConcept=_concept(codes.LABELS[cell.label]),
        component=components,
    )
    resource["code"] = concept
    if notes:
        resource["note"] = notes
    return resource


# Data types ----------------------------------------------------------------------------------------------------


def _identifier(parcel: Parcel) -> Resource:
    return {"system": codes.NUMBERS, "value": _clean(parcel.number)}


def _reference(parcel: Parcel, *name: object) -> Resource:
    return {"reference": f"urn:uuid:{parcel.uuid(*name)}"}


def _concept(code: Code) -> Resource:
    return {"coding": [{"system": codes.OWN, "code": code.code, "display": code.meaning}], "text": code.meaning}


def _percent(share: float) -> Resource:
    return {"value": round(share * 100, 2), "unit": "%", "system": codes.UNITS, "code": "%"}


def _ratio(value: float) -> Resource:
    return {"value": round(float(value), _DIGITS), "unit": "1", "system": codes.UNITS, "code": "1"}


def _instant(moment: datetime) -> str:
    return moment.astimezone().isoformat(timespec="seconds")


def _clean(text: str) -> str:
    """What FHIR takes for a string: no control characters but tab and ends of lines, no space around it."""
    kept = "".join(char if char >= " " or char in "\t\r\n" else "\ufffd" for char in text)
    return kept.encode("utf-16", "surrogatepass").decode("utf-16", "replace").strip()
