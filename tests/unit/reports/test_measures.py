"""Measures of image quality have words in report and window, whatever the language."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from leukoscope.domain.quality import QualityMeasure, QualityVerdict
from leukoscope.gui import measure_words
from leukoscope.imaging.no_cells import CELLS
from leukoscope.reports.measures import measure_name, measure_value
from leukoscope.reports.words import ENGLISH, Words, load_words

PLAIN = {"", "px"}
"""Units that are the same in every language."""


def measured(repository: Path) -> Iterator[tuple[str, str]]:
    """Name and unit of everything that is measured of an image."""
    yield CELLS, ""
    tree = ast.parse((repository / "leukoscope" / "imaging" / "quality.py").read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in {"_low", "_high"}:
            name, unit = node.args[0], node.args[2]
            if isinstance(name, ast.Constant) and isinstance(unit, ast.Constant):
                yield str(name.value), str(unit.value)


@pytest.mark.parametrize("language", ["de", "fr", "es"])
def test_every_measure_has_words_in_every_language(language: str, repository: Path) -> None:
    asked: list[str] = []

    class Asked(Words):
        def __call__(self, text: str, /, **values: object) -> str:
            asked.append(text)
            return f"<{text}>"

    words = load_words(language, repository / "resources" / "translations")
    found = set(measured(repository))
    assert len(found) > 8
    for name, unit in found:
        measure = QualityMeasure(name, 0.25, unit, QualityVerdict.OK)
        assert measure_name(measure, Asked()).startswith("<"), name
        assert unit in PLAIN or f"<{unit}>" in measure_value(measure, Asked()), unit
    assert set(asked) <= set(words.texts), set(asked) - set(words.texts)


@pytest.mark.parametrize(
    ("value", "said"),
    [(1.2e-5, "< 0.001"), (0.0, "0"), (0.2049, "0.205"), (1234.5, "1234"), (999.6, "1000"), (-0.5, "-0.5")],
)
def test_a_figure_is_never_a_power_of_ten(value: float, said: str) -> None:
    measure = QualityMeasure("clipping", value, "of the pixels", QualityVerdict.OK)
    assert measure.figure == said
    assert measure_value(measure, ENGLISH).startswith(said)
    assert measure_words.value(measure).startswith(said)


def test_report_and_window_say_the_same(repository: Path) -> None:
    for name, unit in measured(repository):
        measure = QualityMeasure(name, 0.25, unit, QualityVerdict.OK)
        assert measure_words.name(measure) == measure_name(measure, Words())
        assert measure_words.value(measure) == measure_value(measure, Words())
