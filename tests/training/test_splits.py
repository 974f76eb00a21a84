"""No subject and no duplicate stands on both sides, whatever the cells look like."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leukoscope.domain.errors import SettingsError
from training.config import SplitConfig
from training.data import Sample
from training.splits import Fold, LeakError, assert_disjoint, make_folds


@st.composite
def cells(draw: st.DrawFn) -> tuple[list[Sample], int]:
    """Any grouping: subjects of any size, pictures shared within and between subjects of a class."""
    folds = draw(st.integers(2, 4))
    samples: list[Sample] = []
    for label in (0, 1):
        for subject in range(draw(st.integers(folds, 7))):
            for picture in draw(st.lists(st.integers(0, 40), min_size=1, max_size=9)):
                name = f"{'ha'[label]}{subject}"
                samples.append(Sample(Path(f"{name}-{len(samples)}.png"), label, name, f"{label}-{picture}"))
    return samples, folds


@settings(max_examples=150, deadline=None)
@given(cells(), st.integers(0, 5))
def test_no_grouping_leaks(drawn: tuple[list[Sample], int], seed: int) -> None:
    samples, count = drawn
    try:
        folds = make_folds(samples, SplitConfig(folds=count), seed)
    except SettingsError as error:
        # Shared pictures may leave fewer separable people than folds.
        assert "share a picture" in str(error)
        return
    assert Counter(i for fold in folds for i in fold.test) == Counter(range(len(samples)))
    for fold in folds:
        inside, outside = set(fold.test), set(fold.train)
        assert inside.isdisjoint(outside)
        for key in ("subject", "digest"):
            assert {getattr(samples[i], key) for i in inside}.isdisjoint({getattr(samples[i], key) for i in outside})
        assert {samples[i].label for i in fold.test} == {0, 1}


def people(healthy: int, leukemic: int, each: int = 4) -> list[Sample]:
    names = [(0, f"h{i}") for i in range(healthy)] + [(1, f"{i}") for i in range(leukemic)]
    return [Sample(Path(f"{name}-{n}.png"), label, name, f"{name}-{n}") for label, name in names for n in range(each)]


def test_the_same_seed_deals_the_same_folds() -> None:
    samples = people(3, 9)
    assert make_folds(samples, SplitConfig(), 5) == make_folds(samples, SplitConfig(), 5)


def test_the_leaky_split_leaks_and_only_under_its_name() -> None:
    samples = people(3, 9)
    leaky = make_folds(samples, SplitConfig(kind="image-leaky"), 1)
    with pytest.raises(LeakError, match="both sides"):
        assert_disjoint(samples, leaky[0])
    for fold in make_folds(samples, SplitConfig(kind="subject"), 1):
        assert_disjoint(samples, fold)


def test_a_duplicate_on_both_sides_is_named() -> None:
    twins = [Sample(Path("a.png"), 0, "h1", "same"), Sample(Path("b.png"), 0, "h2", "same")]
    with pytest.raises(LeakError, match=r"b\.png"):
        assert_disjoint(twins, Fold(0, (0,), (1,)))


def test_too_few_people_are_refused() -> None:
    with pytest.raises(SettingsError, match="at least 3 subjects"):
        make_folds(people(1, 9), SplitConfig(folds=3), 1)


def test_the_real_folds_hold_one_healthy_subject_each(shared_data: Path) -> None:
    from training.config import DataConfig
    from training.data import find_samples

    samples = find_samples(shared_data / "cnmc_fold1", DataConfig())
    assert len(samples) == 3581
    assert len({sample.subject for sample in samples}) == 14
    folds = make_folds(samples, SplitConfig(), 1)
    healthy = [{samples[i].subject for i in fold.test if samples[i].label == 0} for fold in folds]
    assert sorted(map(sorted, healthy)) == [["h10"], ["h14"], ["h22"]]
    leukemic = [sum(samples[i].label for i in fold.test) for fold in folds]
    assert max(leukemic) < 1.1 * min(leukemic)
