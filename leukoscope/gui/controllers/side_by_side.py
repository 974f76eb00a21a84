"""Two images of a case side by side on the Review page; the second one is chosen from the strip of fields."""

from __future__ import annotations

from pathlib import Path

from leukoscope.domain.cases import CaseFrame
from leukoscope.gui.controllers.controller import Actions, Controller, Handlers
from leukoscope.gui.review.beside_pane import BesidePane
from leukoscope.gui.review.cell_drawing import boxes_of
from leukoscope.gui.review.field_strip import FieldStrip
from leukoscope.gui.review.page import ReviewPage
from leukoscope.gui.review.shown_image import ShownImage
from leukoscope.gui.session import Session
from leukoscope.gui.widgets.canvas import ImageCanvas


class SideBySideController(Controller):
    """Shows the second image, and lets both have one zoom, at one scale where it is known of both.

    Parameters
    ----------
    session, review
        What it works on.
    image, canvas
        Of the review page.
    pane
        Has the second image.
    strip
        Chooses it, while there are two.
    """

    def __init__(
        self,
        session: Session,
        review: ReviewPage,
        image: ShownImage,
        canvas: ImageCanvas,
        pane: BesidePane,
        strip: FieldStrip,
    ) -> None:
        super().__init__(session)
        self._review, self._image, self._canvas, self.pane, self._strip = review, image, canvas, pane, strip
        self._frame_id = 0
        self._following = False
        image.put_beside(pane)
        pane.closed.connect(self.leave)
        pane.stepped.connect(self.step)
        pane.linked.connect(lambda on: self._follow(canvas, pane.canvas) if on else None)
        pane.image.shown.connect(lambda: self._follow(canvas, pane.canvas))
        image.shown.connect(lambda: self._follow(pane.canvas, canvas))
        canvas.zoom_changed.connect(lambda _zoom: self._follow(canvas, pane.canvas))
        pane.canvas.zoom_changed.connect(lambda _zoom: self._follow(pane.canvas, canvas))
        strip.chosen_beside.connect(self.show_beside)
        case = self._case
        for signal in (case.loaded, case.closed):
            signal.connect(self._case_changed)
        for changed in (case.cell_changed, case.cells_changed, case.cell_added):
            changed.connect(self._cells_changed)

    def handlers(self) -> Handlers:
        """Two images, or one."""
        return {"side_by_side": self.toggle}

    def refine(self, actions: Actions) -> None:
        """There must be two images."""
        two = len(self._case.frames) > 1
        actions["side_by_side"].setEnabled(actions["side_by_side"].isEnabled() and (two or self.is_on))
        actions["side_by_side"].setChecked(self.is_on)

    @property
    def is_on(self) -> bool:
        """Whether there are two images."""
        return not self.pane.isHidden()

    def toggle(self) -> None:
        """Show the next image beside the one that is seen, or one only."""
        shown = self._review.frame
        if self.is_on or shown is None:
            self.leave()
            return
        ids = [frame.id for frame in self._case.frames]
        place = ids.index(shown.id)
        self.show_beside(ids[place + 1] if place + 1 < len(ids) else ids[place - 1])

    def show_beside(self, frame_id: int) -> None:
        """Show an image of the case beside the one that is seen."""
        frame = self._case.frame(frame_id)
        if frame is None:
            return
        opened, self._frame_id = not self.is_on, frame_id
        self._review.show_gallery_only(False)
        if opened:
            self.pane.show()
            self._image.divide()
        self._strip.choose_beside(True)
        self.pane.show_frame(frame, self._words(frame), boxes_of(self._case, frame, None))
        if opened:
            self._messages.tell(self.tr("A click in the strip below chooses the image on the right."))
            self._session.changed.emit()

    def _words(self, frame: CaseFrame) -> str:
        frames = self._case.frames
        number = [one.id for one in frames].index(frame.id) + 1
        name = frame.origin.name if frame.origin else Path(frame.source).name
        return self.tr("Image {0} of {1}: {2}").format(number, len(frames), name)

    def step(self, by: int) -> None:
        """Show the next image on the right, or the one before."""
        ids = [frame.id for frame in self._case.frames]
        if self._frame_id in ids:
            self.show_beside(ids[min(max(ids.index(self._frame_id) + by, 0), len(ids) - 1)])

    def leave(self) -> None:
        """Show one image only."""
        self._frame_id = 0
        self.pane.hide()
        self.pane.image.show(None)
        self._strip.choose_beside(False)
        self._session.changed.emit()

    def _case_changed(self) -> None:
        """Another case, or the same read again: an image that is gone is beside nothing."""
        if self.is_on and self._case.frame(self._frame_id) is None:
            self.leave()

    def _cells_changed(self, _what: object) -> None:
        frame = self._case.frame(self._frame_id)
        if self.is_on and frame is not None:
            self.pane.show_boxes(boxes_of(self._case, frame, None))

    def _follow(self, leading: ImageCanvas, led: ImageCanvas) -> None:
        """Give one image the zoom of the other; what follows leads nothing."""
        if self._following or not (self.is_on and self.pane.link.isChecked()):
            return
        if not (leading.has_image and led.has_image):
            return
        scales = leading.um_per_px, led.um_per_px
        ratio = scales[1] / scales[0] if scales[0] and scales[1] else 1.0
        self._following = True
        try:
            led.zoom_by(leading.zoom * ratio / led.zoom)
        finally:
            self._following = False
