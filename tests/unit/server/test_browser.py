"""The pages as a browser gets them: whose cookie opens what, and that nothing foreign stands in them."""

from __future__ import annotations

import importlib.util
import re
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.responses import Response

from leukoscope.domain.findings import Attribute, BundleId, Naming
from leukoscope.domain.people import Role
from leukoscope.reports.words import LANGUAGES
from leukoscope.server.browser.cookies import PAGE_HEADER, give
from leukoscope.server.browser.measured import measured
from leukoscope.server.browser.pages import STATIC
from leukoscope.server.browser.texts import TEXTS
from leukoscope.server.browser.words import page_words
from leukoscope.workflow.signing_checklist import Standing
from tests.browser.filled import fill
from tests.unit.cases.builders import finding
from tests.unit.server.images import begin, cell_png, send
from tests.unit.server.running import NAMES, PASSWORD, Running

STANDINGS = {one.value for one in Standing}
OURS = {PAGE_HEADER: "review"}


def sign_in(client: httpx.Client, name: str = NAMES[Role.REVIEWER], password: str = PASSWORD) -> httpx.Response:
    return client.post("/review/session", json={"name": name, "password": password}, headers=OURS)


def test_the_cookie_opens_what_a_session_opens(server: Running) -> None:
    with server.client() as one:
        assert one.get("/review/facts").status_code == 401
        signed = sign_in(one)
        assert signed.status_code == 201
        assert signed.json()["session"] == ""
        cookie = signed.headers["set-cookie"].lower()
        assert "httponly" in cookie and "samesite=strict" in cookie and "path=/" in cookie
        assert one.get("/review/facts").json()["session"]["name"] == NAMES[Role.REVIEWER]
        assert one.get("/api/v1/cases").status_code == 200
        assert one.delete("/review/session", headers=OURS).status_code == 204
        assert one.get("/api/v1/cases").status_code == 401


@pytest.mark.parametrize("headers", [{}, {**OURS, "Sec-Fetch-Site": "same-site"}, {**OURS, "Origin": "http://else"}])
def test_other_pages_cannot_use_the_cookie(server: Running, headers: dict[str, str]) -> None:
    with server.client() as one:
        sign_in(one)
        assert one.post("/api/v1/cases", json={"number": "B-stolen"}, headers=headers).status_code == 403
        found = one.get("/api/v1/cases", params={"search": "B-stolen"})
        assert found.json()["cases"] == []


def test_a_token_is_no_cookie(server: Running) -> None:
    with server.client() as one:
        one.cookies.set("leukoscope", server.tokens[Role.ADMINISTRATOR])
        assert one.get("/api/v1/cases").status_code == 401


def test_wrong_passwords_lock_the_account_as_in_the_window(server: Running) -> None:
    with closing(server.store()) as store:
        store.people.add("Lotte", Role.REVIEWER, PASSWORD)
    with server.client() as one:
        answers = [sign_in(one, "Lotte", "wrong sentence").json()["error"]["sentence"] for _ in range(6)]
        assert answers[-1].startswith("Too many wrong passwords")
        assert sign_in(one, "Lotte").status_code != 201
        told = one.post("/review/said", json={"language": "de", "sentence": answers[-1]}).json()["sentence"]
        assert told != answers[-1]


def test_nothing_in_the_pages_comes_from_elsewhere(server: Running) -> None:
    with server.client() as one:
        page = one.get("/review/")
        policy = page.headers["content-security-policy"]
        assert "default-src 'none'" in policy and "unsafe" not in policy
        assert "<style" not in page.text and not re.search(r"<script(?![^>]* src=)", page.text)
        assert one.get("/review/static/..%2fpages.py").status_code == 400
        assert one.get("/review/static/pages.py").status_code == 404
    for path in STATIC.iterdir():
        text = path.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
        assert "http:" not in text and "https:" not in text, path.name
        assert len(text.splitlines()) <= 300, path.name


def test_every_word_of_a_page_is_known_and_every_known_word_is_used() -> None:
    scripts = "".join(path.read_text(encoding="utf-8") for path in STATIC.glob("*.js"))
    asked = set(re.findall(r"""\bt\("([a-z_]+)""", scripts))
    assert asked <= set(TEXTS), asked - set(TEXTS)
    code = scripts + "".join(path.read_text(encoding="utf-8") for path in STATIC.parent.glob("[!t]*.py"))
    unused = [key for key in TEXTS if not re.search(rf"""["']{key}["']""", code) and not _composed(key)]
    assert unused == []


def _composed(key: str) -> bool:
    return key in STANDINGS or key.startswith(
        (
            "reason_",
            "brief_",
            "class_",
            "group_",
            "short_",
            "state_",
            "priority_",
            "figure_",
            "attribute_",
            "value_",
            "level_",
            "outside_",
            "only_",
            "order_",
            "header_",
            "sex_",
        )
    )


def test_the_words_are_those_of_the_window(repository: Path) -> None:
    known = _module(repository / "resources" / "translations" / "update.py").strings()
    assert [entry for entry in TEXTS.values() if entry not in known] == []
    for language in LANGUAGES:
        words = page_words(language)
        for key, (_, english) in TEXTS.items():
            assert sorted(re.findall(r"\{\d\}", words(key))) == sorted(re.findall(r"\{\d\}", english)), (language, key)
    assert page_words("de")("sign_in") == "Anmelden"


