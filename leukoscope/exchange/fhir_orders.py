"""A ServiceRequest (FHIR R4) as an order of this laboratory."""

from __future__ import annotations

from datetime import date
from typing import Any

from leukoscope.domain.cases import CaseHeader
from leukoscope.domain.errors import ExchangeError
from leukoscope.domain.keys import tidy_number
from leukoscope.domain.patients import birth_date_of, sex_of
from leukoscope.exchange.fhir_parts import Resource
from leukoscope.exchange.hl7_escapes import escape
from leukoscope.exchange.orders import Act, LabOrder, priority_of

_ACTS = {"active": Act.BEGIN, "revoked": Act.CANCEL, "entered-in-error": Act.CANCEL}


def order_of(resource: Resource) -> LabOrder:
    """The order that a ServiceRequest is.

    Parameters
    ----------
    resource
        The case number is its first identifier. Patient and Specimen are contained, or the subject is named by display
        and identifier: a reference to another server is not followed.

    Raises
    ------
    ExchangeError
        When it is no ServiceRequest, or asks for what this laboratory does not understand.
    """
    _check(resource)
    status = resource.get("status", "")
    if status not in _ACTS or resource.get("intent") not in {"order", "original-order", "filler-order"}:
        raise ExchangeError("Only orders are taken: send status “active”, or “revoked”, and intent “order”.")
    number = tidy_number(_identifier(resource))
    if not number:
        raise ExchangeError("The order names no case; send the number of the case as its first identifier.")
    said = str(resource.get("priority", ""))
    priority = priority_of(said) if said else None
    if said and priority is None:
        raise ExchangeError("The priority is not known; send routine, urgent, asap or stat.")
    # What has another type has not been held to a model.
    known = [one for one in resource.get("contained", []) if one.get("resourceType") in {"Patient", "Specimen"}]
    contained = {f"#{one.get('id')}": one for one in known}
    subject = resource.get("subject", {})
    patient = contained.get(subject.get("reference", ""), {})
    specimens = [contained.get(one.get("reference", ""), {}) for one in resource.get("specimen", [])]
    specimen = next((_text(one.get("type")) for one in specimens if one), "")
    header = CaseHeader(
        number,
        patient=_name(patient) or _plain(subject.get("display")),
        specimen=specimen or _text((resource.get("bodySite") or [None])[0]),
        notes="\n".join(str(one.get("text", "")) for one in resource.get("note", [])).strip(),
        patient_id=_identifier(patient) or _plain(subject.get("identifier", {}).get("value")),
        birth_date=birth_date_of(str(patient.get("birthDate", "")), date.today()) or "",
        sex=sex_of(str(patient.get("gender", ""))),
    )
    return LabOrder(header, priority, _ACTS[status], placer=escape(_placer(resource)))


def _check(resource: Resource) -> None:
    from fhir.resources.R4B.servicerequest import ServiceRequest
    from pydantic import ValidationError

    try:
        ServiceRequest.model_validate(resource)
    except ValidationError as error:
        # Only places and rules: the values are a patient's.
        places = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['type']}" for one in error.errors()[:5])
        raise ExchangeError(f"This is no ServiceRequest of FHIR R4: {places[:400]}.") from error
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        # The library looks a contained resource up by whatever its type is said to be.
        raise ExchangeError("This is no ServiceRequest of FHIR R4.", type(error).__name__) from error


def _placer(resource: Resource) -> str:
    """The sender's own number of the order, where one of its identifiers says that it is."""
    for one in resource.get("identifier", []):
        if any(each.get("code") == "PLAC" for each in one.get("type", {}).get("coding", [])):
            return _plain(one.get("value"))
    return ""


def _identifier(resource: Resource) -> str:
    found = resource.get("identifier") or [{}]
    return _plain(found[0].get("value"))


def _name(patient: Resource) -> str:
    names = patient.get("name") or [{}]
    one = next((name for name in names if name.get("use") == "official"), names[0])
    family, given = _plain(one.get("family")), _plain(" ".join(filter(None, one.get("given", []))))
    return ", ".join(part for part in (family, given) if part) or _plain(one.get("text"))


def _text(concept: Any) -> str:
    if not isinstance(concept, dict):
        return ""
    coding = concept.get("coding") or [{}]
    return _plain(concept.get("text")) or _plain(coding[0].get("display"))


def _plain(text: Any) -> str:
    return " ".join(str(text or "").split())
