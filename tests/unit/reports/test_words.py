"""The report in every language, from the catalogs that the window uses too."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from leukoscope.reports.pdf import write_pdf
from leukoscope.reports.words import ENGLISH, LANGUAGES, load_words
from leukoscope.workflow.app_dirs import translations
from leukoscope.workflow.languages import chosen_language
from tests.tools import tool

from .builders import field_frame, report, signed_report, words_of, write

SAID = {
    "en": ("Result", "Leukemic", "Signed by Ana Pérez", "Page 1 of"),
    "es": ("Resultado", "Leucémica", "Firmado por Ana Pérez", "Página 1 de"),
    "fr": ("Résultat", "Leucémique", "Signé par Ana Pérez", "Page 1 sur"),
    "de": ("Ergebnis", "Leukämisch", "Unterschrieben von Ana Pérez", "Seite 1 von"),
}
ENGLISH_ONLY = ("Result", "Patient ", "Signed", "Unsure", "Healthy", "Leukemic", "unsure band", "the program", "Page")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_report_speaks_its_language(language: str, tmp_path: Path) -> None:
    words = load_words(language, translations())
    reader = write(signed_report(13, amended=False, words=words), tmp_path)
    text = words_of(reader)
    for said in SAID[language]:
        assert said in text, said
    assert reader.trailer["/Root"]["/Lang"].startswith(language)
    for whole in (
        "Figures: calibrated probability of leukemic, 0 to 1. Amber: the unsure band.",
        "Evidence for the model’s leaning, fixed scale:",
        "decision support, not a medical device",
        "healthy below {low}, leukemic above {high}, unsure between",
        "95 % interval {low} to {high} %",
    ):
        start = words(whole).split("{")[0]
        rest = words(whole).split("}")[-1]
        assert " ".join(start.split()) in text and " ".join(rest.split()) in text, whole
    if language in {"es", "de"}:
        assert [word for word in ENGLISH_ONLY if f" {word} " in text and word != "Patient "] == []
    if language != "en":
        assert "0,91" in text
        assert "0.91" not in text


@pytest.mark.parametrize("page_size", ["A4", "Letter"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_long_words_leave_no_page(language: str, page_size: str, tmp_path: Path) -> None:
    program = tool("pdftotext")
    content = signed_report(30, amended=True, words=load_words(language, translations()))
    path = tmp_path / "report.pdf"
    write_pdf(content, path, page_size=page_size)
    result = subprocess.run([program, "-bbox", str(path), "-"], capture_output=True, text=True, check=True)
    width = {"A4": 595.28, "Letter": 612.0}[page_size]
    assert max(float(part.split('"')[0]) for part in result.stdout.split('xMax="')[1:]) <= width - 39
    assert min(float(part.split('"')[0]) for part in result.stdout.split('xMin="')[1:]) >= 39


def test_fields_and_single_cells_are_named_in_the_language(tmp_path: Path) -> None:
    words = load_words("de", translations())
    content = report(30, frames=(field_frame("field.png", 1, 30),))
    text = words_of(write(type(content)(**{**content.__dict__, "words": words}), tmp_path))
    assert "30 Zellen" in text
    assert "0,25 µm je Pixel" in text


def test_a_missing_or_damaged_catalog_gives_english(tmp_path: Path) -> None:
    assert load_words("de", tmp_path) is ENGLISH
    (tmp_path / "leukoscope_de.ts").write_text("<TS", encoding="utf-8")
    assert load_words("de", tmp_path) is ENGLISH
    assert load_words("xx", translations()) is ENGLISH


def test_the_language_of_the_system_is_one_that_there_is(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, language in (("de_AT", "de"), ("German_Germany", "de"), ("pt_BR", "en"), (None, "en")):
        monkeypatch.setattr("locale.getlocale", lambda name=name: (name, None))
        assert chosen_language("system") == language
    assert chosen_language("fr") == "fr"


def test_figures_are_written_as_where_the_language_is_spoken() -> None:
    german = load_words("de", translations())
    assert (ENGLISH.number(12345), ENGLISH.decimal("0.91")) == ("12,345", "0.91")
    assert (german.number(12345), german.decimal("0.91")) == ("12\u202f345", "0,91")
    assert german.counted(1, "{n} cell", "{n} cells") == "1 Zelle"
