"""How far people agree beyond chance: Cohen's and Fleiss' kappa with large-sample intervals."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from leukoscope.domain.statistics import Z_95

Counts = NDArray[np.int64]


@dataclass(frozen=True)
class Kappa:
    """Agreement beyond chance.

    Parameters
    ----------
    value
        1 is perfect agreement, 0 what chance gives; nan where chance alone would agree always.
    low, high
        95 % interval; nan where it cannot be told.
    n
        Cells that stand behind it.
    """

    value: float
    low: float
    high: float
    n: int


def confusion(first: Sequence[str], second: Sequence[str], classes: Sequence[str]) -> Counts:
    """Cells by what two people named them.

    Parameters
    ----------
    first, second
        One class for each cell, in the same order.
    classes
        All classes, in the order of rows and columns.

    Returns
    -------
    ndarray
        Shape (classes, classes), int64: rows are the first person's, columns the second's.
    """
    place = {one: index for index, one in enumerate(classes)}
    table = np.zeros((len(classes), len(classes)), np.int64)
    for a, b in zip(first, second, strict=True):
        table[place[a], place[b]] += 1
    return table


def cohens_kappa(table: Counts) -> Kappa:
    """Agreement of two people (Cohen 1960), with the standard error of Fleiss, Cohen and Everitt (1969).

    Parameters
    ----------
    table
        Shape (k, k): cells by first person (rows) and second person (columns), from :func:`confusion`.

    Raises
    ------
    ValueError
        For a table that is not square or holds a negative count.
    """
    if table.ndim != 2 or table.shape[0] != table.shape[1] or (table < 0).any():
        raise ValueError(f"no table of two people: shape {table.shape}")
    n = int(table.sum())
    if n == 0:
        return _unknown(n)
    p = table / n
    rows, columns = p.sum(axis=1), p.sum(axis=0)
    agreed, chance = float(np.trace(p)), float(rows @ columns)
    if math.isclose(chance, 1.0):
        return _unknown(n)
    kappa = (agreed - chance) / (1 - chance)
    diagonal = float(np.diag(p) @ (1 - (rows + columns) * (1 - kappa)) ** 2)
    # Row i, column j: the first person's share of j and the second person's share of i.
    crossed = (columns[:, None] + rows[None, :]) ** 2
    off = (1 - kappa) ** 2 * float((p * crossed).sum() - (np.diag(p) * np.diag(crossed)).sum())
    variance = (diagonal + off - (kappa - chance * (1 - kappa)) ** 2) / (n * (1 - chance) ** 2)
    return _interval(kappa, variance, n)


def fleiss_kappa(counts: Counts) -> Kappa:
    """Agreement of several people, not always the same ones (Fleiss 1971).

    Parameters
    ----------
    counts
        Shape (cells, classes): how many people named the cell so; the same number of people for each cell.

    Returns
    -------
    Kappa
        With the interval from the standard error of Fleiss, Nee and Landis (1979), which holds where people agree
        by chance alone; away from that it is only a guide.

    Raises
    ------
    ValueError
        When cells were named by different numbers of people, or by fewer than two.
    """
    people = {int(one) for one in counts.sum(axis=1)}
    if len(people) != 1 or (m := people.pop()) < 2 or (counts < 0).any():
        raise ValueError("each cell is to be named by the same two or more people")
    n = len(counts)
    shares = counts.sum(axis=0) / (n * m)
    agreed = float((counts * (counts - 1)).sum()) / (n * m * (m - 1))
    chance = float(shares @ shares)
    if math.isclose(chance, 1.0):
        return _unknown(n)
    spread = shares * (1 - shares)
    total = float(spread.sum())
    variance = 2 * (total**2 - float(spread @ (1 - 2 * shares))) / (total**2 * n * m * (m - 1))
    return _interval((agreed - chance) / (1 - chance), variance, n)


def _interval(kappa: float, variance: float, n: int) -> Kappa:
    half = Z_95 * math.sqrt(max(variance, 0.0))
    return Kappa(kappa, max(-1.0, kappa - half), min(1.0, kappa + half), n)


def _unknown(n: int) -> Kappa:
    return Kappa(math.nan, math.nan, math.nan, n)
