"""A slide is opened instead of an image: it is shown, searched, and a region of it goes into the case."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from leukoscope.gui.controllers.controller import Controller
from leukoscope.gui.controllers.importing import ImportController, ImportTarget
from leukoscope.gui.language import said
from leukoscope.gui.session import Session
from leukoscope.gui.slides.sheet import SlideSheet
from leukoscope.gui.slides.tiles import Tiles
from leukoscope.workflow.events import Event, Failed, Stopped
from leukoscope.workflow.slide_events import SlideProposed, SlideStep, SlideTaken
from leukoscope.workflow.slide_names import JOB, MONOLAYER

if TYPE_CHECKING:
    from leukoscope.domain.cells import Box
    from leukoscope.sources.slide import Slide


class SlideController(Controller):
    """Opens slides over the window.

    Parameters
    ----------
    session, sheet
        What it works on.
    importing
        Gives it files that may be slides, and puts regions into the case.
    """

    def __init__(self, session: Session, sheet: SlideSheet, importing: ImportController) -> None:
        super().__init__(session)
        self.sheet, self._importing = sheet, importing
        self._slide: Slide | None = None
        self._tiles: Tiles | None = None
        self._target = ImportTarget(None)
        self._opening = 0
        importing.open_slide = self.open
        sheet.monolayer_wanted.connect(self._propose)
        sheet.region_wanted.connect(self._take)
        sheet.stop_wanted.connect(self._stop)
        sheet.left.connect(self._left)
        self._bridge.happened.connect(self._heard)

    def open(self, path: Path, target: ImportTarget, otherwise: Callable[[], None]) -> None:
        """Open a file that may be a slide; ``otherwise`` is done where it is an image."""
        self._close()
        self._opening += 1
        number = self._opening

        def opened(found: tuple[Slide, float | None] | None) -> None:
            if number != self._opening or self.sheet.isHidden():
                if found is not None:
                    self._let_go(found[0])
            elif found is None:
                self.sheet.leave()
                otherwise()
            else:
                self._show(*found)

        def failed(sentence: str) -> None:
            if number == self._opening:
                self.sheet.show_failure(sentence)

        self._target = target
        self.sheet.show_opening(path.name)
        self.sheet.enter()
        self._bridge.read_in_pool(lambda bench: bench.slides.open_scaled(path), opened, owner=self, failed=failed)

    def stop(self) -> None:
        """The window closes."""
        self._opening += 1
        self._close()

    def _show(self, slide: Slide, um_per_px: float | None) -> None:
        self._slide = slide
        self._session.remember_folder(Path(slide.info.path).parent)
        self._tiles = Tiles(self._bridge, slide, self)
        self._tiles.failed.connect(lambda sentence: self.sheet.say(sentence, wrong=True))
        self.sheet.show_slide(slide.info, self._tiles, um_per_px)

    def _propose(self) -> None:
        if self._slide is not None:
            info = self._slide.info
            self._begin(self.tr("Looking for where cells lie apart …"))
            self._bridge.write(lambda bench: bench.slides.propose(info), owner=self, failed=self._failed)

    def _take(self, region: Box) -> None:
        if self._slide is not None:
            self._begin(self.tr("Looking for the cells of the region …"))
            self._importing.add_region(self._slide.info, region, self._target, self._failed)

    def _begin(self, words: str) -> None:
        from leukoscope.domain.progress import Progress

        self.sheet.show_step(words, Progress(0, 0))

    def _stop(self) -> None:
        self._bridge.bench.slides.stop()

    def _failed(self, sentence: str) -> None:
        self.sheet.show_step("", None)
        if self.sheet.isHidden():
            self._messages.warn(sentence)
        else:
            self.sheet.say(sentence, wrong=True)

    def _heard(self, event: Event) -> None:
        if isinstance(event, SlideStep):
            self._step(event)
        elif isinstance(event, SlideProposed):
            self._proposed(event)
        elif isinstance(event, SlideTaken):
            self._taken(event)
        elif isinstance(event, Failed) and event.what == JOB:
            self._failed(said(event.sentence))
        elif isinstance(event, Stopped) and event.what == JOB:
            self.sheet.show_step("", None)
            self.sheet.say(self.tr("Stopped. What was taken until then is in the case."))

    def _step(self, event: SlideStep) -> None:
        now = event.progress
        if event.what == MONOLAYER:
            words = self.tr("Looked at {0} of {1} places").format(now.done, now.total)
        else:
            words = self.tr("{0} of {1} fields, {2} cells").format(now.done, now.total, event.cells)
        self.sheet.show_step(words, now)

    def _proposed(self, event: SlideProposed) -> None:
        self.sheet.show_step("", None)
        if self._slide is None or event.path != self._slide.info.path:
            return
        self.sheet.view.propose(event.regions)
        many = len(event.regions)
        one = self.tr("Cells lie apart in the marked region.")
        several = self.tr("Cells lie apart in {0} regions. The best is chosen; click another to choose that one.")
        self.sheet.say(one if many == 1 else several.format(many))

    def _taken(self, event: SlideTaken) -> None:
        self.sheet.show_step("", None)
        self._target = ImportTarget(event.case_id)
        if not event.cells:
            sentence = self.tr("No white cells in this region that the case does not have; choose another one.")
            self._failed(sentence)
            return
        words = self.tr("{0} fields with {1} cells are in the case, and are judged.").format(event.fields, event.cells)
        self.sheet.leave()
        self._messages.tell(words)
        if self._case.wanted == event.case_id:
            self._navigation.show("review")

    def _left(self) -> None:
        self._opening += 1
        self._close()
        self.sheet.show_opening("")

    def _close(self) -> None:
        if self._tiles is not None:
            self._tiles.stop()
            self._tiles.deleteLater()
        if self._slide is not None:
            self._let_go(self._slide)
        self._slide, self._tiles = None, None

    def _let_go(self, slide: Slide) -> None:
        """Not in this thread: a drive that does not answer holds up whoever reads from it."""
        if self._bridge.is_open:
            self._bridge.read_in_pool(lambda _bench: slide.close(), lambda _none: None, owner=self)
