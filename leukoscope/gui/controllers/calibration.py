"""The scale of images: set in a form on the Review page, kept for each objective, chosen in the Settings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from leukoscope.domain.cases import Case, CaseFrame
from leukoscope.domain.objectives import Objective, with_objective
from leukoscope.gui.rights import kept
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
        self._case: Case | None = None
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
        self._case = window.case.case
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
        if not kept(
            window.bridge,
            lambda bench: bench.change_settings(
                lambda now: replace(now, objectives=with_objective(now.objectives, one), objective=one.name)
            ),
        ):
            return
        window.settings.show_settings(window.bridge.bench.settings)
        self.leave()
        case = self._case
        if also_case and (case is None or window.case.wanted != case.id):
            window.message.warn(self.tr("Another case is open now; the scale of its images stays as it is."))
            return
        frames = [frame for frame in window.case.frames if frame.width and frame.um_per_px != one.um_per_px]
        if also_case and frames and case is not None:
            if window.desk.refuses_changes():
                return
            self._set(case.id, frames, one)
        else:
            window.message.tell(self.tr("New images are taken at the scale of “{0}”.").format(one.name))

    def _set(self, case_id: int, frames: Sequence[CaseFrame], one: Objective) -> None:
        window = self._window
        command = SetScale(window.bridge, case_id, tuple(frames), one)
        words = self.tr("The images of this case are judged again at the scale of “{0}”; your labels stay.")

        def change() -> None:
            window.undo_stack.push(command)
            window.message.tell(words.format(one.name))

        window.who.decides(change)
