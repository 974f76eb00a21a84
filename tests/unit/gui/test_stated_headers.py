"""A file that names a patient is offered for the case, asked where it is another one, and writes nothing by itself."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtWidgets import QWidget

from leukoscope.domain.cases import CaseHeader, CaseState
from leukoscope.domain.stated import StatedHeader
from leukoscope.gui.controllers.stated_headers import StatedHeaderController
from leukoscope.gui.sheets.stated_sheet import StatedSheet
from leukoscope.workflow.events import HeaderStated, QueueChanged
from tests.unit.gui.harness import Stage, a_case

JANE = StatedHeader("B-9", "DOE, JANE", "4711", "1960-12-24", "female")
MAX = StatedHeader(patient="Roe, Max", birth_date="1970-01-01")


@pytest.fixture
def window(qtbot: object) -> QWidget:
    return QWidget()


def room(window: QWidget, state: CaseState = CaseState.OPEN) -> tuple[Stage, StatedHeaderController]:
    stage = Stage(a_case(state=state))
    return stage, StatedHeaderController(stage.session, StatedSheet(window))


def state(stage: Stage, stated: StatedHeader, name: str = "IM1", case_id: int = 7) -> None:
    stage.signals.happened.emit(HeaderStated(case_id, name, stated))


def test_what_the_case_lacks_is_offered_and_ticked(window: QWidget) -> None:
    stage, made = room(window)
    state(stage, JANE)
    assert stage.told == "“IM1” says who the patient is."
    assert not stage.warned and stage.writes == 0
    stage.messages.tell.call_args.args[2]()
    sheet = made.sheet
    assert {name: tick.isChecked() for name, tick in sheet.ticks.items()} == {
        "number": False, "patient_id": True, "birth_date": True, "sex": True,
    }  # fmt: skip
    assert sheet.other.isHidden() and "4711" in sheet.texts() and "A-1" in sheet.texts()
    sheet.ticks["sex"].setChecked(False)
    sheet.take()
    stage.answer()
    before = a_case().header
    stage.bench.cases.update_header.assert_called_once_with(
        7, replace(before, patient_id="4711", birth_date="1960-12-24"), before
    )


def test_another_patient_is_asked_about_and_nothing_is_ticked(window: QWidget) -> None:
    stage, made = room(window)
    state(stage, MAX)
    assert stage.warned == "“IM1” names another patient than this case."
    stage.messages.warn.call_args.args[2]()
    assert not made.sheet.other.isHidden()
    assert [tick.isChecked() for tick in made.sheet.ticks.values()] == [False, False]
    assert not made.sheet.go.isEnabled()
    made.sheet.take()
    assert stage.writes == 0


def test_of_two_patients_in_one_folder_the_other_one_is_said(window: QWidget) -> None:
    stage, made = room(window)
    state(stage, JANE)
    state(stage, MAX, "IM2")
    assert stage.warned == "“IM2” names another patient than this case."
    assert made is not None


def test_the_same_is_said_once_and_what_the_case_has_not_at_all(window: QWidget) -> None:
    stage, made = room(window)
    state(stage, StatedHeader(patient="Jane Doe"))
    assert not stage.told
    for name in ("IM1", "IM2", "IM3"):
        state(stage, JANE, name)
    assert stage.messages.tell.call_count == 1
    stage.signals.happened.emit(QueueChanged(None, None))
    stage.signals.happened.emit(QueueChanged(None, None))
    assert stage.messages.tell.call_count == 2, "said once more when the images are judged"
    assert made is not None


def test_it_waits_for_its_case_and_leaves_a_signed_one_alone(window: QWidget) -> None:
    stage, made = room(window)
    state(stage, JANE, case_id=8)
    assert not stage.told
    stage.open(a_case(8, "B-2"))
    assert stage.told
    signed, other = room(window, CaseState.SIGNED)
    state(signed, MAX)
    assert not signed.warned and not signed.told
    assert made is not None and other is not None


def test_a_case_that_was_opened_meanwhile_is_not_written(window: QWidget) -> None:
    stage, made = room(window)
    state(stage, JANE)
    stage.messages.tell.call_args.args[2]()
    stage.open(a_case(8, "B-2"))
    made.sheet.take()
    assert stage.writes == 0
    assert stage.warned == "Another case is open now; nothing was written."


def test_the_whole_header_can_be_taken_over_into_a_new_case(window: QWidget) -> None:
    stage, made = room(window)
    stage.open(replace(a_case(), header=CaseHeader("2026-0001")))
    state(stage, JANE)
    stage.messages.tell.call_args.args[2]()
    made.sheet.ticks["number"].setChecked(True)
    made.sheet.take()
    stage.answer()
    taken = stage.bench.cases.update_header.call_args.args[1]
    assert taken == CaseHeader("B-9", "DOE, JANE", patient_id="4711", birth_date="1960-12-24", sex="female")
