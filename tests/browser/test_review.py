"""Review in Chromium, by keyboard alone."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing

import pytest
from selenium.webdriver import Keys

from leukoscope.domain.cases import CaseState
from leukoscope.domain.people import Role, Rules
from tests.browser.filled import fill
from tests.browser.visitor import Visitor
from tests.unit.server.running import NAMES, Running

RENE, ADAM = NAMES[Role.REVIEWER], NAMES[Role.ADMINISTRATOR]
SAID = {"L": "leukemic", "H": "healthy", "U": "unsure", "2": "lymphocyte", "7": "blast", "0": "artifact"}


def filled(server: Running, number: str, cells: int) -> int:
    with closing(server.store()) as store:
        return fill(store, number, cells)


def decisions(server: Running, case: int) -> dict[int, tuple[str, str]]:
    """Cell -> what was said of it, and by whom."""
    with closing(server.store()) as store:
        cells = store.load(case).cells
    return {one.id: (one.decision.said.word, one.decision.by) for one in cells if one.decision}


@pytest.mark.slow
def test_two_hundred_cells_are_reviewed_and_signed_by_keyboard(server: Running, visit: Callable[..., Visitor]) -> None:
    case = filled(server, "B-200", 200)
    rene = visit()
    rene.sign_in(RENE)
    rene.open_case("B-200")
    expected: dict[int, tuple[str, str]] = {}
    for place in range(200):
        key = list(SAID)[place % len(SAID)]
        assert rene.chosen() not in expected, "a cell with a label is not shown again"
        expected[rene.chosen()] = SAID[key], RENE
        rene.press(key.lower())
        if place % 20 == 19:
            rene.until(lambda: len(decisions(server, case)) == len(expected) or None)
    last = rene.chosen()
    assert decisions(server, case) == expected
    rene.together(Keys.CONTROL, "z")
    rene.until(lambda: last not in decisions(server, case) or None)
    rene.press("h")
    rene.until(lambda: decisions(server, case) == expected | {last: ("healthy", RENE)} or None)

    rene.tab_to(lambda one: one.text == "Mark reviewed")
    rene.press(Keys.ENTER)
    rene.until(lambda: rene.status() == "The case is reviewed." or None)
    rene.tab_to(lambda one: one.text == "Sign…")
    rene.press(Keys.ENTER)
    rene.until(lambda: len(rene.all(".checklist .standing")) == 5 or None)
    rene.press("a short sentence", Keys.ENTER)
    rene.see(".state.signed")
    with closing(server.store()) as store:
        signed = store.load(case)
    assert signed.state is CaseState.SIGNED
    assert [(one.name, one.meaning) for one in signed.signatures] == [(RENE, "Reviewed and released")]
    assert rene.troubles() == []


@pytest.mark.parametrize("keeps_theirs", [True, False])
def test_of_two_people_on_one_cell_both_are_shown_and_nothing_is_lost(
    server: Running, visit: Callable[..., Visitor], keeps_theirs: bool
) -> None:
    number = f"B-two-{keeps_theirs}"
    case = filled(server, number, 3)
    rene = visit()
    # No news reaches the page: it shows what was true a moment ago.
    rene.driver.execute_cdp_cmd("Network.enable", {})
    rene.driver.execute_cdp_cmd("Network.setBlockedURLs", {"urls": ["*/events"]})
    rene.sign_in(RENE)
    rene.open_case(number)
    cell = rene.chosen()
    with server.signed_in(Role.ADMINISTRATOR) as adam:
        path = f"/api/v1/cases/{case}/cells/{cell}"
        etag = adam.get(path).headers["etag"]
        assert adam.put(f"{path}/decision", json={"code": "blast"}, headers={"If-Match": etag}).status_code == 200
    rene.press("2")
    told = rene.see("dialog[open] p").text
    assert all(part in told for part in (ADAM, "blast", "lymphocyte")), told
    assert decisions(server, case) == {cell: ("blast", ADAM)}
    assert rene.driver.switch_to.active_element.text == "Keep “blast”"
    if not keeps_theirs:
        rene.together(Keys.SHIFT, Keys.TAB)
        assert rene.driver.switch_to.active_element.text == "Say “lymphocyte”"
    rene.press(Keys.ENTER)
    rene.until(lambda: not rene.all("dialog") or None)
    expected = ("blast", ADAM) if keeps_theirs else ("lymphocyte", RENE)
    rene.until(lambda: decisions(server, case) == {cell: expected} or None)


def test_what_somebody_else_says_appears_by_itself_and_is_not_undone(
    server: Running, visit: Callable[..., Visitor]
) -> None:
    case = filled(server, "B-news", 3)
    rene = visit()
    rene.sign_in(RENE)
    rene.open_case("B-news")
    cell = rene.chosen()
    rene.press("h")
    rene.until(lambda: decisions(server, case) == {cell: ("healthy", RENE)} or None)
    with server.signed_in(Role.ADMINISTRATOR) as adam:
        path = f"/api/v1/cases/{case}/cells/{cell}"
        etag = adam.get(path).headers["etag"]
        assert adam.put(f"{path}/decision", json={"code": "blast"}, headers={"If-Match": etag}).status_code == 200
    rene.until(lambda: rene.status().startswith("Somebody else has changed") or None)
    assert ADAM in (rene.see(f'.tile[data-cell="{cell}"]').get_attribute("aria-label") or "")
    rene.together(Keys.CONTROL, "z")
    assert ADAM in rene.see("dialog[open] p").text
    assert decisions(server, case) == {cell: ("blast", ADAM)}


def test_who_decided_does_not_sign_where_two_people_are_asked_for(
    server: Running, visit: Callable[..., Visitor]
) -> None:
    case = filled(server, "B-second", 3)
    with closing(server.store()) as store:
        store.people.set_rules(Rules(accounts=True, two_people=True))
    try:
        rene = visit()
        rene.sign_in(RENE)
        rene.open_case("B-second")
        rene.press("h")
        rene.press("h")
        rene.press("h")
        rene.until(lambda: len(decisions(server, case)) == 3 or None)
        rene.tab_to(lambda one: one.text == "Sign…")
        rene.press(Keys.ENTER)
        rene.until(lambda: "Somebody else must sign." in rene.see(".checklist .stops").text or None)
        rene.press("a short sentence", Keys.ENTER)
        assert rene.until(lambda: rene.see("dialog .wrong").text or None)
        adam = visit()
        adam.sign_in(ADAM)
        adam.open_case("B-second")
        adam.tab_to(lambda one: one.text == "Sign…")
        adam.press(Keys.ENTER)
        adam.until(lambda: len(adam.all(".checklist .standing")) == 5 or None)
        adam.press("a short sentence", Keys.ENTER)
        adam.see(".state.signed")
        rene.see(".state.signed")
    finally:
        with closing(server.store()) as store:
            store.people.set_rules(Rules(accounts=True))


def test_a_comment_is_kept_and_keys_in_it_are_letters(server: Running, visit: Callable[..., Visitor]) -> None:
    case = filled(server, "B-remark", 3)
    rene = visit()
    rene.sign_in(RENE)
    rene.open_case("B-remark")
    cell = rene.chosen()
    rene.together(Keys.SHIFT, "c")
    rene.press("Hull <b>& 7", Keys.ENTER)
    rene.until(lambda: rene.status() == "The comment is kept." or None)
    with closing(server.store()) as store:
        texts = {one.id: one.comment.text for one in store.load(case).cells if one.comment}
    assert texts == {cell: "Hull <b>& 7"}
    assert decisions(server, case) == {}


def test_a_technician_labels_and_does_not_sign(server: Running, visit: Callable[..., Visitor]) -> None:
    case = filled(server, "B-tess", 3)
    tess = visit()
    tess.sign_in(NAMES[Role.TECHNICIAN])
    tess.open_case("B-tess")
    cell = tess.chosen()
    tess.press("7")
    tess.until(lambda: decisions(server, case) == {cell: ("blast", NAMES[Role.TECHNICIAN])} or None)
    offered = [one.text for one in tess.all("#case-tools *")]
    assert {"Mark reviewed", "Export PDF…"} <= set(offered) and "Sign…" not in offered


def test_an_undo_takes_back_what_is_still_on_its_way(server: Running, visit: Callable[..., Visitor]) -> None:
    case = filled(server, "B-quick", 3)
    rene = visit()
    rene.sign_in(RENE)
    rene.open_case("B-quick")
    first = rene.chosen()
    rene.press("h")
    rene.until(lambda: decisions(server, case) == {first: ("healthy", RENE)} or None)
    slow = {"offline": False, "latency": 1500, "downloadThroughput": -1, "uploadThroughput": -1}
    rene.driver.execute_cdp_cmd("Network.enable", {})
    rene.driver.execute_cdp_cmd("Network.emulateNetworkConditions", slow)
    rene.press("7")
    rene.together(Keys.CONTROL, "z")
    rene.until(lambda: rene.status().startswith("Undone") or None)
    assert decisions(server, case) == {first: ("healthy", RENE)}


def test_for_what_was_said_here_the_case_is_not_read_again(server: Running, visit: Callable[..., Visitor]) -> None:
    case = filled(server, "B-reads", 6)
    rene = visit()
    rene.sign_in(RENE)
    rene.open_case("B-reads")
    reads = f"""return performance.getEntriesByType('resource')
        .filter((one) => new RegExp('/review/cases/{case}/cells[?]').test(one.name)).length"""
    before = rene.driver.execute_script(reads)
    for _ in range(4):
        rene.press("h")
    rene.until(lambda: len(decisions(server, case)) == 4 or None)
    rene.until(lambda: rene.status().startswith("Cell") or None)
    with server.signed_in(Role.ADMINISTRATOR) as adam:
        cell = next(one for one in adam.get(f"/api/v1/cases/{case}/cells").json() if one["decision"] is None)
        path = f"/api/v1/cases/{case}/cells/{cell['id']}"
        said = adam.put(f"{path}/decision", json={"code": "blast"}, headers={"If-Match": cell["etag"]})
        assert said.status_code == 200
    rene.until(lambda: rene.status().startswith("Somebody else has changed") or None)
    # Once, for what somebody else has said: not for each word of one's own.
    assert rene.driver.execute_script(reads) == before + 1
