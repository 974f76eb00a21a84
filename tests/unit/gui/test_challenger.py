"""A new profile beside the one that speaks, and corrections since the last teaching, in the window without engine."""

from __future__ import annotations

from dataclasses import replace

import pytest
from pytestqt.qtbot import QtBot

from leukoscope.domain.errors import StoreError
from leukoscope.workflow.events import ProfileEvaluated
from leukoscope.workflow.site.corrections import Corrections
from leukoscope.workflow.site.profile_list import ProfileFacts
from leukoscope.workflow.site.service import LockedPart
from tests.unit.gui.harness import somewhere
from tests.unit.gui.teaching_room import Room, facts, profiles, proof


@pytest.fixture
def room(qtbot: QtBot) -> Room:
    return Room(qtbot)


def challenger(challenge: str = "") -> ProfileFacts:
    return replace(facts("our-lab.2"), champion="our-lab.1", challenge=challenge)


def reason_words(room: Room) -> str:
    return room.page.activation._reason_words.text()


def test_a_new_profile_is_compared_with_the_one_that_speaks(room: Room) -> None:
    room.with_profiles(facts(), challenger(), speaking="our-lab.1")
    room.controller.show_profile("our-lab.2")
    assert room.page.proof.challenge.text() == "Compare with our-lab.1, which speaks now"
    assert not room.page.proof.challenge.isEnabled(), "without cells"
    room.with_cells()
    room.controller.show_profile("our-lab.2")
    room.page.proof.challenge.click()
    room.stage.answer()
    room.site.challenge.assert_called_once_with(somewhere("cells"), "our-lab.2")
    room.site.profiles.return_value = profiles(facts(), challenger("no better"), speaking="our-lab.1")
    room.tell(ProfileEvaluated("our-lab.2", proof("no better"), LockedPart(4, 16, 2), "our-lab.1"))
    assert room.page.proof.verdict.text() == "No better than our-lab.1, which speaks now, on the locked patients."
    assert "○ is our-lab.1, which speaks now." in room.page.proof.source.text()
    room.page.show_step("activate")
    assert not room.page.activation.activate.isEnabled(), "a reason is to be written"
    assert "Beside our-lab.1, which speaks now, the locked patients say: no better." in reason_words(room)
    room.controller.show_profile("our-lab.1")
    assert not room.page.proof.challenge.isVisible(), "it speaks itself"


@pytest.mark.parametrize(("challenge", "enabled"), [("", False), ("too few to tell", False), ("better", True)])
def test_only_one_that_is_better_takes_over_without_a_reason(room: Room, challenge: str, enabled: bool) -> None:
    room.with_profiles(facts(), challenger(challenge), speaking="our-lab.1")
    room.controller.show_profile("our-lab.2")
    room.page.show_step("activate")
    assert room.page.activation.activate.isEnabled() is enabled
    if not challenge:
        assert "It was not compared with our-lab.1" in reason_words(room)


def test_corrections_are_counted_and_enough_of_them_propose_teaching_anew(room: Room) -> None:
    panel = room.page.profiles
    room.site.corrections.return_value = Corrections(19, "our-lab.1")
    room.with_profiles(facts(), speaking="our-lab.1")
    assert panel.corrections.text() == "19 cells were corrected since our-lab.1 was taught."
    assert not panel.teach.isVisible()
    room.status.show_corrections.assert_called_with(0)
    room.site.corrections.return_value = Corrections(20, "our-lab.1")
    room.controller.look_for_corrections()
    room.stage.answer()
    assert "worth teaching anew" in panel.corrections.text()
    room.status.show_corrections.assert_called_with(20)
    room.page.show_step("activate")
    panel.teach.click()
    assert room.page.step == "cells"
    room.site.corrections.side_effect = StoreError("The server does not answer.")
    room.controller.look_for_corrections()
    room.stage.answer()
    room.status.show_corrections.assert_called_with(0)
    assert room.stage.warned == "", "it is no more than a note"
