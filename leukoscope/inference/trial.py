"""Which cell ends the engine: those that were under way are judged again by halves, each loss in a new process."""

from __future__ import annotations

import itertools
import logging
import queue
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import numpy as np

from leukoscope.domain.cells import CellImage
from leukoscope.domain.errors import CancelledError, EngineError
from leukoscope.domain.frames import Pixels
from leukoscope.domain.judgements import CellFault, Judgement
from leukoscope.domain.progress import CancelToken
from leukoscope.inference.engine_child import EngineChild, LostError
from leukoscope.inference.messages import Cell, Judged

logger = logging.getLogger(__name__)

PATIENCE = 0.1
"""Seconds between looks at a cancel token while waiting for the engine."""
BROKEN = (
    "The engine stops with every cell on this computer, not with one of them; start the program again, and if that "
    "does not help, install it anew and send the fault report of the Help menu to your support."
)


def settled(child: EngineChild, timeout: float | None, cancel: CancelToken | None) -> None:
    """Wait until a child can judge.

    Raises
    ------
    LeukoScopeError
        What kept it from starting; EngineError when the time ran out; CancelledError after a cancel.
    """
    waited = 0.0
    while not child.settled.wait(PATIENCE):
        waited += PATIENCE
        if cancel is not None:
            cancel.raise_if_cancelled()
        if timeout is not None and waited >= timeout:
            raise EngineError("The engine takes too long to start; close other programs and try again.")
    if child.fault is not None:
        raise child.fault


def next_answer(answers: queue.SimpleQueue[Judged | EngineError], cancel: CancelToken | None) -> Judgement:
    """The next answer to a call; raises LostError when the process has gone, CancelledError after a cancel."""
    while True:
        if cancel is not None and cancel.cancelled:
            raise CancelledError
        try:
            answer = answers.get(timeout=PATIENCE)
        except queue.Empty:
            continue
        if isinstance(answer, EngineError):
            raise answer
        if answer.error is not None:
            logger.error("a cell could not be judged: %s", answer.error.detail)
        return answer.judgement


class Trial:
    """Judges cells of which one may end the engine; nobody else's cells are in its processes.

    Parameters
    ----------
    start, end
        Start a process, and end it.
    bundles, maps
        As :meth:`leukoscope.inference.engine.Engine.judge` has them.
    cancel
        Set it to stop.
    """

    def __init__(
        self,
        start: Callable[[], EngineChild],
        end: Callable[[EngineChild], None],
        bundles: tuple[str, ...],
        maps: bool,
        cancel: CancelToken | None,
    ) -> None:
        self._start, self._end = start, end
        self._bundles, self._maps, self._cancel = bundles, maps, cancel
        self._child: EngineChild | None = None
        self._tickets = itertools.count(1)

    def judged(self, cells: Sequence[CellImage]) -> Iterator[Judgement]:
        """Judge cells, in order, with which a process has just ended; the one that is the cause comes out empty.

        Raises
        ------
        LeukoScopeError
            When no process starts any more; CancelledError after a cancel.
        """
        for half in _halves(cells):
            yield from self._group(half)

    def probe(self, image: CellImage) -> None:
        """Judge a cell that cannot be the cause of anything; raises EngineError when the process ends of it too."""
        try:
            for _ in self._together([_plain_image(image)]):
                logger.info("the engine judges a plain cell")
        except LostError as error:
            raise EngineError(BROKEN, error.detail) from error

    def close(self) -> None:
        """End the process that is left."""
        child, self._child = self._child, None
        if child is not None:
            self._end(child)

    def _group(self, cells: Sequence[CellImage]) -> Iterator[Judgement]:
        done, fresh = 0, self._child is None
        try:
            for judgement in self._together(cells):
                done += 1
                yield judgement
            return
        except LostError as error:
            logger.error("engine lost with %d cells under way: %s", len(cells) - done, error.detail)
            fault = CellFault.HUNG if error.hung else CellFault.ENDED
        self.close()
        if len(cells) == 1 and fresh:
            yield Judgement(fault=fault)
            return
        # A process that judged others before may have been harmed by them: only one that was all alone is blamed.
        for half in _halves(cells[done:]):
            yield from self._group(half)

    def _together(self, cells: Sequence[CellImage]) -> Iterator[Judgement]:
        if self._child is None:
            self._child = self._start()
            try:
                settled(self._child, None, self._cancel)
            except LostError as error:
                raise EngineError(error.message, error.detail) from error
        child, ticket = self._child, next(self._tickets)
        answers = child.open(ticket)
        try:
            for index, image in enumerate(cells):
                views = dict(image.views)
                child.send(Cell(ticket, index, image.pixels, self._bundles, self._maps, views=views))
            for _ in cells:
                yield next_answer(answers, self._cancel)
        finally:
            child.drop(ticket)


def _halves(cells: Sequence[CellImage]) -> Iterator[Sequence[CellImage]]:
    middle = (len(cells) + 1) // 2
    yield from (half for half in (cells[:middle], cells[middle:]) if len(half))


def _plain_image(image: CellImage) -> CellImage:
    """A cell that cannot be the cause of anything, in all ways in which this one was cut out."""
    views = {cut: replace(view, pixels=_plain(view.pixels)) for cut, view in image.views.items()}
    return replace(image, pixels=_plain(image.pixels), views=views)


def _plain(pixels: Pixels) -> Pixels:
    """A gray disk on black, of the size of these pixels."""
    height, width = pixels.shape[:2]
    y, x = np.ogrid[:height, :width]
    inside = np.hypot(y - height / 2, x - width / 2) < 0.2 * min(height, width)
    return np.repeat(np.where(inside, 120, 0).astype(np.uint8)[:, :, None], 3, axis=2)
