"""The scale that several images agree on, and the image that was taken with another objective."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leukoscope.imaging.pooled_scale import MOST, pooled_um_per_px, um_per_px_in_case
from leukoscope.imaging.scale import RED_CELL_UM, RedCells

CROPS = st.lists(st.floats(0.3, 3.0), min_size=8, max_size=24)


def seen(um_per_px: float, count: int = 3) -> RedCells:
    return RedCells(RED_CELL_UM / um_per_px, count)


@settings(max_examples=60, deadline=None)
@given(CROPS, st.floats(0.04, 0.3))
def test_the_scale_of_a_case_scales_with_its_images(errors: list[float], um_per_px: float) -> None:
    """A pure function of the evidence, whatever its order."""
    pooled = pooled_um_per_px([seen(0.1 * error) for error in errors])
    assert pooled is not None
    assert 0.0999 * min(errors) <= pooled <= 0.1001 * max(errors)
    assert pooled_um_per_px([seen(um_per_px * error) for error in sorted(errors)]) == pytest.approx(
        pooled * um_per_px / 0.1
    )


def test_crops_that_scatter_by_a_factor_of_three_agree_together() -> None:
    rng = np.random.default_rng(3)
    crops = [seen(0.1 * float(np.exp(rng.normal(0, 0.3))), int(rng.integers(1, 5))) for _ in range(24)]
    assert max(one.um_per_px for one in crops) / min(one.um_per_px for one in crops) > 2.5
    for own in crops:
        assert um_per_px_in_case(own, crops) == pytest.approx(0.1, rel=0.15)


def test_one_crowded_image_does_not_outvote_the_others() -> None:
    evidence = [seen(0.3, 500), *(seen(0.1, MOST) for _ in range(3))]
    assert pooled_um_per_px(evidence) == pytest.approx(0.1)


def test_an_image_of_another_objective_keeps_its_own_scale() -> None:
    hundred, forty = [seen(0.09, 12)] * 9, [seen(0.22, 40), seen(0.24, 60)]
    assert um_per_px_in_case(forty[0], hundred + forty) == pytest.approx(0.23, rel=0.06)
    assert um_per_px_in_case(hundred[0], hundred + forty) == pytest.approx(0.09)
    assert um_per_px_in_case(seen(0.22, 3), hundred + forty) == pytest.approx(0.09), "three red cells prove nothing"


def test_little_evidence_is_none() -> None:
    assert pooled_um_per_px([]) is None
    assert pooled_um_per_px([seen(0.1, 2), seen(0.1, 2)]) is None
    assert um_per_px_in_case(None, []) is None
    assert um_per_px_in_case(seen(0.12, 2), [seen(0.12, 2)]) == pytest.approx(0.12)
    assert um_per_px_in_case(None, [seen(0.1, 9)]) == pytest.approx(0.1)
