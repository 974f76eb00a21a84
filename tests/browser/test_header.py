"""The header of a case on the pages: written by the window's rules, and nothing of two people's is lost."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing

from selenium.webdriver import Keys

from leukoscope.domain.cases import CaseHeader
from leukoscope.domain.people import Role
from tests.browser.test_review import filled
from tests.browser.visitor import Visitor
from tests.unit.server.running import NAMES, Running

TESS = NAMES[Role.TECHNICIAN]


def header(server: Running, case: int) -> CaseHeader:
    with closing(server.store()) as store:
        return store.load(case).header


def write(tess: Visitor, **fields: str) -> None:
    """Go to fields with Tab and write."""
    for name, text in fields.items():
        tess.tab_to(lambda one, name=name: one.get_attribute("id") == f"header-{name}")  # type: ignore[misc]
        tess.together(Keys.CONTROL, "a")
        tess.press(text)


def edit(server: Running, visit: Callable[..., Visitor], number: str, theme: str = "dark") -> tuple[int, Visitor]:
    case = filled(server, number, 2)
    tess = visit("en", theme)
    tess.driver.execute_cdp_cmd("Network.enable", {})
    tess.driver.execute_cdp_cmd("Network.setBlockedURLs", {"urls": ["*/events"]})
    tess.sign_in(TESS)
    tess.open_case(number)
    tess.press(Keys.F2)
    tess.see("dialog[open]")
    return case, tess


def test_the_header_is_written_by_keyboard_and_a_wrong_date_is_said(
    server: Running, visit: Callable[..., Visitor]
) -> None:
    case, tess = edit(server, visit, "B-header")
    assert tess.barriers() == []
    write(tess, patient="Roe, Richard", birth_date="31.13.1960")
    tess.press(Keys.ENTER)
    tess.until(lambda: tess.see("dialog .wrong").text == "Write the date as 1960-12-24." or None)
    assert tess.driver.switch_to.active_element.get_attribute("id") == "header-birth_date"
    assert header(server, case).patient == "Doe, Jane"
    write(tess, birth_date="24.12.1960", number=" ")
    tess.press(Keys.ENTER)
    tess.until(lambda: tess.see("dialog .wrong").text == "A case needs a number." or None)
    write(tess, number="B-header-2", notes="7 h old")
    tess.tab_to(lambda one: one.text == "Save")
    tess.press(Keys.ENTER)
    tess.until(lambda: tess.status() == "The header is saved." or None)
    kept = header(server, case)
    assert (kept.number, kept.patient, kept.birth_date, kept.notes) == (
        "B-header-2", "Roe, Richard", "1960-12-24", "7 h old",
    )  # fmt: skip
    assert "Roe, Richard" in tess.see("#case-head").text
    tess.tab_to(lambda one: one.get_attribute("aria-label") == "Edit case header")
    tess.press(Keys.ENTER)
    tess.see("dialog[open]")
    tess.press(Keys.ESCAPE)
    # Keys that label are letters in the form.
    with closing(server.store()) as store:
        assert not [one for one in store.load(case).cells if one.decision]


def test_of_two_people_on_one_field_both_are_shown_and_other_fields_are_joined(
    server: Running, visit: Callable[..., Visitor]
) -> None:
    case, tess = edit(server, visit, "B-header-3", "light")
    write(tess, patient="Roe, Richard", stain="Wright")
    with server.of(Role.REVIEWER) as rene:
        path = f"/api/v1/cases/{case}"
        theirs = {"patient": "Poe, Ann", "specimen": "Marrow"}
        assert rene.patch(path, json=theirs, headers={"If-Match": rene.get(path).headers["etag"]}).status_code == 200
    tess.press(Keys.ENTER)
    told = tess.see(".header-conflicts legend").text
    assert "Poe, Ann" in told and "Roe, Richard" in told
    assert tess.barriers() == []
    assert header(server, case).patient == "Poe, Ann"
    tess.press(Keys.ARROW_RIGHT)
    tess.tab_to(lambda one: one.text == "Save")
    tess.press(Keys.ENTER)
    tess.until(lambda: not tess.all("dialog") or None)
    kept = header(server, case)
    assert (kept.patient, kept.specimen, kept.stain) == ("Roe, Richard", "Marrow", "Wright")
    assert tess.troubles() == []
