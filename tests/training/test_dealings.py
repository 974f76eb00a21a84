"""Several ways to deal people into folds, the same for everything that is fitted."""

from __future__ import annotations

from pathlib import Path

import pytest

from leukoscope.domain.errors import SettingsError
from training.config import SplitConfig
from training.dealings import deal, different_dealings
from training.listing import Sample
from training.splits import Fold, make_folds

PEOPLE = [(0, name) for name in ("h1", "h2", "h3")] + [(1, name) for name in "123456"]
_NUMBERS = range(4)
CELLS = tuple(
    Sample(Path(f"{name}_{number}.png"), label, name, f"{name}{number}")
    for label, name in PEOPLE
    for number in range(4)
)


def people(folds: tuple[Fold, ...]) -> set[frozenset[str]]:
    """Who is held out together."""
    return {frozenset(CELLS[row].subject for row in fold.test) for fold in folds}


def test_without_a_number_the_folds_are_as_even_as_before() -> None:
    assert deal(CELLS, SplitConfig(folds=3), 5) == make_folds(CELLS, SplitConfig(folds=3), 5)


def test_the_nth_dealing_is_the_same_whatever_is_fitted_and_however_many_there_are() -> None:
    six = different_dealings(CELLS, 3, 6, seed=1)
    assert different_dealings(CELLS, 3, 4, seed=1) == six[:4]
    for number in (1, 4, 6):
        # The seed of a run decides its weights, not who is held out.
        for seed in (1, 2):
            assert deal(CELLS, SplitConfig(folds=3, deal=number), seed) == six[number - 1]
    held_out = [people(folds) for folds in six]
    assert all(one != other for i, one in enumerate(held_out) for other in held_out[:i])


def test_images_cannot_be_dealt_as_people() -> None:
    with pytest.raises(SettingsError, match="deals people"):
        deal(CELLS, SplitConfig(kind="image-leaky", deal=1), 1)
