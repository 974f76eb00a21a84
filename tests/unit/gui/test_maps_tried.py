"""The card of an imported model says what trying its maps showed, and the news of the import warns of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from leukoscope.gui.models.model_card import ModelCard, ModelFacts
from leukoscope.gui.models.model_list import ModelList
from leukoscope.gui.models.page import ModelsPage
from leukoscope.workflow.model_events import ModelImported
from tests.unit.gui.harness import Stage

FACTS = ModelFacts("own", "Own", "1", "0" * 64, False, (("Name", "own"),), None, (), "", (), "# Own")
WARNING = "Read what trying its maps showed before you go by them: at least one does not show why it judges."


@pytest.mark.usefixtures("qapp")
def test_the_card_shows_the_sentences_and_nothing_where_there_are_none() -> None:
    card = ModelCard()
    card.show_model(replace(FACTS, maps_tried=("“A” changes.", "“A” is empty.")))
    assert card.tried.text() == "“A” changes.\n“A” is empty."
    assert not card.tried.isHidden()
    card.show_model(FACTS)
    assert card.tried.isHidden()


@pytest.mark.usefixtures("qapp")
@pytest.mark.parametrize("warning", ["", WARNING])
def test_the_news_of_an_import_warns_of_maps_that_show_nothing(warning: str) -> None:
    stage = Stage()
    page: Any = ModelsPage(stage.bridge)
    stage.signals.happened.emit(ModelImported("own"))
    assert "“own” is installed" in page.message.text
    page._show(ModelList((replace(FACTS, maps_warning=warning),), ("own",)))
    assert (WARNING in page.message.text) is bool(warning)
    # Told once: reading the models again says nothing anew.
    page.message.tell("something else")
    page._show(ModelList((replace(FACTS, maps_warning=warning),), ("own",)))
    assert page.message.text == "something else"
