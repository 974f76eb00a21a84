"""Cases over a line: the same rules as in the window, and nobody's work is lost."""

from __future__ import annotations

import io
from collections.abc import Iterator

import httpx
import pytest
from PIL import Image
from pypdf import PdfReader

from leukoscope.domain.people import Role, Rules
from tests.unit.server.images import begin, cell_png, send
from tests.unit.server.running import NAMES, PASSWORD, Running


@pytest.fixture
def tess(server: Running) -> Iterator[httpx.Client]:
    with server.of(Role.TECHNICIAN) as one:
        yield one


def judged(client: httpx.Client, seed: int, **header: str) -> tuple[int, dict[str, object]]:
    """A case with one judged cell."""
    case = begin(client, **header)
    ended = send(client, case, cell_png(seed))
    assert ended["images"][0]["state"] == "judged", ended
    (cell,) = client.get(f"/api/v1/cases/{case}/cells").json()
    return case, cell


def version(client: httpx.Client, case: int) -> dict[str, str]:
    return {"If-Match": client.get(f"/api/v1/cases/{case}").headers["etag"]}


def test_an_image_becomes_findings_maps_and_a_report(tess: httpx.Client) -> None:
    case, cell = judged(tess, 11, number="L-11", patient="Ольга Nguyễn")
    address = f"/api/v1/cases/{case}"
    maps = cell["maps"]
    assert isinstance(maps, list) and len(maps) == 4
    for path in (*(f"maps/{one['model']}/{one['name']}.png" for one in maps), "image.png"):
        picture = tess.get(f"{address}/cells/{cell['id']}/{path}")
        assert picture.headers["content-type"] == "image/png"
        assert Image.open(io.BytesIO(picture.content)).size == (300, 300)
    whole = tess.get(address).json()
    field = tess.get(f"{address}/images/{whole['images'][0]['id']}/image.png")
    assert Image.open(io.BytesIO(field.content)).size == (450, 450)
    (found,) = tess.get(f"{address}/findings").json()
    assert [one["model"] for one in found["cells"][0]["opinions"]] == ["ensemble", "hybrid"]
    report = PdfReader(io.BytesIO(tess.get(f"{address}/report.pdf").content))
    text = "".join(page.extract_text() for page in report.pages)
    assert "L-11" in text and "Ольга Nguyễn" in text


def test_the_list_is_paged_and_searched(tess: httpx.Client) -> None:
    made = [begin(tess, number=f"Page-{number}", specimen="paging") for number in range(5)]
    seen, start = [], 0
    while start is not None:
        part = tess.get(
            "/api/v1/cases", params={"search": "paging", "count": 2, "start": start, "order": "number"}
        ).json()
        seen += [one["id"] for one in part["cases"]]
        start = part["next"]
    assert seen == made[::-1]
    assert tess.get("/api/v1/cases", params={"search": "paging", "state": "signed"}).json()["cases"] == []


def test_two_people_on_one_case_lose_nothing(server: Running, tess: httpx.Client) -> None:
    case, cell = judged(tess, 12)
    address = f"/api/v1/cases/{case}"
    decision = f"{address}/cells/{cell['id']}/decision"
    seen = {"If-Match": str(cell["etag"])}
    with server.of(Role.REVIEWER) as rene:
        assert tess.put(decision, json={"label": "healthy"}, headers=seen).status_code == 200
        late = rene.put(decision, json={"label": "leukemic"}, headers=seen)
        assert (late.status_code, late.json()["error"]["code"]) == (412, "changed")
        unseen = rene.put(decision, json={"label": "leukemic"})
        assert (unseen.status_code, unseen.json()["error"]["code"]) == (428, "version-needed")
        now = tess.get(f"{address}/cells/{cell['id']}").json()
        assert (now["decision"]["label"], now["decision"]["by"]) == ("healthy", "Tess")
        again = rene.put(decision, json={"code": "blast"}, headers={"If-Match": now["etag"]})
        assert again.json()["decision"]["code"] == "blast"

        one = version(tess, case)
        assert tess.patch(address, json={"patient": "Doe"}, headers=one).status_code == 200
        assert rene.patch(address, json={"patient": "Roe"}, headers=one).status_code == 412
        assert tess.get(address).json()["header"]["patient"] == "Doe"
    assert tess.patch(address, json={"number": "taken"}, headers=version(tess, case)).status_code == 200
    double = tess.post("/api/v1/cases", json={"number": "TAKEN"})
    assert (double.status_code, double.json()["error"]["code"]) == (409, "conflict")


