"""The controllers that draw and change cells, with their tools, and what a person does with them."""

from __future__ import annotations

from typing import Any
from unittest.mock import MagicMock

from leukoscope.domain.cells import Box
from leukoscope.gui.controllers.cell_changes import CellChangesController
from leukoscope.gui.controllers.cell_editing import CellEditingController
from leukoscope.gui.review.box_handles import BoxHandles
from leukoscope.gui.review.box_tool import BoxTool
from leukoscope.gui.review.gallery import CellGallery
from leukoscope.gui.review.shown_image import ShownImage
from leukoscope.gui.review.split_line import SplitLine
from tests.unit.gui.harness import Stage


def cell_editing(stage: Stage) -> CellEditingController:
    pen = MagicMock(spec=BoxTool)
    pen.on = False
    gallery = MagicMock(spec=CellGallery)
    gallery.neighbor.return_value = 0
    image = MagicMock(spec=ShownImage)
    return CellEditingController(stage.session, stage.decisions, stage.review, image, gallery, pen, lambda: None)


def cell_changes(stage: Stage) -> CellChangesController:
    handles, line = MagicMock(spec=BoxHandles), MagicMock(spec=SplitLine)
    handles.on = line.on = False
    gallery = MagicMock(spec=CellGallery)
    gallery.chosen_ids = [cell.id for frame in stage.case.frames for cell in frame.cells][:2]
    image = MagicMock(spec=ShownImage)
    return CellChangesController(
        stage.session, stage.decisions, stage.review, image, gallery, handles, line, lambda: None
    )


def change_box(made: Any) -> None:
    made.change_box()
    made._placed(Box(5, 5, 50, 50))


def split(made: Any) -> None:
    made.split()
    made._parted(((0, 0), (9, 9)))


def draw(made: Any) -> None:
    made.begin()
    made._drawn(Box(5, 5, 50, 50))
