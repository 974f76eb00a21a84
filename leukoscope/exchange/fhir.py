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
from leukoscope.domain.patients import SEXES
from leukoscope.domain.report_status import history_lines, manual_edit_line, valid_signature
from leukoscope.exchange import codes
from leukoscope.exchange.exported_case import PURPOSE, ExportedCase, LabelShare, name_parts, reasons_text
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


def fhir_bundle(exported: ExportedCase) -> str:
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
    entries = list(case_resources(exported))
    bundle = {
        "resourceType": "Bundle",
        "type": "collection",
        "identifier": {"system": "urn:ietf:rfc:3986", "value": f"urn:uuid:{exported.uuid('bundle')}"},
        "timestamp": instant(exported.made_at),
        "entry": [{"fullUrl": f"urn:uuid:{one['id']}", "resource": one} for one in entries],
    }
    _check(bundle)
    return json.dumps(bundle, ensure_ascii=False, indent=1).encode("utf-8", "replace").decode("utf-8")


_PLACER = {"system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": "PLAC", "display": "Placer Identifier"}
"""What kind of number it is by which whoever ordered knows an order."""


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


def case_resources(exported: ExportedCase) -> Iterator[Resource]:
    """Everything that FHIR says of a case; they name each other by ``urn:uuid:``, and the report comes first."""
    totals = _totals(exported)
    shares = [_share(exported, share) for share in exported.shares if share.n]
    models = [_model(exported, place) for place in range(len(exported.models))]
    cells = [_cell(exported, number, cell) for number, cell in enumerate(exported.case.cells, start=1)]
    observations = [totals, *shares, *differential_observations(exported), *models, *cells]
    yield _report(exported, observations)
    yield _patient(exported)
    yield _specimen(exported)
    yield from _organization(exported)
    yield from observations
    yield from (_device(exported, place) for place in range(len(exported.models)))


def _report(exported: ExportedCase, observations: list[Resource]) -> Resource:
    case = exported.case
    resource = {
        "resourceType": "DiagnosticReport",
        "id": str(exported.uuid("report")),
        "identifier": [identifier(exported)],
        "status": REPORT_STATUS[exported.report_status],
        "category": [{"coding": [{"system": codes.SECTION, "code": "HM", "display": "Hematology"}]}],
        "code": {
            "coding": [{"system": codes.LOINC, "code": codes.REPORT.code, "display": codes.REPORT.meaning}],
            "text": "White blood cell report",
        },
        "subject": reference(exported, "patient"),
        "specimen": [reference(exported, "specimen")],
        "effectiveDateTime": instant(exported.taken_at),
        "issued": instant(exported.made_at),
        "result": [{"reference": f"urn:uuid:{one['id']}"} for one in observations],
        "conclusion": _conclusion(exported),
    }
    if exported.placer and exported.placer[0].strip():
        # The order itself is the other system's; only its number is known here.
        number = {"type": {"coding": [_PLACER]}, "value": clean(exported.placer[0])}
        resource["basedOn"] = [{"type": "ServiceRequest", "identifier": number}]
    if exported.laboratory.strip():
        resource["performer"] = [reference(exported, "organization")]
    signature = valid_signature(case)
    if signature is not None and signature.name.strip():
        resource["resultsInterpreter"] = [{"display": clean(signature.name)}]
    if exported.pdf:
        resource["presentedForm"] = [
            {
                "contentType": "application/pdf",
                "language": exported.language,
                "data": base64.b64encode(exported.pdf).decode("ascii"),
                "title": "White blood cell report",
                "creation": instant(exported.made_at),
            }
        ]
    return resource


def _conclusion(exported: ExportedCase) -> str:
    parts = [exported.case.header.conclusion.strip()]
    parts += [
        f"{one.count} of {one.n} cells {one.label.value} ({one.share * 100:.0f} %, 95 % interval "
        f"{one.low * 100:.0f} to {one.high * 100:.0f} %)."
        for one in exported.shares
        if one.n
    ]
    parts += history_lines(exported.case)
    parts += [manual_edit_line(exported.case)]
    return clean(" ".join([*filter(None, parts), PURPOSE]))


