"""Names in any script: shaped, embedded, readable again."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from pathlib import Path

import numpy as np
import pypdfium2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leukoscope.reports.fonts import coverage, style_font, system_fonts, ui_font_files
from leukoscope.reports.shaping import Typesetter
from leukoscope.reports.wrapping import ELLIPSIS, clusters, fit_lines, shorten, wrap
from tests.tools import SET_UP

from .builders import HEADER, report, words_of, write

ALWAYS = {
    "latin": "Nguyễn Łukasz Şükrü Đặng İıĞğ",
    "cyrillic": "Ольга Їжакевич Ђорђе",
    "greek": "Αθηνά Οδυσσέας",
    "chinese": "王小明 龘 张伟",
    "kana": "さくら サクラ 髙橋",
    "hangul": "김민준",
    "hebrew": "שרה",
    "arabic": "محمد",
    "thai": "สมชาย",
    "devanagari": "अमित क्षत्रिय",
    "tamil": "தமிழ்",
    "telugu": "తెలుగు",
    "khmer": "ខ្មែរ",
}
"""Scripts whose fonts the program brings along."""


def test_the_window_gets_four_faces_of_roboto() -> None:
    files = ui_font_files()
    assert [path.name for path in files] == [f"Roboto-{style}.ttf" for style in ("Regular", "Medium", "Bold", "Italic")]
    assert all(path.is_file() for path in files)


@pytest.mark.parametrize("style", ["Regular", "Medium", "Bold", "Italic", "Mono"])
def test_every_style_has_letters_and_figures(style: str) -> None:
    font = style_font(style)
    assert {ord(char) for char in "abcXYZ0123456789…–·µ×≥“”’é"} <= coverage(font.path, font.index)


def test_figures_are_tabular() -> None:
    typesetter = Typesetter()
    for style in ("Regular", "Medium", "Mono"):
        widths = {round(typesetter.line(figure, style).width, 6) for figure in "0123456789"}
        assert len(widths) == 1


@pytest.mark.parametrize("script", ALWAYS)
def test_names_print_and_can_be_read_again(tmp_path: Path, script: str) -> None:
    name = ALWAYS[script]
    reader = write(report(1, header=replace(HEADER, patient=name)), tmp_path)
    text = words_of(reader)
    assert name in text
    with pypdfium2.PdfDocument(tmp_path / "report.pdf") as document:
        assert name in " ".join(document[0].get_textpage().get_text_range().split())
    assert "printed as empty boxes" not in text
    for page in reader.pages:
        for font in page["/Resources"]["/Font"].values():
            descendant = font.get_object()["/DescendantFonts"][0].get_object()
            assert len(descendant["/FontDescriptor"]["/FontFile2"].get_object().get_data()) > 100


def test_all_scripts_in_one_name(tmp_path: Path) -> None:
    name = "Nguyễn Ольга Αθηνά 王小明 김민준 さくら محمد שרה สมชาย अमित"
    text = words_of(write(report(1, header=replace(HEADER, patient=name)), tmp_path))
    for word in name.split():
        assert word in text, word


def test_what_the_system_has_fonts_for_prints_too(tmp_path: Path) -> None:
    name = "ქართული"
    covered = any({ord(char) for char in name} <= coverage(path) for path in system_fonts())
    assert covered, f"this computer has no Georgian font; run {SET_UP}"
    text = words_of(write(report(1, header=replace(HEADER, patient=name)), tmp_path))
    assert name in text


def test_a_character_without_a_font_is_a_visible_box_and_said(tmp_path: Path) -> None:
    write(report(1, header=replace(HEADER, patient="\ue123")), tmp_path)
    with pypdfium2.PdfDocument(tmp_path / "report.pdf") as document:
        last = document[len(document) - 1].get_textpage().get_text_range()
        image = np.asarray(document[0].render(scale=4).to_pil().convert("L"))
    assert "No font on this computer has these characters; they are printed as empty boxes: U+E123." in last
    # The value of the first fact, "Patient", stands 40 points from the left, below its name.
    patient = image[(150 * 4) : (180 * 4), 40 * 4 : 48 * 4]
    assert (patient < 140).sum() > 20


def test_arabic_letters_join_and_run_to_the_left() -> None:
    typesetter = Typesetter()
    (joined,) = typesetter.line("محمد").runs
    alone = sum(typesetter.line(letter).width for letter in "محمد")
    assert typesetter.line("محمد").width != pytest.approx(alone)
    xs = [glyph.x for glyph in joined.glyphs]
    assert xs == sorted(xs)
    assert not [run for run in typesetter.line("שרה 123").runs if run.text == "321"]


def test_mixed_directions_stand_in_visual_order() -> None:
    """The Hebrew name comes first in a line that begins with it: at the right."""
    runs = Typesetter().line("שרה abc").runs
    starts = {run.text.strip(): min(glyph.x for glyph in run.glyphs) for run in runs if run.text.strip()}
    assert starts["שרה"] > starts["abc"]


def test_marks_stay_on_their_letter() -> None:
    typesetter = Typesetter()
    composed, decomposed = "é", "e\u0301"
    assert typesetter.line(decomposed).width == pytest.approx(typesetter.line(composed).width)


def test_bold_differs_from_regular_in_variable_fonts() -> None:
    typesetter = Typesetter()
    assert typesetter.line("अमित", "Bold").width != typesetter.line("अमित", "Regular").width


DIRECTIONS = st.sampled_from(
    "אבمح12a (,\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u0301\u200d٣\x1f\ufdd0"
)


@settings(max_examples=300, deadline=None)
@given(st.text(st.characters(codec="utf-8"), max_size=40) | st.text(DIRECTIONS, max_size=12))
def test_no_text_is_too_strange_to_shape(text: str) -> None:
    line = Typesetter().line(text)
    assert line.width >= 0
    shown = "".join(run.text for run in line.runs)
    assert sorted(shown) == sorted(" ".join(text.splitlines()))


def test_half_a_character_of_a_damaged_file_name_prints_as_a_mark() -> None:
    assert "".join(run.text for run in Typesetter().line("a\udcffb").runs) == "a\ufffdb"


def width(text: str) -> float:
    return float(sum(not unicodedata.category(char).startswith("M") for char in text))


@given(st.text(max_size=120), st.integers(2, 30))
def test_wrapping_loses_nothing_but_spaces_and_fits(text: str, room: int) -> None:
    lines = wrap(text, room, width)
    assert "".join("".join(lines).split()) == "".join(text.split())
    assert all(width(line) <= room or len(clusters(line)) == 1 for line in lines)


@given(st.text(max_size=120), st.integers(3, 30))
def test_shortened_text_fits_and_keeps_both_ends(text: str, room: int) -> None:
    short = shorten(text, room, width)
    flat = " ".join(text.splitlines())
    assert width(short) <= room or len(clusters(short)) <= 1
    if short != flat:
        head, _, tail = short.partition(ELLIPSIS)
        assert flat.startswith(head) or ELLIPSIS in flat
        assert flat.endswith(tail) or ELLIPSIS in flat


def test_wrapping_breaks_at_spaces_and_between_chinese_characters() -> None:
    assert wrap("one two three", 7, width) == ["one two", "three"]
    assert wrap("王小明王小明", 4, width) == ["王小明王", "小明"]
    assert wrap("Donaudampfschiff", 5, width) == ["Donau", "dampf", "schif", "f"]
    assert wrap("first\nsecond", 20, width) == ["first", "second"]
    assert wrap("", 5, width) == [""]


def test_few_lines_shorten_the_last() -> None:
    assert fit_lines("one two three four five", 9, 2, width) == ["one two", "thre…five"]
    assert fit_lines("one two", 9, 2, width) == ["one two"]
