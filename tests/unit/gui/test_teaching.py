"""Teaching in the window without an engine: asked, told, stopped, refused, late; and which profile speaks."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from leukoscope.domain.errors import AccessError, SiteError
from leukoscope.domain.site_steps import TeachStage, TeachStep
from leukoscope.workflow.events import (
    CellsCounted,
    Failed,
    ProfileEvaluated,
    ProfileTaught,
    SpeakingChanged,
    Stopped,
    TeachingStep,
)
from leukoscope.workflow.site.service import LockedPart
from tests.unit.gui.harness import somewhere
from tests.unit.gui.teaching_room import Room, facts, overview, profiles, proof

LOST = "The engine has stopped; try again."


@pytest.fixture
def room(qtbot: QtBot) -> Room:
    return Room(qtbot)


# Cells -----------------------------------------------------------------------------------------------------------


def test_a_folder_that_is_not_chosen_is_not_read(room: Room) -> None:
    room.stage.files.open_folder.return_value = None
    room.page.cells.folder.click()
    assert not room.stage.waiting
    room.stage.files.open_folder.return_value = somewhere("cells")
    room.page.cells.folder.click()
    assert room.page.cells.work.isVisible()
    assert not room.page.cells.folder.isEnabled(), "one thing at a time"
    room.stage.answer()
    room.site.count_cells.assert_called_once_with(somewhere("cells"))


def test_what_there_is_and_what_is_missing_is_shown(room: Room) -> None:
    room.with_cells()
    cells = room.page.cells
    shown = [cells.grid.itemAt(place).widget().text() for place in range(cells.grid.count())]  # type: ignore[union-attr]
    assert shown[5:10] == ["Lymphocytes", "8", "1", "8", "12 more cells of 2 more patients"]
    assert shown[10:15] == ["Blasts", "24", "3", "10 · 8 · 6", "nothing"]
    assert "Blasts / Lymphocytes: blast/a/1.png, lymphocyte/a/1.png" in cells.to_settle.text()
    assert "x.png: It is empty." in cells.left_out.text()
    assert cells.next.isEnabled() and not cells.work.isVisible()
    cells.next.click()
    assert room.page.step == "teach"
    assert "32 cells of 4 patients in “cells”" in room.page.teach.cells.text()


def test_cells_that_can_teach_nothing_say_why_and_lead_nowhere(room: Room) -> None:
    room.teaching.read(None)
    room.tell(CellsCounted(overview("All these cells are of one patient; label cells of others.")))
    assert "of one patient" in room.page.cells.message.text
    assert not room.page.cells.next.isEnabled()
    assert not room.page.teach.start.isEnabled()


def test_a_folder_that_is_sorted_otherwise_is_refused(room: Room) -> None:
    room.with_cells()
    room.teaching.read(somewhere("dogs"))
    room.tell(Failed("site", "“dogs” is no class of cells; sort the pictures into CLASS/PATIENT/file."))
    assert "no class of cells" in room.page.cells.message.text
    assert not room.page.cells.next.isVisible(), "what was read before is gone, too"
    assert not room.page.teach.start.isEnabled()
    assert room.page.cells.folder.isEnabled()


def test_only_one_folder_is_taken_when_it_is_dropped(room: Room, tmp_path: Path) -> None:
    room.teaching.take_dropped((somewhere("a.png"),))
    assert "nothing was read" in room.page.cells.message.text
    room.teaching.take_dropped((tmp_path,))
    room.stage.answer()
    room.site.count_cells.assert_called_once_with(tmp_path)
    room.teaching.take_dropped((tmp_path,))
    assert "already" in room.page.cells.message.text
    room.site.count_cells.assert_called_once()


# Teaching --------------------------------------------------------------------------------------------------------


def test_teaching_is_followed_to_its_proof(room: Room) -> None:
    room.with_cells()
    room.page.teach.name.setText("our-lab")
    room.page.teach.start.click()
    room.stage.answer()
    room.site.teach.assert_called_once_with(somewhere("cells"), "our-lab", 0.95, sign=False)
    room.tell(TeachingStep(TeachStep(TeachStage.ASKING, 16)))
    assert "16 of 32 cells" in room.page.teach.work.step.text()
    room.tell(TeachingStep(TeachStep(TeachStage.PROVING, 2, 5)))
    assert room.page.teach.work.bar.maximum() == 5
    room.site.profiles.return_value = profiles(facts())
    room.tell(ProfileTaught("our-lab.1", LockedPart(4, 16, 0)))
    assert room.page.step == "proof"
    assert room.page.proof.verdict.text().startswith("Better than the shipped models")
    assert "looked at once" in room.page.proof.locked.text()


@pytest.mark.parametrize(("error", "sentence"), [
    (AccessError("Sign in first."), "Sign in first."),
    (SiteError("The site profile cannot be kept; check the disk."), "check the disk"),
])  # fmt: skip
def test_teaching_that_cannot_begin_changes_nothing(room: Room, error: Exception, sentence: str) -> None:
    room.with_cells()
    room.site.teach.side_effect = error
    room.page.teach.start.click()
    room.stage.answer()
    assert sentence in room.page.teach.message.text
    assert room.page.teach.start.isEnabled()
    assert room.page.step != "proof"


@pytest.mark.parametrize("sentence", [LOST, "The labels seem to be mixed up; check them."])
def test_teaching_that_fails_half_way_says_why(room: Room, sentence: str) -> None:
    room.with_cells()
    room.page.show_step("teach")
    room.page.teach.start.click()
    room.tell(Failed("site", sentence))
    assert room.page.teach.message.text == sentence
    assert room.page.teach.start.isEnabled()
    assert not room.page.teach.work.isVisible()


def test_teaching_that_is_stopped_says_that_nothing_has_changed(room: Room) -> None:
    room.with_cells()
    room.page.teach.start.click()
    room.page.teach.work.stop.click()
    room.stage.answer()
    assert [call[0] for call in room.site.method_calls[-2:]] == ["teach", "stop"], (
        "what has not begun cannot be stopped"
    )
    assert not room.page.teach.work.stop.isEnabled()
    room.tell(Stopped("site"))
    assert "nothing has changed" in room.page.teach.message.text


def test_what_comes_late_is_not_shown(room: Room) -> None:
    room.tell(CellsCounted(overview()))
    room.tell(ProfileTaught("our-lab.1", LockedPart(0, 0, 0)))
    room.tell(ProfileEvaluated("our-lab.1", proof(), LockedPart(1, 1, 1)))
    room.tell(Failed("site", LOST))
    assert not room.page.cells.next.isVisible()
    assert room.page.step == "cells"
    assert room.page.cells.message.text == ""
    room.with_cells()
    room.tell(CellsCounted(overview("late")))
    assert room.page.cells.message.text == ""


# Profiles --------------------------------------------------------------------------------------------------------


def test_the_locked_part_is_looked_at_only_with_cells(room: Room) -> None:
    room.with_profiles(facts())
    room.page.show_step("proof")
    assert not room.page.proof.look.isEnabled()
    assert "choose the cells again" in room.page.proof.locked.text()
    room.with_cells()
    assert room.page.proof.look.isEnabled()
    room.page.proof.look.click()
    room.stage.answer()
    room.site.evaluate.assert_called_once_with(somewhere("cells"), "our-lab.1", locked=True)
    room.tell(ProfileEvaluated("our-lab.1", proof("too few to tell"), LockedPart(4, 16, 2)))
    assert "16 cells of 4 locked patients" in room.page.proof.source.text()
    room.page.proof.back.click()
    assert "by leaving patients out" in room.page.proof.source.text()


def test_a_profile_that_is_better_speaks_without_a_reason(room: Room) -> None:
    room.with_profiles(facts())
    room.page.show_step("activate")
    room.page.activation.activate.click()
    room.stage.answer()
    room.site.activate.assert_called_once_with("our-lab.1", "")
    assert "speaks from the next image on" in room.stage.told


def test_a_profile_that_is_no_better_needs_a_reason(room: Room) -> None:
    room.with_profiles(facts(verdict="no better"))
    room.page.show_step("activate")
    activation = room.page.activation
    assert not activation.activate.isEnabled()
    activation.reason.setText("  ")
    assert not activation.activate.isEnabled()
    activation.reason.setText("the new camera comes tomorrow")
    activation.activate.click()
    room.stage.answer()
    room.site.activate.assert_called_once_with("our-lab.1", "the new camera comes tomorrow")


@pytest.mark.parametrize("error", [
    AccessError("Only an administrator can put a site profile in force; ask one to sign in."),
    SiteError("The site profile was taught with the models a 0.9.0; choose these, or teach it anew."),
])  # fmt: skip
def test_what_cannot_be_put_in_force_says_why(room: Room, error: SiteError) -> None:
    room.with_profiles(facts())
    room.page.show_step("activate")
    room.site.activate.side_effect = error
    room.page.activation.activate.click()
    room.stage.answer()
    assert room.page.activation.message.text == error.message
    room.status.show_profile.assert_called_with("")


def test_a_profile_of_other_models_cannot_be_chosen_and_says_why(room: Room) -> None:
    room.with_profiles(facts(obstacle="It was taught with the models a 0.9.0; choose these, or teach it anew."))
    room.page.show_step("activate")
    assert not room.page.activation.activate.isEnabled()
    assert "choose these" in room.page.activation.state.text()


def test_who_may_not_sees_why(room: Room) -> None:
    room.with_profiles(facts(), speaking="our-lab.1")
    room.stage.bench.operator.why_not.return_value = "Only an administrator can do that."
    room.controller.apply_permissions()
    room.page.show_step("activate")
    assert room.page.activation.why_not.text() == "Only an administrator can do that."
    for part in (room.page.activation.retire, room.page.profiles.back, room.page.profiles.bring):
        assert not part.isEnabled()


def test_one_click_goes_back_to_what_spoke_before(room: Room) -> None:
    room.with_profiles(facts(), facts("our-lab.2"), speaking="our-lab.2", former="our-lab.1")
    assert room.page.profiles.back.text() == "Go back to our-lab.1"
    room.site.go_back.return_value = "our-lab.1"
    room.page.profiles.back.click()
    room.stage.answer()
    assert room.stage.told == "our-lab.1 speaks again."
    room.site.go_back.side_effect = SiteError("It is gone.")
    room.page.profiles.back.click()
    room.stage.answer()
    assert room.stage.warned == "It is gone."


def test_a_profile_in_force_that_is_damaged_says_so_and_can_be_left(room: Room) -> None:
    room.with_profiles(obstacle="This site profile is damaged or was changed by hand.", speaking="our-lab.1")
    assert "damaged" in room.page.profiles.trouble.text()
    assert room.page.profiles.back.isVisible()


def test_another_profile_that_speaks_is_said_wherever_it_was_chosen(room: Room) -> None:
    heard: list[bool] = []
    room.controller.speaking_changed.connect(lambda: heard.append(True))
    room.tell(SpeakingChanged(""))
    room.tell(SpeakingChanged("our-lab.1"))
    room.status.show_profile.assert_called_with("our-lab.1")
    assert heard == [True]


def test_a_profile_goes_to_a_file_and_comes_from_one(room: Room) -> None:
    room.with_profiles(facts())
    room.page.show_step("activate")
    room.stage.files.save_file.return_value = None
    room.page.activation.export.click()
    room.stage.answer()
    room.site.export.assert_not_called()
    room.stage.files.save_file.return_value = somewhere("stick.site")
    room.site.export.side_effect = SiteError("It cannot be written; check the disk.")
    room.page.activation.export.click()
    room.stage.answer()
    assert "check the disk" in room.page.activation.message.text
    room.stage.files.open_files.return_value = ()
    room.page.profiles.bring.click()
    room.stage.answer()
    room.site.take.assert_not_called()
    room.stage.files.open_files.return_value = (somewhere("stick.site"),)
    room.site.take.side_effect = SiteError("This site profile is damaged or was changed by hand.")
    room.page.profiles.bring.click()
    room.stage.answer()
    assert "damaged" in room.stage.warned
    room.site.take.side_effect, room.site.take.return_value = None, "their-lab.1"
    room.site.profiles.return_value = profiles(facts(), facts("their-lab.1"))
    room.page.profiles.bring.click()
    room.stage.answer()
    assert room.page.step == "activate"
    assert room.page.activation.title.text() == "their-lab.1"
