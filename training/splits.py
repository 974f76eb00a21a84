"""Which cells train, which choose, and which judge. A subject never stands on two sides, nor do two pictures of a cell.

Where nobody's name is known (``picture``) every cell is a subject of its own: its copies stay together, but its person
may be on both sides, and everything that shows figures says so. The exception to all this has a name that cannot be
overlooked: ``image-leaky`` deals out single images, as the published work did. It exists to compare with published
figures and nothing else.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from leukoscope.domain.errors import SettingsError
from training.data_config import SplitConfig
from training.samples import Sample

_ORDINALS = ("first", "second")
_VALIDATION = 1
"""Keeps the dice of the validation part apart from those of the folds."""
_TEST = 2
"""The same for the one part that is held out."""

Counts = NDArray[np.int64]


@dataclass(frozen=True)
class Fold:
    """Indices into the samples; ``train`` and ``test`` together are all of them, each once."""

    number: int
    train: tuple[int, ...]
    test: tuple[int, ...]


class LeakError(AssertionError):
    """A subject or a duplicate stands on both sides of a split."""


def make_folds(samples: Sequence[Sample], config: SplitConfig, seed: int) -> tuple[Fold, ...]:
    """Deal the samples into folds. What each gets depends on the seed, not on the order of the samples.

    A subject with cells of both classes stays together as every other does. Each fold holds out both classes.

    Raises
    ------
    SettingsError
        When a class has fewer subjects than there are folds.
    LeakError
        Never, unless this module is wrong: every split is checked before it is used.
    """
    # The same folder listed in another order is dealt the same way.
    order = sorted(range(len(samples)), key=lambda index: samples[index].path)
    ordered = [samples[index] for index in order]
    leaky = config.kind == "image-leaky"
    if config.test_share:
        dealt = _deal_one_part(ordered, config.test_share, seed)
    else:
        dealt = _deal_images(ordered, config.folds, seed) if leaky else _deal_subjects(ordered, config.folds, seed)
    assigned = dict(zip(order, dealt, strict=True))
    folds = tuple(
        Fold(
            number,
            tuple(i for i in range(len(samples)) if assigned[i] != number),
            tuple(i for i in range(len(samples)) if assigned[i] == number),
        )
        for number in range(config.parts)
    )
    for fold in folds:
        if not leaky:
            assert_disjoint(samples, fold)
    return folds


def validation_rows(
    samples: Sequence[Sample], train_rows: Sequence[int], config: SplitConfig, seed: int
) -> tuple[int, ...]:
    """Choose those training cells that only choose weights and rates: whole subjects, about the configured share.

    Parameters
    ----------
    samples
        All of the run.
    train_rows
        Indices of the training cells of a fold.
    config
        ``validation`` and its share; in ``image-leaky`` single images are taken.
    seed
        Fixes which subjects.

    Returns
    -------
    tuple
        Indices in ascending order, a part of ``train_rows`` with both classes that leaves both; empty where none is
        configured.

    Raises
    ------
    SettingsError
        When a class has fewer than two subjects among the training cells.
    """
    if config.validation == "none":
        return ()
    rows = sorted(train_rows, key=lambda index: samples[index].path)
    inside = [samples[row] for row in rows]
    leaky = config.kind == "image-leaky"
    groups = list(range(len(rows))) if leaky else _groups(inside)
    members: defaultdict[int, list[int]] = defaultdict(list)
    for row, group in zip(rows, groups, strict=True):
        members[group].append(row)
    whole = list(members.values())
    counts = np.array([_counts(samples, group) for group in whole], dtype=np.int64).reshape(-1, 2)
    if ((counts > 0).sum(axis=0) < 2).any():
        raise SettingsError(
            "split.validation needs two subjects of each class among the training cells of every fold, one to train "
            'and one to choose; set it to "none" or take more folds.'
        )
    order = np.random.default_rng([seed, _VALIDATION]).permutation(len(whole))
    taken = _take(counts[order], config.validation_share)
    chosen = tuple(sorted(row for group in taken for row in whole[order[group]]))
    if not leaky:
        left = set(train_rows).difference(chosen)
        _assert_apart([samples[i] for i in sorted(left)], [samples[i] for i in chosen], "the validation part")
    return chosen


def _deal_one_part(samples: Sequence[Sample], share: float, seed: int) -> list[int]:
    """0 for what is held out, about a share of each class in whole groups; -1 for everything else."""
    members = _members(samples)
    counts = np.array([_counts(samples, rows) for rows in members], dtype=np.int64).reshape(-1, 2)
    if ((counts > 0).sum(axis=0) < 2).any():
        raise SettingsError(
            "split.test_share needs two different cells of each class, one to train and one to judge; add pictures."
        )
    order = np.random.default_rng([seed, _TEST]).permutation(len(members))
    assigned = [-1] * len(samples)
    for group in _take(counts[order], share):
        for row in members[order[group]]:
            assigned[row] = 0
    return assigned


def _members(samples: Sequence[Sample]) -> list[list[int]]:
    """Rows of each group that must stay together."""
    members: defaultdict[int, list[int]] = defaultdict(list)
    for row, group in enumerate(_groups(samples)):
        members[group].append(row)
    return list(members.values())


def _take(counts: Counts, share: float) -> list[int]:
    """Which groups come nearest to a share of each class, in the order given; both classes on both sides.

    ``counts`` is (groups, 2), with at least two groups of each class.
    """
    target = counts.sum(axis=0) * share
    have, left = np.zeros(2), counts.sum(axis=0)
    taken: list[int] = []

    def take(group: int) -> None:
        nonlocal have, left
        taken.append(group)
        have, left = have + counts[group], left - counts[group]

    for group, size in enumerate(counts):
        nearer = np.abs(have + size - target).sum() < np.abs(have - target).sum()
        if nearer and (left > size).all():
            take(group)
    for label in (0, 1):
        if not have[label]:
            # Every group of this class is larger than twice the share: the smallest, then.
            open_to = [g for g, size in enumerate(counts) if size[label] and (left > size).all()]
            take(min(open_to, key=lambda group: int(counts[group].sum())))
    return taken


def _counts(samples: Sequence[Sample], rows: Sequence[int]) -> Counts:
    return np.bincount([samples[i].label for i in rows], minlength=2)


def _deal_subjects(samples: Sequence[Sample], folds: int, seed: int) -> list[int]:
    """Groups, largest first, each to the fold that lacks most of its classes, then has fewest cells of them.

    Ties by the seed. Where every class has as many groups as there are folds, every fold gets both classes.
    """
    members = _members(samples)
    per_class = Counter(label for group in members for label in {samples[i].label for i in group})
    for label, ordinal in enumerate(_ORDINALS):
        if per_class[label] < folds:
            raise SettingsError(
                f"{folds} folds need at least {folds} subjects of each class, but the {ordinal} class has "
                f"{per_class[label]} (subjects that share a picture count as one); lower split.folds or add subjects."
            )
    order = np.random.default_rng(seed).permutation(len(members))
    dealt = [members[i] for i in order]
    load = np.zeros((folds, 2), dtype=np.int64)
    assigned = [0] * len(samples)
    for rows in sorted(dealt, key=len, reverse=True):
        counts = _counts(samples, rows)
        lacking = ((load == 0) & (counts > 0)).sum(axis=1)
        cells = (load * counts).sum(axis=1)
        fold = min(range(folds), key=lambda number: (-int(lacking[number]), int(cells[number])))
        load[fold] += counts
        for index in rows:
            assigned[index] = fold
    return assigned


def _keys(sample: Sample) -> Iterator[Hashable]:
    """What samples that must stay together have in common."""
    yield "subject", sample.subject
    if sample.digest:
        yield "digest", sample.digest
    if sample.twins >= 0:
        yield "twins", sample.twins


def _groups(samples: Sequence[Sample]) -> list[int]:
    """Union of "same subject" and "same cell": what must stay together. One number per sample."""
    parent = list(range(len(samples)))

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    first: dict[Hashable, int] = {}
    for index, sample in enumerate(samples):
        for key in _keys(sample):
            parent[root(index)] = root(first.setdefault(key, index))
    return [root(i) for i in range(len(samples))]


def _deal_images(samples: Sequence[Sample], folds: int, seed: int) -> list[int]:
    rng = np.random.default_rng(seed)
    assigned = np.zeros(len(samples), dtype=np.int64)
    for label, ordinal in enumerate(_ORDINALS):
        indices = np.array([i for i, s in enumerate(samples) if s.label == label])
        if indices.size < folds:
            raise SettingsError(f"{folds} folds need at least {folds} cells of the {ordinal} class.")
        assigned[rng.permutation(indices)] = np.arange(indices.size) % folds
    return [int(fold) for fold in assigned]


def assert_disjoint(samples: Sequence[Sample], fold: Fold) -> None:
    """Refuse a split on which a subject or a cell stands on both sides, or a sample on none.

    Raises
    ------
    LeakError
        With the subjects or files in question.
    """
    if sorted((*fold.train, *fold.test)) != list(range(len(samples))):
        raise LeakError(f"fold {fold.number} does not hold every sample exactly once")
    _assert_apart([samples[i] for i in fold.train], [samples[i] for i in fold.test], f"fold {fold.number}")


def _assert_apart(one: Sequence[Sample], other: Sequence[Sample], what: str) -> None:
    subjects = {s.subject for s in one} & {s.subject for s in other}
    if subjects:
        raise LeakError(f"subjects {sorted(subjects)} stand on both sides of {what}")
    known = {key for sample in one for key in _keys(sample)}
    names = sorted(sample.path.name for sample in other if known.intersection(_keys(sample)))
    if names:
        raise LeakError(f"the pictures {names} stand on both sides of {what}")
