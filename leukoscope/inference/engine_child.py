"""One run of the engine's process, as its parent sees it: started, listened to, ended. Imports nothing heavy."""

from __future__ import annotations

import logging
import multiprocessing
import queue
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from pathlib import Path

from leukoscope.domain.errors import Cause, EngineError, LeukoScopeError
from leukoscope.inference import engine_process
from leukoscope.inference.heartbeat import BEAT_S, Heartbeat, HeartbeatMonitor, Timeouts
from leukoscope.inference.library import InstalledBundle
from leukoscope.inference.messages import Cell, Compiling, Dropped, Fault, Judged, Loading, Ready
from leukoscope.inference.programs import start_engine
from leukoscope.system.child_processes import is_heard

logger = logging.getLogger(__name__)

CLOSING_TIME = 5.0
"""Seconds the process gets to end by itself."""
LOST = "The engine stopped unexpectedly and is started again; what it was judging is judged once more."
CLOSED = "The engine is closed; start the program again."
TICK = 0.5
"""Seconds between looks at a child that says nothing."""


class LostError(EngineError):
    """The process has gone, or hung and was ended.

    Parameters
    ----------
    message, detail, cause
        As in :class:`EngineError`.
    hung
        Whether it was ended because it gave no sign of life or did not come to an end.
    """

    def __init__(
        self, message: str = LOST, detail: str = "", hung: bool = False, *, cause: Cause | None = None
    ) -> None:
        super().__init__(message, detail, cause=cause)
        self.hung = hung


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


class EngineChild:
    """One run of the engine's process, with the thread that reads its answers and watches over it.

    Parameters
    ----------
    bundles, cache
        As :class:`leukoscope.inference.engine.Engine` has them.
    on_state
        Told what it is doing.
    patience
        How long it may be silent or at one piece of work before it is ended.
    profile
        Bytes of the site profile in force.
    """

    def __init__(
        self,
        bundles: Sequence[InstalledBundle],
        cache: Path,
        on_state: Callable[[EngineChild, EngineState], None],
        patience: Timeouts | None = None,
        profile: bytes | None = None,
    ) -> None:
        self._patience = patience or Timeouts()
        self._pulse, self._allowed, self._hung = HeartbeatMonitor(self._patience.silence), self._patience.loading, False
        self._on_state, self._total = on_state, len(bundles)
        self._titles = {bundle.manifest.name: bundle.manifest.title for bundle in bundles}
        self._loaded, self._closed = 0, False
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
            args=([str(bundle.path) for bundle in bundles], str(cache), child_receives, child_sends, profile),
            name="leukoscope-engine",
        )
        start_engine(self.process)
        child_receives.close()
        child_sends.close()
        self._reader = threading.Thread(target=self._read, name="engine-reader", daemon=True)
        self._reader.start()

    def _read(self) -> None:
        while True:
            try:
                while not is_heard(self._receive, self.process, TICK):
                    if self._pulse.waited(TICK):
                        self._give_up("no sign of life")
                message = self._receive.recv()
            except (EOFError, OSError):
                self._lost()
                return
            except MemoryError as error:
                self._give_up(repr(error))
                self._lost()
                return
            self._pulse.heard()
            if isinstance(message, Heartbeat):
                if message.at_work * BEAT_S > self._allowed:
                    self._give_up(f"at one piece of work for {message.at_work} beats")
            elif isinstance(message, Judged):
                with self._lock:
                    answers = self._waiting.get(message.ticket)
                if answers is not None:
                    answers.put(message)
            else:
                self._progress(message)

    def _give_up(self, why: str) -> None:
        """End a process that hangs; one that was stopped ends of it too."""
        if not self._hung:
            logger.error("the engine is ended: %s", why)
        self._hung = True
        self.process.kill()

    def _progress(self, message: object) -> None:
        kind, text, name = EngineStateKind.STARTING, "", None
        self._allowed = self._patience.loading
        if isinstance(message, Compiling):
            kind, name = EngineStateKind.COMPILING, message.bundle
            self._allowed = self._patience.compiling
            text = f"Preparing the model “{self._titles[name]}” for this machine; this happens once."
        elif isinstance(message, Loading):
            name = message.bundle
            text = f"Loading the model “{self._titles[name]}”."
            self._loaded += 1
        elif isinstance(message, Ready):
            kind, text = EngineStateKind.READY, "Ready."
            self._allowed = self._patience.cell
        elif isinstance(message, Fault):
            self.fault = message.error
            kind, text = EngineStateKind.FAILED, message.error.message
        self._on_state(self, EngineState(kind, text, name, self._loaded, self._total))
        if isinstance(message, Ready | Fault):
            self.settled.set()

    def _lost(self) -> None:
        if self.fault is None:
            self.process.join(CLOSING_TIME)
            self.fault = LostError(LOST, f"exit code {self.process.exitcode}", self._hung)
            self._on_state(self, EngineState(EngineStateKind.FAILED, LOST, None, self._loaded, self._total))
        with self._lock:
            for answers in self._waiting.values():
                answers.put(self._loss(self.fault.detail))
        self.settled.set()

    def _loss(self, detail: str) -> EngineError:
        """Why nothing is answered any more; a process that was closed on purpose is not lost."""
        return EngineError(CLOSED, detail) if self._closed else LostError(LOST, detail, self._hung)

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
            raise self._loss(repr(error)) from error

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
        self._closed = True
        self.fault = self.fault or EngineError(CLOSED)
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
