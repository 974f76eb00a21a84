"""Cells on which the maps of an imported model are tried: drawn by the program, as many blasts as lymphocytes."""

from __future__ import annotations

from leukoscope.domain.frames import Pixels
from leukoscope.sources.demo import demo_cells

COUNT = 12
_SEED = 29


def cells_for_maps() -> tuple[Pixels, ...]:
    """Cut out on black, each (450, 450, 3), uint8, RGB."""
    return tuple(frame.pixels for frame in demo_cells(COUNT, seed=_SEED))
