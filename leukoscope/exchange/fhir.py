"""FHIR R4: a Bundle with DiagnosticReport, Observations, Patient, Specimen and the PDF as presentedForm.

The resources are held to the models of ``fhir.resources`` before they leave. A case that leaves twice has
the same identifiers.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any

from leukoscope.domain.cases import CaseCell
from leukoscope.domain.cell_classes import NO_WHITE_CELL, cell_class
from leukoscope.domain.errors import ExchangeError
from leukoscope.domain.standing import history_lines, manual_edit_line, valid_signature
from leukoscope.exchange import codes
from leukoscope.exchange.fhir_differential import differential_observations
from leukoscope.exchange.fhir_parts import (
    REPORT_STATUS,
    Resource,
    class_concept,
    clean,
    concept_of,
    identifier,
    instant,
    observation,
    percent,
    ratio,
    reference,
)
from leukoscope.exchange.parcel import PURPOSE, LabelShare, Parcel, name_parts, reasons_text


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
        "timestamp": instant(parcel.made_at),
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
    observations = [totals, *shares, *differential_observations(parcel), *models, *cells]
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
        "identifier": [identifier(parcel)],
        "status": REPORT_STATUS[parcel.standing],
        "category": [{"coding": [{"system": codes.SECTION, "code": "HM", "display": "Hematology"}]}],
        "code": {
            "coding": [{"system": codes.LOINC, "code": codes.REPORT.code, "display": codes.REPORT.meaning}],
            "text": "White blood cell report",
        },
        "subject": reference(parcel, "patient"),
        "specimen": [reference(parcel, "specimen")],
        "effectiveDateTime": instant(parcel.taken_at),
        "issued": instant(parcel.made_at),
        "result": [{"reference": f"urn:uuid:{one['id']}"} for one in observations],
        "conclusion": _conclusion(parcel),
    }
    if parcel.laboratory.strip():
        resource["performer"] = [reference(parcel, "organization")]
    signature = valid_signature(case)
    if signature is not None and signature.name.strip():
        resource["resultsInterpreter"] = [{"display": clean(signature.name)}]
    if parcel.pdf:
        resource["presentedForm"] = [
            {
                "contentType": "application/pdf",
                "language": parcel.language,
                "data": base64.b64encode(parcel.pdf).decode("ascii"),
                "title": "White blood cell report",
                "creation": instant(parcel.made_at),
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
    parts += [manual_edit_line(parcel.case)]
    return clean(" ".join([*filter(None, parts), PURPOSE]))


def _patient(parcel: Parcel) -> Resource:
    patient = parcel.case.header.patient
    resource: Resource = {"resourceType": "Patient", "id": str(parcel.uuid("patient"))}
    if known := clean(parcel.case.header.patient_id):
        resource["identifier"] = [{"value": known}]
    if patient.strip():
        family, given = name_parts(patient)
        name: dict[str, Any] = {"text": clean(patient), "family": clean(family)}
        if given:
            name["given"] = [clean(given)]
        resource["name"] = [name]
    return resource


def _specimen(parcel: Parcel) -> Resource:
    header = parcel.case.header
    resource: Resource = {
        "resourceType": "Specimen",
        "id": str(parcel.uuid("specimen")),
        "accessionIdentifier": identifier(parcel),
        "subject": reference(parcel, "patient"),
    }
    if header.specimen.strip():
        resource["type"] = {"text": clean(header.specimen)}
    if header.stain.strip():
        resource["processing"] = [{"description": clean(f"Stain: {header.stain}")}]
    if header.notes.strip():
        resource["note"] = [{"text": clean(header.notes)}]
    return resource


def _organization(parcel: Parcel) -> Iterator[Resource]:
    if not parcel.laboratory.strip():
        return
    resource: Resource = {
        "resourceType": "Organization",
        "id": str(parcel.uuid("organization")),
        "name": clean(parcel.laboratory),
    }
    if parcel.address.strip():
        resource["address"] = [{"text": clean(parcel.address)}]
    yield resource


def _device(parcel: Parcel, place: int) -> Resource:
    bundle = parcel.models[place].bundle
    return {
        "resourceType": "Device",
        "id": str(parcel.uuid("device", place)),
        "identifier": [{"system": "urn:ietf:rfc:3986", "value": f"urn:sha256:{bundle.sha256}"}],
        "deviceName": [{"name": clean(parcel.title(bundle)), "type": "model-name"}],
        "modelNumber": bundle.name,
        "version": [{"value": bundle.version}, {"value": f"{parcel.software} {parcel.version}"}],
        "note": [{"text": PURPOSE}],
    }


# Observations --------------------------------------------------------------------------------------------------


def _totals(parcel: Parcel) -> Resource:
    return observation(parcel, ("cells",), codes.CELLS, valueInteger=len(parcel.case.cells))


def _share(parcel: Parcel, share: LabelShare) -> Resource:
    components = [
        {"code": concept_of(codes.COUNT), "valueInteger": share.count},
        {"code": concept_of(codes.LOW), "valueQuantity": percent(share.low)},
        {"code": concept_of(codes.HIGH), "valueQuantity": percent(share.high)},
    ]
    value = percent(share.share)
    return observation(
        parcel, ("share", share.label), codes.SHARES[share.label], valueQuantity=value, component=components
    )


def _model(parcel: Parcel, place: int) -> Resource:
    opinion = parcel.models[place]
    bundle = opinion.bundle
    components = [
        {"code": concept_of(codes.SHA256), "valueString": bundle.sha256},
        {"code": concept_of(codes.BAND_LOW), "valueQuantity": ratio(opinion.thresholds.low)},
        {"code": concept_of(codes.BAND_HIGH), "valueQuantity": ratio(opinion.thresholds.high)},
    ]
    return observation(
        parcel,
        ("model", place),
        codes.MODEL,
        valueString=clean(f"{parcel.title(bundle)} ({bundle.name} {bundle.version})"),
        device=reference(parcel, "device", place),
        component=components,
    )


def _cell(parcel: Parcel, number: int, cell: CaseCell) -> Resource:
    finding = cell.finding
    components: list[Resource] = [
        {"code": concept_of(codes.PROGRAM), "valueCodeableConcept": concept_of(codes.LABELS[finding.label])},
    ]
    if finding.probability is not None:
        components.append({"code": concept_of(codes.PROBABILITY), "valueQuantity": ratio(finding.probability)})
    if finding.naming is not None:
        named, figure = codes.cell_class_code(finding.naming.code), finding.naming.probability
        components.append({"code": concept_of(codes.CELL_CLASS), "valueCodeableConcept": class_concept(named)})
        components.append({"code": concept_of(codes.CLASS_PROBABILITY), "valueQuantity": ratio(figure)})
    for opinion in finding.opinions:
        concept = concept_of(codes.PROBABILITY)
        concept["text"] = clean(f"{codes.PROBABILITY.meaning}: {opinion.bundle.name} {opinion.bundle.version}")
        components.append({"code": concept, "valueQuantity": ratio(opinion.probability)})
    notes = [{"text": reasons_text(cell)}] if finding.unsure else []
    if cell.decision is not None:
        label = concept_of(codes.LABELS[cell.decision.label])
        components.append({"code": concept_of(codes.PERSON), "valueCodeableConcept": label})
        word = cell.decision.label.value
        if cell.decision.code is not None:
            code = codes.cell_class_code(cell.decision.code)
            components.append({"code": concept_of(codes.PERSON_CLASS), "valueCodeableConcept": class_concept(code)})
            word = cell_class(cell.decision.code).title
        note: Resource = {"time": instant(cell.decision.at), "text": f"Decided {word}."}
        if cell.decision.by.strip():
            note["authorString"] = clean(cell.decision.by)
        notes.append(note)
    if cell.added is not None:
        drawn: Resource = {"time": instant(cell.added.at), "text": "Drawn by a person."}
        if cell.added.by.strip():
            drawn["authorString"] = clean(cell.added.by)
        notes.append(drawn)
    concept = concept_of(codes.CELL)
    concept["text"] = f"{codes.CELL.meaning} {number}"
    resource = observation(
        parcel,
        ("cell", cell.id),
        codes.CELL,
        valueCodeableConcept=_what_counts(cell),
        component=components,
    )
    resource["code"] = concept
    if notes:
        resource["note"] = notes
    return resource


def _what_counts(cell: CaseCell) -> Resource:
    """The verdict that counts; the class of what a person named and that is none of the three."""
    counted = cell.counted
    if counted is not None:
        return concept_of(codes.LABELS[counted])
    return class_concept(codes.cell_class_code(cell.code or NO_WHITE_CELL))
