"""From images to findings: read, measure quality, localize, cut out, judge, decide. One image's fault stays its own."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from leukoscope.domain.analysis import ImageAnalysis
from leukoscope.domain.cells import CellImage, View
from leukoscope.domain.errors import EngineError, LeukoScopeError
from leukoscope.domain.findings import Finding
from leukoscope.domain.frames import Frame
from leukoscope.domain.judgements import Judgement
from leukoscope.domain.progress import CancelToken
from leukoscope.domain.quality import QualityReport
from leukoscope.domain.slides import counted_cells
from leukoscope.imaging.cellimage import cut_out
from leukoscope.imaging.localize import localize, recognize_view
from leukoscope.imaging.quality import measure_quality
from leukoscope.inference.decision import decide
from leukoscope.workflow.images import ImageSource
from leukoscope.workflow.lost_cells import LostCell, lost_cells

logger = logging.getLogger(__name__)

MAX_ENGINE_LOSSES = 3
"""After so many losses of the engine with nothing judged between them the rest is given up: no image is the cause."""

ViewOf = Callable[[ImageSource], View]
"""Says what an image shows, where that is not the same for all."""


class Judge(Protocol):
    """Whoever judges CellImages: the engine."""

    def judge(
        self,
        cell_images: Iterable[CellImage],
        *,
        bundles: Sequence[str] | None = None,
        maps: bool = True,
        cancel: CancelToken | None = None,
    ) -> Iterator[Judgement]:
        """Yield what the models say of each CellImage in input order, an empty one where they fail; pulls lazily."""
        ...


@dataclass(frozen=True)
class Prepared:
    """One image on its way to the judge."""

    source: str
    frame: Frame | None = None
    view: View = View.CELL
    quality: QualityReport | None = None
    cell_images: tuple[CellImage, ...] = ()
    error: str | None = None


def prepare(source: ImageSource, view: View) -> Prepared:
    """Read one image, measure its quality and cut out its cells. Never raises for a bad image."""
    try:
        frame = source.read()
        seen = recognize_view(frame) if view is View.AUTO else view
        cells = counted_cells(localize(frame, seen), frame.origin.counted)
        quality = measure_quality(frame, seen, cells)
        cell_images = tuple(cut_out(frame, cell) for cell in cells)
    except LeukoScopeError as error:
        logger.info("image refused: %s", error.detail)
        return Prepared(source.name, error=error.message)
    except MemoryError as error:
        logger.warning("image refused: %r", error)
        return Prepared(source.name, error="There is not enough memory for this image; close other programs.")
    except Exception:
        # Whatever a file makes of a decoder or a measure, it is this image's fault alone: the others go on.
        logger.exception("image refused")
        return Prepared(source.name, error="This image could not be analyzed; look at it in another program.")
    if seen is View.CELL and not cells:
        sentence = "No cell was found in this image; check that it shows one stained white cell."
        return Prepared(source.name, frame, seen, quality, error=sentence)
    return Prepared(source.name, frame, seen, quality, cell_images)


def _finish(prepared: Prepared, judgements: Sequence[Judgement]) -> ImageAnalysis:
    quality = prepared.quality or QualityReport(())
    findings, lost = list[Finding](), list[LostCell]()
    for image, judgement in zip(prepared.cell_images, judgements, strict=True):
        try:
            if not judgement.is_empty:
                findings.append(decide(image.cell, judgement, quality, image))
                continue
        except Exception:
            logger.exception("no decision on a cell")
        lost.append(LostCell(image.cell.box, judgement.fault))
    error = prepared.error
    if lost and error is None:
        error = lost_cells(lost, len(prepared.cell_images))
    return ImageAnalysis(prepared.source, prepared.frame, prepared.view, prepared.quality, tuple(findings), error=error)


class _Feed:
    """Prepared images, handed out one CellImage at a time; remembers whose cells are under way.

    The judge may pull from a thread of its own, so the two sides meet under a lock.
    """

    def __init__(self, sources: Iterable[ImageSource], view: View | ViewOf, cancel: CancelToken) -> None:
        self._sources = iter(sources)
        self._view, self._cancel = view, cancel
        self._lock = threading.Lock()
        self._epoch = 0
        self.under_way: deque[Prepared] = deque()
        self.exhausted = False

    def _next(self, epoch: int) -> Prepared | None:
        with self._lock:
            if epoch != self._epoch:
                return None
            source = None if self._cancel.cancelled else next(self._sources, None)
            if source is None:
                self.exhausted = True
                return None
            prepared = prepare(source, self._view if isinstance(self._view, View) else self._view(source))
            self.under_way.append(prepared)
            return prepared

    def cell_images(self) -> Iterator[CellImage]:
        """All cells of all images not yet handed out; after ``take_lost`` older iterators end."""
        epoch = self._epoch
        while (prepared := self._next(epoch)) is not None:
            yield from prepared.cell_images

    def take_empty(self) -> Iterator[Prepared]:
        """Images at the head of the row that have no cells to wait for."""
        while self.under_way and not self.under_way[0].cell_images:
            yield self.under_way.popleft()

    def take_lost(self) -> tuple[Prepared, ...]:
        """All images under way: the judge that had their cells is gone."""
        with self._lock:
            lost = tuple(self.under_way)
            self.under_way.clear()
            self._epoch += 1
        return lost


class _Run:
    """One run over images: the judge's losses are counted, and the image that costs a judge is found.

    Parameters
    ----------
    feed, judge, bundles, maps, cancel
        As :func:`analyze` has them.
    """

    def __init__(
        self, feed: _Feed, judge: Judge, bundles: Sequence[str] | None, maps: bool, cancel: CancelToken
    ) -> None:
        self._feed, self._judge = feed, judge
        self._bundles, self._maps, self._cancel = bundles, maps, cancel
        self._losses = 0

    def images(self) -> Iterator[ImageAnalysis]:
        """All images in their order."""
        while not self._feed.exhausted or self._feed.under_way:
            try:
                yield from self._together()
            except EngineError as error:
                self._lost(error)
                for prepared in self._feed.take_lost():
                    yield self._alone(prepared)
            self._cancel.raise_if_cancelled()

    def _together(self) -> Iterator[ImageAnalysis]:
        feed, collected = self._feed, list[Judgement]()
        for judgement in self._judgements(feed.cell_images()):
            for empty in feed.take_empty():
                yield _finish(empty, ())
            collected.append(judgement)
            if len(collected) == len(feed.under_way[0].cell_images):
                yield _finish(feed.under_way.popleft(), collected)
                collected = []
        for empty in feed.take_empty():
            yield _finish(empty, ())

    def _alone(self, prepared: Prepared) -> ImageAnalysis:
        """One of those that were under way when the judge was lost: if it is the cause, only it has failed."""
        try:
            return _finish(prepared, list(self._judgements(iter(prepared.cell_images))))
        except EngineError as error:
            self._lost(error)
            return _finish(replace(prepared, cell_images=(), error=error.message), ())

    def _judgements(self, cell_images: Iterator[CellImage]) -> Iterator[Judgement]:
        for judgement in self._judge.judge(cell_images, bundles=self._bundles, maps=self._maps, cancel=self._cancel):
            self._losses = 0
            yield judgement

    def _lost(self, error: EngineError) -> None:
        self._cancel.raise_if_cancelled()
        self._losses += 1
        logger.error("engine lost while judging: %s", error.detail)
        if self._losses > MAX_ENGINE_LOSSES:
            raise error


def analyze(
    sources: Iterable[ImageSource],
    judge: Judge,
    *,
    bundles: Sequence[str] | None = None,
    view: View | ViewOf = View.AUTO,
    maps: bool = True,
    cancel: CancelToken | None = None,
) -> Iterator[ImageAnalysis]:
    """Analyze images one after the other, in constant memory.

    Parameters
    ----------
    sources
        The images; pulled lazily.
    judge
        Says what the cells are.
    bundles
        Names of the bundles to ask; ``None`` asks all that the judge has.
    view
        What the images show, for all of them or each.
    maps
        Whether explanation maps are wanted.
    cancel
        Set it to stop: what is under way is dropped, what was yielded stays.

    Yields
    ------
    ImageAnalysis
        One for each source, in order; an image that failed has its ``error``. A cell that costs the engine is named
        there, and costs nothing else. When a judge is lost all the same, the images under way are judged again one by
        one.

    Raises
    ------
    CancelledError
        After a cancel.
    EngineError
        When the engine was lost more than ``MAX_ENGINE_LOSSES`` times with nothing judged between.
    """
    token = cancel or CancelToken()
    return _Run(_Feed(sources, view, token), judge, bundles, maps, token).images()
