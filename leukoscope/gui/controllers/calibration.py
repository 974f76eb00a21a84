"""The scale of images: set in a form on the Review page, kept for each objective, chosen in the Settings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from leukoscope.domain.cases import Case, CaseFrame
from leukoscope.domain.objectives import Objective, with_objective
from leukoscope.gui.controllers.controller import Controller, Handlers
from leukoscope.gui.controllers.decisions import DecisionController
from leukoscope.gui.permissions import kept
from leukoscope.gui.review.page import ReviewPage
from leukoscope.gui.review.ruler import Ruler
from leukoscope.gui.review.shown_image import ShownImage
from leukoscope.gui.session import Session
from leukoscope.gui.settings.page import SettingsPage
from leukoscope.gui.undo import SetScale
from leukoscope.gui.widgets.scale_form import ScaleForm


class CalibrationController(Controller):
    """Joins the form, the line on the canvas and what is kept.

    Parameters
    ----------
    session, decisions, review, image, settings
        What it works on; the image is that of the review page.
    form, ruler
        Ask for the scale, and measure it on the image of the review page.
    """

    def __init__(
        self,
        session: Session,
        decisions: DecisionController,
        review: ReviewPage,
        image: ShownImage,
        settings: SettingsPage,
        form: ScaleForm,
        ruler: Ruler,
    ) -> None:
        super().__init__(session)
        self._decisions, self._image, self._settings = decisions, image, settings
        self._asked_for: Case | None = None
        self.form, self.ruler = form, ruler
        review.float_over_image(form)
        self.ruler.drawn.connect(self.form.show_line)
        self.ruler.given_up.connect(self.leave)
        self.form.measuring.connect(self.ruler.switch)
        self.form.kept.connect(self.keep)
        self.form.closed.connect(self.leave)

    def handlers(self) -> Handlers:
        """Set the scale."""
        return {"set_scale": self.begin}

    def begin(self) -> None:
        """Show the form over the image."""
        if self.form.isVisible():
            self.leave()
            return
        self._asked_for = self._case.case
        if self._image.has_image:
            self._navigation.show("review")
            self.form.begin(True)
        else:
            self._navigation.show("settings")
            self._settings.write_objective()

    def leave(self) -> None:
        """Put form and line away."""
        self.form.hide()
        self.ruler.switch(False)
        self._image.focus()

    def keep(self, one: Objective, also_case: bool) -> None:
        """Keep an objective and use it; the images of the case are judged again at its scale if wanted."""
        if not kept(
            self._bridge,
            lambda bench: bench.settings.change(
                lambda now: replace(now, objectives=with_objective(now.objectives, one), objective=one.name)
            ),
        ):
            return
        self._session.settings_changed.emit()
        self.leave()
        case = self._asked_for
        if also_case and (case is None or self._case.wanted != case.id):
            self._messages.warn(self.tr("Another case is open now; the scale of its images stays as it is."))
            return
        frames = [frame for frame in self._case.frames if frame.width and frame.um_per_px != one.um_per_px]
        if also_case and frames and case is not None:
            if self._session.refuses_changes():
                return
            self._set(case.id, frames, one)
        else:
            self._messages.tell(self.tr("New images are taken at the scale of “{0}”.").format(one.name))

    def _set(self, case_id: int, frames: Sequence[CaseFrame], one: Objective) -> None:
        command = SetScale(self._bridge, case_id, tuple(frames), one)
        words = self.tr("The images of this case are judged again at the scale of “{0}”; your labels stay.")
        self._decisions.push(command, words.format(one.name), offers_undo=False)