def test_the_colors_are_those_of_the_window(repository: Path) -> None:
    made = _module(repository / "resources" / "browser" / "tokens.py").tokens_css()
    assert (STATIC / "tokens.css").read_text(encoding="utf-8") == made


def _module(path: Path) -> Any:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_cell_in_words_and_pictures(server: Running) -> None:
    with server.of(Role.TECHNICIAN) as one:
        case = begin(one, number="B-words")
        send(one, case, cell_png(31))
        (cell,) = one.get(f"/review/cases/{case}/cells", params={"language": "de"}).json()["cells"]
        assert cell["sentence"].startswith("Programm: ")
        whole = one.get(f"/review/cases/{case}/cells/{cell['id']}").json()
        maps = [each for card in whole["why"]["cards"] for each in card["maps"]]
        assert len(maps) == 4
        path = f"/review/cases/{case}/cells/{cell['id']}"
        addresses = [f"{path}/maps/{each['model']}/{each['name']}.png" for each in maps]
        for address in (*addresses, f"{path}/surroundings.png", f"/review/cases/{case}/scale.png"):
            assert one.get(address).headers["content-type"] == "image/png"
        assert one.get(f"{path}/maps/none/none.png").status_code == 404
        assert one.get(f"/review/cases/{case}/cells/999999").status_code == 404


def test_on_an_encrypted_line_the_cookie_is_kept_to_it() -> None:
    answer = Response()
    give(answer, "https", "session-text")
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-leukoscope=session-text;")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=strict"} <= set(cookie.split("; "))
    assert "Domain" not in cookie


def test_attributes_are_told_in_words_and_an_unknown_one_by_its_own_name() -> None:
    attributes = Attribute("cell_size", "big", 0.93), Attribute("halo width", "wide", 0.999)
    naming = Naming(BundleId("differential", "1", "0" * 64), {"blast": 1.0}, True, True, attributes, ())
    found = replace(finding(1, "0" * 64), naming=naming, measured=())
    told = measured(found, page_words("fr"))
    assert told["attributes"] == [
        {"name": page_words("fr")("attribute_cell size"), "value": f"{page_words('fr')('value_big')} 0,93"},
        {"name": "Halo width", "value": "wide 0,99"},
    ]
    assert told["attributes"][0]["name"] != "Cell size"
    assert (told["figures"], told["says"]) == ([], "")


@pytest.mark.parametrize(("language", "figure"), [("en", "0.50"), ("de", "0,50"), ("es", "0,50"), ("fr", "0,50")])
def test_a_figure_is_written_as_in_the_language(language: str, figure: str) -> None:
    words = page_words(language)
    assert words.figure(0.5) == figure
    assert words.number("12. of 3.14 µm").startswith("12. of 3")


def test_labels_on_several_cells_are_kept_but_where_somebody_else_was_faster(server: Running) -> None:
    with closing(server.store()) as store:
        case, other = fill(store, "B-many", 4), fill(store, "B-many-other", 1)
    with server.of(Role.TECHNICIAN) as tess, server.of(Role.REVIEWER) as rene:
        seen = tess.get(f"/review/cases/{case}/cells").json()["cells"]
        first = seen[0]
        address = f"/api/v1/cases/{case}/cells/{first['id']}/decision"
        assert rene.put(address, json={"code": "blast"}, headers={"If-Match": first["etag"]}).status_code == 200
        labels = [{"cell": one["id"], "etag": one["etag"], "label": "healthy"} for one in seen]
        many = f"/review/cases/{case}/decisions"
        told = tess.post(many, json={"labels": labels}).json()
        assert told["conflicts"] == [first["id"]]
        assert [(one["decided"]["by"], one["decided"]["label"]) for one in told["cells"]] == [
            ("Rene", "leukemic"), ("Tess", "healthy"), ("Tess", "healthy"), ("Tess", "healthy"),
        ]  # fmt: skip
        # The same once more: nothing that was seen is there any more.
        assert len(tess.post(many, json={"labels": labels}).json()["conflicts"]) == 4
        back = [{"cell": one["id"], "etag": one["etag"]} for one in told["cells"][1:]]
        assert tess.post(many, json={"labels": back}).json()["conflicts"] == []
        (strange,) = tess.get(f"/review/cases/{other}/cells").json()["cells"]
        wrong = {"cell": strange["id"], "etag": strange["etag"], "label": "healthy"}
        for labels, status in (([wrong], 404), ([back[0], back[0]], 404), ([], 422), ([{**wrong, "code": "x"}], 404)):
            assert tess.post(many, json={"labels": labels}).status_code == status
        unknown = {**back[0], "code": "no such class"}
        assert tess.post(many, json={"labels": [back[1], unknown]}).status_code == 422
        cells = rene.get(f"/api/v1/cases/{case}/cells").json()
        assert [one["decision"] and one["decision"]["by"] for one in cells] == ["Rene", None, None, None]
