"""The timestamp authority in the settings: set, refused, tried and answered, without an engine."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from unittest.mock import MagicMock

import pytest
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from leukoscope.domain.errors import AccessError, ExchangeError, SettingsError
from leukoscope.exchange.timestamps import SILENT, Stamp
from leukoscope.gui.controllers.stamping import TimestampController
from leukoscope.gui.settings.timestamp_panel import TimestampPanel
from leukoscope.workflow.settings import Settings
from leukoscope.workflow.stamp_service import StampService
from tests.unit.gui.harness import Stage, somewhere

ADDRESS = "http://tsa.example/"
STAMP = Stamp(datetime(2026, 4, 12, 9, 30, tzinfo=UTC), "CN=Stamps of the lab", 7)


class Room:
    """The panel with its controller, and a workbench that keeps what it is told."""

    def __init__(self, qtbot: QtBot) -> None:
        self.stage = Stage()
        self.stamps = self.stage.bench.stamps = MagicMock(spec=StampService)
        self.stamps.set_address.side_effect = lambda text: self.keep(timestamp_address=text)
        self.stamps.set_trusted.side_effect = lambda text: self.keep(timestamp_trusted=text)
        self.stamps.try_it.return_value = STAMP
        self.panel = TimestampPanel()
        qtbot.addWidget(self.panel)
        self.controller = TimestampController(self.stage.session, self.panel)
        self.panel.show_authority("", "")
        self.panel.show()

    def keep(self, **changes: str) -> Settings:
        self.stage.bench.settings.current = replace(self.stage.bench.settings.current, **changes)
        kept: Settings = self.stage.bench.settings.current
        return kept

    def write(self, text: str) -> None:
        self.panel.address.setText(text)
        self.panel.address.editingFinished.emit()


@pytest.fixture
def room(qtbot: QtBot) -> Room:
    return Room(qtbot)


def test_it_is_off_until_an_address_is_written(room: Room) -> None:
    assert room.panel.state.text().startswith("Off:")
    assert not room.panel.try_it.isEnabled()
    room.write(f" {ADDRESS} ")
    room.stamps.set_address.assert_called_once_with(ADDRESS)
    assert "Only a hash" in room.panel.state.text()
    assert room.panel.try_it.isEnabled()
    room.write("")
    assert room.panel.state.text().startswith("Off:")
    assert not room.panel.try_it.isEnabled()


def test_what_is_no_address_is_said_and_stays_to_be_put_right(room: Room) -> None:
    room.stamps.set_address.side_effect = SettingsError("The address begins with http://; write it again.")
    room.write("tsa.example")
    assert room.panel.wrong.text() == "The address begins with http://; write it again."
    assert room.panel.wrong.isVisible()
    assert not room.panel.answer.isVisible()
    assert room.panel.address.text() == "tsa.example"
    assert room.panel.state.text().startswith("Off:")


def test_who_may_not_changes_nothing_and_is_told_why(room: Room) -> None:
    room.stamps.set_address.side_effect = AccessError("Only an administrator can change settings of the laboratory.")
    room.write(ADDRESS)
    assert "Only an administrator" in room.panel.wrong.text()
    assert room.stage.bench.settings.current.timestamp_address == ""


def test_a_file_of_certificates_is_chosen_or_not(room: Room) -> None:
    room.stage.files.open_files.return_value = ()
    room.panel.choose.click()
    room.stamps.set_trusted.assert_not_called()
    room.stage.files.open_files.return_value = (somewhere("tsa.pem"),)
    room.panel.choose.click()
    room.stamps.set_trusted.assert_called_once_with(str(somewhere("tsa.pem")))
    assert room.panel.trusted.text() == str(somewhere("tsa.pem"))


def test_a_try_is_answered_in_a_sentence(room: Room) -> None:
    room.write(ADDRESS)
    room.panel.try_it.click()
    assert room.panel.answer.text().startswith("Asking")
    assert not room.panel.try_it.isEnabled(), "it is being asked"
    room.stage.answer()
    assert "stamped on" in room.panel.answer.text()
    assert "CN=Stamps of the lab" in room.panel.answer.text()
    assert room.panel.try_it.isEnabled()


def test_a_try_that_fails_says_why_and_can_be_made_again(room: Room) -> None:
    room.write(ADDRESS)
    room.stamps.try_it.side_effect = ExchangeError(SILENT, "silent", True)
    room.panel.try_it.click()
    room.stage.answer()
    assert room.panel.wrong.text() == SILENT
    assert room.panel.try_it.isEnabled()
    room.stamps.try_it.side_effect = None
    room.panel.try_it.click()
    room.stage.answer()
    assert not room.panel.wrong.isVisible()
    assert "stamped on" in room.panel.answer.text()


def test_what_is_being_written_is_kept_when_the_page_is_left(room: Room) -> None:
    QTest.keyClicks(room.panel.address, ADDRESS)
    room.panel.save_fields()
    room.stamps.set_address.assert_called_once_with(ADDRESS)
