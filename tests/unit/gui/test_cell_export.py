"""Decided cells leave from the page Quality: asked for once, followed, stopped, refused, and told where they are."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from leukoscope.domain.progress import Progress
from leukoscope.gui.controllers.cell_export import CellExportController
from leukoscope.workflow.events import CellsCounted, CellsExported, CellsExportStep, Failed, Stopped
from leukoscope.workflow.permissions import Act
from tests.unit.gui.harness import somewhere
from tests.unit.gui.teaching_room import Room, overview


@pytest.fixture
def room(qtbot: QtBot) -> Room:
    made = Room(qtbot)
    made.stage.files.open_folder.return_value = somewhere("out")
    made.export = CellExportController(made.stage.session, made.page.export)  # type: ignore[attr-defined]
    return made


def test_cells_are_written_and_the_way_to_them_is_told(room: Room) -> None:
    card = room.page.export
    card.form._buttons["coco"].click()
    card.locked.click()
    card.save.click()
    assert card.work.isVisible() and not card.save.isEnabled(), "one thing at a time"
    room.stage.answer()
    room.site.export_cells.assert_called_once_with(somewhere("out"), "coco", locked=True)
    room.tell(CellsExportStep(Progress(3, 8)))
    assert (card.work.step.text(), card.work.bar.maximum()) == ("3 of 8 written", 8)
    room.tell(CellsExported(Path("/x/cells coco"), 8, 2, 0))
    assert "8 cells of 2 patients were written to “cells coco”. Look at the images" in card.message.text
    assert not card.work.isVisible() and card.save.isEnabled()


def test_what_was_stopped_or_failed_is_said(room: Room) -> None:
    card = room.page.export
    card.save.click()
    card.work.stop.click()
    room.stage.answer()
    room.site.stop_export.assert_called_once()
    room.tell(Stopped("cells"))
    assert card.message.text == "Stopped: no cell has left."
    card.save.click()
    room.tell(Failed("cells", "“out” holds something else; name a new or empty folder."))
    assert "holds something else" in card.message.text and card.save.isEnabled()


def test_of_cells_of_two_microscopes_those_of_one_can_be_taken(room: Room) -> None:
    from dataclasses import replace

    room.teaching.read(None)
    both = replace(overview("These cells were taken with two microscopes."), microscopes=("Basler 100x", "Zeiss 40x"))
    room.tell(CellsCounted(both))
    cells = room.page.cells
    assert cells.only.isVisible() and not cells.next.isEnabled()
    cells.microscope.setCurrentText("Zeiss 40x")
    cells.only.click()
    room.stage.answer()
    room.site.count_cells.assert_called_with("Zeiss 40x")
    room.tell(CellsCounted(replace(overview(), microscopes=("Zeiss 40x",))))
    assert not cells.only.isVisible()
    assert "reviewed cases, taken with Zeiss 40x" in cells.summary.text()


def test_who_may_not_let_cells_leave_is_told_why(room: Room) -> None:
    room.stage.bench.operator.why_not.side_effect = lambda act: "Ask a reviewer." if act is Act.EXPORT_CELLS else ""
    room.export.apply_permissions()  # type: ignore[attr-defined]
    card = room.page.export
    assert not card.save.isEnabled() and card.save.toolTip() == "Ask a reviewer."
