"""The groups in which the cells of a case lie: one for each class that has any."""

from __future__ import annotations

from dataclasses import dataclass

from leukoscope.domain.cell_classes import CELL_CLASSES

RANKS: dict[str | None, int] = {code: rank for rank, code in enumerate((None, *CELL_CLASSES))}
"""Order of the groups: what nobody has named comes first, then the classes as people count them."""
CODES: tuple[str | None, ...] = tuple(RANKS)


@dataclass(frozen=True)
class Section:
    """A group of cells of one class.

    Parameters
    ----------
    code
        The class; ``None`` for cells that nobody has named.
    first, shown
        Its first row, and how many rows it has: none when it is folded.
    count
        How many cells are in it.
    folded
        Whether a person folded it away.
    """

    code: str | None
    first: int
    shown: int
    count: int
    folded: bool
