"""The process that tries damaged inputs: it lives on from input to input, and may be ended amid one."""

from __future__ import annotations

import logging
import mmap
import os
import random
import resource
import struct
import time
import warnings
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from multiprocessing.connection import Connection
from pathlib import Path

from leukoscope.domain.errors import LeukoScopeError
from tests.torture.mutating import mutated
from tests.torture.targets import TARGETS

SLOW_S = 5.0
"""Of the processor's time, for one input."""
MEMORY_MB = 1500
"""More than that before is too much for one small input."""
ROOM_BYTES = 3 << 30
"""So much more address space the process may take."""
PREPARING = -1
"""Instead of an input's number, while whole inputs are made and read: what that takes is no input's doing."""
_PLACE = struct.Struct("<qd")


@dataclass(frozen=True)
class Order:
    """What is to be tried.

    Parameters
    ----------
    name, seed
        The reader, and what its inputs are drawn by.
    begin, end
        Numbers of the inputs.
    seconds
        Then it stops, wherever it is.
    """

    name: str
    seed: int
    begin: int
    end: int
    seconds: float


@dataclass(frozen=True)
class Loss:
    """Something was lost by an input; told at once.

    Parameters
    ----------
    number, what
        The input, and what was lost.
    """

    number: int
    what: str


@dataclass(frozen=True)
class Done:
    """An order was carried out.

    Parameters
    ----------
    tried
        How many were tried.
    processor_s
        What it took of the processor's time, all processes that take part included.
    memory_mb
        What the process has by now.
    """

    tried: int
    processor_s: float
    memory_mb: float


class Place:
    """Which input is being tried and since when, told without a word: a page of memory that both sides see."""

    def __init__(self, file: Path) -> None:
        if not file.exists():
            file.write_bytes(bytes(mmap.PAGESIZE))
        with file.open("r+b") as stream:
            self._page = mmap.mmap(stream.fileno(), mmap.PAGESIZE)

    def tell(self, number: int, spent: float) -> None:
        """Begin an input, after so much of the processor's time."""
        _PLACE.pack_into(self._page, 0, number, spent)

    def told(self) -> tuple[int, float]:
        """The input that is being tried, and what the process had spent before it."""
        number, spent = _PLACE.unpack_from(self._page, 0)
        return number, spent


def work(line: Connection, folder: Path, place: Path) -> None:
    """Take orders until the other side ends."""
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    # What C libraries grumble about a damaged file.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    room = _address_space() + ROOM_BYTES
    resource.setrlimit(resource.RLIMIT_AS, (room, room))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    page = Place(place)
    with suppress(EOFError, OSError):
        while True:
            line.send(_done(line.recv(), folder, page, line))


def _done(order: Order, folder: Path, page: Place, line: Connection) -> Done:
    began = _spent()
    page.tell(PREPARING, time.process_time())
    seeds, repair = whole(order.name), TARGETS[order.name].repair
    _warm_up(order.name, folder)
    end = time.monotonic() + order.seconds
    tried = 0
    for number in range(order.begin, order.end):
        page.tell(number, time.process_time())
        data = mutated(seeds, random.Random(f"{order.name} {order.seed} {number}"), repair)
        loss = taken(order.name, data, folder)
        tried += 1
        if loss is not None:
            line.send(Loss(number, loss))
        if time.monotonic() > end:
            break
    return Done(tried, _spent() - began, _peak_mb())


@cache
def whole(name: str) -> tuple[bytes, ...]:
    """Inputs as they should be."""
    return tuple(TARGETS[name].seeds())


@cache
def _warm_up(name: str, folder: Path) -> None:
    """Read each whole input once: what is loaded on first use is not an input's doing."""
    for one in whole(name):
        taken(name, one, folder)


def input_of(name: str, seed: int, number: int) -> bytes:
    """An input again, to look into what it did."""
    return mutated(whole(name), random.Random(f"{name} {seed} {number}"), TARGETS[name].repair)


def taken(name: str, data: bytes, folder: Path) -> str | None:
    """Let a reader take an input; what was not as it must be."""
    before, began = _peak_mb(), time.process_time()
    try:
        TARGETS[name].take(data, folder)
    except LeukoScopeError as error:
        if not error.message.strip() or "Traceback" in error.message:
            return f"it said {error.message!r}"
    except Exception as error:  # noqa: BLE001  that is what is looked for
        where = error.__traceback__
        while where is not None and where.tb_next is not None:
            where = where.tb_next
        place = f"{Path(where.tb_frame.f_code.co_filename).name}:{where.tb_lineno}" if where else ""
        return f"{type(error).__name__} at {place}: {str(error)[:120]}"
    took, grew = time.process_time() - began, _peak_mb() - before
    if took > SLOW_S:
        return f"it took {took:.1f} s"
    if grew > MEMORY_MB:
        return f"it took {grew:.0f} MB"
    return None


def _spent() -> float:
    return sum(os.times()[:4])


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _address_space() -> int:
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) * resource.getpagesize()
