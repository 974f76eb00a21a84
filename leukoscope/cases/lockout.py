"""A lock-out that ends by a clock which nobody can set, beside the wall clock."""

from __future__ import annotations

import time
from contextlib import suppress
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from uuid import uuid4

from leukoscope.cases.tables import PersonRow

LOCKED_FOR = timedelta(minutes=15)
_BOOT = Path("/proc/sys/kernel/random/boot_id")


@cache
def boot() -> str:
    """What the ticks count from: this run of the computer where it has a name, else this run of the program."""
    with suppress(OSError):
        return _BOOT.read_text(encoding="ascii").strip()
    return f"program {uuid4()}"


def ticks() -> float:
    """Seconds that no change of the wall clock moves."""
    clock = getattr(time, "CLOCK_BOOTTIME", None)
    # Sleep of the computer counts too, where it can be told.
    return time.clock_gettime(clock) if clock is not None else time.monotonic()


def lock(row: PersonRow, now: datetime) -> None:
    """Lock an account from now on."""
    row.failures, row.locked_until = 0, now + LOCKED_FOR
    row.locked_boot, row.locked_ticks = _ticking(row.locked_until), ticks() + LOCKED_FOR.total_seconds()


def unlock(row: PersonRow) -> None:
    """Let an account be used again."""
    row.failures, row.locked_until, row.locked_boot, row.locked_ticks = 0, None, "", None


def left(row: PersonRow, now: datetime) -> timedelta:
    """How long an account stays locked; never longer than it was locked for.

    In the run of the computer in which it was locked the ticks alone count. In another one, or at another workstation,
    it is the wall clock.
    """
    if row.locked_until is None:
        return timedelta()
    if row.locked_ticks is not None and row.locked_boot == _ticking(row.locked_until):
        return max(timedelta(seconds=row.locked_ticks - ticks()), timedelta())
    return min(max(row.locked_until - now, timedelta()), LOCKED_FOR)


def bind(row: PersonRow, now: datetime) -> None:
    """A wall clock that went back would lock for longer: from here on the ticks of this computer count."""
    if row.locked_until is None or row.locked_boot == _ticking(row.locked_until):
        return
    if row.locked_until - now > LOCKED_FOR:
        lock(row, now)


def _ticking(until: datetime) -> str:
    """For which lock-out, and in which run of the computer, ticks count."""
    return f"{boot()} {until.timestamp():.0f}"
