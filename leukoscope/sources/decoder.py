"""Foreign image files are decoded in a process of their own: what a file does there, it does to nobody else."""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from multiprocessing.connection import Connection
from multiprocessing.shared_memory import SharedMemory
from multiprocessing.util import Finalize
from pathlib import Path
from typing import Any

import numpy as np

from leukoscope.domain.errors import Cause, ImageError, LeukoScopeError
from leukoscope.domain.frames import Pixels
from leukoscope.sources import decoder_process, decoding
from leukoscope.sources.decoder_limits import Allowance
from leukoscope.sources.decoder_process import (
    Counted,
    Decoded,
    Named,
    Opened,
    Order,
    Short,
    Sized,
    Started,
    Task,
    first_allowance,
    sized_allowance,
    view,
)
from leukoscope.sources.decoding import DecodedImage
from leukoscope.system.child_processes import STARTING

logger = logging.getLogger(__name__)
_Answer = DecodedImage | Counted | Named | Opened

BLOCK_BYTES = 24 << 20
"""Shared memory for the file and then its pixels: 8 megapixels. Larger ones go through the pipe."""
STARTING_S, STARTING_BYTES = 300.0, 4 << 30
"""So much a start may take, on a computer that is busy with other things."""
USUAL_BYTES = 200 << 20
"""What the process has with its libraries and nothing to do."""
TICK_S = 0.25
"""Between looks at a process that has not answered."""
NO_MEMORY = "There is not enough memory for this image; close other programs."


