"""How the page Quality is joined to the rest: what is taught, which site profile speaks, and daily control."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from leukoscope.gui.chrome.status_line import StatusLine
from leukoscope.gui.controllers.cell_export import CellExportController
from leukoscope.gui.controllers.control_charts import ControlChartController
from leukoscope.gui.controllers.decisions import DecisionController
from leukoscope.gui.controllers.examples import ExamplesController
from leukoscope.gui.controllers.rereads import RereadController
from leukoscope.gui.controllers.site_profiles import SiteProfileController
from leukoscope.gui.controllers.teaching import TeachingController
from leukoscope.gui.quality.page import CONTROL, QualityPage
from leukoscope.gui.session import Session

if TYPE_CHECKING:
    from leukoscope.gui.composition import Composition


class QualityControllers:
    """Builds the controllers of the page.

    Parameters
    ----------
    session, decisions, page, status
        What they work on.
    remove_example
        Takes an example out of the atlas again.
    """

    def __init__(
        self,
        session: Session,
        decisions: DecisionController,
        page: QualityPage,
        status: StatusLine,
        remove_example: Callable[[int], None],
    ) -> None:
        self._page, people, control = page, page.people, page.control
        self.teaching = teaching = TeachingController(session, page, page.cells, page.teach, page.proof)
        cards = page.proof, page.activation
        self.profiles = SiteProfileController(
            session, page, page.profiles, cards, status, lambda: teaching.has_cells, teaching.look, teaching.challenge
        )
        self.control_charts = ControlChartController(session, page, control, control.charts, control.measuring, status)
        self.cell_export = CellExportController(session, page.export)
        self.examples = ExamplesController(session, page, remove_example)
        self.rereads = RereadController(session, decisions, page, people, people.reading, people.figures)

    def take_dropped(self, files: tuple[Path, ...]) -> None:
        """Files were dropped on the page: images of a control run, or labeled cells."""
        (self.control_charts.measure if self._page.part == CONTROL else self.teaching.take_dropped)(files)


def connect_quality(made: Composition) -> None:
    """Connect teaching, site profiles, control runs and examples."""
    teaching, profiles = made.controllers.teaching, made.controllers.site_profiles
    teaching.taught.connect(profiles.taught)
    teaching.looked.connect(profiles.locked_seen)
    teaching.source_changed.connect(profiles.show_locked)
    profiles.speaking_changed.connect(made.pages.models.refresh)
    profiles.speaking_changed.connect(made.pages.capture.judging.begin_again)
    made.session.navigation.shown.connect(profiles.show_page)
    made.session.navigation.shown.connect(made.controllers.control_charts.show_page)
    made.session.navigation.shown.connect(made.controllers.rereads.show_page)
    made.session.navigation.shown.connect(made.controllers.examples.show_page)
    made.controllers.similar.examples_changed.connect(made.controllers.examples.refresh)
    made.window.closed.connect(made.pages.quality.examples.thumbnails.stop)
    camera = made.pages.quality.control.measuring.camera
    camera.look = made.pages.capture.view_transform
    made.window.closed.connect(camera.close_camera)
