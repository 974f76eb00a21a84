"""Kappa against published examples, and against statsmodels 0.15 where the papers round."""

from __future__ import annotations

import math

import numpy as np
import pytest

from leukoscope.control.agreement import cohens_kappa, confusion, fleiss_kappa

FLEISS_1971 = np.array(
    [
        [0, 0, 0, 0, 14], [0, 2, 6, 4, 2], [0, 0, 3, 5, 6], [0, 3, 9, 2, 0], [2, 2, 8, 1, 1],
        [7, 7, 0, 0, 0], [3, 2, 6, 3, 0], [2, 5, 3, 2, 2], [6, 5, 2, 1, 0], [0, 2, 2, 3, 7],
    ]
)  # fmt: skip
"""Ten subjects by fourteen people in five classes; the example that texts on Fleiss' kappa work through: 0.210."""


@pytest.mark.parametrize(
    ("table", "kappa", "low", "high"),
    [
        # Fleiss, Cohen and Everitt 1969: kappa 0.429 with a standard error of 0.076.
        ([[53, 5, 2], [11, 14, 5], [1, 6, 3]], 0.4285714285714285, 0.27969485445574205, 0.5774480026871149),
        # Cohen 1960, in counts: 0.492.
        ([[44, 5, 1], [7, 20, 3], [9, 5, 6]], 0.49152542372881347, 0.35015820121748686, 0.6328926462401401),
    ],
)
def test_cohens_kappa_is_that_of_published_examples(
    table: list[list[int]], kappa: float, low: float, high: float
) -> None:
    found = cohens_kappa(np.array(table))
    assert found.value == pytest.approx(kappa, abs=1e-6)
    assert (found.low, found.high) == (pytest.approx(low, abs=1e-6), pytest.approx(high, abs=1e-6))
    assert found.n == sum(map(sum, table))


def test_fleiss_kappa_is_that_of_the_published_example() -> None:
    assert fleiss_kappa(FLEISS_1971).value == pytest.approx(0.20993070442195522, abs=1e-6)


def test_the_interval_of_fleiss_kappa_holds_where_people_agree_by_chance() -> None:
    rng = np.random.default_rng(3)
    shares, held, rounds = np.array([0.5, 0.3, 0.2]), 0, 400
    for _ in range(rounds):
        found = fleiss_kappa(rng.multinomial(4, shares, size=200))
        held += found.low <= 0 <= found.high
    assert 0.92 <= held / rounds <= 0.98


def test_perfect_agreement_is_one_and_no_variety_cannot_be_told() -> None:
    assert cohens_kappa(np.diag([10, 5])).value == pytest.approx(1.0)
    assert math.isnan(cohens_kappa(np.array([[9, 0], [0, 0]])).value)
    assert math.isnan(cohens_kappa(np.zeros((2, 2), np.int64)).value)
    assert math.isnan(fleiss_kappa(np.array([[3, 0], [3, 0]])).value)


def test_a_table_says_who_named_what() -> None:
    table = confusion(["blast", "blast", "lymphocyte"], ["blast", "lymphocyte", "lymphocyte"], ["blast", "lymphocyte"])
    assert table.tolist() == [[1, 1], [0, 1]]


def test_what_is_no_table_of_people_is_refused() -> None:
    with pytest.raises(ValueError, match="two people"):
        cohens_kappa(np.zeros((2, 3), np.int64))
    with pytest.raises(ValueError, match="same two or more"):
        fleiss_kappa(np.array([[2, 1], [1, 1]]))