def _patient(exported: ExportedCase) -> Resource:
    patient = exported.case.header.patient
    resource: Resource = {"resourceType": "Patient", "id": str(exported.uuid("patient"))}
    header = exported.case.header
    if known := clean(header.patient_id):
        resource["identifier"] = [{"value": known}]
    if header.sex in SEXES:
        resource["gender"] = header.sex
    if header.birth_date:
        resource["birthDate"] = header.birth_date
    if patient.strip():
        family, given = name_parts(patient)
        name: dict[str, Any] = {"text": clean(patient), "family": clean(family)}
        if given:
            name["given"] = [clean(given)]
        resource["name"] = [name]
    return resource


def _specimen(exported: ExportedCase) -> Resource:
    header = exported.case.header
    resource: Resource = {
        "resourceType": "Specimen",
        "id": str(exported.uuid("specimen")),
        "accessionIdentifier": identifier(exported),
        "subject": reference(exported, "patient"),
    }
    if header.specimen.strip():
        resource["type"] = {"text": clean(header.specimen)}
    if header.stain.strip():
        resource["processing"] = [{"description": clean(f"Stain: {header.stain}")}]
    if header.notes.strip():
        resource["note"] = [{"text": clean(header.notes)}]
    return resource


def _organization(exported: ExportedCase) -> Iterator[Resource]:
    if not exported.laboratory.strip():
        return
    resource: Resource = {
        "resourceType": "Organization",
        "id": str(exported.uuid("organization")),
        "name": clean(exported.laboratory),
    }
    if exported.address.strip():
        resource["address"] = [{"text": clean(exported.address)}]
    yield resource


def _device(exported: ExportedCase, place: int) -> Resource:
    bundle = exported.models[place].bundle
    return {
        "resourceType": "Device",
        "id": str(exported.uuid("device", place)),
        "identifier": [{"system": "urn:ietf:rfc:3986", "value": f"urn:sha256:{bundle.sha256}"}],
        "deviceName": [{"name": clean(exported.title(bundle)), "type": "model-name"}],
        "modelNumber": bundle.name,
        "version": [{"value": bundle.version}, {"value": f"{exported.software} {exported.version}"}],
        "note": [{"text": PURPOSE}],
    }


# Observations --------------------------------------------------------------------------------------------------


def _totals(exported: ExportedCase) -> Resource:
    return observation(exported, ("cells",), codes.CELLS, valueInteger=len(exported.case.cells))


def _share(exported: ExportedCase, share: LabelShare) -> Resource:
    components = [
        {"code": concept_of(codes.COUNT), "valueInteger": share.count},
        {"code": concept_of(codes.LOW), "valueQuantity": percent(share.low)},
        {"code": concept_of(codes.HIGH), "valueQuantity": percent(share.high)},
    ]
    value = percent(share.share)
    return observation(
        exported, ("share", share.label), codes.SHARES[share.label], valueQuantity=value, component=components
    )


def _model(exported: ExportedCase, place: int) -> Resource:
    model = exported.models[place]
    bundle = model.bundle
    components: list[Resource] = [{"code": concept_of(codes.SHA256), "valueString": bundle.sha256}]
    if model.thresholds is not None:
        components.append({"code": concept_of(codes.BAND_LOW), "valueQuantity": ratio(model.thresholds.low)})
        components.append({"code": concept_of(codes.BAND_HIGH), "valueQuantity": ratio(model.thresholds.high)})
    return observation(
        exported,
        ("model", place),
        codes.MODEL,
        valueString=clean(f"{exported.title(bundle)} ({bundle.name} {bundle.version})"),
        device=reference(exported, "device", place),
        component=components,
    )


def _cell(exported: ExportedCase, number: int, cell: CaseCell) -> Resource:
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
        exported,
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
