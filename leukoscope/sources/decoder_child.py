"""One run of the process that decodes foreign files: started, given orders, watched, ended."""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection
from multiprocessing.shared_memory import SharedMemory
from multiprocessing.util import Finalize
from pathlib import Path
from typing import Any

import numpy as np

from leukoscope.domain.errors import Cause, ImageError, LeukoScopeError
from leukoscope.domain.frames import Pixels
from leukoscope.sources import decoder_process
from leukoscope.sources.decoded_image import DecodedImage
from leukoscope.sources.decoder_limits import Allowance
from leukoscope.sources.decoder_process import (
    Counted,
    Decoded,
    Named,
    Opened,
    Order,
    Short,
    Sized,
    SlideOpened,
    Started,
    Stated,
    first_allowance,
    sized_allowance,
    view,
)
from leukoscope.system.child_processes import STARTING, is_heard

logger = logging.getLogger(__name__)
Answer = DecodedImage | Counted | Named | Opened | SlideOpened | Stated

BLOCK_BYTES = 24 << 20
"""Shared memory for the file and then its pixels: 8 megapixels. Larger ones go through the pipe."""

STARTING_S, STARTING_BYTES = 300.0, 4 << 30
"""So much a start may take, on a computer that is busy with other things."""

USUAL_BYTES = 200 << 20
"""What the process has with its libraries and nothing to do."""

TICK_S = 0.25
"""Between looks at a process that has not answered."""

_TOO_LONG, _TOO_MUCH = "too long", "too much"
NO_MEMORY = "There is not enough memory for this image; close other programs."


class ChildGoneError(Exception):
    """The process ended under an order.

    Parameters
    ----------
    detail
        For the log.
    sentence
        What a person reads, with {} for the file's name; ``None`` where it is not known why it ended.
    """

    def __init__(self, detail: str, sentence: str | None = None) -> None:
        super().__init__(detail)
        self.sentence = sentence

    def error(self, name: str) -> ImageError:
        """What whoever asked gets."""
        if self.sentence is None:
            message = f"“{name}” makes the program that opens images fail; copy it again, or save it in another format."
            return ImageError(message, str(self), cause=Cause.BROKEN)
        if self.sentence == _TOO_LONG:
            message = f"“{name}” takes too long to open; save it again in the program it comes from."
        else:
            message = f"“{name}” takes more memory than an image of its size may; save it again in another format."
        return ImageError(message, str(self), cause=Cause.UNKNOWN_KIND)


