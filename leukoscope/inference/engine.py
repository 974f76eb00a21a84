"""The engine as the rest of the program sees it: one supervised process that judges CellImages.

Imports neither Keras nor TensorFlow nor OpenVINO: the process that shows the window stays light.
"""

from __future__ import annotations

import itertools
import logging
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from multiprocessing.util import Finalize
from pathlib import Path

from leukoscope.domain.cells import CellImage
from leukoscope.domain.errors import BundleError, EngineError
from leukoscope.domain.judgements import CellFault, Judgement
from leukoscope.domain.progress import CancelToken
from leukoscope.inference.engine_child import CLOSED, EngineChild, EngineState, EngineStateKind, LostError
from leukoscope.inference.heartbeat import Timeouts
from leukoscope.inference.library import InstalledBundle
from leukoscope.inference.messages import MOST_STREAMS, Cell
from leukoscope.inference.trial import Trial, next_answer, settled
from leukoscope.system.processor import usable_cores

__all__ = ["Engine", "EngineState", "EngineStateKind"]

logger = logging.getLogger(__name__)

LOOK_AHEAD = 4 + min(usable_cores(), MOST_STREAMS)
"""Cells of one call that are under way at once: enough to keep the engine busy while the next image is read."""
MOST_IDLE_LOSSES = 2
"""So often one after the other the process may be lost with nothing to judge before that is said."""
MOST_BLAMED = 3
"""After so many cells in a row that cost the process, a plain cell tells whether it is the cells at all."""


