"""The engine as the rest of the program sees it: one supervised process that judges CellImages.

Imports neither Keras nor TensorFlow nor OpenVINO: the process that shows the window stays light.
"""

from __future__ import annotations

import itertools
import logging
import multiprocessing
import queue
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from multiprocessing.util import Finalize
from pathlib import Path

from leukoscope.domain.cells import CellImage
from leukoscope.domain.errors import BundleError, CancelledError, EngineError, LeukoScopeError
from leukoscope.domain.findings import Opinion
from leukoscope.domain.progress import CancelToken
from leukoscope.inference import engine_process
from leukoscope.inference.library import InstalledBundle
from leukoscope.inference.messages import Cell, Compiling, Dropped, Fault, Judged, Loading, Ready

logger = logging.getLogger(__name__)

LOOK_AHEAD = 6
"""Cells of one call that are under way at once: enough to keep the engine busy while the next image is read."""
PATIENCE = 0.1
"""Seconds between looks at a cancel token while waiting for the engine."""
CLOSING_TIME = 5.0
"""Seconds the process gets to end by itself."""
LOST = "The engine stopped unexpectedly and is started again; judge these images once more."


class EngineStateKind(StrEnum):
    """What the engine is doing."""

    CLOSED = "closed"
    STARTING = "starting"
    COMPILING = "compiling"
    READY = "ready"
    FAILED = "failed"


@dataclass(frozen=True)
class EngineState:
    """What the engine is doing, with a sentence for the status line.

    ``done`` of ``total`` bundles are loaded.
    """

    kind: EngineStateKind
    message: str
    bundle: str | None = None
    done: int = 0
    total: int = 0


class _Child:
    """One run of the engine's process, with the thread that reads its answers."""

    def __init__(
        self, bundles: Sequence[InstalledBundle], cache: Path, on_state: Callable[[_Child, EngineState], None]
    ) -> None:
        self._on_state, self._total = on_state, len(bundles)
        self._titles = {bundle.manifest.name: bundle.manifest.title for bundle in bundles}
        self._loaded = 0
        self._waiting: dict[int, queue.SimpleQueue[Judged | EngineError]] = {}
        self._lock = threading.Lock()
        self._send_lock = threading.Lock()
        self.settled = threading.Event()
        self.fault: LeukoScopeError | None = None
        context = multiprocessing.get_context("spawn")
        child_receives, self._send = context.Pipe(duplex=False)
        self._receive, child_sends = context.Pipe(duplex=False)
        self.process: SpawnProcess = context.Process(
            target=engine_process.main,
            args=([str(bundle.path) for bundle in bundles], str(cache), child_receives, child_sends),
            name="leukoscope-engine",
        )
        self.process.start()
        child_receives.close()
        child_sends.close()
        self._reader = threading.Thread(target=self._read, name="engine-reader", daemon=True)
        self._reader.start()

    def _read(self) -> None:
        while True:
            try:
                message = self._receive.recv()
            except (EOFError, OSError):
                self._lost()
                return
            if isinstance(message, Judged):
                with self._lock:
                    answers = self._waiting.get(message.ticket)
                if answers is not None:
                    answers.put(message)
            else:
                self._progress(message)

    def _progress(self, message: object) -> None:
        kind, text, name = EngineStateKind.STARTING, "", None
        if isinstance(message, Compiling):
            kind, name = EngineStateKind.COMPILING, message.bundle
            text = f"Preparing the model “{self._titles[name]}” for this machine; this happens once."
        elif isinstance(message, Loading):
            name = message.bundle
            text = f"Loading the model “{self._titles[name]}”."
            self._loaded += 1
        elif isinstance(message, Ready):
            kind, text = EngineStateKind.READY, "Ready."
        elif isinstance(message, Fault):
            self.fault = message.error
            kind, text = EngineStateKind.FAILED, message.error.message
        self._on_state(self, EngineState(kind, text, name, self._loaded, self._total))
        if isinstance(message, Ready | Fault):
            self.settled.set()

    def _lost(self) -> None:
        if self.fault is None:
            self.process.join(CLOSING_TIME)
            self.fault = EngineError(LOST, f"exit code {self.process.exitcode}")
            self._on_state(self, EngineState(EngineStateKind.FAILED, LOST, None, self._loaded, self._total))
        with self._lock:
            for answers in self._waiting.values():
                answers.put(EngineError(LOST, self.fault.detail))
        self.settled.set()

    @property
    def alive(self) -> bool:
        """Whether it can still judge."""
        return self.fault is None

    def open(self, ticket: int) -> queue.SimpleQueue[Judged | EngineError]:
        """Where the answers to a call will arrive."""
        answers: queue.SimpleQueue[Judged | EngineError] = queue.SimpleQueue()
        with self._lock:
            self._waiting[ticket] = answers
        return answers

    def send(self, message: Cell | Dropped | None) -> None:
        """Send a message; raises EngineError when the process has gone."""
        try:
            with self._send_lock:
                self._send.send(message)
        except OSError as error:
            # The reader notices too and tells everybody; only then may the next call see whether to start anew.
            self._reader.join(CLOSING_TIME)
            raise EngineError(LOST, repr(error)) from error

    def drop(self, ticket: int) -> None:
        """Forget a call; cells of it that wait are not judged."""
        with self._lock:
            self._waiting.pop(ticket, None)
        if self.alive:
            try:
                self.send(Dropped(ticket))
            except EngineError as error:
                logger.info("call dropped after the engine had gone: %s", error.detail)

    def close(self) -> None:
        """End the process, gently first."""
        self.fault = self.fault or EngineError("The engine is closed.")
        _end(self.process, self._send)
        self._reader.join(CLOSING_TIME)
        self._receive.close()


def _end(process: SpawnProcess, send: Connection) -> None:
    try:
        send.close()
    except OSError as error:
        logger.info("engine's pipe was closed already: %r", error)
    process.join(CLOSING_TIME)
    if process.is_alive():
        process.terminate()
        process.join(CLOSING_TIME)
    if process.is_alive():
        process.kill()
        process.join()


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
        self._child: _Child | None = None
        self._closed = False
        self._state = EngineState(EngineStateKind.CLOSED, "")
        self._living: list[_Child] = []
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

    def _running(self) -> _Child:
        with self._lock:
            if self._closed:
                raise EngineError("The engine is closed; start the program again.")
            if self._child is None or not self._child.alive:
                if self._child is not None:
                    self._child.close()
                    self._living.remove(self._child)
                self._child = _Child(self.bundles, self._cache, self._on_state)
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

    def _on_state(self, _: _Child, state: EngineState) -> None:
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
    def _settled(child: _Child, timeout: float | None, cancel: CancelToken | None) -> None:
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
    ) -> Iterator[tuple[Opinion, ...]]:
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
        tuple of Opinion
            One for each bundle, for each CellImage.

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
                opinions = self._next(answers, cancel)
                received += 1
                yield opinions
        finally:
            child.drop(ticket)

    @staticmethod
    def _next(answers: queue.SimpleQueue[Judged | EngineError], cancel: CancelToken | None) -> tuple[Opinion, ...]:
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
                raise EngineError(answer.error.message, answer.error.detail)
            return answer.opinions

    def close(self) -> None:
        """End the process. Calling it again does nothing; it returns within seconds whatever the process does."""
        with self._lock:
            self._closed = True
            child, self._child = self._child, None
        if child is not None:
            child.close()
            self._living.remove(child)
        self._state = EngineState(EngineStateKind.CLOSED, "")


def _close_all(children: list[_Child]) -> None:
    for child in list(children):
        child.close()
