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

from leukoscope.domain.errors import EngineError, LeukoScopeError
from leukoscope.inference import engine_process
from leukoscope.inference.library import InstalledBundle
from leukoscope.inference.messages import Cell, Compiling, Dropped, Fault, Judged, Loading, Ready
from leukoscope.inference.programs import start_engine

logger = logging.getLogger(__name__)

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


class EngineChild:
    """One run of the engine's process, with the thread that reads its answers."""

    def __init__(
        self, bundles: Sequence[InstalledBundle], cache: Path, on_state: Callable[[EngineChild, EngineState], None]
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
        start_engine(self.process)
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
