"""The pages for everybody: screen readers, keyboards, languages, themes, small windows."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing

import pytest
from selenium.webdriver import Keys

from leukoscope.domain.people import Role
from leukoscope.server.browser.words import page_words
from tests.browser.filled import fill
from tests.browser.visitor import Visitor
from tests.unit.server.running import NAMES, Running

RENE = NAMES[Role.REVIEWER]


@pytest.mark.parametrize(
    ("language", "theme", "width", "height"), [("de", "dark", 1440, 900), ("de", "light", 1024, 768)]
)
def test_axe_finds_nothing(
    server: Running, visit: Callable[..., Visitor], language: str, theme: str, width: int, height: int
) -> None:
    with closing(server.store()) as store:
        fill(store, f"B-axe-{width}", 12)
    rene = visit(language, theme, width, height)
    assert rene.barriers() == []
    rene.sign_in(RENE)
    rene.see("tbody a")
    assert rene.barriers() == []
    rene.open_case(f"B-axe-{width}")
    assert rene.barriers() == []
    rene.press("?")
    rene.see("dialog[open]")
    assert rene.barriers() == []
    rene.press(Keys.ESCAPE)
    rene.until(lambda: not rene.all("dialog") or None)
    rene.tab_to(lambda one: one.text == page_words(language)("sign_case"))
    rene.press(Keys.ENTER)
    rene.until(lambda: len(rene.all(".checklist .standing")) == 5 or None)
    assert rene.barriers() == []
    # Nothing reaches beyond the window.
    script = "const all = document.documentElement; return [all.scrollWidth, all.scrollHeight]"
    wide, high = rene.driver.execute_script(script)
    assert wide <= width and high <= height
    assert rene.troubles() == []


def test_the_session_is_no_scripts_and_ends_with_signing_out(server: Running, visit: Callable[..., Visitor]) -> None:
    rene = visit()
    rene.sign_in(RENE)
    rene.see("tbody")
    (cookie,) = rene.driver.get_cookies()
    assert (cookie["httpOnly"], cookie["sameSite"], cookie["path"]) == (True, "Strict", "/")
    assert rene.driver.execute_script("return document.cookie") == ""
    with server.client(str(cookie["value"])) as known:
        assert known.get("/api/v1/session").status_code == 200
        rene.tab_to(lambda one: one.text == "Sign out")
        rene.press(Keys.ENTER)
        rene.see("#name")
        assert known.get("/api/v1/session").status_code == 401
    assert rene.driver.get_cookies() == []


def test_a_wrong_password_is_said_beside_it(visit: Callable[..., Visitor]) -> None:
    rene = visit("de")
    rene.sign_in(RENE, "another sentence")
    wrong = rene.until(lambda: rene.see(".wrong").text or None)
    assert wrong and "wrong" not in wrong.lower()
    assert rene.driver.switch_to.active_element.get_attribute("id") == "password"


def test_maps_zoom_and_boxes_follow_the_keys(server: Running, visit: Callable[..., Visitor]) -> None:
    with closing(server.store()) as store:
        fill(store, "B-maps", 6)
    rene = visit()
    rene.sign_in(RENE)
    rene.open_case("B-maps")
    layer = rene.see(".layer")
    first = layer.get_attribute("src")
    rene.press(".")
    rene.until(lambda: layer.get_attribute("src") != first or None)
    assert rene.until(lambda: rene.driver.execute_script("return arguments[0].naturalWidth", layer)) == 300
    rene.press("m")
    assert not layer.is_displayed()
    before = rene.see(".percent").text
    rene.press("+")
    assert rene.see(".percent").text != before
    rene.press("f")
    assert rene.see(".percent").text == before
    assert len(rene.all(".box")) == 6
    rene.press("b")
    assert not rene.all(".boxes")[0].is_displayed()


def test_figures_of_shape_stand_in_the_inspector_as_people_of_the_language_write_them(
    server: Running, visit: Callable[..., Visitor]
) -> None:
    with closing(server.store()) as store:
        fill(store, "B-shape", 3)
    rene = visit("de", "light")
    rene.sign_in(RENE)
    rene.open_case("B-shape")
    told = rene.see(".shape p").text
    assert told == "Zellfläche 231 µm², hoch · N:C 0,91, hoch · Chromatintextur 0,031 OD, niedrig"
    rows = rene.until(lambda: [one.text for one in rene.all(".shape table tr")] or None)
    assert "N:C 0,91 hoch" in rows and len(rows) == 6
    lines = [one.get_attribute("aria-label") or "" for one in rene.all(".shape .range")]
    assert "Durchmesser 17,2 µm, üblich 7,2 bis 10,6 µm" in lines
    assert "Zellfläche 231 µm², üblich 41 bis 88 µm² (+0,80)" in lines
    assert all("," in one.text for one in rene.all(".tile .caption") if "LEUK" in one.text)
    rene.tab_to(lambda one: one.text == "Alle Werte")
    rene.press(Keys.ENTER)
    assert len(rene.all(".shape table tr")) == 7
    assert rene.barriers() == []
    assert rene.troubles() == []


def test_maps_are_drawn_as_lines_and_in_other_colors_by_keyboard(
    server: Running, visit: Callable[..., Visitor]
) -> None:
    with closing(server.store()) as store:
        fill(store, "B-lines", 3)
    rene = visit("en", "light")
    rene.sign_in(RENE)
    rene.open_case("B-lines")
    pixels = """const picture = arguments[0];
        if (!picture.complete || !picture.naturalWidth) return null;
        const drawn = Object.assign(document.createElement("canvas"), {width: 300, height: 300}).getContext("2d");
        drawn.drawImage(picture, 0, 0);
        const all = drawn.getImageData(0, 0, 300, 300).data;
        return [...all].filter((one, place) => place % 4 === 3 && one > 0).length / 90000;"""
    layer = rene.see(".layer")

    def covered(part: str) -> float:
        """Which part of the cell has something of the map over it, once this picture is there."""
        rene.until(lambda: part in (layer.get_attribute("src") or "") or None)
        return float(rene.until(lambda: rene.driver.execute_script(pixels, layer)))

    heat = covered("mode=heat")
    rene.tab_to(lambda one: one.text == "Contour")
    rene.press(Keys.ENTER)
    lines = covered("mode=contour")
    assert 0 < lines < 0.5 < heat
    assert rene.driver.switch_to.active_element.get_attribute("aria-pressed") == "true"
    rene.tab_to(lambda one: one.text == "Cividis")
    rene.press(Keys.SPACE)
    covered("palette=cividis")
    assert rene.barriers() == []
    assert rene.troubles() == []


def test_who_goes_into_the_list_while_it_is_read_anew_keeps_the_keyboard(
    server: Running, visit: Callable[..., Visitor]
) -> None:
    with closing(server.store()) as store:
        case = fill(store, "B-focus", 1)
    rene = visit()
    rene.sign_in(RENE)
    rene.see("tbody a")
    link = f'a[href="#/case/{case}"]'
    asked = "return performance.getEntriesByType('resource').filter(one => one.name.includes('search=B-focus')).length"
    # A letter is asked for a moment later: by then the keyboard is in the list.
    rene.press("B-focus")
    rene.driver.execute_script("document.querySelector(arguments[0]).focus()", link)
    rene.until(lambda: rene.driver.execute_script(asked) or None)
    rene.until(lambda: len(rene.all("tbody a")) == 1 or None)
    rene.press(Keys.ENTER)
    rene.see(".tile")
