"""The controllers whose tools share the mouse on the image of the Review page: one has it at a time."""

from __future__ import annotations

from leukoscope.gui.controllers.calibration import CalibrationController
from leukoscope.gui.controllers.cell_changes import CellChangesController
from leukoscope.gui.controllers.cell_editing import CellEditingController
from leukoscope.gui.controllers.decisions import DecisionController
from leukoscope.gui.controllers.measuring import MeasuringController
from leukoscope.gui.review.box_handles import BoxHandles
from leukoscope.gui.review.box_tool import BoxTool
from leukoscope.gui.review.measure_card import MeasureCard
from leukoscope.gui.review.measure_tool import MeasureTool
from leukoscope.gui.review.page import ReviewPage
from leukoscope.gui.review.ruler import Ruler
from leukoscope.gui.review.split_line import SplitLine
from leukoscope.gui.session import Session
from leukoscope.gui.settings.page import SettingsPage
from leukoscope.gui.widgets.scale_form import ScaleForm


class ImageTools:
    """Builds them, each with its tools on the canvas.

    Parameters
    ----------
    session, decisions, review, settings
        What they work on.
    """

    def __init__(
        self, session: Session, decisions: DecisionController, review: ReviewPage, settings: SettingsPage
    ) -> None:
        canvas, image, gallery = review.canvas, review.shown_image, review.gallery
        self.calibration = CalibrationController(
            session, decisions, review, image, settings, ScaleForm(), Ruler(canvas)
        )
        self.editing = CellEditingController(session, decisions, review, image, gallery, BoxTool(canvas), self.put_away)
        self.changes = CellChangesController(
            session, decisions, review, image, gallery, BoxHandles(canvas), SplitLine(canvas), self.put_away
        )
        self.measuring = MeasuringController(session, review, canvas, MeasureCard(), MeasureTool(canvas), self.put_away)

    @property
    def judging(self) -> bool:
        """Whether a cell that was drawn or changed is being judged."""
        return self.editing.judging or self.changes.judging

    def put_away(self) -> None:
        """Another tool is taken: put down the one that is held."""
        self.calibration.leave()
        self.editing.put_away()
        self.changes.put_away()
        self.measuring.leave()
