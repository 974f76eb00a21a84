"""FHIR R4 under /fhir: what hospitals read and search, and the orders that they send."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Path, Request, Response
from starlette.concurrency import run_in_threadpool

from leukoscope import __version__
from leukoscope.domain.cases import CaseQuery, CaseSummary, Order
from leukoscope.domain.errors import StoreError
from leukoscope.domain.parsing import parsed_json
from leukoscope.exchange.fhir_orders import order_of
from leukoscope.exchange.fhir_records import TYPES, case_of
from leukoscope.server.errors import FHIR, FHIR_TYPE, CallError
from leukoscope.server.fhir_search import Resource, Search, read_search, search_parameters
from leukoscope.server.served import Caller, Key, Who

router = APIRouter(prefix=FHIR, tags=["FHIR R4"])

CASES_AT_ONCE = 200
BEHIND_ALL = 10**9
"""A place behind everything of a case."""
CASES_READ = 200
"""So many cases are read for one call at most: a search that finds nothing must not hold the program up."""
_ORDER = "ServiceRequest"
_READ = ("read", "search-type")
_KINDS = Annotated[str, Path(pattern=f"^({'|'.join(TYPES)})$")]


class FhirResponse(Response):
    """FHIR JSON."""

    media_type = FHIR_TYPE

    def render(self, content: Any) -> bytes:
        """As bytes, without anything in it that is no character."""
        return json.dumps(content, ensure_ascii=False).encode("utf-8", "replace")


@router.get("/metadata", response_class=FhirResponse)
def capabilities(request: Request) -> Response:
    """What this server can do; asked without signing in, as FHIR wants it."""
    resources = [
        {
            "type": kind,
            "interaction": [
                {"code": code} for code in ("read", "search-type", *(("create",) if kind == _ORDER else ()))
            ],
            "searchParam": [{"name": name, "type": _type_of(name)} for name in search_parameters(kind)],
        }
        for kind in TYPES
    ]
    return FhirResponse(
        {
            "resourceType": "CapabilityStatement",
            "status": "active",
            "date": "2026-12-01",
            "kind": "instance",
            "software": {"name": "LeukoScope", "version": __version__},
            "implementation": {"description": "LeukoScope server", "url": _base(request)},
            "fhirVersion": "4.0.1",
            "format": ["json"],
            "rest": [
                {
                    "mode": "server",
                    "security": {"description": "A token of an account: Authorization: Bearer TOKEN."},
                    "resource": resources,
                }
            ],
        }
    )


@router.get("/Binary/{case_id}.report", response_class=Response, responses={200: {"content": {"application/pdf": {}}}})
def read_report(caller: Who, case_id: Key) -> Response:
    """The PDF that a DiagnosticReport refers to."""
    caller.need_case(case_id)
    return Response(caller.seat.exports.report(case_id), media_type="application/pdf")


@router.post("/ServiceRequest", status_code=201, response_class=FhirResponse)
async def create_request(caller: Who, request: Request) -> Response:
    """Take an order: its case is begun, or the order is cancelled, by the rules of every list of orders."""
    try:
        sent = parsed_json(await request.body())
    except ValueError:
        raise CallError(400, "This is no JSON.") from None
    if not isinstance(sent, dict) or sent.get("resourceType") != _ORDER:
        raise CallError(422, "Send one ServiceRequest of FHIR R4.")

    def take() -> Response:
        order = order_of(sent)
        report = caller.seat.cases.take_order(order)
        if report.refused:
            raise CallError(422, report.refused[0].sentence)
        found = _request_of(caller, order.header.number)
        if found is None:
            # Cancelled: its case has left the list.
            return FhirResponse({**sent, "status": "revoked"}, 200)
        where = f"{_base(request)}/{_ORDER}/{found['id']}/_history/{found['meta']['versionId']}"
        return FhirResponse(found, 201 if report.added else 200, {"Location": where})

    return await run_in_threadpool(take)


@router.get("/{kind}", response_class=FhirResponse)
def search(caller: Who, kind: _KINDS, request: Request) -> Response:
    """Search a type; pages are followed by the link “next”."""
    asked = read_search(kind, request.query_params.multi_items())
    page: list[tuple[tuple[int, int], Resource]] = []
    following: tuple[int, int] | None = None
    for place, resource in _found(caller, asked):
        if len(page) == asked.count:
            following = page[-1][0]
            break
        if resource is None:
            # Enough cases were read for one call; the next one goes on behind them.
            following = place
            break
        page.append((place, resource))
    base = _base(request)
    links = [{"relation": "self", "url": f"{base}/{kind}{f'?{request.url.query}' if request.url.query else ''}"}]
    if following is not None:
        kept = [(name, value) for name, value in request.query_params.multi_items() if name != "_page"]
        links.append({"relation": "next", "url": f"{base}/{kind}?{urlencode([*kept, ('_page', _cursor(following))])}"})
    entries = [
        {"fullUrl": f"{base}/{kind}/{one['id']}", "resource": one, "search": {"mode": "match"}} for _, one in page
    ]
    bundle: Resource = {"resourceType": "Bundle", "type": "searchset", "link": links}
    return FhirResponse(bundle | ({"entry": entries} if entries else {}))


@router.get("/{kind}/{resource_id}", response_class=FhirResponse)
def read(caller: Who, kind: _KINDS, resource_id: str) -> Response:
    """Read one resource."""
    case_id = case_of(resource_id)
    if case_id is not None:
        caller.need_case(case_id)
        for one in caller.seat.exports.fhir_records(case_id):
            if (one["resourceType"], one["id"]) == (kind, resource_id):
                version = one["meta"]["versionId"]
                return FhirResponse(one, headers={"ETag": f'W/"{version}"'})
    raise CallError(404, f"There is no {kind} of this id.")


def _found(caller: Caller, asked: Search) -> Iterator[tuple[tuple[int, int], Resource | None]]:
    """What a search finds, with its place: the newest case first, so that a new one moves no page.

    ``None`` in the place of a resource says that so many cases were read that the rest is another call's.
    """
    read = 0
    for summary in _cases(caller, asked):
        if not asked.may_have(summary):
            continue
        if read == CASES_READ:
            yield (summary.id + 1, BEHIND_ALL), None
            return
        read += 1
        try:
            records = caller.seat.exports.fhir_records(summary.id)
        except StoreError:
            # Erased between the list and here.
            continue
        for index, one in enumerate(records):
            if (asked.after is None or (-summary.id, index) > (-asked.after[0], asked.after[1])) and asked.fits(one):
                yield (summary.id, index), one


def _cursor(place: tuple[int, int]) -> str:
    return f"{place[0]}.{place[1]}"


def _cases(caller: Caller, asked: Search) -> Iterator[CaseSummary]:
    if asked.case_id == 0:
        return
    query, start = CaseQuery(asked.words, order=Order.KEY), 0
    place = asked.after
    last = None if place is None else place[0] - (place[1] >= BEHIND_ALL)
    while part := caller.seat.cases.find(query, CASES_AT_ONCE, start):
        for one in part:
            if asked.case_id in {None, one.id} and (last is None or one.id <= last):
                yield one
        start += len(part)


def _request_of(caller: Caller, number: str) -> Resource | None:
    asked = read_search(_ORDER, [("identifier", number)])
    return next((one for _, one in _found(caller, asked) if one is not None), None)


def _base(request: Request) -> str:
    return f"{str(request.base_url).rstrip('/')}{FHIR}"


def _type_of(name: str) -> str:
    if name in {"patient", "subject", "specimen"}:
        return "reference"
    return {"_lastUpdated": "date", "birthdate": "date", "name": "string", "model": "string", "_count": "number"}.get(
        name, "token"
    )
