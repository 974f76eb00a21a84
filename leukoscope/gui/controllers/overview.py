"""The overview: a map of the images of a case where the stage told their places, over the image of the page shown."""

from __future__ import annotations

from PySide6.QtWidgets import QStackedWidget

from leukoscope.domain.frames import OriginKind
from leukoscope.gui.controllers.controller import Actions, Controller, Handlers
from leukoscope.gui.review.cell_rendering import field_thumbnail
from leukoscope.gui.review.field_strip import FieldStrip
from leukoscope.gui.review.overview_card import OverviewCard
from leukoscope.gui.review.page import ReviewPage
from leukoscope.gui.review.thumbnails import Make
from leukoscope.gui.session import Session

REVIEW, CAPTURE = "review", "live"
SIDE = 160
"""Longest side of an image's picture, in device-independent pixels."""


class OverviewController(Controller):
    """Opens the card on Review and Capture, and goes to the image that a person chooses there.

    Parameters
    ----------
    session, review
        What it works on.
    images
        Where the image of the Review page is, and the live one; what the card lies over.
    strip
        Has the images of the case, as they stand now.
    """

    def __init__(
        self, session: Session, review: ReviewPage, images: tuple[QStackedWidget, QStackedWidget], strip: FieldStrip
    ) -> None:
        super().__init__(session)
        self._review, self._model = review, strip.model
        self._case_id: int | None = None
        self._images = dict(zip((REVIEW, CAPTURE), images, strict=True))
        self.card = OverviewCard(strip.model, self._make_of)
        self.card.float_over(images[0])
        for image in images:
            # What comes into sight there is raised, over the card too.
            image.currentChanged.connect(lambda _index: self.card.raise_())
        self.card.closed.connect(self.leave)
        self.card.chosen.connect(self._look_at)
        self.card.moved.connect(self._move_to)
        for changed in (strip.model.modelReset, strip.model.dataChanged):
            changed.connect(self._show)
        for signal in (self._case.loaded, self._case.closed):
            signal.connect(self._case_changed)
        review.focus_changed.connect(self._mark)
        self._navigation.shown.connect(self._page_shown)

    def handlers(self) -> Handlers:
        """Open the card, or put it away."""
        return {"overview": self.toggle}

    def refine(self, actions: Actions) -> None:
        """It makes sense on a page with an image, once the case has one."""
        there = self._navigation.page in self._images and bool(self._model.fields)
        actions["overview"].setEnabled(actions["overview"].isEnabled() and (there or not self.card.isHidden()))
        actions["overview"].setChecked(not self.card.isHidden())

    def toggle(self) -> None:
        """Open the card over the image of the page shown, or put it away."""
        image = self._images.get(self._navigation.page)
        if image is None or not self.card.isHidden():
            self.leave()
            return
        self._review.show_gallery_only(False)
        self.card.float_over(image)
        self.card.show()
        self._show()
        self.card.map.fit()
        self.card.take_keyboard()
        self._session.changed.emit()

    def leave(self) -> None:
        """Put the card away."""
        self.card.hide()
        self._navigation.focus()
        self._session.changed.emit()

    def stop(self) -> None:
        """The window closes: make no pictures any more."""
        self.card.map.pictures.stop()

    def _page_shown(self, page: str) -> None:
        if page in self._images:
            self.card.float_over(self._images[page])
            self._mark()

    def _case_changed(self) -> None:
        if self._case.id != self._case_id:
            # The same case, read again, has the same images.
            self._case_id = self._case.id
            self.card.map.pictures.clear()
        self._show()

    def _show(self) -> None:
        if not self.card.isHidden():
            self.card.show_fields()
            self._mark()

    def _mark(self) -> None:
        if self.card.isHidden():
            return
        newest = self._model.fields[-1].taken.origin if self._model.fields else None
        if self._navigation.page == CAPTURE and newest is not None and newest.kind is OriginKind.CAMERA:
            self.card.go_to(len(self._model.fields) - 1)
            return
        frame, cell = self._review.frame, self._review.cell
        here = frame is not None and cell is not None and cell.frame_id == frame.id and frame.width > 0
        box = (cell.finding.cell.box, frame.width, frame.height) if here and cell and frame else None
        self.card.mark(frame.id if frame is not None else 0, box)

    def _look_at(self, frame_id: int) -> None:
        if self._navigation.page != REVIEW:
            self._navigation.show(REVIEW)
        self._review.show_image(frame_id)
        self.card.take_keyboard()

    def _move_to(self, frame_id: int) -> None:
        """On Capture the live picture stays: there only the frame on the map goes along."""
        if self._navigation.page == REVIEW:
            self._review.show_image(frame_id)

    def _make_of(self, number: int) -> Make | None:
        fields = self._model.fields
        frame = self._case.frame(fields[number].frame_id) if number < len(fields) else None
        if frame is None or not frame.width:
            return None
        bench, side = self._bridge.bench, round(SIDE * self.card.devicePixelRatioF())
        return lambda: field_thumbnail(bench, frame, side)