def test_only_who_may_sign_signs_and_what_is_signed_stays(server: Running, tess: httpx.Client) -> None:
    case, cell = judged(tess, 13)
    address = f"/api/v1/cases/{case}"
    decision = f"{address}/cells/{cell['id']}/decision"
    signature = {"meaning": "Reviewed", "password": PASSWORD}

    def sign(client: httpx.Client, **other: str) -> httpx.Response:
        return client.post(f"{address}/signatures", json={**signature, **other}, headers=version(client, case))

    if cell["needs_person"]:
        with server.signed_in(Role.REVIEWER) as rene:
            left = sign(rene)
            assert (left.status_code, left.json()["error"]["cell"]) == (409, cell["id"])
    tess.put(decision, json={"label": "healthy"}, headers={"If-Match": str(cell["etag"])})
    with server.of(Role.REVIEWER) as by_token, server.signed_in(Role.TECHNICIAN) as technician:
        assert "A token does not open this" in sign(by_token).json()["error"]["sentence"]
        assert sign(technician).status_code == 403
    with server.signed_in(Role.REVIEWER) as rene:
        assert sign(rene, password="not the password").status_code == 403
        stale = version(rene, case)
        assert tess.patch(address, json={"notes": "seen?"}, headers=stale).status_code == 200
        assert rene.post(f"{address}/signatures", json=signature, headers=stale).status_code == 412
        signed = sign(rene)
        assert signed.status_code == 201, signed.text
        assert [one["name"] for one in signed.json()["signatures"]] == [NAMES[Role.REVIEWER]]
        one = version(tess, case)
        assert tess.patch(address, json={"notes": "late"}, headers=one).status_code == 409
        assert tess.post(f"{address}/images", content=cell_png(99)).status_code == 409
        pdf = tess.get(f"{address}/report.pdf").content
        assert pdf == tess.get(f"{address}/report.pdf").content
        reopened = rene.post(f"{address}/amendments", json={"reason": "Wrong slide"}, headers=one)
        assert reopened.json()["state"] == "amended"


def test_who_decided_does_not_sign_where_two_people_are_asked_for(server: Running) -> None:
    store = server.store()
    store.people.set_rules(Rules(accounts=True, two_people=True))
    try:
        with server.signed_in(Role.REVIEWER) as rene, server.signed_in(Role.ADMINISTRATOR) as adam:
            case, cell = judged(rene, 14)
            decision = f"/api/v1/cases/{case}/cells/{cell['id']}/decision"
            rene.put(decision, json={"label": "healthy"}, headers={"If-Match": str(cell["etag"])})
            address, sent = f"/api/v1/cases/{case}/signatures", {"password": PASSWORD}
            refused = rene.post(address, json=sent, headers=version(rene, case))
            assert (refused.status_code, "somebody else must sign" in refused.text) == (403, True)
            assert adam.post(address, json=sent, headers=version(adam, case)).status_code == 201
    finally:
        store.people.set_rules(Rules(accounts=True))
        store.close()


def test_who_signed_out_calls_no_more(server: Running) -> None:
    with server.signed_in(Role.REVIEWER) as rene:
        assert "sign" in rene.get("/api/v1/session").json()["may"]
        assert rene.delete("/api/v1/session").status_code == 204
        assert rene.get("/api/v1/cases").status_code == 401


def test_what_is_done_over_a_line_is_told_of_who_did_it(server: Running, tess: httpx.Client) -> None:
    case, _ = judged(tess, 15, number="Secret-15", patient="Secret, Jane")
    for _ in range(3):
        tess.get(f"/api/v1/cases/{case}")
    store = server.store()
    try:
        told = [one for one in store.trail.entries(case) if one.what == "called"]
        assert {one.who for one in told} == {"Tess"}
        assert [one.subject for one in told].count("GET /api/v1/cases/{case_id}") == 1
        assert "POST /api/v1/cases/{case_id}/images" in {one.subject for one in told}
        assert not [one for one in told if "Secret" in f"{one.subject}{one.old}{one.new}{one.reason}"]
        assert store.trail.verify().faults == ()
    finally:
        store.close()
    logs = "".join(one.read_text(encoding="utf-8") for one in server.home.glob("logs/*"))
    assert logs and "Secret" not in logs and "Secret" not in (server.home / "said").read_text(encoding="utf-8")
