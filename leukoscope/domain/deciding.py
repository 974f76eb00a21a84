"""Cells on which the result of a Case rests: those that a person who reads the report wants to see first."""

from __future__ import annotations

from collections.abc import Sequence

from leukoscope.domain.cases import CaseCell
from leukoscope.domain.findings import Label

MOST = 48
"""So many; of more, those come first that rank first."""


def deciding_cells(cells: Sequence[CaseCell], most: int = MOST) -> frozenset[int]:
    """Keys of the cells that decide.

    Parameters
    ----------
    cells
        All that count.
    most
        How many at most: first those of which a person says otherwise than the program, or which a person drew or
        commented on, then
        those that are unsure, then those that count as leukemic.
    """
    ranked = [(rank, place, cell.id) for place, cell in enumerate(cells) if (rank := _rank(cell)) is not None]
    return frozenset(key for _, _, key in sorted(ranked)[:most])


def _rank(cell: CaseCell) -> int | None:
    if cell.added or cell.comment or (cell.decision is not None and cell.counted is not cell.finding.label):
        return 0
    if cell.counted is Label.UNSURE:
        return 1
    return 2 if cell.counted is Label.LEUKEMIC else None
