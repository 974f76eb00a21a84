"""Figures of people from their re-reads: held to the published examples, practice left out."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from leukoscope.domain.cell_classes import BLAST, ERYTHROBLAST, LYMPHOCYTE, MONOCYTE, NEUTROPHIL
from leukoscope.domain.errors import RereadError
from leukoscope.domain.findings import Label
from leukoscope.domain.labels import PersonLabel, named
from leukoscope.domain.rereads import Answer, DecidedCell, Reread, Whose
from leukoscope.workflow.reread.drawing import draw
from leukoscope.workflow.reread.figures import figures
from leukoscope.workflow.reread.words import figure_lines
from tests.unit.control.test_agreement import FLEISS_1971

AT = datetime(2026, 11, 30, 8, tzinfo=UTC)
CLASSES = (NEUTROPHIL, LYMPHOCYTE, MONOCYTE, BLAST, ERYTHROBLAST)


def reread(who: str, answers: tuple[Answer, ...], number: int = 1, like: int = 0, *, practice: bool = False) -> Reread:
    cells = tuple(DecidedCell(1, 1, one.cell_id, one.by) for one in answers)
    return Reread(number, who, AT, 7, cells, practice, like, answers)


def of_table(table: list[list[int]]) -> tuple[Answer, ...]:
    """Answers that make a table of the earlier class (rows) and the class now (columns)."""
    made = [
        (CLASSES[row], CLASSES[column])
        for row, counts in enumerate(table)
        for column, n in enumerate(counts)
        for _ in range(n)
    ]
    return tuple(Answer(place, named(now), named(before), "Ben") for place, (before, now) in enumerate(made))


def test_a_pair_has_cohens_kappa_of_the_published_example() -> None:
    # Fleiss, Cohen and Everitt 1969, as in test_agreement.
    found = figures([reread("Ana", of_table([[53, 5, 2], [11, 14, 5], [1, 6, 3]]))])
    (pair,) = found.pairs
    assert (pair.reader, pair.earlier, pair.cells, pair.same) == ("Ana", "Ben", 100, 70)
    assert pair.classes.value == pytest.approx(0.4285714285714285, abs=1e-6)
    assert (pair.classes.low, pair.classes.high) == pytest.approx((0.27969485, 0.57744800), abs=1e-6)
    assert pair.confusion[NEUTROPHIL, LYMPHOCYTE] == 5
    assert found.groups == ()
    (line, *confused) = figure_lines(found)
    assert "70 of 100 alike; kappa of classes 0.43 (0.28 to 0.58; 100 cells)" in line
    assert "  11 lymphocyte named neutrophil" in confused


def test_several_people_have_fleiss_kappa_of_the_published_example() -> None:
    ratings = [[code for code, n in zip(CLASSES, row, strict=True) for _ in range(n)] for row in FLEISS_1971.tolist()]
    people = [
        reread(
            f"Person {column}",
            tuple(Answer(cell, named(row[column]), named(row[0]), "Ben") for cell, row in enumerate(ratings)),
            number=column, like=0 if column == 1 else 1,
        )
        for column in range(1, 14)
    ]  # fmt: skip
    (group,) = figures(people).groups
    assert len(group.readers) == 13 and group.kappa.n == 10
    assert group.kappa.value == pytest.approx(0.20993070442195522, abs=1e-6)


def test_a_verdict_is_held_against_the_verdict_of_the_class_named_now() -> None:
    healthy, leukemic = PersonLabel(Label.HEALTHY), PersonLabel(Label.LEUKEMIC)
    answers = (
        Answer(1, named(LYMPHOCYTE), healthy, "Ben"), Answer(2, named(BLAST), healthy, "Ben"),
        Answer(3, named(BLAST), leukemic, "Ben"), Answer(4, named(ERYTHROBLAST), named(ERYTHROBLAST), "Ben"),
    )  # fmt: skip
    (pair,) = figures([reread("Ana", answers)]).pairs
    assert (pair.cells, pair.same, pair.classes.n, pair.verdicts.n) == (4, 3, 1, 4)
    assert dict(pair.confusion) == {(ERYTHROBLAST, ERYTHROBLAST): 1}


def test_own_cells_are_a_pair_of_oneself_and_practice_counts_nowhere() -> None:
    own = (Answer(1, named(BLAST), named(BLAST), "Ana"),)
    found = figures([reread("Ana", own), reread("Ana", own, number=2, practice=True)])
    assert [(one.reader, one.earlier, one.cells) for one in found.pairs] == [("Ana", "Ana", 1)]
    assert figures([]) == figures([reread("Ana", own, practice=True)])
    assert "own cells" in figure_lines(found)[0]


def test_the_seed_alone_decides_the_order() -> None:
    cells = tuple(DecidedCell(1, 1, cell, "Ana" if cell % 3 else "Ben") for cell in range(60))
    first = draw(cells, "Ana", Whose.ANYONES, 20, 5)
    assert first == draw(cells, "Ana", Whose.ANYONES, 20, 5)
    assert first != draw(cells, "Ana", Whose.ANYONES, 20, 6)
    assert len({one.cell_id for one in first}) == 20
    assert {one.by for one in draw(cells, "Ana", Whose.OWN, 40, 5)} == {"Ana"}
    assert {one.by for one in draw(cells, "Ana", Whose.OTHERS, 20, 5)} == {"Ben"}
    with pytest.raises(RereadError, match="Only 20 such cells"):
        draw(cells, "Ana", Whose.OTHERS, 21, 5)
    with pytest.raises(RereadError, match="1 to 500"):
        draw(cells, "Ana", Whose.OTHERS, 0, 5)