class Engine:
    """Judges CellImages in a process of its own. Thread-safe; several calls may run at once.

    Parameters
    ----------
    bundles
        Which models judge.
    cache
        Folder of compiled graphs.
    on_state
        Told what the engine is doing; called from its threads, must return quickly.
    patience
        How long its process may be silent, or at one cell, before it is ended.
    profile
        Bytes of the site profile that the bundles speak with; ``None`` for their own heads.
    """

    def __init__(
        self,
        bundles: Sequence[InstalledBundle],
        cache: Path,
        *,
        on_state: Callable[[EngineState], None] | None = None,
        patience: Timeouts | None = None,
        profile: bytes | None = None,
    ) -> None:
        if not bundles:
            raise BundleError("No model is chosen; choose one on the Models page.")
        self.bundles = tuple(bundles)
        self._patience, self._blamed = patience or Timeouts(), 0
        self._cache, self._tell, self._profile = cache, on_state, profile
        self._lock = threading.Lock()
        self._tickets = itertools.count(1)
        self._child: EngineChild | None = None
        self._closed = False
        self._state = EngineState(EngineStateKind.CLOSED, "")
        self._living: list[EngineChild] = []
        # At the interpreter's end multiprocessing runs its own finalizers, then waits for children that still run.
        self._finalizer = Finalize(self, _close_all, (self._living,), exitpriority=10)

    @property
    def state(self) -> EngineState:
        """What the engine is doing."""
        return self._state

    def start(self) -> None:
        """Start the process if it is not running; returns at once.

        Raises
        ------
        EngineError
            After ``close``.
        """
        self._running()

    def _running(self) -> EngineChild:
        with self._lock:
            if self._child is None or not self._child.alive:
                if self._child is not None:
                    self._end_child(self._child)
                self._child = self._start_child()
                starting = True
            else:
                starting = False
            child = self._child
        if starting:
            self._on_state(
                child, EngineState(EngineStateKind.STARTING, "Starting the engine.", None, 0, len(self.bundles))
            )
        return child

    def _start_child(self) -> EngineChild:
        if self._closed:
            raise EngineError(CLOSED)
        child = EngineChild(self.bundles, self._cache, self._on_state, self._patience, self._profile)
        self._living.append(child)
        return child

    def _end_child(self, child: EngineChild) -> None:
        child.close()
        if child in self._living:
            self._living.remove(child)

    def _on_state(self, _: EngineChild, state: EngineState) -> None:
        if self._closed:
            return
        self._state = state
        logger.info("engine %s %s", state.kind, state.bundle or "")
        if self._tell is not None:
            self._tell(state)

    def wait_ready(self, timeout: float | None = None, cancel: CancelToken | None = None) -> None:
        """Wait until cells can be judged; starts the engine when it is not running.

        Raises
        ------
        LeukoScopeError
            What kept it from starting; EngineError when the time ran out; CancelledError after a cancel.
        """
        settled(self._running(), timeout, cancel)

    def judge(
        self,
        cell_images: Iterable[CellImage],
        *,
        bundles: Sequence[str] | None = None,
        maps: bool = True,
        cancel: CancelToken | None = None,
        features: bool = False,
    ) -> Iterator[Judgement]:
        """Judge CellImages, lazily and in order.

        Parameters
        ----------
        cell_images
            Pulled as the engine gets on, at most ``LOOK_AHEAD`` ahead.
        bundles
            Names of the bundles to ask; ``None`` asks all.
        maps
            Whether explanation maps are wanted.
        cancel
            Set it to stop.
        features
            Whether what enters the networks' heads is wanted, as a site profile needs it; a cell that was under way
            when the process was lost comes without.

        Yields
        ------
        Judgement
            For each CellImage: what it is, and an opinion of each leukemia bundle unless it is kept from them. Empty,
            with its ``fault``, for a cell that the models could not judge, or that cost the process each time it was
            judged; the others are judged all the same.

        Raises
        ------
        BundleError
            When a bundle is unknown or cannot be loaded.
        EngineError
            When no process stays alive, whatever it judges.
        CancelledError
            After a cancel.
        """
        names = tuple(bundle.manifest.name for bundle in self.bundles) if bundles is None else tuple(bundles)
        unknown = set(names) - {bundle.manifest.name for bundle in self.bundles}
        if unknown:
            raise BundleError(f"The engine does not hold the model “{min(unknown)}”; choose it on the Models page.")
        source, under_way = iter(cell_images), deque[CellImage]()
        lost_idle = 0
        while True:
            try:
                yield from self._together(source, under_way, names, (maps, features), cancel)
                return
            except LostError as error:
                logger.error("engine lost with %d cells under way: %s", len(under_way), error.detail)
                lost_idle = 0 if under_way else lost_idle + 1
                if lost_idle > MOST_IDLE_LOSSES:
                    raise
            yield from self._apart(under_way, names, maps, cancel)

    def _together(
        self,
        source: Iterator[CellImage],
        under_way: deque[CellImage],
        names: tuple[str, ...],
        wanted: tuple[bool, bool],
        cancel: CancelToken | None,
    ) -> Iterator[Judgement]:
        """The ordinary way; cells that were sent and not answered are in ``under_way`` when the process is lost."""
        child, ticket = self._running(), next(self._tickets)
        answers = child.open(ticket)
        sent = 0
        try:
            settled(child, None, cancel)
            while True:
                for image in itertools.islice(source, LOOK_AHEAD - len(under_way)):
                    under_way.append(image)
                    child.send(Cell(ticket, sent, image.pixels, names, *wanted, views=dict(image.views)))
                    sent += 1
                if not under_way:
                    return
                judgement = next_answer(answers, cancel)
                under_way.popleft()
                self._blamed = 0
                yield judgement
        finally:
            child.drop(ticket)

    def _apart(
        self, under_way: deque[CellImage], names: tuple[str, ...], maps: bool, cancel: CancelToken | None
    ) -> Iterator[Judgement]:
        """Find the cell that costs the engine among those under way; the others are judged, each at its place."""
        cells = tuple(under_way)
        under_way.clear()
        if not cells:
            return
        trial = Trial(self._start_child, self._end_child, names, maps, cancel)
        try:
            for image, judgement in zip(cells, trial.judged(cells), strict=True):
                guilty = judgement.fault in {CellFault.ENDED, CellFault.HUNG}
                self._blamed = self._blamed + 1 if guilty else 0
                if self._blamed >= MOST_BLAMED:
                    trial.probe(image)
                    self._blamed = 0
                yield judgement
        finally:
            trial.close()

    def close(self) -> None:
        """End the process. Calling it again does nothing; it returns within seconds whatever the process does."""
        with self._lock:
            self._closed, self._child = True, None
        for child in tuple(self._living):
            self._end_child(child)
        self._state = EngineState(EngineStateKind.CLOSED, "")


def _close_all(children: list[EngineChild]) -> None:
    for child in list(children):
        child.close()
