"""How far people agree, from their re-reads."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from leukoscope.control.agreement import Kappa, cohens_kappa, confusion, fleiss_kappa
from leukoscope.domain.labels import PersonLabel
from leukoscope.domain.rereads import Answer, Reread

NEITHER = "neither"
"""The verdict on a cell that is neither leukemic nor healthy."""


@dataclass(frozen=True)
class PairFigures:
    """A re-reader against the person who had decided; the same person twice where they read their own cells.

    Parameters
    ----------
    reader, earlier
        Who.
    cells, same
        How many were named, and so many of them alike: by class where one had been named, else by verdict.
    classes
        Cohen's kappa over the cells of which both named the class; ``n`` says how many.
    verdicts
        The same over all cells by leukemic, healthy and neither.
    confusion
        (earlier class, class now) -> cells.
    """

    reader: str
    earlier: str
    cells: int
    same: int
    classes: Kappa
    verdicts: Kappa
    confusion: Mapping[tuple[str, str], int]


@dataclass(frozen=True)
class GroupFigures:
    """Several people on the same cells.

    Parameters
    ----------
    source
        Number of the re-read that the cells were drawn for.
    readers
        Who read them once more.
    kappa
        Fleiss' kappa over those cells that all have named, together with what had been decided, by class; over the
        verdicts of all where nobody had named a class.
    """

    source: int
    readers: tuple[str, ...]
    kappa: Kappa


@dataclass(frozen=True)
class Figures:
    """Everything that re-reads say of people."""

    pairs: tuple[PairFigures, ...]
    groups: tuple[GroupFigures, ...]


def figures(rereads: Sequence[Reread]) -> Figures:
    """Figures of all pairs and groups; practice enters none.

    Parameters
    ----------
    rereads
        Finished or not: each answer that is kept counts.
    """
    counted = [one for one in rereads if not one.practice]
    by_pair: dict[tuple[str, str], list[Answer]] = {}
    for one in counted:
        for answer in one.answers:
            by_pair.setdefault((one.who, answer.by), []).append(answer)
    sources = dict.fromkeys(one.source for one in counted)
    groups = (_group(source, [one for one in counted if one.source == source]) for source in sources)
    pairs = tuple(_pair(reader, earlier, answers) for (reader, earlier), answers in sorted(by_pair.items()))
    return Figures(pairs, tuple(one for one in groups if one is not None))


def verdict(said: PersonLabel) -> str:
    """What a label says of leukemia: leukemic, healthy, unsure or neither."""
    counted = said.counts_as
    return NEITHER if counted is None else counted.value


def agree(answer: Answer) -> bool:
    """Whether the same was said: by class where one had been named, else by verdict."""
    if answer.earlier.code is not None:
        return answer.said.code == answer.earlier.code
    return verdict(answer.said) == verdict(answer.earlier)


def _pair(reader: str, earlier: str, answers: Sequence[Answer]) -> PairFigures:
    named = [(one.earlier.code, one.said.code) for one in answers if one.earlier.code and one.said.code]
    both = [(verdict(one.earlier), verdict(one.said)) for one in answers]
    known = [(str(before), str(now)) for before, now in named]
    return PairFigures(
        reader, earlier, len(answers), sum(map(agree, answers)), _kappa(known), _kappa(both), Counter(known)
    )


def _kappa(pairs: Sequence[tuple[str, str]]) -> Kappa:
    classes = sorted({word for pair in pairs for word in pair})
    return cohens_kappa(confusion([one for one, _ in pairs], [one for _, one in pairs], classes))


def _group(source: int, rereads: Sequence[Reread]) -> GroupFigures | None:
    """``None`` for fewer than two readers, or no cell that all have named."""
    readers = {one.who: one for one in rereads}
    if len(readers) < 2:
        return None
    answers = [{answer.cell_id: answer for answer in one.answers} for one in readers.values()]
    shared = set.intersection(*(set(one) for one in answers))
    ratings = [[answers[0][cell].earlier, *(one[cell].said for one in answers)] for cell in sorted(shared)]
    named = [[str(one.code) for one in row] for row in ratings if all(one.code for one in row)]
    words = named or [[verdict(one) for one in row] for row in ratings]
    if not words:
        return None
    classes = sorted({word for row in words for word in row})
    counts = np.array([[row.count(word) for word in classes] for row in words], np.int64)
    return GroupFigures(source, tuple(sorted(readers)), fleiss_kappa(counts))
