"""Lengths and areas on the image of the Review page; nothing of them is kept."""

from __future__ import annotations

from collections.abc import Callable

from leukoscope.domain.measuring import Measured, Shape
from leukoscope.gui.controllers.controller import Actions, Controller, Handlers
from leukoscope.gui.review.measure_card import MeasureCard
from leukoscope.gui.review.measure_tool import MeasureTool
from leukoscope.gui.review.page import ReviewPage
from leukoscope.gui.session import Session
from leukoscope.gui.widgets.canvas import ImageCanvas


class MeasuringController(Controller):
    """Joins the card and the tool that draws.

    Parameters
    ----------
    session, review, canvas
        What it works on; the canvas is that of the review page.
    card, tool
        Say and draw what is measured.
    put_others_away
        Ends what else is done with the mouse on the image.
    """

    def __init__(
        self,
        session: Session,
        review: ReviewPage,
        canvas: ImageCanvas,
        card: MeasureCard,
        tool: MeasureTool,
        put_others_away: Callable[[], None],
    ) -> None:
        super().__init__(session)
        self._review, self._canvas, self._put_others_away = review, canvas, put_others_away
        self.card, self.tool, self._frame_id = card, tool, 0
        card.float_over(canvas)
        card.chosen.connect(lambda shape: tool.choose(Shape(shape)))
        card.closed.connect(self.leave)
        tool.given_up.connect(self.leave)
        tool.drawn.connect(self._drawn)
        review.focus_changed.connect(self._looked_elsewhere)

    def handlers(self) -> Handlers:
        """Measure, or no longer."""
        return {"measure": self.toggle}

    def refine(self, actions: Actions) -> None:
        """An image is needed that can be shown."""
        actions["measure"].setEnabled(actions["measure"].isEnabled() and (self._canvas.has_image or self.tool.on))
        actions["measure"].setChecked(self.tool.on)

    def toggle(self) -> None:
        """Let a person draw, or put card and shape away."""
        if self.tool.on:
            self.leave()
            return
        self._put_others_away()
        self._review.show_gallery_only(False)
        frame = self._review.frame
        self._frame_id = frame.id if frame is not None else 0
        self.tool.choose(self.card.shape_chosen)
        self.tool.switch(True)
        self.card.show()
        self._canvas.setFocus()
        self._session.changed.emit()

    def leave(self) -> None:
        """Put card and shape away."""
        if not self.tool.on:
            return
        self.tool.switch(False)
        self.card.hide()
        self._canvas.setFocus()
        self._session.changed.emit()

    def _drawn(self, one: Measured) -> None:
        self.card.show_measured(one, self._canvas.um_per_px)

    def _looked_elsewhere(self) -> None:
        """What was drawn on one image says nothing of another."""
        frame = self._review.frame
        frame_id = frame.id if frame is not None else 0
        if self.tool.on and frame_id != self._frame_id:
            self._frame_id = frame_id
            self.tool.clear()
