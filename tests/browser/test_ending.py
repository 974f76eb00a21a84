"""How a review ends on the pages: signed all the same, as PDF, amended, or left alone. By keyboard."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from pypdf import PdfReader
from selenium.webdriver import Keys

from leukoscope.domain.cases import CaseState
from leukoscope.domain.people import Role, Rules
from tests.browser.test_review import filled
from tests.browser.visitor import Visitor
from tests.unit.server.images import send
from tests.unit.server.running import NAMES, PASSWORD, Running

RENE = NAMES[Role.REVIEWER]


def test_signed_nevertheless_taken_away_as_pdf_and_amended_with_the_reason(
    server: Running, visit: Callable[..., Visitor], tmp_path: Path
) -> None:
    case = filled(server, "B-ending", 2)
    with server.of(Role.TECHNICIAN) as tess:
        assert send(tess, case, b"Dear colleague", "letter.png")["images"][0]["state"] == "failed"
    rene = visit("en", "light")
    rene.driver.execute_cdp_cmd("Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(tmp_path)})
    rene.sign_in(RENE)
    rene.open_case("B-ending")
    for _ in range(2):
        rene.press("h")
    rene.tab_to(lambda one: one.text == "Sign…")
    rene.press(Keys.ENTER)
    rene.until(lambda: len(rene.all(".checklist .standing")) == 5 or None)
    rene.press(PASSWORD, Keys.ENTER)
    rene.until(lambda: "could not be judged" in rene.see("dialog .wrong").text or None)
    assert rene.barriers() == []
    rene.tab_to(lambda one: one.text == "Sign nevertheless")
    rene.press(Keys.ENTER)
    rene.see(".state.signed")
    rene.until(lambda: rene.status().startswith("The case is signed") or None)

    rene.tab_to(lambda one: one.text == "Export PDF…")
    rene.press(Keys.ENTER)
    saved = tmp_path / "LeukoScope-B-ending.pdf"
    rene.until(lambda: saved.is_file() or None)
    assert "B-ending" in (PdfReader(saved).pages[0].extract_text() or "")
    with closing(server.store()) as store:
        assert saved.read_bytes() == _report(server, case)
        assert store.load(case).state is CaseState.SIGNED

    rene.tab_to(lambda one: one.text == "Amend…")
    rene.press(Keys.ENTER)
    rene.see("dialog[open] textarea")
    rene.press("A second look")
    assert rene.barriers() == []
    rene.tab_to(lambda one: one.text == "Amend")
    rene.press(Keys.ENTER)
    rene.see(".state.amended")
    with closing(server.store()) as store:
        loaded = store.load(case)
    assert (loaded.state, [(one.reason, one.by) for one in loaded.amendments]) == (
        CaseState.AMENDED, [("A second look", RENE)],
    )  # fmt: skip
    assert rene.troubles() == []


def _report(server: Running, case: int) -> bytes:
    with server.of(Role.REVIEWER) as one:
        return one.get(f"/api/v1/cases/{case}/report.pdf").content


def test_who_does_nothing_for_a_while_is_signed_out_and_nothing_of_a_case_stays(
    server: Running, visit: Callable[..., Visitor]
) -> None:
    filled(server, "B-idle", 2)
    with closing(server.store()) as store:
        store.people.set_rules(Rules(accounts=True, lock_minutes=1))
    try:
        rene = visit()
        # A minute passes in a second and a half; all that is shorter takes its time.
        faster = "const slow = setTimeout; window.setTimeout = (act, ms) => slow(act, ms >= 60000 ? ms / 40 : ms);"
        rene.driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": faster})
        rene.driver.refresh()
        rene.see("#name")
        rene.sign_in(RENE)
        rene.see("tbody a")
        (cookie,) = rene.driver.get_cookies()
        rene.see("#name")
        rene.until(lambda: rene.status().startswith("You were signed out because nothing was done") or None)
        assert "B-idle" not in rene.driver.page_source and RENE not in rene.see("header").text
        assert rene.barriers() == []
        with server.client(str(cookie["value"])) as known:
            assert known.get("/api/v1/session").status_code == 401
    finally:
        with closing(server.store()) as store:
            store.people.set_rules(Rules(accounts=True))
