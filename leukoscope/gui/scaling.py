"""The scale of images: set in a form on the Review page, kept for each objective, chosen in the Settings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from leukoscope.domain.cases import CaseFrame
from leukoscope.domain.objectives import Objective, with_objective
from leukoscope.gui.undo import SetScale
from leukoscope.gui.widgets.ruler import Ruler
from leukoscope.gui.widgets.scale_form import ScaleForm

if TYPE_CHECKING:
    from leukoscope.gui.main_window import MainWindow


class Scaling(QObject):
    """Joins the form, the line on the canvas and what is kept."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self.form = ScaleForm()
        self.form.hide()
        window.review.put_below_bar(self.form)
        self.ruler = Ruler(window.review.canvas)
        self.ruler.drawn.connect(self.form.show_line)
        self.form.measuring.connect(self.ruler.switch)
        self.form.kept.connect(self.keep)
        self.form.closed.connect(self.leave)

    def begin(self) -> None:
        """Show the form over the image."""
        if self.form.isVisible():
            self.leave()
            return
        window = self._window
        if window.review.canvas.has_image:
            window.show_page("review")
            self.form.begin(True)
        else:
            window.show_page("settings")
            window.settings.objectives.form.begin(False)

    def leave(self) -> None:
        """Put form and line away."""
        self.form.hide()
        self.ruler.switch(False)
        self._window.review.canvas.setFocus()

    def keep(self, one: Objective, also_case: bool) -> None:
        """Keep an objective and use it; the images of the case are judged again at its scale if wanted."""
        window = self._window
        settings = window.bridge.bench.settings
        saved = window.bridge.bench.save_settings(
            objectives=with_objective(settings.objectives, one), objective=one.name
        )
        window.settings.show_settings(saved)
        self.leave()
        frames = [frame for frame in window.case.frames if frame.width and frame.um_per_px != one.um_per_px]
        if also_case and frames:
            self._set(frames, one)
        else:
            window.message.tell(self.tr("New images are taken at the scale of “{0}”.").format(one.name))

    def _set(self, frames: Sequence[CaseFrame], one: Objective) -> None:
        window = self._window
        case_id = window.case.id
        if case_id is not None:
            window.undo_stack.push(SetScale(window.bridge, case_id, tuple(frames), one))
            window.message.tell(
                self.tr("The images of this case are judged again at the scale of “{0}”; your labels stay.").format(
                    one.name
                )
            )
