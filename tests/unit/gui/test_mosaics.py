"""The overview offers to join overlapping images, says how sure it is, and counts a cell once when asked to."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from unittest.mock import MagicMock

import pytest
from pytestqt.qtbot import QtBot

from leukoscope.domain.cells import Box
from leukoscope.domain.frames import FrameOrigin, OriginKind
from leukoscope.domain.seen_twice import SeenCell, SeenTwice
from leukoscope.domain.stage import StagePosition
from leukoscope.gui.controllers.mosaics import MosaicController
from leukoscope.gui.review.field_list import FieldList, fields_of
from leukoscope.gui.review.overview_card import OverviewCard
from leukoscope.workflow.events import FrameAdded
from leukoscope.workflow.mosaics import JoinedImages, MosaicService
from tests.unit.gui.harness import Stage, a_case

TWICE = SeenTwice(SeenCell(71, 70, Box(0, 0, 9, 9)), (SeenCell(72, 80, Box(0, 0, 9, 9)),))
JOINED = JoinedImages({70: (0, StagePosition(0, 0)), 80: (0, StagePosition(90, 5))}, 1, 0.913, (TWICE,))


def two_images(kind: OriginKind = OriginKind.FILE) -> Any:
    case = a_case()
    frames = [replace(case.frames[0], id=number, origin=FrameOrigin(kind, f"{number}.png")) for number in (70, 80, 90)]
    return replace(case, frames=tuple(frames))


@pytest.fixture
def room(qtbot: QtBot) -> tuple[Stage, OverviewCard, MosaicController]:
    stage = Stage(two_images())
    stage.bench.mosaics = MagicMock(spec=MosaicService)
    stage.bench.mosaics.join.return_value, stage.bench.mosaics.known.return_value = JOINED, None
    model = FieldList()
    model.set_fields(fields_of(stage.case.frames, ()))
    card = OverviewCard(model, lambda _number: None)
    qtbot.addWidget(card)
    card.show_fields()
    return stage, card, MosaicController(stage.session, stage.decisions, card)


def test_it_is_offered_and_says_what_came_of_it(room: tuple[Stage, OverviewCard, MosaicController]) -> None:
    stage, card, _ = room
    assert not card.joined.join.isHidden() and not card.joined.isHidden()
    card.joined.join.click()
    assert card.joined.said.text() == "Looking for overlaps…" and not card.joined.join.isEnabled()
    stage.answer()
    card.show_fields()
    assert card.joined.said.text() == (
        "2 images overlap (agreement at least 91 %). 1 overlap none. "
        "1 cells are in several images and counted each time."
    )
    assert card.joined.once.text() == "Count 1 cell once" and card.joined.join.isHidden()
    assert [[one.number for one in area.fields] for area in card._areas] == [[0, 1]]
    assert "Placed by its overlap" in card.words_of(0) and card.note.text() == ""


def test_a_cell_is_counted_once_and_that_can_be_undone(room: tuple[Stage, OverviewCard, MosaicController]) -> None:
    stage, card, made = room
    made.join()
    stage.answer()
    card.joined.once.click()
    stage.answer()
    stage.bench.judging.count_once.assert_called_once_with({72: 71})
    stage.stack.undo()
    stage.answer()
    stage.bench.judging.restore_cells.assert_called_once_with((72,))


def test_what_comes_later_is_joined_by_itself_and_another_case_begins_anew(
    room: tuple[Stage, OverviewCard, MosaicController],
) -> None:
    stage, card, made = room
    made.join()
    stage.answer()
    added = FrameAdded(7, two_images().frames[0])
    stage.signals.happened.emit(added)
    stage.signals.happened.emit(added)
    stage.answer()
    assert stage.bench.mosaics.join.call_count == 3, "one more after the one under way, not one for each"
    stage.open(a_case(8, "B-2"))
    assert card.joined.places == {} and card.joined.said.isHidden()
    stage.signals.happened.emit(FrameAdded(8, two_images().frames[0]))
    assert not stage.waiting


def test_pictures_of_a_camera_are_joined_as_soon_as_the_map_is_open(
    room: tuple[Stage, OverviewCard, MosaicController],
) -> None:
    stage, card, made = room
    by_hand = FrameAdded(7, two_images(OriginKind.CAMERA).frames[0])
    card.hide()
    stage.signals.happened.emit(by_hand)
    assert not stage.waiting
    card.show()
    stage.signals.happened.emit(by_hand)
    assert len(stage.waiting) == 1 and made is not None


def test_nothing_overlaps_is_said(room: tuple[Stage, OverviewCard, MosaicController]) -> None:
    stage, card, made = room
    stage.bench.mosaics.join.return_value = JoinedImages({}, 3, 0.0, ())
    made.join()
    stage.answer()
    assert card.joined.said.text() == "No two images overlap: nothing can be said of their places."
    assert card.joined.once.isHidden()


def test_a_case_that_is_opened_again_has_its_map_without_being_joined(
    room: tuple[Stage, OverviewCard, MosaicController],
) -> None:
    stage, card, _ = room
    stage.bench.mosaics.known.return_value = JOINED
    stage.open(a_case(8, "B-2"))
    stage.open(two_images())
    assert dict(card.joined.places) == dict(JOINED.places) and card.joined.once.text() == "Count 1 cell once"
    stage.bench.mosaics.join.assert_not_called()
    stage.bench.judging.count_once.assert_not_called()


def test_what_comes_later_is_counted_once_by_itself_where_somebody_has_said_so(
    room: tuple[Stage, OverviewCard, MosaicController],
) -> None:
    stage, _, _ = room
    stage.bench.mosaics.known.return_value = None
    stage.open(a_case(8, "B-2"))
    stage.bench.mosaics.known.return_value = replace(JOINED, counts_once=True)
    stage.open(two_images())
    stage.bench.judging.count_once.assert_called_once_with({72: 71})
    stage.stack.undo()
    stage.answer()
    stage.bench.judging.restore_cells.assert_called_once_with((72,))
    assert stage.bench.judging.count_once.call_count == 1, "who undoes it is not contradicted"


def test_nothing_is_counted_once_by_itself_for_whom_it_is_not_allowed(
    room: tuple[Stage, OverviewCard, MosaicController],
) -> None:
    stage, _, _ = room
    stage.bench.operator.why_not.return_value = "Only a technician may do that."
    stage.bench.mosaics.known.return_value = replace(JOINED, counts_once=True)
    stage.open(a_case(8, "B-2"))
    stage.open(two_images())
    stage.bench.judging.count_once.assert_not_called()


def test_it_is_offered_for_fields_of_a_scan_too(qtbot: QtBot) -> None:
    """A stage told their places, and still each shows cells of its neighbor."""
    places = ((0.0, 0.0), (40.0, 0.0))
    case = two_images(OriginKind.CAMERA)
    frames = [
        replace(frame, um_per_px=0.1, origin=FrameOrigin(OriginKind.CAMERA, "field", stage=StagePosition(*place)))
        for frame, place in zip(case.frames, places, strict=False)
    ]
    wide = 0.1 * frames[0].width
    for apart, offered in ((0.8 * wide, True), (1.2 * wide, False)):
        second = replace(frames[1], origin=FrameOrigin(OriginKind.CAMERA, "field", stage=StagePosition(apart, 0.0)))
        model = FieldList()
        model.set_fields(fields_of((frames[0], second), ()))
        card = OverviewCard(model, lambda _number: None)
        qtbot.addWidget(card)
        card.show_fields()
        assert card.joined.makes_sense is offered
