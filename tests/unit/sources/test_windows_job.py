"""The limits that Windows is asked for, as its headers have them; they are held on Windows alone."""

from __future__ import annotations

import ctypes
import sys

import pytest

from leukoscope.sources.windows_job import ExtendedLimits, OwnJob, limits


def test_the_structure_is_that_of_the_headers() -> None:
    """``winnt.h`` for 64 bits: 64 bytes of basic limits, 48 of counters, four sizes."""
    assert ctypes.sizeof(ExtendedLimits) == 144
    assert ExtendedLimits.process_memory.offset == 112
    basic = type(ExtendedLimits().basic)
    assert (basic.limit_flags.offset, basic.active_process_limit.offset, basic.affinity.offset) == (16, 40, 48)


def test_memory_time_and_children_are_limited() -> None:
    made = limits(300 << 20, 90.5)
    assert made.process_memory == 300 << 20
    assert made.basic.per_process_user_time == 905_000_000
    assert made.basic.active_process_limit == 1
    assert made.basic.limit_flags == 0x8 | 0x2 | 0x100 | 0x400


@pytest.mark.skipif(sys.platform == "win32", reason="it would limit the tests")
def test_elsewhere_nothing_is_done() -> None:
    assert not OwnJob().limit(1, 1.0)
