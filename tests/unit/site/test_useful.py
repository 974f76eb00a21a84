"""Which cells teach most: the doubtful ones, and those unlike what was named, each once."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leukoscope.site.useful import doubt, most_useful


def test_doubt_is_one_less_the_margin_between_the_two_likeliest_answers() -> None:
    assert doubt(0.5, None) == 1.0
    assert doubt(0.9, None) == pytest.approx(0.2)
    assert doubt(None, {"neutrophil": 0.7, "monocyte": 0.2, "blast": 0.1}) == pytest.approx(0.5)
    assert doubt(0.99, {"neutrophil": 0.5, "monocyte": 0.5}) == pytest.approx(1.0)
    assert doubt(None, None) == 0.0
    assert doubt(None, {"neutrophil": 1.0}) == 0.0


@settings(max_examples=30, deadline=None)
@given(n=st.integers(0, 60), labeled=st.integers(0, 500), seed=st.integers(0, 50), first=st.integers(0, 80))
def test_every_cell_stands_there_once(n: int, labeled: int, seed: int, first: int) -> None:
    rng = np.random.default_rng(seed)
    order = most_useful(rng.random(n), rng.normal(size=(n, 16)), rng.uniform(-1, 1, n), labeled, first)
    assert sorted(order) == list(range(n))


def test_while_little_is_labeled_cells_of_every_look_come_first() -> None:
    rng = np.random.default_rng(1)
    looks = np.eye(4, 20)
    kinds = np.repeat(np.arange(4), 10)
    features = looks[kinds] + 0.02 * rng.normal(size=(40, 20))
    order = most_useful(rng.random(40), features, np.zeros(40), labeled=0)
    assert {int(kinds[place]) for place in order[:4]} == {0, 1, 2, 3}


def test_once_much_is_labeled_the_doubtful_ones_come_first() -> None:
    doubts = np.linspace(0, 1, 30)
    features = np.random.default_rng(2).normal(size=(30, 20))
    order = most_useful(doubts, features, np.full(30, 0.9), labeled=100_000)
    assert list(order[:5]) == [29, 28, 27, 26, 25]


def test_a_cell_like_a_labeled_one_waits() -> None:
    features = np.eye(3, 8)
    order = most_useful(np.full(3, 0.5), features, np.array([1.0, 0.0, 1.0]), labeled=3)
    assert order[0] == 1


def test_rare_cells_come_sooner_than_by_chance() -> None:
    """How many of 200 cells are labeled until five of the ten rare ones are among them, over thirty such sets."""
    rng = np.random.default_rng(3)
    ranked, chance = [], []
    for _ in range(30):
        kinds = rng.permutation(np.r_[np.zeros(190, np.int64), np.ones(10, np.int64)])
        features = rng.normal(size=(2, 30))[kinds] + 0.4 * rng.normal(size=(200, 30))
        order = np.array(most_useful(np.full(200, 0.5), features, np.zeros(200), labeled=0))
        for found, places in ((ranked, order), (chance, rng.permutation(200))):
            found.append(int(np.flatnonzero(np.cumsum(kinds[places]) == 5)[0]) + 1)
    assert np.median(ranked) < np.median(chance)
