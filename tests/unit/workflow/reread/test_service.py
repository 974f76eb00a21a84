"""A re-read on a real store: drawn from reviewed cases, blinded, kept, shown to whom it concerns."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from leukoscope.cli.main import main
from leukoscope.domain.cell_classes import BLAST, LYMPHOCYTE, NEUTROPHIL
from leukoscope.domain.errors import RereadError
from leukoscope.domain.findings import Label
from leukoscope.domain.labels import named
from leukoscope.domain.people import Role
from leukoscope.domain.rereads import Whose
from leukoscope.workflow.app_dirs import AppDirs
from leukoscope.workflow.workbench import Workbench
from tests.gui.stored import SIDE, stored_case

PASSWORD = "a short sentence"


@pytest.fixture
def bench(data_home: Path) -> Iterator[Workbench]:
    made = Workbench(AppDirs.of_user(), lambda _: None)
    store = made._repository.store
    reviewed, open_one = stored_case(store, "A-1", 5, 3), stored_case(store, "A-2", 2)
    for case_id in (reviewed, open_one):
        for place, cell in enumerate(store.load(case_id).cells):
            store.decide(cell.id, named(LYMPHOCYTE if place % 2 else NEUTROPHIL), "Ben" if place < 6 else "Ana")
    store.decide(store.load(reviewed).cells[0].id, Label.HEALTHY, "Cleo")
    store.signing.mark_reviewed(reviewed)
    made.operator.say_name("Ana")
    yield made
    made.close()


def test_a_reread_shows_cells_and_nothing_that_was_said(bench: Workbench) -> None:
    with pytest.raises(RereadError, match="Only 6 such cells"):
        bench.rereads.begin(Whose.OTHERS, 7)
    begun = bench.rereads.begin(Whose.OTHERS, 6)
    assert begun.who == "Ana" and {one.by for one in begun.cells} == {"Ben", "Cleo"}, "the newest decision counts"
    picture = bench.rereads.cell_pixels(begun.number)
    assert isinstance(picture, np.ndarray) and picture.dtype == np.uint8
    assert min(picture.shape[:2]) >= SIDE, "the cell with its surroundings"
    assert tuple(picture[picture.shape[0] // 2, picture.shape[1] // 2]) == (120, 60, 150)


def test_answers_are_kept_and_make_figures(bench: Workbench, capsys: pytest.CaptureFixture[str]) -> None:
    begun = bench.rereads.begin(Whose.OTHERS, 6)
    for answered in range(6):
        assert bench.rereads.answer(begun.number, named(LYMPHOCYTE)) is None
        (kept,) = bench.rereads.all()
        assert len(kept.answers) == answered + 1
    assert kept.next is None
    with pytest.raises(RereadError, match="All cells"):
        bench.rereads.answer(begun.number, named(BLAST))
    pairs = {one.earlier: one for one in bench.rereads.figures().pairs}
    assert (pairs["Ben"].cells, pairs["Ben"].same) == (5, 3)
    assert (pairs["Cleo"].cells, pairs["Cleo"].same) == (1, 1), "healthy is what a lymphocyte is"
    assert bench._repository.store.trail.verify().sound
    bench.close()
    assert main(["reread", "show"]) == 0
    assert "Ana, against Ben: 3 of 5 alike" in capsys.readouterr().out
    assert main(["reread", "list"]) == 0
    assert "6 of   6 cells" in capsys.readouterr().out


def test_another_person_reads_the_same_cells_once(bench: Workbench) -> None:
    first = bench.rereads.begin(Whose.ANYONES, 8)
    with pytest.raises(RereadError, match="already"):
        bench.rereads.join(first.number)
    bench.operator.say_name("Dora")
    with pytest.raises(RereadError, match="another person"):
        bench.rereads.answer(first.number, named(BLAST))
    joined = bench.rereads.join(first.number)
    assert (joined.cells, joined.seed, joined.like) == (first.cells, first.seed, first.number)
    for who, reread in (("Dora", joined), ("Ana", first)):
        bench.operator.say_name(who)
        for _ in range(8):
            bench.rereads.answer(reread.number, named(NEUTROPHIL))
    (group,) = bench.rereads.figures().groups
    assert group.readers == ("Ana", "Dora") and group.kappa.n == 7, "one cell has a verdict only"


def test_practice_tells_after_the_answer_and_counts_nowhere(bench: Workbench) -> None:
    begun = bench.rereads.begin(Whose.OTHERS, 2, practice=True)
    told = bench.rereads.answer(begun.number, named(BLAST))
    assert told is not None
    assert told.answer.by in {"Ben", "Cleo"} and told.answer.said == named(BLAST)
    assert told.verdict is Label.HEALTHY
    assert bench.rereads.figures().pairs == ()


def test_a_cell_that_was_taken_out_meanwhile_says_so(bench: Workbench) -> None:
    begun = bench.rereads.begin(Whose.OTHERS, 6)
    waits = begun.next
    assert waits is not None
    bench._repository.store.manual_edits.remove(waits.cell_id, "Ben")
    for call in (
        lambda: bench.rereads.cell_pixels(begun.number),
        lambda: bench.rereads.answer(begun.number, named(BLAST)),
    ):
        with pytest.raises(RereadError, match="begin another re-read"):
            call()


def test_a_technician_sees_own_figures_and_a_reviewer_all(bench: Workbench) -> None:
    begun = bench.rereads.begin(Whose.OTHERS, 1)
    bench.rereads.answer(begun.number, named(BLAST))
    bench.rereads.begin(Whose.OTHERS, 1, practice=True)
    people = bench._repository.store.people
    people.add("Tess", Role.TECHNICIAN, PASSWORD)
    people.add("Rene", Role.REVIEWER, PASSWORD)
    bench.operator.turn_on("Root", PASSWORD)
    bench.operator.sign_in("Tess", PASSWORD)
    assert bench.rereads.figures().pairs == ()
    assert [one.practice for one in bench.rereads.all()] == [False]
    bench.operator.sign_in("Rene", PASSWORD)
    assert len(bench.rereads.figures().pairs) == 1
    assert len(bench.rereads.all()) == 2
