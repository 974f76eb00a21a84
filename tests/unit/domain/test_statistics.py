from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leukoscope.domain.statistics import wilson_interval


def test_matches_the_published_example() -> None:
    # Newcombe 1998, table I: 81 of 263 -> 0.2553 to 0.3662.
    low, high = wilson_interval(81, 263)
    assert low == pytest.approx(0.2553, abs=5e-5)
    assert high == pytest.approx(0.3662, abs=5e-5)


def test_says_nothing_about_nothing() -> None:
    assert wilson_interval(0, 0) == (0.0, 1.0)


@given(st.integers(1, 10_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_holds_the_proportion(pair: tuple[int, int]) -> None:
    successes, n = pair
    low, high = wilson_interval(successes, n)
    assert 0.0 <= low <= successes / n + 1e-12
    assert successes / n - 1e-12 <= high <= 1.0


@pytest.mark.parametrize("pair", [(3, 2), (-1, 2)])
def test_refuses_what_is_no_proportion(pair: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="no proportion"):
        wilson_interval(*pair)
