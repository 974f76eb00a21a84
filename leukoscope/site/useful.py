"""Which cells a person should name next: those that are uncertain and unlike what was named already."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from leukoscope.site.cells import Values


def doubt(probability: float | None, classes: Mapping[str, float] | None) -> float:
    """How uncertain the program is of a cell, 0..1: the larger of its doubts about leukemia and about the class.

    One less the margin between the two likeliest answers (Scheffer et al. 2001).

    Parameters
    ----------
    probability
        Combined, of leukemic; ``None`` where nobody asked.
    classes
        Probability of each class; ``None`` where nobody asked.
    """
    doubts = [0.0]
    if probability is not None:
        doubts.append(1.0 - abs(2.0 * probability - 1.0))
    if classes:
        first, second, *_ = [*sorted(classes.values(), reverse=True), 0.0]
        doubts.append(1.0 - (first - second))
    return float(np.clip(max(doubts), 0.0, 1.0))


def most_useful(
    doubts: Values, features: NDArray[np.floating], nearness: Values, labeled: int, first: int | None = None
) -> tuple[int, ...]:
    """All cells, the one that teaches most first: ranked batch-mode active learning (Cardoso et al. 2017).

    One cell after the other is taken by ``a (1 - similarity) + (1 - a) doubt``, where ``similarity`` is that to the
    nearest cell that was labeled or taken before, and ``a`` the share of cells that are neither: while little is
    labeled, what is new counts; later, what is doubtful.

    Parameters
    ----------
    doubts
        Shape (n,), 0..1.
    features
        Shape (n, d); compared by their cosine, and what is negative is not similar at all.
    nearness
        Cosine to the nearest labeled cell, shape (n,); 0 where there is none.
    labeled
        How many cells are labeled.
    first
        So many are ranked in this way, the rest by what they have come to then; ``None``: all.

    Returns
    -------
    tuple
        Places 0..n-1, each once.
    """
    n = len(doubts)
    rows = features.astype(np.float32)
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    units = rows / np.where(lengths > 0, lengths, 1.0)
    similarity = np.clip(nearness, 0.0, 1.0).astype(np.float64)
    left = np.ones(n, np.bool_)
    order: list[int] = []
    score = np.zeros(n)
    for taken in range(n if first is None else min(n, first)):
        share = (n - taken) / (n - taken + labeled + taken)
        score = share * (1.0 - similarity) + (1.0 - share) * doubts
        place = int(np.argmax(np.where(left, score, -1.0)))
        order.append(place)
        left[place] = False
        similarity = np.maximum(similarity, np.clip(units @ units[place], 0.0, 1.0))
    rest: Sequence[int] = np.flatnonzero(left).tolist()
    return (*order, *sorted(rest, key=lambda place: -score[place]))