class Decoder:
    """Decodes one file at a time in a child process, which is started when first needed and anew after a loss."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._child: _Child | None = None

    def image(self, data: bytes, name: str) -> DecodedImage:
        """As :func:`leukoscope.sources.decoding.decode_image`; raises ImageError, also where a limit is reached."""
        return self._pixels(Order(Task.IMAGE, name, len(data), False, decoding.MAX_PIXELS), data)

    def page(self, data: bytes, name: str, page: int) -> DecodedImage:
        """As :func:`leukoscope.sources.decoding.decode_page`; raises ImageError, also where a limit is reached."""
        return self._pixels(Order(Task.PAGE, name, len(data), False, decoding.MAX_PIXELS, page), data)

    def count_pages(self, path: Path, name: str) -> tuple[tuple[int, ...], int]:
        """The images of a TIFF, and how many pages are none; raises ImageError where a limit is reached."""
        answer = self._ask(Order(Task.PAGES, name, 0, False, decoding.MAX_PIXELS, path=str(path)), b"")
        assert isinstance(answer, Counted)
        return answer.numbers, answer.left_out

    def logo(self, data: bytes, name: str) -> DecodedImage:
        """As :func:`leukoscope.sources.decoding.decode_logo`; raises ImageError, also where a limit is reached."""
        return self._pixels(Order(Task.LOGO, name, len(data), False, decoding.MAX_PIXELS), data)

    def study(self, path: Path, name: str) -> str:
        """The StudyInstanceUID of a DICOM file; empty where it does not say so. Raises ImageError as above."""
        answer = self._ask(Order(Task.STUDY, name, 0, False, decoding.MAX_PIXELS, path=str(path)), b"")
        assert isinstance(answer, Named)
        return answer.study

    def warm(self) -> None:
        """Start the process for when it is needed; nothing is waited for, and what fails is tried again then."""
        with self._lock, suppress(ImageError):
            if self._child is None:
                self._child = _Child()

    def decode_stream_image(self, data: bytes, pixels: int, name: str) -> Pixels:
        """One JPEG picture of a stream that says that it has so many pixels; raises ImageError as above."""
        return self._pixels(
            Order(Task.PICTURE, name, len(data), False, decoding.MAX_PIXELS, pixels=pixels), data
        ).pixels

    def film(self, path: Path, name: str) -> float:
        """Open a video file; seconds between two pictures. Raises ImageError as above."""
        answer = self._ask(Order(Task.FILM, name, 0, False, decoding.MAX_PIXELS, path=str(path)), b"")
        assert isinstance(answer, Opened)
        return answer.seconds

    def next_of_film(self, path: Path, name: str) -> Pixels:
        """The next picture of a video file, the first again after the last; raises ImageError as above."""
        answer = self._ask(Order(Task.NEXT, name, 0, False, decoding.MAX_PIXELS, path=str(path)), b"")
        assert isinstance(answer, DecodedImage)
        return answer.pixels

    def close(self) -> None:
        """End the process; the next file starts another one."""
        with self._lock:
            self._drop()

    def _pixels(self, order: Order, data: bytes) -> DecodedImage:
        if not data:
            return decoding.decode_image(data, order.name)  # raises the sentence for an empty file
        answer = self._ask(order, data)
        assert isinstance(answer, DecodedImage)
        return answer

    def _ask(self, order: Order, data: bytes) -> _Answer:
        with self._lock:
            for again in (True, False):
                if self._child is None:
                    self._child = _Child()
                try:
                    return self._child.ask(order, data)
                except _GoneError as gone:
                    self._drop()
                    logger.warning("the decoding process has gone: %s", gone)
                    # Somebody else may have ended it; a file that ends it twice is the cause.
                    if again and gone.sentence is None:
                        continue
                    raise gone.error(order.name) from gone
            raise AssertionError("two tries end in an answer or an error")

    def _drop(self) -> None:
        child, self._child = self._child, None
        if child is not None:
            child.close()


@cache
def decoder() -> Decoder:
    """The one of this program, for files."""
    return Decoder()


@cache
def stream_decoder() -> Decoder:
    """Another one, for pictures of streams: a large file does not hold up what is live."""
    return Decoder()


class _GoneError(Exception):
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


_TOO_LONG, _TOO_MUCH = "too long", "too much"


class _Child:
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

    def ask(self, order: Order, data: bytes) -> _Answer:
        """Give an order and wait for its end, as long as it may take."""
        try:
            self._wait_for_start()
            watch = _Watch(self.process.pid or 0, first_allowance(order, data))
        except (EOFError, OSError) as error:
            raise _GoneError(repr(error)) from error
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
                    return DecodedImage(self._received(answer, watch), answer.um_per_px)
                else:
                    assert isinstance(answer, Counted | Named | Opened)
                    return answer
        except (EOFError, OSError) as error:
            self.process.join(5.0)
            code = self.process.exitcode
            late = code == -getattr(signal, "SIGXCPU", 0) if code else False
            raise _GoneError(f"exit code {code}", watch.verdict or (_TOO_LONG if late else None)) from error

    def _wait_for_start(self) -> None:
        if not self._started:
            starting = _Watch(self.process.pid or 0, Allowance(STARTING_BYTES, STARTING_S))
            self._started = isinstance(self._answer(starting), Started)

    def _send(self, order: Order, data: bytes, watch: _Watch) -> None:
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
    def _guarded(self, watch: _Watch) -> Iterator[None]:
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

    def _answer(self, watch: _Watch) -> Any:
        while not self._connection.poll(TICK_S):
            watch.look()
            if watch.verdict is not None:
                self.process.kill()
        return self._connection.recv()

    def _received(self, answer: Decoded, watch: _Watch) -> Pixels:
        if answer.shared and self._block is not None:
            count = int(np.prod(answer.shape))
            return np.frombuffer(view(self._block), np.uint8, count).reshape(answer.shape).copy()
        with self._guarded(watch):
            return np.frombuffer(bytearray(self._connection.recv_bytes()), np.uint8).reshape(answer.shape)

    @staticmethod
    def _short(answer: Short, allowed: Allowance) -> LeukoScopeError | _GoneError:
        """Whether the computer has no memory left, or the file asks for more than it may."""
        import psutil

        if psutil.virtual_memory().available < allowed.memory:
            return ImageError(NO_MEMORY, answer.detail)
        return _GoneError(answer.detail, _TOO_MUCH)

    def close(self) -> None:
        """End it."""
        with suppress(OSError):
            self._connection.close()
        self.process.kill()
        self.process.join()
        self._finalizer()


class _Watch:
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
