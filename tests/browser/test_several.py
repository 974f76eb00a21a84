"""Several cells at once, and which of them are shown: by keyboard."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing

from selenium.webdriver import Keys
from selenium.webdriver.support.ui import Select

from leukoscope.domain.people import Role
from leukoscope.workflow.cell_choice import KEYS, Entry, Sort
from tests.browser.test_review import decisions, filled
from tests.browser.visitor import Visitor
from tests.unit.server.running import NAMES, Running

RENE, ADAM = NAMES[Role.REVIEWER], NAMES[Role.ADMINISTRATOR]
BLOCKED = {"urls": ["*/events"]}
"""No news reaches the page: it shows what was true a moment ago."""


def tiles(rene: Visitor) -> list[int]:
    """Keys of the cells in the gallery, in its order."""
    return [int(one.get_attribute("data-cell") or 0) for one in rene.all(".tile")]


def picked(rene: Visitor) -> list[int]:
    return [int(one.get_attribute("data-cell") or 0) for one in rene.all('.tile[aria-pressed="true"]')]


def test_several_cells_are_labeled_by_one_key_and_taken_back_in_one_step(
    server: Running, visit: Callable[..., Visitor]
) -> None:
    case = filled(server, "B-several", 8)
    rene = visit()
    rene.sign_in(RENE)
    rene.open_case("B-several")
    first = rene.chosen()
    order = tiles(rene)
    for _ in range(3):
        rene.together(Keys.SHIFT, Keys.ARROW_RIGHT)
    expected = order[order.index(first) : order.index(first) + 4]
    assert picked(rene) == expected
    assert rene.status().startswith("4 cells are chosen")
    assert rene.barriers() == []
    rene.press("7")
    rene.until(lambda: decisions(server, case) == dict.fromkeys(expected, ("blast", RENE)) or None)
    rene.until(lambda: rene.status() == "4 cells: blast." or None)
    rene.together(Keys.CONTROL, "z")
    rene.until(lambda: decisions(server, case) == {} or None)
    rene.until(lambda: rene.status() == "Undone: 4 cells." or None)
    # One of them again after all were: each is taken back for itself.
    rene.together(Keys.CONTROL, "a")
    assert sorted(picked(rene)) == sorted(order)
    rene.press("h")
    rene.until(lambda: len(decisions(server, case)) == 8 or None)
    rene.press(Keys.ESCAPE)
    assert picked(rene) == []
    rene.press("u")
    rene.until(lambda: ("unsure", RENE) in decisions(server, case).values() or None)
    rene.together(Keys.CONTROL, "z")
    rene.until(lambda: set(decisions(server, case).values()) == {("healthy", RENE)} or None)
    rene.together(Keys.CONTROL, "z")
    rene.until(lambda: decisions(server, case) == {} or None)
    assert rene.troubles() == []


def test_of_several_cells_those_that_somebody_else_has_labeled_are_asked_about_one_by_one(
    server: Running, visit: Callable[..., Visitor]
) -> None:
    case = filled(server, "B-several-2", 5)
    rene = visit("en", "light")
    rene.driver.execute_cdp_cmd("Network.enable", {})
    rene.driver.execute_cdp_cmd("Network.setBlockedURLs", BLOCKED)
    rene.sign_in(RENE)
    rene.open_case("B-several-2")
    order = tiles(rene)
    with server.signed_in(Role.ADMINISTRATOR) as adam:
        for cell in order[1:3]:
            path = f"/api/v1/cases/{case}/cells/{cell}"
            etag = adam.get(path).headers["etag"]
            assert adam.put(f"{path}/decision", json={"code": "blast"}, headers={"If-Match": etag}).status_code == 200
    theirs = dict.fromkeys(order[1:3], ("blast", ADAM))
    rene.together(Keys.CONTROL, "a")
    rene.press("2")
    told = rene.see("dialog[open] p").text
    assert told.startswith("2 of 5 cells were labeled by somebody else meanwhile"), told
    others = {one: ("lymphocyte", RENE) for one in order if one not in theirs}
    assert decisions(server, case) == others | theirs
    rows = [one.text for one in rene.all(".conflicts li")]
    assert len(rows) == 2 and all(ADAM in one and "blast" in one and "lymphocyte" in one for one in rows), rows
    assert rene.barriers() == []
    assert rene.driver.switch_to.active_element.text == "Keep all of theirs"
    rene.tab_to(lambda one: one.get_attribute("type") == "checkbox")
    rene.press(Keys.SPACE)
    rene.tab_to(lambda one: one.text == "Say mine where marked")
    rene.press(Keys.ENTER)
    rene.until(lambda: sum(by == ADAM for _, by in decisions(server, case).values()) == 1 or None)
    assert list(decisions(server, case).values()).count(("lymphocyte", RENE)) == 4


def test_the_gallery_shows_what_is_chosen_in_the_order_that_is_chosen(
    server: Running, visit: Callable[..., Visitor]
) -> None:
    case = filled(server, "B-order", 12)
    with closing(server.store()) as store:
        entries = [Entry(cell, frame, 0) for frame in store.load(case).frames for cell in frame.cells]
    rene = visit("de")
    rene.sign_in(RENE)
    rene.open_case("B-order")
    only, sort = (Select(one) for one in rene.all(".gallery-bar select"))
    for order in (Sort.DOUBT, Sort.LEUKEMIC_FIRST, Sort.READING):
        sort.select_by_value(order.value)
        if order is not Sort.READING:
            assert tiles(rene) == [one.cell.id for one in sorted(entries, key=KEYS[order])]
    rene.all(".tile")[0].send_keys("7")
    rene.until(lambda: len(decisions(server, case)) == 1 or None)
    (decided,) = decisions(server, case)
    rene.until(lambda: rene.status().startswith("Zelle") or None)
    only.select_by_value("decided")
    rene.until(lambda: tiles(rene) == [decided] or None)
    assert rene.status() == "1 von 12 Zellen"
    only.select_by_value("class:blast")
    blasts = {one.cell.id for one in entries if one.cell.code == "blast"}
    assert set(tiles(rene)) == blasts | {decided}
    only.select_by_value("undecided")
    assert len(tiles(rene)) == 11 and decided not in tiles(rene)
    assert rene.barriers() == []
    only.select_by_value("drawn")
    assert tiles(rene) == []
    rene.tab_to(lambda one: one.text == "Alle Zellen zeigen")
    rene.press(Keys.ENTER)
    assert len(tiles(rene)) == 12
    assert rene.troubles() == []
