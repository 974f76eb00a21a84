"""Slides in the running program: looked at, searched, and regions of them taken into cases in the background."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from leukoscope.domain.cells import Box, View
from leukoscope.domain.frames import FrameOrigin
from leukoscope.domain.progress import CancelToken, Progress
from leukoscope.domain.slides import SlideInfo, counted_on, field_place
from leukoscope.domain.waiting import Arrival, Scale
from leukoscope.workflow.case_repository import CaseRepository
from leukoscope.workflow.claims import Claims
from leukoscope.workflow.events import Event
from leukoscope.workflow.images import png_source
from leukoscope.workflow.jobs import Jobs
from leukoscope.workflow.operator_session import OperatorSession
from leukoscope.workflow.permissions import Act
from leukoscope.workflow.queue import AnalysisQueue
from leukoscope.workflow.settings import Settings
from leukoscope.workflow.slide_events import SlideProposed, SlideStep, SlideTaken
from leukoscope.workflow.slide_names import JOB, MONOLAYER, REGION

if TYPE_CHECKING:
    from leukoscope.sources.slide import Slide


class SlideService:
    """Opens slides, and takes regions of them into cases as fields.

    Parameters
    ----------
    repository
        The cases.
    operator
        Who works here, and what they may do.
    settings
        Gives what a person has set.
    queue
        Images that wait to be judged.
    claims
        Who uses a case just now.
    jobs
        Runs what takes long.
    tell
        Told what happens.
    """

    def __init__(
        self,
        repository: CaseRepository,
        operator: OperatorSession,
        settings: Callable[[], Settings],
        queue: AnalysisQueue,
        claims: Claims,
        jobs: Jobs,
        tell: Callable[[Event], None],
    ) -> None:
        self._repository, self._operator, self._settings, self._queue = repository, operator, settings, queue
        self._claims, self._jobs, self._tell = claims, jobs, tell

    def open(self, path: Path) -> Slide | None:
        """Open a file as a slide, to look at it; ``None`` where it is an image, or none at all.

        Raises
        ------
        ImageError
            When it is one and cannot be opened.
        AccessError
            When who works here may not add images.
        """
        from leukoscope.sources.slide import open_slide

        self._operator.require(Act.ADD_IMAGES)
        return open_slide(path)

    def open_scaled(self, path: Path) -> tuple[Slide, float | None] | None:
        """As :meth:`open`, with the scale of the slide: its own, else that of the objective in use."""
        slide = self.open(path)
        return None if slide is None else (slide, slide.info.um_per_px or self._settings().um_per_px)

    def propose(self, info: SlideInfo) -> None:
        """Look for regions where cells lie apart, in the background: SlideStep, then SlideProposed or Failed."""
        from leukoscope.workflow.slide_fields import monolayers_of

        def run(cancel: CancelToken) -> None:
            slide = self._opened(info)
            try:
                found = monolayers_of(slide, self._scale_of(slide), lambda now: self._step(MONOLAYER, now), cancel)
            finally:
                slide.close()
            self._tell(SlideProposed(info.path, tuple(one.region for one in found)))

        with self._operator.doing(Act.ADD_IMAGES):
            self._jobs.run(JOB, self._operator.bound(run))

    def take(self, case_id: int, info: SlideInfo, region: Box) -> None:
        """Take a region of a slide into a case as fields, in the background: SlideStep, then SlideTaken.

        Fields without cells are left out. Cells that the case has of this slide already are not counted again. Each
        field is in the case, and is judged, as soon as its cells are found; it stays after Failed or Stopped.
        """

        def run(cancel: CancelToken) -> None:
            self._operator.require(Act.ADD_IMAGES)
            slide = self._opened(info)
            try:
                with self._claims.using(case_id):
                    self._tell(self._take(case_id, slide, region, cancel))
            finally:
                slide.close()

        with self._operator.doing(Act.ADD_IMAGES):
            self._jobs.run(JOB, self._operator.bound(run))

    def stop(self) -> None:
        """Stop the search, or the taking, that is under way."""
        self._jobs.stop(JOB)

    def _opened(self, info: SlideInfo) -> Slide:
        from leukoscope.sources.slide import slide_at

        return slide_at(Path(info.path), info.fingerprint)

    def _scale_of(self, slide: Slide) -> float:
        from leukoscope.workflow.slide_fields import scale_of

        return scale_of(slide, self._settings().um_per_px)

    def _take(self, case_id: int, slide: Slide, region: Box, cancel: CancelToken) -> SlideTaken:
        from leukoscope.workflow.slide_fields import fields_of

        um_per_px = self._scale_of(slide)
        scale = Scale(um_per_px, True, slide.info.microscope.objective)
        counts = SlideTaken(case_id, 0, 0, 0)

        def step(now: Progress) -> None:
            self._step(REGION, now, counts.cells)

        known = (*counted_on(slide.info, self._origins(case_id)), *self._drawn_on(slide.info, case_id))
        for source, found in fields_of(slide, region, um_per_px, known=known, on_progress=step, cancel=cancel):
            if not found.centers:
                counts = replace(counts, empty=counts.empty + 1)
                continue
            made = png_source(found.pixels, source.origin)
            self._queue.accept(case_id, [Arrival(made.name, made.data, made.origin, View.FIELD, scale)])
            counts = replace(counts, fields=counts.fields + 1, cells=counts.cells + len(found.centers))
        return counts

    def _drawn_on(self, slide: SlideInfo, case_id: int) -> Iterator[tuple[float, float]]:
        """Centers of the cells that count on a slide, those that people drew among them, in its pixels."""
        for frame in self._repository.load(case_id).frames:
            place = field_place(frame.origin)
            if place is not None and place[0] in {slide.fingerprint, slide.path} - {""}:
                for cell in frame.cells:
                    x, y = cell.finding.cell.box.center
                    yield x + place[1].x, y + place[1].y

    def _origins(self, case_id: int) -> list[FrameOrigin]:
        """Of the images that the case has, and of those that wait to be judged."""
        frames = [one.origin for one in self._repository.load(case_id).frames]
        waiting = [one.origin for one in self._queue.waiting(case_id)]
        return [one for one in (*frames, *waiting) if one is not None]

    def _step(self, what: str, progress: Progress, cells: int = 0) -> None:
        self._tell(SlideStep(what, progress, cells))
