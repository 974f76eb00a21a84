"""What each figure of a network means for leukemia. Pure.

A figure bears the code of a cell class, or one of three words: ``healthy``, ``leukemic``, ``other``.
"""

from __future__ import annotations

from collections.abc import Sequence

from leukoscope.domain.cell_classes import BLAST, CELL_CLASSES, Family
from leukoscope.domain.errors import BundleError

HEALTHY, LEUKEMIC, OTHER = "healthy", "leukemic", "other"
WORDS = (HEALTHY, LEUKEMIC, OTHER)
PAIR = (HEALTHY, LEUKEMIC)
NEITHER = frozenset({Family.PRECURSOR, Family.NO_LEUKOCYTE})
"""Families that say nothing of leukemia: their probability counts half for each side, which ends unsure."""


def weights(figures: Sequence[str]) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """How much each figure's probability counts for leukemic, and for healthy; for each figure both add up to 1."""
    leukemic = tuple(_for_leukemic(one) for one in figures)
    return leukemic, tuple(1.0 - one for one in leukemic)


def _for_leukemic(figure: str) -> float:
    if figure in {LEUKEMIC, BLAST}:
        return 1.0
    if figure == OTHER or (figure in CELL_CLASSES and CELL_CLASSES[figure].family in NEITHER):
        return 0.5
    return 0.0


def is_differential(figures: Sequence[str]) -> bool:
    """Whether the figures name cells and none of them speaks for leukemia."""
    return all(one in CELL_CLASSES and one != BLAST for one in figures)


def check_figures(figures: Sequence[str]) -> None:
    """Refuse names of which no verdict and no differential comes.

    Raises
    ------
    BundleError
        With one sentence.
    """
    for one in figures:
        if one not in WORDS and one not in CELL_CLASSES:
            message = (
                f"“{one[:60]}” is no class that this program knows; name each of the model's classes healthy, leukemic "
                f"or other, or one of {', '.join(CELL_CLASSES)}."
            )
            raise BundleError(message)
    for_leukemic, for_healthy = weights(figures)
    if len(figures) < 2 or (not is_differential(figures) and not (1.0 in for_leukemic and 1.0 in for_healthy)):
        raise BundleError(
            "Name each of the model's classes in the order of its outputs, one of them healthy and one leukemic at "
            "least, or all of them kinds of cells."
        )
    if is_differential(figures) and len(set(figures)) < 2:
        raise BundleError("Name at least two kinds of cells that the model tells apart.")
