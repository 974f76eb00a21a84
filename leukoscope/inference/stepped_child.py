"""A child process that looks into somebody's model file: told step by step, watched, ended with a cancel."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable
from contextlib import ExitStack
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from leukoscope.domain.errors import BundleError, Cause
from leukoscope.domain.progress import CancelToken
from leukoscope.inference.heartbeat import Heartbeat, HeartbeatMonitor
from leukoscope.inference.programs import start_with_tensorflow
from leukoscope.inference.refused import damaged
from leukoscope.system.child_limits import memory_of
from leukoscope.system.child_processes import is_heard
from leukoscope.system.temporary_files import private_folder

PATIENCE = 0.1
"""Seconds between looks at the cancel token."""

PLAIN_MEMORY, MEMORY_PER_BYTE = 4 << 30, 12
"""Bytes that a child may take: Keras, TensorFlow and OpenVINO with a small network, and for each byte of the model."""
CHECK_MEMORY = 1 << 30
"""The same while the file is only looked at: nothing of it is held in memory but its configuration."""
LONGEST_S = 3600.0
"""No import takes that long; on two quiet cores the reference ensemble takes four minutes."""

OnStep = Callable[[str, int, int], None]
"""Told each step: text, how many are done, how many there are."""


def run_steps(
    main: Callable[[Any, Connection], None],
    order: Any,
    file: Path,
    silence: Callable[[bool], float],
    on_step: OnStep,
    cancel: CancelToken,
) -> Any:
    """Run a child until it has done what was ordered.

    Parameters
    ----------
    main
        Its entry, with the order and the sending end of a pipe: sends steps (text, done, total), an error, or what it
        came to.
    order
        What is wanted.
    file
        The model file.
    silence
        So many seconds it may give no sign of life, while the file is only looked at (step 0) or later.
    on_step, cancel
        Who is told, and who can stop it.

    Raises
    ------
    LeukoScopeError
        What the child raised; BundleError when it ended otherwise, CancelledError after a cancel.
    """
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=main, args=(order, sender), name="leukoscope-import")
    start_with_tensorflow(process)
    sender.close()
    try:
        answer = _listen(receiver, process, file, silence, on_step, cancel)
        process.join()
        return answer
    finally:
        if process.is_alive():
            process.kill()  # one that was stopped hears nothing else
        process.join()
        receiver.close()


PREPARE = "prepare"
"""Told to a :class:`SteppedChild`: load what every order needs, there is one to come."""


class SteppedChild:
    """A child that does one order after another, and keeps what it has loaded for the next.

    Parameters
    ----------
    main
        Its entry, with its end of a two-way pipe and a folder of its own: takes orders until the pipe ends, and sends
        for each what a child of :func:`run_steps` sends.
    """

    def __init__(self, main: Callable[[Connection, str], None]) -> None:
        self._main = main
        self._process: SpawnProcess | None = None
        self._connection: Connection | None = None
        self._folder = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self.close()

    def prepare(self) -> None:
        """Start it already, where it is not: what takes its time happens beside what is done here.

        Raises
        ------
        BundleError
            In the light edition.
        """
        self._running()[0].send(PREPARE)

    def do(self, order: Any, file: Path, silence: Callable[[bool], float], on_step: OnStep, cancel: CancelToken) -> Any:
        """Let it do what is ordered; as :func:`run_steps`. It has ended after an error or a cancel."""
        done = False
        try:
            connection, process = self._running()
            connection.send(order)
            answer = _listen(connection, process, file, silence, on_step, cancel)
            done = True
        finally:
            if not done:
                self.close()
        return answer

    def close(self) -> None:
        """End it; a later order starts another."""
        process, connection = self._process, self._connection
        self._process = self._connection = None
        if connection is not None:
            connection.close()
        if process is not None:
            process.kill()  # it has nothing to bring to an end, and one that was stopped hears nothing else
            process.join()
        self._folder.close()

    def _running(self) -> tuple[Connection, SpawnProcess]:
        if self._process is not None and self._connection is not None and self._process.is_alive():
            return self._connection, self._process
        self.close()
        folder = self._folder.enter_context(private_folder())
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(target=self._main, args=(theirs, folder), name="leukoscope-import", daemon=True)
        start_with_tensorflow(process)
        theirs.close()
        self._connection, self._process = ours, process
        return ours, process


def _listen(
    receiver: Connection,
    process: SpawnProcess,
    file: Path,
    silence: Callable[[bool], float],
    on_step: OnStep,
    cancel: CancelToken,
) -> Any:
    monitor, is_checking = HeartbeatMonitor(silence(False)), False
    most, end = most_memory(file), time.monotonic() + LONGEST_S
    checking = CHECK_MEMORY
    while True:
        cancel.raise_if_cancelled()
        _hold_limits(process, file, checking if is_checking else most, end)
        try:
            if not is_heard(receiver, process, PATIENCE):
                if monitor.waited(PATIENCE):
                    process.kill()
                continue
            monitor.heard()
            message = receiver.recv()
        except EOFError as error:
            process.join()
            if is_checking:
                raise damaged(file, f"its check ended with exit code {process.exitcode}") from error
            sentence = "The import ended unexpectedly. Close other programs to free memory, then try again."
            raise BundleError(sentence, f"exit code {process.exitcode}") from error
        if isinstance(message, Heartbeat):
            continue
        if isinstance(message, BaseException):
            raise message
        if not isinstance(message, tuple):
            return message
        is_checking = message[1] == 0
        # One that has done an order already still holds what it loaded.
        checking = CHECK_MEMORY + (memory_of(process.pid) if process.pid is not None else 0)
        monitor = HeartbeatMonitor(silence(is_checking))
        on_step(*message)


def most_memory(file: Path) -> int:
    """Bytes of memory that looking into a model of this size may take."""
    folder = file if file.is_dir() else file.parent
    weights = "*.h*5" if file.suffix.lower() in {".json", ".yaml", ".yml"} else "variables/*"
    parts: list[Path] = [file, *folder.glob(weights)]
    return PLAIN_MEMORY + MEMORY_PER_BYTE * sum(one.stat().st_size for one in parts if one.is_file())


def _hold_limits(process: SpawnProcess, file: Path, most: int, end: float) -> None:
    """Raise BundleError when a child takes more memory or time than any model needs; the caller ends it."""
    used = memory_of(process.pid) if process.pid is not None else 0
    if used > most:
        message = (
            f"“{file.name}” needs more memory than a model of its size may take; type model.export('folder') in the "
            "notebook that made it, and import that folder."
        )
        raise BundleError(message, f"{used} bytes of {most}", cause=Cause.NOT_UNDERSTOOD)
    if time.monotonic() > end:
        message = f"“{file.name}” takes too long to be looked into; close other programs, then try again."
        raise BundleError(message, f"{LONGEST_S} s")
