from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from leukoscope.cases.packing import pack_maps, pack_mask, unpack_maps, unpack_mask
from leukoscope.domain.cells import Box
from leukoscope.domain.findings import ExplanationMap
from leukoscope.domain.map_kinds import MapKind


@given(arrays(np.bool_, st.tuples(st.integers(1, 33), st.integers(1, 33))))
def test_a_mask_comes_back(mask: np.ndarray) -> None:
    back = unpack_mask(pack_mask(mask), *mask.shape)
    assert back.dtype == np.bool_
    assert np.array_equal(back, mask)


@given(
    st.lists(
        st.tuples(
            st.text(min_size=1, max_size=8),
            st.sampled_from(MapKind),
            arrays(np.float32, st.tuples(st.integers(1, 9), st.integers(1, 9)), elements=st.floats(-9, 9, width=32)),
            st.floats(1e-6, 1e6),
        ),
        max_size=4,
    )
)
def test_maps_come_back_to_the_bit(given_maps: list[tuple[str, MapKind, np.ndarray, float]]) -> None:
    maps = tuple(ExplanationMap(name, kind, values, top, Box(1, 2, 3, 4)) for name, kind, values, top in given_maps)
    back = unpack_maps(pack_maps(maps))
    assert len(back) == len(maps)
    for one, other in zip(back, maps, strict=True):
        assert (one.name, one.kind, one.maximum, one.extent) == (other.name, other.kind, other.maximum, other.extent)
        assert one.values.dtype == np.float32
        assert np.array_equal(one.values, other.values)


def test_damaged_blobs_are_refused() -> None:
    packed = pack_mask(np.ones((8, 8), np.bool_))
    with pytest.raises(ValueError, match="damaged"):
        unpack_mask(packed[:-4], 8, 8)
    with pytest.raises(ValueError, match="short"):
        unpack_mask(packed, 80, 80)
    whole = pack_maps([ExplanationMap("a", MapKind.GRAD_CAM, np.ones((7, 7), np.float32), 1.0, Box(0, 0, 9, 9))])
    with pytest.raises(ValueError):
        unpack_maps(whole[:-4])
    with pytest.raises(ValueError):
        unpack_maps(b"nonsense\n" + whole)
