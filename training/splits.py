"""Which cells train and which judge. A subject never stands on both sides, and neither does a duplicate.

The exception has a name that cannot be overlooked: ``image-leaky`` deals out single images, as the published work
did. It exists to compare with published figures and nothing else.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np

from leukoscope.domain.errors import SettingsError
from training.config import SplitConfig
from training.data import Sample


@dataclass(frozen=True)
class Fold:
    """Indices into the samples; ``train`` and ``test`` together are all of them, each once."""

    number: int
    train: tuple[int, ...]
    test: tuple[int, ...]


class LeakError(AssertionError):
    """A subject or a duplicate stands on both sides of a split."""


def make_folds(samples: Sequence[Sample], config: SplitConfig, seed: int) -> tuple[Fold, ...]:
    """Deal the samples into folds.

    Raises
    ------
    SettingsError
        When a class has fewer subjects than there are folds.
    LeakError
        Never, unless this module is wrong: every split is checked before it is used.
    """
    leaky = config.kind == "image-leaky"
    assigned = _deal_images(samples, config.folds, seed) if leaky else _deal_subjects(samples, config.folds, seed)
    folds = tuple(
        Fold(
            number,
            tuple(i for i, fold in enumerate(assigned) if fold != number),
            tuple(i for i, fold in enumerate(assigned) if fold == number),
        )
        for number in range(config.folds)
    )
    for fold in folds:
        if not leaky:
            assert_disjoint(samples, fold)
    return folds


def _deal_subjects(samples: Sequence[Sample], folds: int, seed: int) -> list[int]:
    """Groups, largest first, each to the fold with the fewest cells of its class so far; ties by the seed."""
    groups = _groups(samples)
    members: defaultdict[int, list[int]] = defaultdict(list)
    for index, group in enumerate(groups):
        members[group].append(index)
    per_class = Counter(label for g in members.values() for label in {samples[i].label for i in g})
    for label in (0, 1):
        if per_class[label] < folds:
            raise SettingsError(
                f"{folds} folds need at least {folds} subjects of each class, but class {label} has "
                f"{per_class[label]} (subjects that share a picture count as one)."
            )
    order = np.random.default_rng(seed).permutation(len(members))
    dealt = [list(members.values())[i] for i in order]
    load = np.zeros((folds, 2), dtype=np.int64)
    assigned = [0] * len(samples)
    for rows in sorted(dealt, key=len, reverse=True):
        counts = np.bincount([samples[i].label for i in rows], minlength=2)
        fold = int(np.argmin((load * counts).sum(axis=1)))
        load[fold] += counts
        for index in rows:
            assigned[index] = fold
    return assigned


def _groups(samples: Sequence[Sample]) -> list[int]:
    """Union of "same subject" and "same picture": what must stay together. One number per sample."""
    parent = list(range(len(samples)))

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    first: dict[Hashable, int] = {}
    for index, sample in enumerate(samples):
        keys: list[Hashable] = [("subject", sample.subject)]
        if sample.digest:
            keys.append(("digest", sample.digest))
        for key in keys:
            parent[root(index)] = root(first.setdefault(key, index))
    return [root(i) for i in range(len(samples))]


def _deal_images(samples: Sequence[Sample], folds: int, seed: int) -> list[int]:
    rng = np.random.default_rng(seed)
    assigned = np.zeros(len(samples), dtype=np.int64)
    for label in (0, 1):
        indices = np.array([i for i, s in enumerate(samples) if s.label == label])
        assigned[rng.permutation(indices)] = np.arange(indices.size) % folds
    return [int(fold) for fold in assigned]


def assert_disjoint(samples: Sequence[Sample], fold: Fold) -> None:
    """Refuse a split on which a subject or a picture stands on both sides, or a sample on none.

    Raises
    ------
    LeakError
        With the subjects or files in question.
    """
    if sorted((*fold.train, *fold.test)) != list(range(len(samples))):
        raise LeakError(f"fold {fold.number} does not hold every sample exactly once")
    train, test = [samples[i] for i in fold.train], [samples[i] for i in fold.test]
    subjects = {s.subject for s in train} & {s.subject for s in test}
    if subjects:
        raise LeakError(f"subjects {sorted(subjects)} stand on both sides of fold {fold.number}")
    pictures = {s.digest for s in train if s.digest} & {s.digest for s in test}
    if pictures:
        names = sorted(s.path.name for s in test if s.digest in pictures)
        raise LeakError(f"the pictures {names} stand on both sides of fold {fold.number}")
