"""What a person is told before a signature."""

from __future__ import annotations

from dataclasses import replace

import pytest

from leukoscope.domain.cases import Case, Decision
from leukoscope.domain.findings import Label
from leukoscope.domain.quality import QualityMeasure, QualityReport, QualityVerdict
from leukoscope.workflow.control.in_force import Trouble
from leukoscope.workflow.signing_checklist import ChecklistLine, Standing, Topic, signing_checklist
from tests.unit.exchange import builders

POOR = QualityReport((QualityMeasure("focus", 0.1, "", QualityVerdict.WARN, "Turn the fine focus."),))
GOOD = QualityReport((QualityMeasure("focus", 0.9, "", QualityVerdict.OK),))


def lines(case: Case, waiting: int = 0, trouble: Trouble | None = None, **more: object) -> dict[Topic, ChecklistLine]:
    return {one.topic: one for one in signing_checklist(case, waiting, trouble, **more)}  # type: ignore[arg-type]


def decided(case: Case, by: str) -> Case:
    """The case with every cell decided by one person."""
    said = Decision(Label.HEALTHY, by, builders.NOW)
    frames = (replace(one, cells=tuple(replace(cell, decision=said) for cell in one.cells)) for one in case.frames)
    return replace(case, frames=tuple(replace(one, quality=GOOD) for one in frames))


def test_everything_stands_well_in_a_case_that_is_ready() -> None:
    case = decided(builders.case(), "Ana")
    found = signing_checklist(case, 0, None)
    assert [one.topic for one in found] == list(Topic)
    assert {one.standing for one in found} == {Standing.WELL}
    assert found[-1].names == ("Ana",)
    assert found[-1].count == found[-1].total == len(case.cells)


def test_the_first_unsure_cell_is_named_and_stops() -> None:
    case = builders.case()
    left = [cell for cell in case.cells if cell.needs_person and cell.decision is None]
    line = lines(case)[Topic.CELLS]
    assert (line.standing, line.count, line.cell_id) == (Standing.STOPS, len(left), left[0].id)
    assert left


def test_images_that_wait_stop_and_those_that_failed_are_to_be_looked_at() -> None:
    case = decided(builders.case(), "Ana")
    first, *others = case.frames
    broken = replace(case, frames=(replace(first, error="It is damaged."), *others))
    line = lines(broken)[Topic.IMAGES]
    assert (line.standing, line.count, line.frame_id) == (Standing.LOOK, 1, first.id)
    waiting = lines(broken, waiting=2)[Topic.IMAGES]
    assert (waiting.standing, waiting.count, waiting.waiting) == (Standing.STOPS, 3, 2)
    assert waiting.total == len(case.frames) + 2


def test_an_image_of_poor_quality_is_one_click_away() -> None:
    case = decided(builders.case(), "Ana")
    *others, last = case.frames
    line = lines(replace(case, frames=(*others, replace(last, quality=POOR))))[Topic.QUALITY]
    assert (line.standing, line.count, line.frame_id) == (Standing.LOOK, 1, last.id)


@pytest.mark.parametrize("blocks, standing", [(False, Standing.LOOK), (True, Standing.STOPS)])
def test_daily_control_warns_or_stops_as_the_laboratory_wants(blocks: bool, standing: Standing) -> None:
    trouble = Trouble("The scope broke a rule.", "Measure again.", "Zeiss 40x", "white-red")
    line = lines(builders.case(), trouble=trouble, blocks=blocks)[Topic.CONTROL]
    assert (line.standing, line.sentence) == (standing, "The scope broke a rule.")
    assert (line.instrument, line.code) == ("Zeiss 40x", "white-red")


def test_who_decided_must_not_sign_where_two_people_are_wanted() -> None:
    case = decided(builders.case(), "Ana Pérez")
    assert lines(case, signer=" ana pérez ", two_people=True)[Topic.PEOPLE].standing is Standing.STOPS
    # An accent as a letter of its own, as some keyboards write it: the store takes it for the same name.
    assert lines(case, signer="Ana Pe\u0301rez", two_people=True)[Topic.PEOPLE].standing is Standing.STOPS
    assert lines(case, signer="Ben", two_people=True)[Topic.PEOPLE].standing is Standing.WELL
    assert lines(case, signer="Ana Pérez")[Topic.PEOPLE].standing is Standing.WELL


def test_a_case_on_which_no_person_decided_is_to_be_looked_at() -> None:
    case = builders.case()
    nobody = replace(
        case,
        frames=tuple(
            replace(one, cells=tuple(replace(cell, decision=None) for cell in one.cells)) for one in case.frames
        ),
    )
    line = lines(nobody)[Topic.PEOPLE]
    assert (line.standing, line.count, line.names) == (Standing.LOOK, 0, ())
