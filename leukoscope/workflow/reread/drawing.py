"""Which cells a re-read shows, and in which order."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from leukoscope.domain.errors import RereadError
from leukoscope.domain.rereads import DecidedCell, Whose

MOST = 500


def draw(cells: Sequence[DecidedCell], reader: str, whose: Whose, n: int, seed: int) -> tuple[DecidedCell, ...]:
    """Draw cells in an order that the seed alone decides.

    Parameters
    ----------
    cells
        All decided ones, in the order of their keys.
    reader
        Who will read them.
    whose
        Whose decisions are wanted.
    n
        How many, 1 to ``MOST``.
    seed
        Of NumPy's default generator, >= 0.

    Raises
    ------
    RereadError
        When there are too few.
    """
    if not 1 <= n <= MOST:
        raise RereadError(f"A re-read has 1 to {MOST} cells.")
    wanted = [one for one in cells if whose is Whose.ANYONES or (one.by == reader) == (whose is Whose.OWN)]
    if len(wanted) < n:
        raise RereadError(f"Only {len(wanted)} such cells were decided in reviewed or signed cases; take fewer.")
    order = np.random.default_rng(seed).permutation(len(wanted))[:n]
    return tuple(wanted[place] for place in order)
