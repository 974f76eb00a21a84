"""The hospital's directory is tried and set in the settings, against a real one."""

from __future__ import annotations

from dataclasses import asdict

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from leukoscope.domain.directory import Directory
from leukoscope.gui.settings.directory_panel import DirectoryPanel
from leukoscope.gui.settings.people_panel import PeoplePanel
from leukoscope.gui.widgets.buttons import ComboBox, PushButton
from leukoscope.workflow import directory_settings
from tests.unit.exchange.ldap_server import Slapd
from tests.unit.gui.harness import Stage
from tests.unit.workflow import scene
from tests.unit.workflow.conftest import one
from tests.unit.workflow.directory_lab import server, signed_in
from tests.unit.workflow.scene import Scene

__all__ = ["one", "server"]


@pytest.fixture
def stage(one: Scene, qtbot: QtBot) -> Stage:
    """A window's bridge to a real laboratory, in which an administrator has signed in."""
    made = Stage()
    made.bench.operator = signed_in(one, "Adam", scene.PASSWORD)
    return made


@pytest.fixture
def panel(stage: Stage, qtbot: QtBot) -> DirectoryPanel:
    shown = DirectoryPanel(stage.bridge)
    qtbot.addWidget(shown)
    shown.show()
    shown.refresh()
    stage.answer()
    return shown


def write(panel: DirectoryPanel, directory: Directory) -> None:
    for name, value in asdict(directory).items():
        panel.fields[name].clear()
        QTest.keyClicks(panel.fields[name], value)


def press(stage: Stage, button: PushButton) -> None:
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    stage.answer()


def test_it_is_tried_before_it_is_set_and_in_force_then(
    stage: Stage, panel: DirectoryPanel, one: Scene, server: Slapd
) -> None:
    assert panel.state.text().startswith("Off:")
    write(panel, server.directory())
    panel.who.setText("renel")
    press(stage, panel.try_it)
    assert panel.answer.text() == "René Laennec is found there. Role: Reviewer."
    assert not directory_settings.load(one.store).is_on
    panel.who.setText("nobody")
    press(stage, panel.try_it)
    assert panel.answer.text() == "Nora Body is in none of these groups."
    press(stage, panel.use)
    assert panel.answer.text() == "The directory is set."
    assert panel.state.text().startswith("On:")
    assert directory_settings.load(one.store) == server.directory()
    panel.fields["address"].clear()
    press(stage, panel.use)
    assert panel.answer.text() == "The directory is off."


def test_what_is_missing_is_said_and_stays_to_be_put_right(
    stage: Stage, panel: DirectoryPanel, one: Scene, server: Slapd
) -> None:
    write(panel, server.directory(base="hospital"))
    press(stage, panel.use)
    assert "below which name" in panel.wrong.text()
    assert panel.try_it.isEnabled()
    panel.refresh()
    stage.answer()
    assert panel.fields["base"].text() == "hospital"
    assert not directory_settings.load(one.store).is_on
    write(panel, server.directory(address="ldaps://localhost:1"))
    press(stage, panel.try_it)
    assert "does not answer" in panel.wrong.text()


def test_the_role_of_a_person_of_the_directory_is_not_chosen_here(
    stage: Stage, one: Scene, server: Slapd, qtbot: QtBot
) -> None:
    directory_settings.keep(one.store, server.directory())
    signed_in(one, "renel")
    people = PeoplePanel(stage.bridge)
    qtbot.addWidget(people)
    people.refresh()
    stage.answer()
    roles = {box.accessibleName(): box.isEnabled() for box in people.findChildren(ComboBox)}
    assert roles["Role of René Laennec"] is False
    assert roles["Role of Rene"] is True
