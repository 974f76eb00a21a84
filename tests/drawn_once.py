"""The demo smear's fields and cells, drawn once for all tests of a process: a field takes half a second.

What draws them is tested by ``tests/unit/sources/test_demo.py`` on the real functions, :data:`draw_field` and
:data:`draw_cell`.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from typing import Any

from leukoscope.domain.frames import Frame
from leukoscope.sources import demo
from leukoscope.sources.smear import Leukocyte

draw_field, draw_cell = demo.demo_field, demo._demo_cell
MOST_FIELDS = 32
"""Of four megabytes each."""

_fields: OrderedDict[tuple[Any, ...], tuple[Frame, tuple[Leukocyte, ...]]] = OrderedDict()


def install() -> None:
    """Let everybody in this process have them from here; before anybody imports them by name."""
    demo.demo_field, demo._demo_cell = _field, _cell


def _own(frame: Frame) -> Frame:
    """With pixels of its own: a test may paint on them."""
    return replace(frame, pixels=frame.pixels.copy())


def _field(
    seed: int = 1,
    width: int = 1280,
    height: int = 1024,
    leukocytes: int | None = None,
    kinds: Sequence[Leukocyte] = demo._WHITE_CELLS,
) -> Frame:
    kept = tuple(kinds)
    # A kind holds arrays and has no hash; it is kept, so that no other comes to its place in memory.
    key = (seed, width, height, leukocytes, tuple(map(id, kept)))
    drawn = _fields.get(key)
    if drawn is None:
        drawn = _fields[key] = draw_field(seed, width, height, leukocytes, kept), kept
        if len(_fields) > MOST_FIELDS:
            _fields.popitem(last=False)
    return _own(drawn[0])


@cache
def _drawn_cell(seed: int, index: int) -> Frame:
    return draw_cell(seed, index)


def _cell(seed: int, index: int) -> Frame:
    return _own(_drawn_cell(seed, index))
