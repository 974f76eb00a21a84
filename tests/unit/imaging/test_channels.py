from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis.extra.numpy import array_shapes, arrays

from leukoscope.imaging.channels import brightest, darkest


@given(array_shapes(min_dims=1, max_dims=2, max_side=9).flatmap(lambda shape: arrays(np.uint8, (*shape, 3))))
def test_the_same_as_along_the_last_axis(pixels: np.ndarray) -> None:
    assert np.array_equal(brightest(pixels), pixels.max(axis=-1))
    assert np.array_equal(darkest(pixels), pixels.min(axis=-1))
    assert brightest(pixels).dtype == np.uint8
