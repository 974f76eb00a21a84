"""How images are shown, by case and as long as the program runs; what is judged and kept never sees it."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QPointF, Qt

from leukoscope.domain.display import DisplayChange
from leukoscope.gui.controllers.controller import Actions, Controller, Handlers
from leukoscope.gui.pixels import from_image
from leukoscope.gui.review.display_card import DisplayCard
from leukoscope.gui.review.point_tool import PointTool
from leukoscope.gui.session import Session
from leukoscope.gui.widgets.canvas import ImageCanvas

REVIEW, CAPTURE = "review", "live"


class DisplayController(Controller):
    """Changes the display of the images of Review and Capture together.

    Parameters
    ----------
    session, review, live
        What it works on: the image of the review page with the one beside it, and the live one.
    card
        What a person changes it with; floats over the image of the page shown.
    """

    def __init__(
        self, session: Session, review: tuple[ImageCanvas, ImageCanvas], live: ImageCanvas, card: DisplayCard
    ) -> None:
        super().__init__(session)
        self._canvases, self._all, self.card = {REVIEW: review[0], CAPTURE: live}, (*review, live), card
        self._tools = {page: PointTool(canvas) for page, canvas in self._canvases.items()}
        self._kept: dict[int | None, DisplayChange] = {}
        card.float_over(review[0])
        for tool in self._tools.values():
            tool.chosen.connect(self._white_chosen)
            tool.given_up.connect(lambda: card.white.setChecked(False))
        for canvas in self._canvases.values():
            canvas.filled.connect(lambda _there: session.changed.emit())
        card.changed.connect(self._change)
        card.white_wanted.connect(self._choose_white)
        card.closed.connect(self.leave)
        for signal in (self._case.loaded, self._case.closed):
            signal.connect(self._show)
        self._navigation.shown.connect(self._page_shown)

    def handlers(self) -> Handlers:
        """Open the card, or put it away."""
        return {"adjust_display": self.toggle}

    def refine(self, actions: Actions) -> None:
        """It makes sense where an image is shown."""
        canvas = self._canvases.get(self._navigation.page)
        actions["adjust_display"].setEnabled(canvas is not None and (canvas.has_image or not self.card.isHidden()))
        actions["adjust_display"].setChecked(not self.card.isHidden())

    def toggle(self) -> None:
        """Open the card over the image of the page shown, or put it away."""
        canvas = self._canvases.get(self._navigation.page)
        if canvas is None or not self.card.isHidden():
            self.leave()
            return
        self.card.float_over(canvas)
        self.card.show()
        self.card.brightness.setFocus(Qt.FocusReason.OtherFocusReason)
        self._session.changed.emit()

    def leave(self) -> None:
        """Put the card away; the display stays as it is."""
        self.card.white.setChecked(False)
        self.card.hide()
        self._navigation.focus()
        self._session.changed.emit()

    def _page_shown(self, page: str) -> None:
        self.card.white.setChecked(False)
        if page in self._canvases:
            self.card.float_over(self._canvases[page])

    def _change(self, change: DisplayChange) -> None:
        self._kept[self._case.id] = change
        self._show()

    def _show(self) -> None:
        change = self._kept.get(self._case.id, DisplayChange())
        self.card.show_change(change)
        for canvas in self._all:
            canvas.set_display(change)

    def _choose_white(self, on: bool) -> None:
        for page, tool in self._tools.items():
            tool.switch(on and page == self._navigation.page)

    def _white_chosen(self, place: QPointF) -> None:
        from leukoscope.imaging.display import white_at

        canvas = self._canvases[self._navigation.page]
        if canvas.source is None:
            return
        gains = white_at(from_image(canvas.source), int(place.y() // 1), int(place.x() // 1))
        if gains is None:
            self.card.say(self.tr("That place is too dark for empty glass; click on a bright one between the cells."))
            return
        self.card.white.setChecked(False)
        self._change(replace(self.card.change, white=gains))
