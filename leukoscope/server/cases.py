"""Cases: the list, one of them, its header, its state, its signatures and its report."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Response

from leukoscope.domain.cases import CaseHeader, CaseQuery, CaseState, Order
from leukoscope.domain.patients import birth_date_of
from leukoscope.reports.findings import ImageFindings
from leukoscope.reports.findings_json import image_entry
from leukoscope.server.errors import CallError
from leukoscope.server.served import Caller, Key, Who
from leukoscope.server.shapes import (
    Amend,
    CaseChange,
    CaseLine,
    CaseList,
    Sign,
    WholeCase,
    case_etag,
    with_fields,
)

router = APIRouter(prefix="/api/v1/cases", tags=["cases"])

MOST_AT_ONCE = 200
IfMatch = Annotated[str, Header(description="The ETag of what was read.", max_length=200)]


@router.get("")
def list_cases(
    caller: Who,
    search: Annotated[str, Query(max_length=200)] = "",
    state: CaseState | None = None,
    order: Order = Order.CHANGED,
    *,
    descending: bool = True,
    start: Annotated[int, Query(ge=0, le=10_000_000)] = 0,
    count: Annotated[int, Query(ge=1, le=MOST_AT_ONCE)] = 50,
) -> CaseList:
    """A part of the list of cases."""
    query = CaseQuery(search, state, order, descending)
    found = caller.seat.cases.find(query, count + 1, start)
    following = start + count if len(found) > count else None
    return CaseList(cases=[CaseLine.of(one) for one in found[:count]], next=following)


@router.post("", status_code=201)
def begin_case(caller: Who, sent: CaseChange, response: Response) -> WholeCase:
    """Begin a case; without a number it gets the next one."""
    fields, cases = _fields(sent), caller.seat.cases
    number = fields.pop("number", "").strip()
    case_id = cases.create(CaseHeader(number, **fields) if number else None)
    if fields and not number:
        base = cases.outline(case_id)[0].header
        cases.update_header(case_id, with_fields(base, fields), base)
    if sent.priority is not None:
        cases.set_priority(case_id, sent.priority)
    response.headers["Location"] = f"/api/v1/cases/{case_id}"
    return _whole(caller, case_id, response)


@router.get("/{case_id}")
def read_case(caller: Who, case_id: Key, response: Response) -> WholeCase:
    """A case without its cells; the ETag tells its version."""
    caller.need_case(case_id)
    return _whole(caller, case_id, response)


@router.patch("/{case_id}")
def change_case(caller: Who, case_id: Key, sent: CaseChange, response: Response, if_match: IfMatch = "") -> WholeCase:
    """Write into the header of a case, or say how soon it is wanted; 412 where somebody else was faster."""
    _need_match(caller, case_id, if_match)
    cases = caller.seat.cases
    if fields := _fields(sent):
        base = cases.outline(case_id)[0].header
        _need_match(caller, case_id, if_match)
        cases.update_header(case_id, with_fields(base, fields), base)
    if sent.priority is not None:
        cases.set_priority(case_id, sent.priority)
    caller.served.happenings.changed(case_id)
    return _whole(caller, case_id, response)


@router.post("/{case_id}/review")
def review(caller: Who, case_id: Key, response: Response, if_match: IfMatch = "") -> WholeCase:
    """Say that every cell of a case has been looked at."""
    _need_match(caller, case_id, if_match)
    caller.seat.signing.mark_reviewed(case_id)
    return _whole(caller, case_id, response)


@router.get("/{case_id}/checklist")
def checklist(caller: Who, case_id: Key) -> list[dict[str, Any]]:
    """What a person should know before they sign."""
    caller.need_case(case_id)
    lines = caller.seat.signing.checklist(case_id)
    return [
        {**asdict(one), "topic": one.topic.value, "standing": one.standing.value, "names": list(one.names)}
        for one in lines
    ]


@router.post("/{case_id}/signatures", status_code=201)
def sign(caller: Who, case_id: Key, sent: Sign, response: Response, if_match: IfMatch = "") -> WholeCase:
    """Sign a case, as the person who is signed in; the password is asked for once more."""
    seen = _need_match(caller, case_id, if_match)
    caller.seat.signing.sign(case_id, "", sent.meaning, sent.password, failed_known=sent.failed_known, seen=seen)
    return _whole(caller, case_id, response)


@router.post("/{case_id}/amendments", status_code=201)
def amend(caller: Who, case_id: Key, sent: Amend, response: Response, if_match: IfMatch = "") -> WholeCase:
    """Open a signed case again, with the reason; its signatures and reports stay."""
    _need_match(caller, case_id, if_match)
    caller.seat.signing.amend(case_id, sent.reason)
    return _whole(caller, case_id, response)


@router.get("/{case_id}/report.pdf", response_class=Response, responses={200: {"content": {"application/pdf": {}}}})
def report(caller: Who, case_id: Key) -> Response:
    """The report as PDF; of a signed case the one that was signed."""
    caller.need_case(case_id)
    return Response(caller.seat.exports.report(case_id), media_type="application/pdf")


@router.get("/{case_id}/findings")
def findings(caller: Who, case_id: Key) -> list[dict[str, Any]]:
    """Every image with its cells and opinions, in the shape of findings.json."""
    caller.need_case(case_id)
    case = caller.seat.cases.load(case_id)
    return [image_entry(ImageFindings.of_frame(frame)) for frame in case.frames]


def _fields(sent: CaseChange) -> dict[str, str]:
    """The fields that were sent, a date of birth as every format has it; raises CallError where it is no date."""
    fields = sent.fields()
    if "birth_date" in fields:
        born = birth_date_of(fields["birth_date"], date.today())
        if born is None:
            raise CallError(422, "Write the date as 1960-12-24.", field="birth_date")
        fields["birth_date"] = born
    return fields


def _need_match(caller: Caller, case_id: int, if_match: str) -> int:
    """The version that the caller has seen, which is the one of now; raises CallError where it is another."""
    version = caller.need_case(case_id)
    if not if_match:
        raise CallError(428)
    if if_match.removeprefix("W/") != case_etag(version):
        raise CallError(412, headers={"ETag": case_etag(version)})
    return version


def _whole(caller: Caller, case_id: int, response: Response) -> WholeCase:
    case, counts = caller.seat.cases.outline(case_id)
    response.headers["ETag"] = case_etag(case.version)
    return WholeCase.of(case, counts, caller.seat.judging.waiting(case_id))
