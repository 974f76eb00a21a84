"""What trying ways of feeding came to, in figures. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from leukoscope.domain.cuts import Cut
from leukoscope.domain.feeding import LEAST_AUROC, Feeding
from leukoscope.domain.frames import Pixels
from leukoscope.domain.statistics import auroc, auroc_interval
from leukoscope.inference.input_schema import Cells, FeedingTrial

SAME_LOSS = 0.05
"""Likelihoods of twenty cells that differ by less are alike."""
OPPOSITE = 0.4
"""AUROC below which a way puts healthy cells above leukemic ones."""
MOST_LOGIT = 15.0
"""Log-odds beyond count as these: a network that is fed far too large samples is wrong without bounds."""


@dataclass(frozen=True, eq=False)
class TrialCell:
    """One labeled cell, cut out in all ways that are tried.

    Parameters
    ----------
    leukemic
        What people say of it.
    views
        Its pixels by the way it was cut out, (height, width, 3), uint8, RGB.
    """

    leukemic: bool
    views: Mapping[Cut, Pixels]


@dataclass(frozen=True, eq=False)
class Tried:
    """One way of feeding.

    Parameters
    ----------
    feeding
        Which.
    auroc, low, high
        How well leukemic cells are told from healthy ones, and its 95 % interval; nan where the network gave no number.
    loss
        Mean negative log-likelihood of the labels, both sides weighing alike; small where it is sure and right.
    seen
        A few cells as the network sees them: (height, width, 3), uint8, its channels in its order.
    """

    feeding: Feeding
    auroc: float
    low: float
    high: float
    loss: float
    seen: tuple[Pixels, ...] = ()


@dataclass(frozen=True, eq=False)
class Proposal:
    """All ways that were tried, the best first.

    Parameters
    ----------
    tried
        Those that come to the same input count once.
    leukemic, healthy
        How many cells of each side.
    cells
        Whose cells they were.
    inside
        What the network does with samples itself, in words, for each branch.
    size
        Height, width and channels of its input.
    """

    tried: tuple[Tried, ...]
    leukemic: int
    healthy: int
    cells: Cells
    inside: tuple[str, ...]
    size: tuple[int, int, int]

    @property
    def best(self) -> Tried:
        """The one to take."""
        return self.tried[0]

    @property
    def is_tried(self) -> bool:
        """Whether it was tried at all: a model without leukemia in it has nothing to tell apart."""
        return self.leukemic > 0

    @property
    def looks_swapped(self) -> bool:
        """Whether the model seems to mean by its figures the opposite of what was said.

        Then it puts healthy cells above leukemic ones in every way, or does so beyond doubt in one while no other way
        is better than chance: samples far too large leave a network that says the same of every cell. One way alone
        tells nothing: a right model that is fed wrongly can have an AUROC of 0.13.
        """
        known = [one for one in self.tried if not np.isnan(one.auroc)]
        if not self.is_tried or len(known) < 2:
            return False
        highest, lowest = (end(known, key=lambda one: one.auroc) for end in (max, min))
        return highest.auroc < OPPOSITE or (highest.auroc < LEAST_AUROC and lowest.high < OPPOSITE)

    def trial_of(self, chosen: Tried) -> FeedingTrial | None:
        """What the manifest keeps of it; ``None`` where nothing was tried."""
        if not self.is_tried:
            return None
        figures = [None if np.isnan(value) else value for value in (chosen.auroc, chosen.low, chosen.high)]
        return FeedingTrial(
            auroc=figures[0],
            low=figures[1],
            high=figures[2],
            leukemic=self.leukemic,
            healthy=self.healthy,
            cells=self.cells,
            ways=len(self.tried),
        )


def untried(likeliest: Feeding, inside: tuple[str, ...], size: tuple[int, int, int]) -> Proposal:
    """For a model that tells no leukemic cells: the likeliest way, without figures."""
    nan = float("nan")
    return Proposal((Tried(likeliest, nan, nan, nan, nan),), 0, 0, "drawn", inside, size)


def tried(feeding: Feeding, logits: NDArray[np.float64], leukemic: NDArray[np.bool_], seen: Sequence[Pixels]) -> Tried:
    """The figures of one way.

    Parameters
    ----------
    feeding
        Which.
    logits
        Shape (n,): log-odds of leukemic that the network gave.
    leukemic
        Shape (n,): what people say.
    seen
        A few cells as the network sees them.
    """
    if not np.isfinite(logits).all():
        return Tried(feeding, float("nan"), float("nan"), float("nan"), float("inf"), tuple(seen))
    area = auroc(leukemic, logits)
    low, high = auroc_interval(area, int(leukemic.sum()), int((~leukemic).sum()))
    likely = np.clip(np.where(leukemic, logits, -logits), -MOST_LOGIT, MOST_LOGIT)
    losses = np.logaddexp(0.0, -likely)
    loss = (losses[leukemic].mean() + losses[~leukemic].mean()) / 2
    return Tried(feeding, area, low, high, float(loss), tuple(seen))


def ranked(ways: Sequence[Tried], cells: Cells) -> tuple[Tried, ...]:
    """The best first.

    Ways whose AUROC lies in the interval of the highest cannot be told apart by it: a network that is fed far too large
    samples answers with 0 and 1 and still puts large cells above small ones. Among these the likelihood of the labels
    decides, highest where the network is fed what it was trained on; where that is alike too, and of drawn
    cells, of which it says nothing, the likeliest way goes first, as ``ways`` have it. The others follow by AUROC.
    """
    known = [one for one in ways if not np.isnan(one.auroc)]
    limit = max(known, key=lambda one: one.auroc).low if known else 0.0
    good = [one for one in known if one.auroc >= limit]
    alike = np.inf if cells == "drawn" else min((one.loss for one in good), default=0.0) + SAME_LOSS

    def key(one: Tried) -> tuple[int, float]:
        if one not in good:
            return 2, np.inf if np.isnan(one.auroc) else -one.auroc
        return (0, 0.0) if one.loss <= alike else (1, one.loss)

    return tuple(sorted(ways, key=key))
