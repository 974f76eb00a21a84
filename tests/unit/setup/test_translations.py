"""Every language says everything, with the same placeholders, and the compiled catalogs are up to date."""

from __future__ import annotations

import importlib.util
import json
import re
import sys
from functools import cache
from pathlib import Path
from types import ModuleType

import pytest

LANGUAGES = ("es", "fr", "de")
COMPLETE = {"Report", "Sentences", "ReportPage", "OutboxPanel", "Out", "Verdicts"}
"""Contexts in which nothing may be missing."""
WINDOW_MAY_LACK = 0.25
"""Part of the window's other strings that may wait for the next round of translation."""


@pytest.fixture(scope="module")
def update(repository_root: Path) -> ModuleType:
    path = repository_root / "resources" / "translations" / "update.py"
    spec = importlib.util.spec_from_file_location("translations_update", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["translations_update"] = module
    spec.loader.exec_module(module)
    # The whole program is read for them: once for all tests here.
    module.strings = cache(module.strings)
    return module


@pytest.fixture(scope="module")
def repository_root() -> Path:
    return Path(__file__).resolve().parents[3]


def placeholders(text: str) -> set[str]:
    return set(re.findall(r"\{[^}]*\}|%\w", text))


def test_the_program_has_many_strings(update: ModuleType) -> None:
    found = update.strings()
    assert ("Actions", "New case") in found
    assert ("Report", "Result") in found
    assert ("Sentences", "The models disagree.") in found
    assert len(found) > 500


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_string_is_translated(update: ModuleType, language: str) -> None:
    lacking = update.missing(language)
    assert [key for key in lacking if key[0] in COMPLETE] == []
    assert len(lacking) <= WINDOW_MAY_LACK * len(update.strings()), lacking


def test_the_list_of_filled_in_sentences_is_up_to_date(update: ModuleType) -> None:
    listed = json.loads(update.TEMPLATES.read_text(encoding="utf-8"))
    found = [text for context, text in update.strings() if context == "Sentences" and "{0}" in text]
    assert listed == sorted(found)
    assert "“{0}” cannot be written; choose another folder." in listed


def edges(text: str) -> tuple[str, str]:
    """White space before and behind."""
    return text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]


@pytest.mark.parametrize("language", LANGUAGES)
def test_placeholders_and_ends_are_those_of_the_source(update: ModuleType, language: str) -> None:
    for (context, text), translation in update.read(update.FOLDER / f"leukoscope_{language}.ts").items():
        if not translation:
            continue
        assert placeholders(text) == placeholders(translation), (context, text)
        assert text.endswith("…") == translation.endswith("…"), (context, text)
        assert text.endswith(".") == translation.endswith("."), (context, text)
        # A unit behind a figure (“ s”) keeps its space; nothing else begins or ends with one.
        assert edges(translation) == edges(text), (context, text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_language_speaks_of_a_diagnosis(update: ModuleType, language: str) -> None:
    word = re.compile(r"diagn[oó]s", re.IGNORECASE)
    texts = update.read(update.FOLDER / f"leukoscope_{language}.ts").values()
    assert [text for text in texts if word.search(text)] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_compiled_catalogs_are_up_to_date(update: ModuleType, language: str, tmp_path: Path) -> None:
    path = update.FOLDER / f"leukoscope_{language}.ts"
    update.compile_catalog(path, tmp_path / "fresh.qm")
    assert (tmp_path / "fresh.qm").read_bytes() == path.with_suffix(".qm").read_bytes()


def test_catalogs_stay_as_they_are_when_written_again(update: ModuleType, tmp_path: Path) -> None:
    path = update.FOLDER / "leukoscope_de.ts"
    texts = update.read(path)
    found = dict.fromkeys(texts, "x.py")
    update.write(tmp_path / "again.ts", "de", found, texts)
    assert update.read(tmp_path / "again.ts") == texts


def test_no_file_with_marked_words_is_left_out(update: ModuleType, repository: Path) -> None:
    using = {
        path.name
        for path in (repository / "leukoscope" / "gui").rglob("*.py")
        if re.search(r"^ +marked\(\"", path.read_text(encoding="utf-8"), re.M)
    }
    assert "image_actions.py" in using
    assert using - set(update._MODULE_CALLS) == set()
