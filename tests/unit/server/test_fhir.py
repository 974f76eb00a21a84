"""FHIR R4: what is read and searched holds to the models of fhir.resources, and orders come in."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import Any

import httpx
import pytest

from leukoscope.domain.cases import CaseHeader
from leukoscope.domain.people import Role
from leukoscope.exchange.fhir_records import case_of
from leukoscope.server import fhir
from leukoscope.server.app import make_app, serve_bench
from leukoscope.server.fhir_search import read_search
from leukoscope.server.options import Options
from tests.unit.server.images import begin, cell_png, send
from tests.unit.server.running import PATIENCE, Running, listening
from tests.unit.workflow.scene import Scene

TYPES = ("DiagnosticReport", "Observation", "Patient", "Specimen", "ServiceRequest", "Device")


@pytest.fixture(scope="module")
def tess(server: Running) -> Iterator[httpx.Client]:
    with server.of(Role.TECHNICIAN) as one:
        yield one


@pytest.fixture(scope="module")
def case(tess: httpx.Client) -> int:
    header = {"number": "F-1", "patient": "Fhirson, Jane", "patient_id": "P 17", "sex": "female", "priority": "urgent"}
    made = begin(tess, **header, birth_date="1960-12-24", specimen="Blood", stain="MGG")
    send(tess, made, cell_png(41))
    return made


def valid(resource: dict[str, Any]) -> dict[str, Any]:
    """A resource that its model takes."""
    kind = resource["resourceType"]
    getattr(import_module(f"fhir.resources.R4B.{kind.lower()}"), kind).model_validate(resource)
    return resource


def search(client: httpx.Client, address: str) -> list[dict[str, Any]]:
    """All that a search finds, page by page."""
    found: list[dict[str, Any]] = []
    following: str | None = address
    while following is not None:
        answer = client.get(following)
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"].startswith("application/fhir+json")
        bundle = valid(answer.json())
        found += [one["resource"] for one in bundle.get("entry", [])]
        following = next((one["url"] for one in bundle["link"] if one["relation"] == "next"), None)
    return found


def outcome(answer: httpx.Response, status: int) -> str:
    """The sentence of an OperationOutcome."""
    assert answer.status_code == status, answer.text
    return str(valid(answer.json())["issue"][0]["diagnostics"])


def test_the_server_says_what_it_can(server: Running) -> None:
    with server.client() as nobody:
        statement = valid(nobody.get("/fhir/metadata").json())
    resources = {one["type"]: one for one in statement["rest"][0]["resource"]}
    assert set(resources) == set(TYPES)
    assert {one["code"] for one in resources["ServiceRequest"]["interaction"]} == {"read", "search-type", "create"}
    assert {one["code"] for one in resources["Patient"]["interaction"]} == {"read", "search-type"}


@pytest.mark.parametrize("kind", TYPES)
def test_a_type_is_searched_and_read(tess: httpx.Client, case: int, kind: str) -> None:
    found = [one for one in search(tess, f"/fhir/{kind}?_count=3") if one["id"].startswith(f"{case}.")]
    assert found
    made_at = {"issued": ""}
    for one in found:
        assert valid(one)["resourceType"] == kind
        read = tess.get(f"/fhir/{kind}/{one['id']}")
        assert read.json() | made_at == one | made_at
        assert read.headers["etag"].startswith('W/"')
    assert search(tess, f"/fhir/{kind}?_id={found[0]['id']}")[0]["id"] == found[0]["id"]


def test_references_lead_to_what_they_name(tess: httpx.Client, case: int) -> None:
    (report,) = search(tess, "/fhir/DiagnosticReport?identifier=F-1")
    named = [report["subject"], *report["specimen"], *report["basedOn"], *report["result"]]
    for one in named:
        assert tess.get(f"/fhir/{one['reference']}").status_code == 200, one
    pdf = tess.get(f"/fhir/{report['presentedForm'][0]['url']}")
    assert pdf.content.startswith(b"%PDF")
    (request,) = search(tess, f"/fhir/{report['basedOn'][0]['reference'].replace('/', '?_id=')}")
    assert (request["priority"], request["status"]) == ("urgent", "active")


@pytest.mark.parametrize(
    ("asked", "count"),
    [
        ("Patient?identifier=P 17", 1), ("Patient?name=fhirson, jane", 1), ("Patient?name=nobody", 0),
        ("Patient?birthdate=1960-12-24&gender=female", 1), ("Specimen?accession=F-1", 1),
        ("DiagnosticReport?status=final&identifier=F-1", 0), ("DiagnosticReport?identifier=F-1&_lastUpdated=gt2999", 0),
        ("DiagnosticReport?identifier=F-1&_lastUpdated=ge2020-01&_lastUpdated=lt2999-12-31", 1),
        ("DiagnosticReport?_id=1.x", 0), ("Patient?_id=999999.0123456789abcdef0123456789abcdef", 0),
    ],
)  # fmt: skip
def test_searches_find_what_was_asked_for(tess: httpx.Client, case: int, asked: str, count: int) -> None:
    assert len(search(tess, f"/fhir/{asked}")) == count


def test_pages_hold_while_cases_come(tess: httpx.Client, case: int) -> None:
    whole = [one["id"] for one in search(tess, "/fhir/Observation?_count=200")]
    first = tess.get("/fhir/Observation?_count=2").json()
    begin(tess, number="F-meanwhile")
    following = next(one["url"] for one in first["link"] if one["relation"] == "next")
    rest = [one["id"] for one in search(tess, following.replace("_count=2", "_count=150"))]
    assert [*(one["resource"]["id"] for one in first["entry"]), *rest] == whole


@pytest.mark.parametrize(
    ("value", "since", "until"),
    [
        ("ge2026-02-03T00:00:00Z", "2026-02-03 00:00:00", ""), ("gt2026-02-03T00:00:00Z", "2026-02-03 00:00:01", ""),
        ("lt2026-02-03T00:00:00Z", "", "2026-02-02 23:59:59"), ("le2026-02-03T00:00:00Z", "", "2026-02-03 00:00:00"),
        ("2026-02-03T01:00:00 01:00", "2026-02-03 00:00:00", "2026-02-03 00:00:00"),
    ],
)  # fmt: skip
def test_times_are_bounds_to_the_second(value: str, since: str, until: str) -> None:
    one = read_search("Patient", [("_lastUpdated", value)])
    assert (f"{one.since:%F %T}" if one.since else "", f"{one.until:%F %T}" if one.until else "") == (since, until)


@pytest.mark.parametrize(
    ("value", "days"),
    [("2026-02-03", 1), ("2026-02", 28), ("2024-02", 29), ("2026-12", 31), ("2026", 365), ("2024", 366)],
)
def test_a_day_a_month_and_a_year_are_whole(value: str, days: int) -> None:
    one = read_search("Patient", [("_lastUpdated", value)])
    assert one.since is not None and one.until is not None
    assert (one.until - one.since).total_seconds() == days * 86_400 - 1
    after = read_search("Patient", [("_lastUpdated", f"gt{value}")])
    assert after.since is not None and (after.since - one.until).total_seconds() == 1


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ("Patient?colour=red", 400), ("Patient?_count=many", 400), ("Patient?_lastUpdated=soon", 400),
        ("Patient?_lastUpdated=9999", 400), ("Patient?_lastUpdated=lt0001", 400),
        ("Patient?_page=1", 400), ("Encounter", 404), ("Patient/none", 404), ("Patient/1.report", 404),
        ("Binary/999999.report", 404),
    ],
)  # fmt: skip
def test_what_is_not_understood_is_refused_with_an_outcome(tess: httpx.Client, asked: str, status: int) -> None:
    assert outcome(tess.get(f"/fhir/{asked}"), status).endswith(".")


def test_a_search_that_finds_little_reads_only_so_many_cases_for_a_call(
    monkeypatch: pytest.MonkeyPatch, one: Scene
) -> None:
    """In this process, so that a call can be given less to read."""
    monkeypatch.setattr(fhir, "CASES_READ", 2)
    made = [one.store.create(CaseHeader(f"S-{number}", "Doe", sex="male")) for number in range(5)]
    served = serve_bench(one.home, Options())
    try:
        text, _ = one.store.tokens.issue(one.people[Role.TECHNICIAN].id, 1)
        headers = {"Authorization": f"Bearer {text}"}
        with listening(make_app(served)) as port, httpx.Client(headers=headers, timeout=PATIENCE) as client:
            pages, following = [], f"http://127.0.0.1:{port}/fhir/Patient?gender=male&_count=100"
            while following:
                bundle = valid(client.get(following).json())
                pages.append([case_of(entry["resource"]["id"]) for entry in bundle.get("entry", [])])
                following = next((link["url"] for link in bundle["link"] if link["relation"] == "next"), "")
        assert pages == [made[4:2:-1], made[2:0:-1], made[:1], []]
    finally:
        served.calls.close()
        served.bench.close()


def order(number: str, **more: Any) -> dict[str, Any]:
    """A ServiceRequest as a hospital sends it."""
    patient = {
        "resourceType": "Patient", "id": "p", "identifier": [{"value": "P 18"}], "gender": "male",
        "name": [{"family": "Nguyễn", "given": ["An"]}], "birthDate": "1958-03-01",
    }  # fmt: skip
    specimen = {"resourceType": "Specimen", "id": "s", "type": {"text": "Bone marrow"}}
    return {
        "resourceType": "ServiceRequest", "status": "active", "intent": "order", "priority": "stat",
        "identifier": [{"value": number}], "subject": {"reference": "#p"}, "specimen": [{"reference": "#s"}],
        "note": [{"text": "Please call"}], "contained": [patient, specimen], **more,
    }  # fmt: skip


def test_the_placers_number_goes_back_with_the_result(tess: httpx.Client) -> None:
    placer = {"type": {"coding": [{"code": "PLAC"}]}, "value": "LAB & 7^3"}
    made = tess.post("/fhir/ServiceRequest", json=order("O-9", identifier=[{"value": "O-9"}, placer]))
    assert [one["value"] for one in valid(made.json())["identifier"]] == ["O-9", "LAB & 7^3"]
    (report,) = search(tess, "/fhir/DiagnosticReport?identifier=O-9")
    assert report["basedOn"][0]["identifier"]["value"] == "LAB & 7^3"
    assert report["basedOn"][0]["reference"] == f"ServiceRequest/{made.json()['id']}"


def test_an_order_begins_a_case_once_and_cancels_it(tess: httpx.Client) -> None:
    made = tess.post("/fhir/ServiceRequest", json=order("O-1"))
    assert made.status_code == 201, made.text
    request = valid(made.json())
    assert made.headers["location"].endswith(f"/{request['id']}/_history/{request['meta']['versionId']}")
    again = tess.post("/fhir/ServiceRequest", json=order("O-1"))
    assert (again.status_code, again.json()["id"]) == (200, request["id"])
    (line,) = tess.get("/api/v1/cases", params={"search": "O-1"}).json()["cases"]
    header = line["header"]
    told = [header[one] for one in ("patient", "patient_id", "birth_date", "sex", "specimen", "notes")]
    assert told == ["Nguyễn, An", "P 18", "1958-03-01", "male", "Bone marrow", "Please call"]
    assert line["priority"] == "stat"
    other = order("O-1")
    other["contained"][0]["identifier"] = [{"value": "P 99"}]
    assert "another patient" in outcome(tess.post("/fhir/ServiceRequest", json=other), 422)
    assert tess.post("/fhir/ServiceRequest", json=order("O-1", status="revoked")).status_code == 200
    assert tess.get("/api/v1/cases", params={"search": "O-1"}).json()["cases"] == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"identifier": []}, {"status": "draft"}, {"intent": "plan"}, {"priority": "yesterday"}, {"subject": 7},
        {"contained": [{"resourceType": "Nonsense"}]}, {"contained": [{"resourceType": 7}]}, {"unknown": 1},
    ],
)  # fmt: skip
def test_an_order_that_is_not_understood_changes_nothing(tess: httpx.Client, wrong: dict[str, Any]) -> None:
    sentence = outcome(tess.post("/fhir/ServiceRequest", json=order("O-2", **wrong)), 422)
    assert sentence.endswith(".") and "Nguy" not in sentence
    assert tess.get("/api/v1/cases", params={"search": "O-2"}).json()["cases"] == []


@pytest.mark.parametrize("content", [b"", b"{", b"[" * 100_000, b'"text"', b"\xff\xfe"])
def test_what_is_no_order_is_refused(tess: httpx.Client, content: bytes) -> None:
    answer = tess.post("/fhir/ServiceRequest", content=content)
    assert outcome(answer, answer.status_code) and answer.status_code in {400, 422}
