"""Maintenance in the settings: its answers in a sentence, and a stop that lets an answer go unheard."""

from __future__ import annotations

from pathlib import Path
from unittest.mock import MagicMock

import pytest
from pytestqt.qtbot import QtBot

from leukoscope.domain.errors import ExchangeError
from leukoscope.domain.lines import Line
from leukoscope.gui.controllers.maintenance import MaintenanceController
from leukoscope.gui.settings.line_choice import LineChoice
from leukoscope.gui.settings.maintenance_panel import MaintenancePanel
from leukoscope.workflow.backup import BackedUp
from leukoscope.workflow.backup_check import Tally
from leukoscope.workflow.maintenance import MaintenanceService
from leukoscope.workflow.restore import Plan
from leukoscope.workflow.restore_models import ModelsPlan
from leukoscope.workflow.store_check import StoreCheck
from tests.unit.gui.harness import Stage


class Room:
    """The panel and one line with their controller."""

    def __init__(self, qtbot: QtBot) -> None:
        self.stage = Stage()
        self.service = self.stage.bench.maintenance = MagicMock(spec=MaintenanceService)
        self.panel, self.line = MaintenancePanel(), LineChoice("Line")
        for one in (self.panel, self.line):
            qtbot.addWidget(one)
            one.show()
        self.line.show_line(Line.PLAIN)
        self.controller = MaintenanceController(self.stage.session, self.panel, {"hl7_node": self.line})


@pytest.fixture
def room(qtbot: QtBot) -> Room:
    return Room(qtbot)


def test_a_line_is_tried_and_a_stopped_try_is_not_heard(room: Room) -> None:
    room.service.try_line.return_value = "lis:2575"
    room.line.test.click()
    assert room.line.stop.isVisible() and not room.line.test.isEnabled()
    room.stage.answer()
    assert room.line.answer.text().startswith("Somebody listens at lis:2575")
    room.line.test.click()
    room.line.stop.click()
    room.stage.answer()
    assert room.line.answer.text() == "" and room.line.test.isEnabled()
    room.service.try_line.side_effect = ExchangeError("Nobody answers.")
    room.line.test.click()
    room.stage.answer()
    assert room.line.wrong.text() == "Nobody answers."


def test_backup_and_check_say_what_came_of_them(room: Room) -> None:
    room.stage.files.save_file.return_value = Path("/drive/all")
    room.service.back_up.return_value = BackedUp(7, 2)
    room.panel.backup.click()
    assert room.panel.work.isVisible() and not room.panel.check.isEnabled()
    room.stage.answer()
    assert room.service.back_up.call_args.args[0] == Path("/drive/all.zip")
    assert "7 images and 2 imported models" in room.panel.answer.text()
    room.service.check.return_value = (StoreCheck("images", ("One is missing.",), ""),)
    room.panel.check.click()
    room.stage.answer()
    assert room.panel.wrong.text() == "One is missing."
    room.panel.check.click()
    room.panel.work.stop.click()
    assert room.controller._cancel.cancelled


def test_a_backup_is_put_back_only_after_its_figures_were_seen(room: Room, qtbot: QtBot) -> None:
    room.stage.files.open_files.return_value = (Path("/drive/all.zip"),)
    room.service.look_at.return_value = Plan(
        Tally(3, 9, 40, None), Tally(2, 8, 30, None), (), ModelsPlan(("a",), (), ("b",))
    )
    room.panel.restore.click()
    room.stage.answer()
    assert "Now: cases: 3, images: 9. Backup: cases: 2, images: 8" in room.panel.answer.text()
    assert (
        "Imported models that come back: 1; here already: 0. The model “b” of this backup" in room.panel.answer.text()
    )
    with qtbot.waitSignal(room.controller.wanted) as wanted:
        room.panel.put_back.click()
        room.stage.answer()
    assert wanted.args == [room.service.prepare_restore.return_value]
    room.service.prepare_restore.assert_called_once_with(Path("/drive/all.zip"))
