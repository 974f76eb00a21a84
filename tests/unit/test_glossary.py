"""The words of docs/glossary.md are those of the code, of the screen and of DESIGN."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

from tests.unit.glossary import entries, forbidden_names, forbidden_sentences, kept_names, names_in, rows

ROOT = Path(__file__).resolve().parents[2]
GLOSSARY = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
DESIGN = ROOT.parent / "shared" / "DESIGN.md"
PACKAGES = ("leukoscope", "training")


def catalogs() -> ModuleType:
    """The script that knows which strings a person can see."""
    path = ROOT / "resources" / "translations" / "update.py"
    spec = importlib.util.spec_from_file_location("translations_update", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_no_name_has_a_word_that_the_glossary_forbids() -> None:
    kept = set(kept_names(GLOSSARY))
    hits = list(forbidden_names(names_in(ROOT, PACKAGES), entries(GLOSSARY)))
    assert not [
        f"{hit.file}: {hit.text} has {hit.forbidden!r}; say {hit.instead!r}" for hit in hits if hit.text not in kept
    ]
    assert not kept - {hit.text for hit in hits}, "these names are gone: take their lines out of the glossary"


def test_no_sentence_has_a_word_that_the_glossary_forbids() -> None:
    texts = {text for _, text in catalogs().strings()}
    assert len(texts) > 1000
    hits = forbidden_sentences(sorted(texts), entries(GLOSSARY))
    assert not [f"{hit.text!r} has {hit.forbidden!r}; say {hit.instead!r}" for hit in hits]


@pytest.mark.parametrize(
    ("file", "text", "forbidden"),
    [
        ("leukoscope/imaging/img.py", "", "img"),
        ("leukoscope/snapshots/__init__.py", "", "snapshot"),
        ("leukoscope/imaging/cells.py", "class CellDetection: ...", "detection"),
        ("leukoscope/imaging/cells.py", "class ROIBox: ...", "roi"),
        ("leukoscope/gui/page.py", "class Page:\n    def show_cell_types(self) -> None: ...", "cell_type"),
        ("training/fit.py", "async def cropped() -> None:\n    def crop_cell() -> None: ...", "crop"),
    ],
)
def test_a_planted_name_is_found(tmp_path: Path, file: str, text: str, forbidden: str) -> None:
    path = tmp_path / file
    path.parent.mkdir(parents=True)
    path.write_text(text, encoding="utf-8")
    hits = list(forbidden_names(names_in(tmp_path, PACKAGES), entries(GLOSSARY)))
    assert [hit.forbidden for hit in hits] == [forbidden]


@pytest.mark.parametrize("name", ["microscope", "Prototype", "hero_images", "cropped_out", "CellsOfType"])
def test_a_word_inside_another_is_not_that_word(name: str) -> None:
    hits = list(forbidden_names([("leukoscope/a.py", name)], entries(GLOSSARY)))
    assert [hit.forbidden for hit in hits] == []


def test_a_planted_sentence_is_found(tmp_path: Path) -> None:
    path = tmp_path / "leukoscope" / "gui" / "page.py"
    path.parent.mkdir(parents=True)
    (tmp_path / "leukoscope" / "reports").mkdir()
    told = (
        "class Page:\n    def a(self) -> None:\n        self.tr('Two cancer cells.'); self.tr('Projection of a cell')\n"
    )
    path.write_text(told, encoding="utf-8")
    for words in ("export/report_content.py", "export/report_models.py", "control/words.py", "demo_case.py"):
        file = tmp_path / "leukoscope" / "workflow" / words
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("", encoding="utf-8")
    texts = [text for _, text in catalogs().strings(tmp_path)]
    assert [(hit.text, hit.forbidden) for hit in forbidden_sentences(texts, entries(GLOSSARY))] == [
        ("Two cancer cells.", "cancer")
    ]


def test_a_word_is_forbidden_once_and_is_nobodys_own() -> None:
    words = entries(GLOSSARY)
    forbidden = [word for entry in words for word in entry.not_in_names]
    assert len(forbidden) == len(set(forbidden)) > 25
    assert not {entry.word.lower() for entry in words} & set(forbidden)


@pytest.mark.skipif(not DESIGN.is_file(), reason="DESIGN.md lies beside the repository, where it is developed")
def test_the_words_of_the_design_are_here_and_what_it_forbids_is_forbidden() -> None:
    ours = {entry.word: entry for entry in entries(GLOSSARY)}
    design = DESIGN.read_text(encoding="utf-8").replace("## 2. Words (use these, in code and on screen)", "## Words")
    theirs = list(rows(design, "Words"))
    assert len(theirs) > 10
    for word, _, forbidden in theirs:
        assert word in ours, f"DESIGN has {word!r}"
        ours_not = {part for one in ours[word].not_in_names for part in (one, one.rpartition("_")[2])}
        asked = {
            one.strip().lower().replace("-", "_").removesuffix(" cell") for one in forbidden.split(",") if one != "-"
        }
        assert asked <= ours_not, f"{word}: {asked - ours_not}"
