"""No subject and no duplicate stands on both sides, whatever the cells look like."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leukoscope.domain.errors import SettingsError
from training.config import SplitConfig
from training.data import Sample
from training.splits import Fold, LeakError, assert_disjoint, make_folds, validation_rows


@st.composite
def cells(draw: st.DrawFn) -> list[Sample]:
    """Any grouping: subjects of any size and of one or both classes, pictures and twins shared across subjects."""
    samples: list[Sample] = []
    for subject in range(draw(st.integers(2, 12))):
        labels = st.just(subject % 2) if draw(st.booleans()) else st.integers(0, 1)
        for label in draw(st.lists(labels, min_size=1, max_size=7)):
            # Rarely one of the few pictures that subjects share, mostly one of its own.
            digest = draw(st.sampled_from([f"shared-{label}", *(f"{len(samples)}-{n}" for n in range(12))]))
            twins = draw(st.sampled_from([label, -1, -1, -1, -1, -1, -1, -1]))
            samples.append(Sample(Path(f"{len(samples):03}.png"), label, f"s{subject}", digest, twins))
    return samples


def separable(samples: Sequence[Sample]) -> list[set[int]]:
    """Labels of each group of cells that share a subject, a picture or a twin; found by merging until nothing is."""
    groups = [{("subject", s.subject), ("digest", s.digest), ("label", s.label)} for s in samples]
    for group, sample in zip(groups, samples, strict=True):
        if sample.twins >= 0:
            group.add(("twins", sample.twins))
    merged: list[set[tuple[str, object]]] = []
    for group in groups:
        touching = [other for other in merged if {k for k in group & other if k[0] != "label"}]
        merged = [other for other in merged if other not in touching] + [set().union(group, *touching)]
    return [{int(str(value)) for kind, value in group if kind == "label"} for group in merged]


def keys(samples: Sequence[Sample], rows: Iterable[int]) -> set[tuple[str, object]]:
    found: set[tuple[str, object]] = set()
    for sample in (samples[row] for row in rows):
        found |= {("subject", sample.subject), ("digest", sample.digest)}
        if sample.twins >= 0:
            found.add(("twins", sample.twins))
    return found


@settings(max_examples=150, deadline=None)
@given(cells(), st.integers(2, 4), st.integers(0, 5))
def test_no_grouping_leaks(samples: list[Sample], count: int, seed: int) -> None:
    groups = separable(samples)
    possible = all(sum(label in labels for labels in groups) >= count for label in (0, 1))
    if not possible:
        with pytest.raises(SettingsError, match="share a picture"):
            make_folds(samples, SplitConfig(folds=count), seed)
        return
    folds = make_folds(samples, SplitConfig(folds=count), seed)
    assert Counter(i for fold in folds for i in fold.test) == Counter(range(len(samples)))
    for fold in folds:
        assert set(fold.test).isdisjoint(fold.train)
        assert len(fold.test) + len(fold.train) == len(samples)
        assert keys(samples, fold.test).isdisjoint(keys(samples, fold.train))
        assert {samples[i].label for i in fold.test} == {0, 1}
        assert {samples[i].label for i in fold.train} == {0, 1}


@settings(max_examples=150, deadline=None)
@given(cells(), st.integers(0, 5), st.floats(0.05, 0.6))
def test_the_validation_part_leaks_nothing(samples: list[Sample], seed: int, share: float) -> None:
    config = SplitConfig(folds=2, validation="held-out", validation_share=share)
    groups = separable(samples)
    everything = range(len(samples))
    if not all(sum(label in labels for labels in groups) >= 2 for label in (0, 1)):
        with pytest.raises(SettingsError, match=r"split\.validation"):
            validation_rows(samples, everything, config, seed)
        return
    chosen = validation_rows(samples, everything, config, seed)
    left = set(everything).difference(chosen)
    assert chosen == tuple(sorted(set(chosen)))
    assert keys(samples, chosen).isdisjoint(keys(samples, left))
    assert {samples[i].label for i in chosen} == {samples[i].label for i in left} == {0, 1}
    assert validation_rows(samples, everything, config, seed) == chosen


@settings(max_examples=40, deadline=None)
@given(cells(), st.randoms(use_true_random=False), st.sampled_from(["subject", "image-leaky"]))
def test_the_order_of_the_files_does_not_matter(samples: list[Sample], chance: random.Random, kind: str) -> None:
    config = SplitConfig.model_validate({"kind": kind, "folds": 2, "validation": "held-out"})
    mixed = samples.copy()
    chance.shuffle(mixed)

    def dealt(cells: list[Sample]) -> object:
        try:
            folds = make_folds(cells, config, 3)
            chosen = [validation_rows(cells, fold.train, config, 3) for fold in folds]
        except SettingsError as error:
            return str(error)
        return [
            ({cells[i].path for i in fold.test}, {cells[i].path for i in rows})
            for fold, rows in zip(folds, chosen, strict=True)
        ]

    assert dealt(samples) == dealt(mixed)


def people(healthy: int, leukemic: int, each: int = 4) -> list[Sample]:
    names = [(0, f"h{i}") for i in range(healthy)] + [(1, f"{i}") for i in range(leukemic)]
    return [Sample(Path(f"{name}-{n}.png"), label, name, f"{name}-{n}") for label, name in names for n in range(each)]


def test_the_same_seed_deals_the_same_folds() -> None:
    samples = people(3, 9)
    assert make_folds(samples, SplitConfig(), 5) == make_folds(samples, SplitConfig(), 5)


def test_validation_takes_whole_people_near_the_share_and_nothing_unasked() -> None:
    samples = people(6, 12)
    asked = SplitConfig(validation="held-out", validation_share=0.25)
    fold = make_folds(samples, asked, 1)[0]
    assert validation_rows(samples, fold.train, SplitConfig(), 1) == ()
    chosen = validation_rows(samples, fold.train, asked, 1)
    assert set(chosen) < set(fold.train)
    assert Counter(samples[i].label for i in chosen) == {0: 4, 1: 8}
    others = [validation_rows(samples, fold.train, asked, seed) for seed in range(5)]
    assert len(set(others)) > 1


def test_leaky_validation_takes_single_images() -> None:
    samples = people(2, 2, each=20)
    config = SplitConfig(kind="image-leaky", folds=2, validation="held-out", validation_share=0.2)
    fold = make_folds(samples, config, 1)[0]
    chosen = validation_rows(samples, fold.train, config, 1)
    assert Counter(samples[i].label for i in chosen) == {0: 4, 1: 4}


def test_one_person_alone_cannot_be_split() -> None:
    with pytest.raises(SettingsError, match="the first class has 1"):
        make_folds([Sample(Path(f"{n}.png"), n % 2, "anna") for n in range(9)], SplitConfig(folds=2), 1)
    with pytest.raises(SettingsError, match="at least 3 cells of the second class"):
        make_folds(people(3, 1, each=2), SplitConfig(kind="image-leaky"), 1)


def test_twins_on_both_sides_are_named() -> None:
    twins = [Sample(Path("a.png"), 0, "h1", "1", 0), Sample(Path("b.png"), 0, "h2", "2", 0)]
    with pytest.raises(LeakError, match=r"b\.png"):
        assert_disjoint(twins, Fold(0, (0,), (1,)))


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
