"""On a model's card: the cases that it judged, and two models beside each other, with a way to stop."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from unittest.mock import MagicMock

import pytest
from PySide6.QtCore import QTranslator
from PySide6.QtWidgets import QApplication

from leukoscope.cases.model_uses import ModelUse
from leukoscope.domain.site_labels import place_of
from leukoscope.gui.models.model_list import ModelList
from leukoscope.gui.models.page import ModelsPage
from leukoscope.gui.quality import quality_words
from leukoscope.workflow.events import Failed, Stopped
from leukoscope.workflow.model_events import ModelsAsked, ModelsCompared
from leukoscope.workflow.own_model.history import ModelHistory
from leukoscope.workflow.site.proof_facts import ProofFacts, ProofFigure, QuestionFacts
from tests.unit.gui.harness import Stage
from tests.unit.gui.test_maps_tried import FACTS

MODELS = ModelList(
    (replace(FACTS, name="own-2", title="Own 2", follows="own"), replace(FACTS, name="first", title="First"), FACTS),
    ("own",),
)


@pytest.mark.usefixtures("qapp")
def test_a_version_is_held_beside_the_one_before() -> None:
    stage = Stage()
    stage.bench.versions = MagicMock(spec=ModelHistory)
    page: Any = ModelsPage(stage.bridge)
    page._show(MODELS)
    life, bench = page.card.life, stage.bench.versions
    assert life.other.currentData() == "own", "the version before is the likeliest"

    bench.cases.return_value = (ModelUse(4, "2026-4", 12, "1"), ModelUse(4, "2026-4", 3, "2"))
    life.cases.click()
    stage.answer()
    assert life.used.text() == "Cases: 1" and life.used_more.isHidden()
    assert life.used_rows.texts == (("2026-4", "12", "1"), ("2026-4", "3", "2"))

    life.on_cases.click()
    stage.answer()
    bench.compare.assert_called_once_with("own", "own-2", None)
    stage.signals.happened.emit(ModelsAsked(32))
    assert not life.work.isHidden() and life.work.step.text() == "32 cells judged by both"
    page._show(MODELS)
    assert not life.work.isHidden(), "the models read again change nothing"
    figure = ProofFigure(0.9), ProofFigure(1.0)
    facts = ProofFacts("better", (QuestionFacts("leukemia", "better", 40, 4, ProofFigure(0.1), {"auroc": figure}),))
    parted = (("case 4, image 1", "lymphocyte", "leukemic", "healthy"),)
    stage.signals.happened.emit(ModelsCompared(("own", "own-2"), facts, 40, 2, parted, (0, 1)))
    assert life.work.isHidden()
    assert "“own-2” beside “own”: better." in life.result.text() and "2 pictures were left out." in life.result.text()
    assert life.parted.texts == (("case 4, image 1", "lymphocyte", "leukemic", "healthy"),)

    for event, words in ((Stopped("models"), "nothing of it is kept"), (Failed("models", "No cell."), "No cell.")):
        life.on_cases.click()
        stage.answer()
        life.work.stop.click()
        stage.signals.happened.emit(event)
        assert words in life.result.text() and life.work.isHidden() and life.parted.isHidden()
    assert bench.stop.call_count == 2


class _Swapped(QTranslator):
    """A language in which images come before cases."""

    def translate(self, context: str, text: str, *_: Any) -> str:
        return "Bild {1} von Fall {0}" if (context, text) == ("Quality", "case {0}, image {1}") else ""


def test_where_a_cell_is_stands_in_the_window_s_language(qapp: QApplication) -> None:
    translator = _Swapped()
    qapp.installTranslator(translator)
    try:
        assert quality_words.place(place_of("2026-4, late", 12)) == "Bild 12 von Fall 2026-4, late"
        assert quality_words.place("healthy/a/case 3.png") == "healthy/a/case 3.png"
    finally:
        qapp.removeTranslator(translator)
    assert quality_words.place(place_of("4", 1)) == "case 4, image 1"
