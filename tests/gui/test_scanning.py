"""A scan in the window: Micro-Manager's own demonstration microscope is driven, its fields come into the case."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from tests.gui.conftest import PATIENCE_MS, OpenWindow
from tests.unit.workflow.test_scanning import SCOPE


@pytest.fixture
def window(open_quiet: OpenWindow, tmp_path: Path, qtbot: QtBot) -> Any:
    made: Any = open_quiet()
    made.actions_by_id["new_case"].trigger()
    qtbot.waitUntil(lambda: made.case.id is not None, timeout=PATIENCE_MS)
    made.show_page("live")
    path = tmp_path / "scope.cfg"
    path.write_text(SCOPE.lstrip())
    assert not made.live.panel.scan.isEnabled()
    made.live.start(f"mm:{path}")
    qtbot.waitUntil(made.live.panel.scan.isEnabled, timeout=PATIENCE_MS)
    made.live.panel.scan.click()
    return made


def taken(window: Any) -> int:
    return len(window.waiting.taken.model.fields)


def test_its_fields_come_into_the_case_with_their_places(window: Any, qtbot: QtBot) -> None:
    card = window.scanning.card
    assert card.isVisible() and "around where the stage stands" in card.said.text() and not card.cancel.isEnabled()
    places: list[Any] = []
    window.live.taken.connect(lambda _pixels, origin, _scale, _by: places.append(origin.stage))
    card.fields.setValue(3)
    card.every.setValue(0)
    card.start.click()
    assert window.scanning.is_running and card.cancel.isEnabled() and not card.fields.isEnabled()
    qtbot.waitUntil(lambda: not window.scanning.is_running, timeout=PATIENCE_MS)
    assert (
        card.said.text() == "3 of 3 fields are taken. In the overview cells that two fields show can be counted once."
        and card.start.isEnabled()
    )
    assert len({(round(one.x_um), round(one.y_um)) for one in places}) == 3
    qtbot.waitUntil(lambda: taken(window) == 3, timeout=PATIENCE_MS)


def test_it_is_cancelled_and_a_camera_that_goes_ends_it_with_a_sentence(window: Any, qtbot: QtBot) -> None:
    card = window.scanning.card
    card.fields.setValue(60)
    card.every.setValue(0)
    card.start.click()
    # On a busy machine more than one field is taken between two looks.
    qtbot.waitUntil(lambda: re.match(r"([2-9]|\d\d) of ", card.said.text()) is not None, timeout=PATIENCE_MS)
    card.cancel.click()
    qtbot.waitUntil(lambda: not window.scanning.is_running, timeout=PATIENCE_MS)
    assert "of 60 fields are taken." in card.said.text() and not card.said.text().startswith("60")
    before = card.said.text()
    card.start.click()
    qtbot.waitUntil(lambda: card.said.text() != before, timeout=PATIENCE_MS)
    window.live.stop()
    qtbot.waitUntil(lambda: not window.scanning.is_running, timeout=PATIENCE_MS)
    assert "of 60 fields are taken." in card.said.text() and "scan again" in card.said.text()
    assert not window.live.panel.scan.isEnabled()
