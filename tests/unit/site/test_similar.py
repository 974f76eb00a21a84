"""The nearest cells are those that comparing with every one finds."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from leukoscope.site.similar import NearestCells


def cells(n: int, d: int, seed: int, spread: float = 0.3) -> NDArray[np.float32]:
    """Clusters in a space of few directions, with noise in all: as features of a network lie."""
    rng = np.random.default_rng(seed)
    middles = rng.gamma(1.0, size=(8, d)).astype(np.float32)
    return np.asarray(middles[rng.integers(8, size=n)] + spread * rng.normal(size=(n, d)), np.float32)


def by_comparing_all(features: NDArray[np.float32], wanted: NDArray[np.float32], k: int) -> list[tuple[int, float]]:
    units = features / np.linalg.norm(features, axis=1, keepdims=True)
    distances = 1 - units @ (wanted / np.linalg.norm(wanted))
    return [(int(place), float(distances[place])) for place in np.argsort(distances, kind="stable")[:k]]


@settings(max_examples=25, deadline=None)
@given(
    n=st.integers(1, 3000), d=st.sampled_from([3, 60, 400]), seed=st.integers(0, 99),
    spread=st.sampled_from([0.0, 0.05, 1.0, 20.0]),
)  # fmt: skip
def test_they_are_those_that_comparing_with_every_one_finds(n: int, d: int, seed: int, spread: float) -> None:
    features = cells(n, d, seed, spread)
    wanted = cells(1, d, seed + 1000, spread)[0]
    found = NearestCells(features).nearest(wanted)
    right = by_comparing_all(features, wanted, 5)
    assert len(found) == min(5, n)
    # float16 rounds: where two are as near as that, either may come first.
    assert [one.distance for one in found] == pytest.approx([distance for _, distance in right], abs=2e-3)
    for one, (place, distance) in zip(found, right, strict=True):
        same = float(1 - features[one.place] @ wanted / np.linalg.norm(features[one.place]) / np.linalg.norm(wanted))
        assert one.place == place or same == pytest.approx(distance, abs=2e-3)


def test_a_cell_is_nearest_to_itself_and_length_does_not_count() -> None:
    features = cells(900, 300, 3)
    index = NearestCells(features)
    first = index.nearest(7.5 * features[123])[0]
    assert first.place == 123
    assert first.distance == pytest.approx(0, abs=1e-3)


def test_only_a_few_cells_are_compared_whole() -> None:
    index = NearestCells(cells(20_000, 256, 5, 0.05))
    whole = index._units
    seen: list[int] = []

    class Counting:
        def __getitem__(self, places: NDArray[np.int64]) -> NDArray[np.float16]:
            seen.append(len(places))
            return whole[places]

        shape = whole.shape

        def __len__(self) -> int:
            return len(whole)

    index._units = Counting()  # type: ignore[assignment]
    index.nearest(cells(1, 256, 6, 0.05)[0])
    assert 0 < sum(seen) < len(whole) // 2


def test_nothing_is_near_where_there_is_nothing() -> None:
    assert NearestCells(np.zeros((0, 40), np.float32)).nearest(np.ones(40, np.float32)) == ()
    (only,) = NearestCells(np.zeros((1, 40), np.float32)).nearest(np.ones(40, np.float32))
    assert only.distance == pytest.approx(1.0)
    with pytest.raises(ValueError, match="40"):
        NearestCells(np.zeros((1, 40), np.float32)).nearest(np.ones(41, np.float32))
