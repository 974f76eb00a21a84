"""Westgard's rules on runs made for each of them."""

from __future__ import annotations

import pytest

from leukoscope.control.limits import LEAST_RUNS, Limits, limits_of
from leukoscope.control.westgard import Rule, broken_rules

LIMITS = Limits(mean=100.0, sd=2.0)


def rules(z: list[float], limits: Limits = LIMITS) -> list[tuple[str, int]]:
    """Rules broken by runs that are so many standard deviations away."""
    return [(one.rule.value, one.run) for one in broken_rules([limits.mean + limits.sd * one for one in z], limits)]


@pytest.mark.parametrize(
    ("z", "broken"),
    [
        ([0, 2.9, -2.9, 0], [("R-4s", 2)]),
        ([0, 3.1], [("1-3s", 1)]),
        ([0, -3.1], [("1-3s", 1)]),
        ([2.1, 2.1], [("2-2s", 1)]),
        ([2.1, 0, 2.1], []),
        ([-2.1, -2.1], [("2-2s", 1)]),
        ([2.1, -2.1], [("R-4s", 1)]),
        ([1.1, 1.1, 1.1], []),
        ([1.1, 1.1, 1.1, 1.1], [("4-1s", 3)]),
        ([1.1, 1.1, -1.1, 1.1, 1.1], []),
        ([0.1] * 9, []),
        ([0.1] * 10, [("10-x", 9)]),
        ([0.1] * 9 + [-0.1] + [0.1] * 9, []),
        ([-0.1] * 11, [("10-x", 9), ("10-x", 10)]),
        ([3.1, 3.1], [("1-3s", 0), ("1-3s", 1), ("2-2s", 1)]),
        ([], []),
    ],
)
def test_each_rule_is_broken_by_what_breaks_it_and_by_nothing_less(
    z: list[float], broken: list[tuple[str, int]]
) -> None:
    assert rules(z) == broken


def test_what_is_negligible_is_on_no_side() -> None:
    loose = Limits(100.0, 2.0, negligible=0.5)
    assert rules([0.2] * 30, loose) == []
    assert rules([0.3] * 10, loose) == [("10-x", 9)]


def test_limits_are_mean_and_sample_deviation_of_enough_runs() -> None:
    values = [1.0, 3.0] * (LEAST_RUNS // 2)
    limits = limits_of(values, least_sd=0.1, negligible=0.0)
    assert limits is not None
    assert limits.mean == 2.0
    assert limits.sd == pytest.approx((LEAST_RUNS / (LEAST_RUNS - 1)) ** 0.5)
    assert limits_of(values[1:], 0.1, 0.0) is None
    steady = limits_of([5.0] * LEAST_RUNS, least_sd=0.1, negligible=0.0)
    assert steady is not None
    assert steady.sd == 0.1


@pytest.mark.parametrize(("mean", "sd"), [(1.0, 0.0), (float("nan"), 1.0), (1.0, float("inf")), (1.0, -1.0)])
def test_limits_that_are_none_are_refused(mean: float, sd: float) -> None:
    with pytest.raises(ValueError, match="no limits"):
        Limits(mean, sd)


def test_rules_have_the_names_of_the_paper() -> None:
    assert [one.value for one in Rule] == ["1-3s", "2-2s", "R-4s", "4-1s", "10-x"]
