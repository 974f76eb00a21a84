"""The engine as the rest of the program sees it: one supervised process that judges CellImages.

Imports neither Keras nor TensorFlow nor OpenVINO: the process that shows the window stays light.
"""

from __future__ import annotations

import itertools
import logging
import queue
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from multiprocessing.util import Finalize
from pathlib import Path

from leukoscope.domain.cells import CellImage
from leukoscope.domain.errors import BundleError, CancelledError, EngineError
from leukoscope.domain.findings import Judgement
from leukoscope.domain.progress import CancelToken
from leukoscope.inference.engine_child import EngineChild, EngineState, EngineStateKind
from leukoscope.inference.library import InstalledBundle
from leukoscope.inference.messages import Cell, Judged

__all__ = ["Engine", "EngineState", "EngineStateKind"]

logger = logging.getLogger(__name__)

LOOK_AHEAD = 6
"""Cells of one call that are under way at once: enough to keep the engine busy while the next image is read."""
PATIENCE = 0.1
"""Seconds between looks at a cancel token while waiting for the engine."""


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
    """

    def __init__(
        self,
        bundles: Sequence[InstalledBundle],
        cache: Path,
        *,
        on_state: Callable[[EngineState], None] | None = None,
    ) -> None:
        if not bundles:
            raise BundleError("No model is chosen; choose one on the Models page.")
        self.bundles = tuple(bundles)
        self._cache, self._tell = cache, on_state
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
            if self._closed:
                raise EngineError("The engine is closed; start the program again.")
            if self._child is None or not self._child.alive:
                if self._child is not None:
                    self._child.close()
                    self._living.remove(self._child)
                self._child = EngineChild(self.bundles, self._cache, self._on_state)
                self._living.append(self._child)
                starting = True
            else:
                starting = False
            child = self._child
        if starting:
            self._on_state(
                child, EngineState(EngineStateKind.STARTING, "Starting the engine.", None, 0, len(self.bundles))
            )
        return child

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
        self._settled(self._running(), timeout, cancel)

    @staticmethod
    def _settled(child: EngineChild, timeout: float | None, cancel: CancelToken | None) -> None:
        waited = 0.0
        while not child.settled.wait(PATIENCE):
            waited += PATIENCE
            if cancel is not None:
                cancel.raise_if_cancelled()
            if timeout is not None and waited >= timeout:
                raise EngineError("The engine takes too long to start; close other programs and try again.")
        if child.fault is not None:
            raise child.fault

    def judge(
        self,
        cell_images: Iterable[CellImage],
        *,
        bundles: Sequence[str] | None = None,
        maps: bool = True,
        cancel: CancelToken | None = None,
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

        Yields
        ------
        Judgement
            For each CellImage: what it is, and an opinion of each leukemia bundle unless it is kept from them. Empty
            for a cell that the models could not judge; the others are judged all the same.

        Raises
        ------
        BundleError
            When a bundle is unknown or cannot be loaded.
        EngineError
            When the process was lost; the next call starts it anew.
        CancelledError
            After a cancel.
        """
        names = tuple(bundle.manifest.name for bundle in self.bundles) if bundles is None else tuple(bundles)
        unknown = set(names) - {bundle.manifest.name for bundle in self.bundles}
        if unknown:
            raise BundleError(f"The engine does not hold the model “{min(unknown)}”; choose it on the Models page.")
        child, ticket = self._running(), next(self._tickets)
        answers = child.open(ticket)
        source, sent, received = iter(cell_images), 0, 0
        try:
            self._settled(child, None, cancel)
            while True:
                for image in itertools.islice(source, LOOK_AHEAD - (sent - received)):
                    child.send(Cell(ticket, sent, image.pixels, names, maps))
                    sent += 1
                if received == sent:
                    return
                judgement = self._next(answers, cancel)
                received += 1
                yield judgement
        finally:
            child.drop(ticket)

    @staticmethod
    def _next(answers: queue.SimpleQueue[Judged | EngineError], cancel: CancelToken | None) -> Judgement:
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

    def close(self) -> None:
        """End the process. Calling it again does nothing; it returns within seconds whatever the process does."""
        with self._lock:
            self._closed = True
            child, self._child = self._child, None
        if child is not None:
            child.close()
            self._living.remove(child)
        self._state = EngineState(EngineStateKind.CLOSED, "")


def _close_all(children: list[EngineChild]) -> None:
    for child in list(children):
        child.close()
