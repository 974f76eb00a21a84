"""Which way of feeding is the best, told from what the network said."""

from __future__ import annotations

import numpy as np
import pytest

from leukoscope.domain.feeding import Feeding
from leukoscope.inference.proposal.tried import Proposal, Tried, ranked, tried, untried

LEUKEMIC = np.tile([True, False], 12)


def way(crop: int, auroc: float, loss: float) -> Tried:
    return Tried(Feeding(crop=crop), auroc, max(0.0, auroc - 0.2), min(1.0, auroc + 0.1), loss)


def test_the_surest_goes_first_among_those_that_auroc_cannot_tell_apart() -> None:
    saturated, right, worse, upside_down = way(1, 0.95, 7.0), way(2, 0.85, 0.5), way(3, 0.70, 0.3), way(4, 0.1, 0.2)
    assert ranked([saturated, upside_down, worse, right], "labeled") == (right, saturated, worse, upside_down)


def test_where_all_is_alike_the_likeliest_goes_first() -> None:
    likely, other = way(1, 0.94, 0.27), way(2, 0.95, 0.25)
    assert ranked([likely, other], "labeled") == (likely, other)


def test_of_drawn_cells_the_likeliest_goes_first() -> None:
    likely, sure, fails = way(1, 0.85, 3.0), way(2, 0.95, 0.5), way(3, 0.2, 0.1)
    assert ranked([fails, likely, sure], "drawn") == (likely, sure, fails)


def test_a_network_that_gives_no_number_goes_last() -> None:
    nothing = tried(Feeding(), np.full(24, np.nan), LEUKEMIC, ())
    some = tried(Feeding(crop=1), np.where(LEUKEMIC, -1.0, 1.0), LEUKEMIC, ())
    assert some.auroc == 0.0 and ranked([nothing, some], "labeled") == (some, nothing)
    kept = Proposal((nothing,), 12, 12, "labeled", (), (8, 8, 3)).trial_of(nothing)
    assert kept.auroc is None and "no AUROC" in kept.text


def test_figures_of_a_way() -> None:
    found = tried(Feeding(), np.where(LEUKEMIC, 2.0, -1.0), LEUKEMIC, ())
    assert found.auroc == 1.0 and 0.8 < found.low < 0.9 and found.high == 1.0
    expected = (np.log1p(np.exp(-2.0)) + np.log1p(np.exp(-1.0))) / 2
    assert found.loss == pytest.approx(expected)
    wild = tried(Feeding(), np.where(LEUKEMIC, -1e9, 1e9), LEUKEMIC, ())
    assert wild.loss == pytest.approx(15.0, abs=1e-3)


@pytest.mark.parametrize(
    ("areas", "swapped"),
    [
        ((0.05, 0.3, 0.39), True),
        ((0.05, 0.5, 0.55), True),  # all but one say the same of every cell
        ((0.35, 0.5, 0.55), False),  # chance
        ((0.05, 0.62), False),
        ((0.05,), False),  # fed in one way alone: it may be the way
        ((0.05, float("nan")), False),
    ],
)
def test_a_model_that_means_the_opposite_is_known_by_all_ways_together(areas: tuple[float, ...], swapped: bool) -> None:
    found = Proposal(tuple(way(n, area, 1.0) for n, area in enumerate(areas)), 12, 12, "labeled", (), (8, 8, 3))
    assert found.looks_swapped == swapped
    assert not untried(Feeding(), (), (8, 8, 3)).looks_swapped
