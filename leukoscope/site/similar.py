"""The nearest of very many cells by the cosine between their features: exact, with one small matrix product."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Units = NDArray[np.float16]
COARSE = 127
"""Axes that the first look takes; measured on the shipped differential they hold 99 % of the squared length."""
SAMPLE = 4096
"""Cells that the axes are made of."""
_PORTION = 256
_ROUNDING = 2e-3
"""More than float16 moves a cosine by: half of 2^-10 for each of two unit vectors, and as much for float32 sums."""
_ROWS_AT_ONCE = 8192


@dataclass(frozen=True)
class Neighbor:
    """One of the nearest: its place among the cells, and its distance, 1 - cosine, 0..2."""

    place: int
    distance: float


class NearestCells:
    """Cells that others are compared with.

    A first look takes, with one product, an upper bound of every cosine: for orthonormal axes ``P``,
    ``cos(q, x) = Pq . Px + rest(q) . rest(x) <= Pq . Px + |rest(q)| |rest(x)|`` (Cauchy-Schwarz), so the length of the
    rest is one more coordinate. Whole vectors are then compared from the highest bound down until no bound that is left
    reaches the worst that was found (filter and refine, Seidl and Kriegel 1998): the answer is that of comparing all.

    Parameters
    ----------
    features
        Shape (n, d), any length; a row of zeros is far from everything.
    on_rows
        Told how many are done; may raise to stop.
    """

    def __init__(self, features: NDArray[np.floating], on_rows: Callable[[int], None] = lambda _done: None) -> None:
        n, d = features.shape
        self._units: Units = np.empty((n, d), np.float16)
        for first in range(0, n, _ROWS_AT_ONCE):
            self._units[first : first + _ROWS_AT_ONCE] = _unit(features[first : first + _ROWS_AT_ONCE])
        self._axes = _axes(self._units)
        self._coarse = np.empty((n, self._axes.shape[1] + 1), np.float32)
        for first in range(0, n, _ROWS_AT_ONCE):
            on_rows(first)
            rows = slice(first, first + _ROWS_AT_ONCE)
            self._coarse[rows] = self._looked_at(self._units[rows].astype(np.float32))

    def __len__(self) -> int:
        return len(self._units)

    def _looked_at(self, units: NDArray[np.float32]) -> NDArray[np.float32]:
        """Coordinates of unit vectors, shape (n, d), and the length of what is left of them: shape (n, r + 1)."""
        coordinates = units @ self._axes
        rest = np.maximum(0.0, (units * units).sum(axis=1) - (coordinates * coordinates).sum(axis=1))
        return np.column_stack([coordinates, np.sqrt(rest)]).astype(np.float32)

    def nearest(self, features: NDArray[np.floating], k: int = 5) -> tuple[Neighbor, ...]:
        """The ``k`` nearest of all cells to one cell, the nearest first; those of equal distance by their place.

        Parameters
        ----------
        features
            Shape (d,), as of the cells.

        Raises
        ------
        ValueError
            When the vector has another length than those of the cells.
        """
        wanted = min(k, len(self))
        if wanted < 1:
            return ()
        if features.shape != (self._units.shape[1],):
            raise ValueError(f"{features.shape[0]} features beside {self._units.shape[1]}")
        unit = _unit(features[None].astype(np.float32))[0]
        bounds = self._coarse @ self._looked_at(unit[None])[0]
        best_places, best = np.empty(0, np.int64), np.empty(0, np.float32)
        looked = 0
        size = _PORTION
        while looked < len(self):
            size = min(2 * size, len(self))
            # Only so many of the highest bounds are put into order as will be looked at.
            highest = np.argpartition(-bounds, size - 1)[:size] if size < len(self) else np.arange(len(self))
            highest = highest[np.argsort(-bounds[highest], kind="stable")][looked:]
            for first in range(0, len(highest), _PORTION):
                places = highest[first : first + _PORTION]
                if best.size == wanted and bounds[places[0]] + _ROUNDING < best[-1]:
                    return _neighbors(best_places, best)
                cosines = self._units[places].astype(np.float32) @ unit
                all_places, all_cosines = np.r_[best_places, places], np.r_[best, cosines]
                order = np.lexsort((all_places, -all_cosines))[:wanted]
                best_places, best = all_places[order], all_cosines[order]
            looked = size
        return _neighbors(best_places, best)


def _neighbors(places: NDArray[np.int64], cosines: NDArray[np.float32]) -> tuple[Neighbor, ...]:
    return tuple(
        Neighbor(int(place), float(np.clip(1.0 - cosine, 0.0, 2.0)))
        for place, cosine in zip(places, cosines, strict=True)
    )


def _unit(features: NDArray[np.floating]) -> NDArray[np.float32]:
    """Rows with length 1; rows of zeros stay."""
    rows = features.astype(np.float32)
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.where(lengths > 0, lengths, 1.0), np.float32)


def _axes(units: Units) -> NDArray[np.float32]:
    """Orthonormal axes that hold most of the cells' length, shape (d, r), from cells taken at even steps."""
    n, d = units.shape
    if not n:
        return np.zeros((d, 0), np.float32)
    sample = units[:: max(1, n // SAMPLE)][:SAMPLE].astype(np.float64)
    if len(sample) < d:
        values, vectors = np.linalg.eigh(sample @ sample.T)
        kept = np.argsort(-values)[:COARSE]
        kept = kept[values[kept] > 1e-9 * max(1e-30, float(values.max()))]
        axes = sample.T @ vectors[:, kept]
        # What a small sample spans is made orthonormal again: rounding must not lengthen a bound.
        return np.asarray(np.linalg.qr(axes)[0], np.float32)
    values, vectors = np.linalg.eigh(sample.T @ sample)
    return np.asarray(vectors[:, np.argsort(-values)[:COARSE]], np.float32)
