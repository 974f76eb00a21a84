"""Scales of objectives: measured or computed, never incredible."""

from __future__ import annotations

import pytest

from leukoscope.domain.errors import SettingsError
from leukoscope.domain.objectives import Objective, ScaleWay, computed_scale, measured_scale, with_objective


def test_a_line_over_a_micrometer_gives_the_scale() -> None:
    assert measured_scale(100.0, 1550.0) == pytest.approx(0.0645161)


def test_camera_and_objective_give_the_scale() -> None:
    assert computed_scale(3.45, 100.0, 0.5) == pytest.approx(0.069)


@pytest.mark.parametrize("pixel, objective, adapter", [(0, 100, 1), (3.45, 0, 1), (3.45, 100, -1)])
def test_nothing_and_less_is_refused(pixel: float, objective: float, adapter: float) -> None:
    with pytest.raises(SettingsError, match="more than zero"):
        computed_scale(pixel, objective, adapter)


def test_what_cannot_be_true_is_refused() -> None:
    with pytest.raises(SettingsError, match="longer line"):
        measured_scale(100.0, 12.0)
    with pytest.raises(SettingsError, match="cannot be right"):
        measured_scale(1e6, 500.0)
    with pytest.raises(SettingsError, match="cannot be right"):
        measured_scale(float("nan"), 500.0)


def test_a_namesake_is_replaced_in_its_place() -> None:
    first, second = Objective("40x", 0.16), Objective("100x", 0.065)
    better = Objective("40x", 0.161, ScaleWay.COMPUTED)
    assert with_objective((first, second), better) == (better, second)
    assert with_objective((first,), second) == (first, second)