class DecoderChild:
    """One run of the process."""

    def __init__(self) -> None:
        self._block = _reserved_block()
        context = multiprocessing.get_context("spawn")
        self._connection: Connection
        self._connection, theirs = context.Pipe()
        self.process = context.Process(
            target=decoder_process.main,
            args=(theirs, None if self._block is None else self._block.name),
            name="leukoscope-decoder",
            daemon=True,
        )
        self._finalizer = Finalize(self, _release, (self._block,), exitpriority=5)
        try:
            with STARTING:
                self.process.start()
        except OSError as error:
            self._finalizer()
            raise ImageError(NO_MEMORY, repr(error)) from error
        theirs.close()
        self._started = False

    def ask(self, order: Order, data: bytes) -> Answer:
        """Give an order and wait for its end, as long as it may take."""
        try:
            self._wait_for_start()
            watch = ResourceWatch(self.process.pid or 0, first_allowance(order, data))
        except (EOFError, OSError) as error:
            raise ChildGoneError(repr(error)) from error
        try:
            self._send(order, data, watch)
            while True:
                answer = self._answer(watch)
                if isinstance(answer, Sized):
                    watch.allowed = sized_allowance(order, data, answer.width, answer.height)
                elif isinstance(answer, LeukoScopeError):
                    raise answer
                elif isinstance(answer, Short):
                    raise self._short(answer, watch.allowed)
                elif isinstance(answer, Decoded):
                    said = answer.microscope, answer.stage, answer.taken_at, answer.compression
                    return DecodedImage(self._received(answer, watch), answer.um_per_px, *said)
                else:
                    assert isinstance(answer, Counted | Named | Opened | SlideOpened | Stated)
                    return answer
        except (EOFError, OSError) as error:
            self.process.join(5.0)
            code = self.process.exitcode
            late = code == -getattr(signal, "SIGXCPU", 0) if code else False
            raise ChildGoneError(f"exit code {code}", watch.verdict or (_TOO_LONG if late else None)) from error

    def _wait_for_start(self) -> None:
        if not self._started:
            starting = ResourceWatch(self.process.pid or 0, Allowance(STARTING_BYTES, STARTING_S))
            self._started = isinstance(self._answer(starting), Started)

    def _send(self, order: Order, data: bytes, watch: ResourceWatch) -> None:
        block = self._block
        if block is not None and 0 < len(data) <= block.size:
            view(block)[: len(data)] = data
            self._connection.send(Order(**{**vars(order), "shared": True}))
            return
        self._connection.send(order)
        if data:
            with self._guarded(watch):
                self._connection.send_bytes(data)

    @contextmanager
    def _guarded(self, watch: ResourceWatch) -> Iterator[None]:
        """Do not wait for ever for a process that was stopped half-way through its bytes."""

        def too_long() -> None:
            watch.verdict = _TOO_LONG
            self.process.kill()

        guard = threading.Timer(watch.allowed.seconds, too_long)
        guard.daemon = True
        guard.start()
        try:
            yield
        finally:
            guard.cancel()

    def _answer(self, watch: ResourceWatch) -> Any:
        while not is_heard(self._connection, self.process, TICK_S):
            watch.look()
            if watch.verdict is not None:
                self.process.kill()
        return self._connection.recv()

    def _received(self, answer: Decoded, watch: ResourceWatch) -> Pixels:
        if answer.shared and self._block is not None:
            count = int(np.prod(answer.shape))
            return np.frombuffer(view(self._block), np.uint8, count).reshape(answer.shape).copy()
        with self._guarded(watch):
            return np.frombuffer(bytearray(self._connection.recv_bytes()), np.uint8).reshape(answer.shape)

    @staticmethod
    def _short(answer: Short, allowed: Allowance) -> LeukoScopeError | ChildGoneError:
        """Whether the computer has no memory left, or the file asks for more than it may."""
        import psutil

        if psutil.virtual_memory().available < allowed.memory:
            return ImageError(NO_MEMORY, answer.detail)
        return ChildGoneError(answer.detail, _TOO_MUCH)

    def close(self) -> None:
        """End it."""
        with suppress(OSError):
            self._connection.close()
        self.process.kill()
        self.process.join()
        self._finalizer()


class ResourceWatch:
    """Looks at a process that works: its memory and its time, for systems that do not limit them themselves."""

    def __init__(self, pid: int, allowed: Allowance) -> None:
        self._pid, self.allowed, self._waited = pid, allowed, 0.0
        self.verdict: str | None = None
        self._before: int | None = None

    def look(self) -> None:
        """A tick has passed without an answer; most files are done before there is one."""
        import psutil

        self._waited += TICK_S
        try:
            taken = psutil.Process(self._pid).memory_info().rss
        except psutil.Error:
            taken = 0
        # What it had before this file is not known when the first look comes late; it is less than this.
        self._before = min(taken, USUAL_BYTES) if self._before is None else self._before
        if self._waited > self.allowed.seconds:
            self.verdict = _TOO_LONG
        elif taken - self._before > self.allowed.memory:
            self.verdict = _TOO_MUCH


def _reserved_block() -> SharedMemory | None:
    """Shared memory that is there: a full file system of the system's memory would end whoever writes to it."""
    try:
        block = SharedMemory(create=True, size=BLOCK_BYTES)
    except OSError as error:
        logger.info("no shared memory: %r", error)
        return None
    place = Path("/dev/shm") / block.name.lstrip("/")
    try:
        if place.exists():
            handle = os.open(place, os.O_RDWR)
            try:
                os.posix_fallocate(handle, 0, block.size)
            finally:
                os.close(handle)
    except OSError as error:
        logger.info("shared memory is not given: %r", error)
        _release(block)
        return None
    return block


def _release(block: SharedMemory | None) -> None:
    if block is not None:
        with suppress(OSError, BufferError):
            block.close()
        with suppress(OSError):
            block.unlink()
