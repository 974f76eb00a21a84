"""What opening a case costs does not grow with its cells, and a list of thousands of cases opens at once."""

from __future__ import annotations

import time
from pathlib import Path

from sqlalchemy import insert

from leukoscope.cases.saving import header_columns
from leukoscope.cases.store import CaseStore
from leukoscope.cases.tables import CaseRow
from leukoscope.domain.cases import CaseHeader

from .builders import analysis


def test_the_cost_of_a_cell_does_not_grow_with_their_number(tmp_path: Path) -> None:
    """Ten times as many cells with five maps each cost ten times the work, or a little more: a ratio in one run."""
    store = CaseStore(tmp_path)
    names = ("lite0", "attention", "lite1", "lite2", "tokens")
    seconds = {}
    for number in (250, 2500):
        case_id = store.create(CaseHeader(str(number)))
        data = f"field {number}".encode()
        store.frames.add(case_id, analysis(data, cells=number, side=60, names=names), data)
        seconds[number] = min(_load(store, case_id, number) for _ in range(3))
    store.close()
    assert seconds[2500] < 20 * seconds[250]


def _load(store: CaseStore, case_id: int, cells: int) -> float:
    """Open a case; the processor's seconds of this thread."""
    before = time.thread_time()
    case = store.load(case_id)
    seconds = time.thread_time() - before
    assert len(case.cells) == cells
    assert all(len(opinion.maps) == 5 for opinion in case.cells[7].finding.opinions)
    return seconds


def test_ten_thousand_cases_are_listed_and_searched_quickly(tmp_path: Path) -> None:
    store = CaseStore(tmp_path)
    first = store.create(CaseHeader("0"))
    template = store.load(first)
    with store._database.writing() as session:
        session.execute(
            insert(CaseRow),
            [
                {
                    **header_columns(CaseHeader(f"2026-{i:05d}", f"Patient {i} Doe", notes="notes " * 30)),
                    "state": "open",
                    "created_at": template.created_at,
                    "changed_at": template.created_at,
                }
                for i in range(10_000)
            ],
        )
    before = time.thread_time()
    assert len(store.list(limit=20_000)) == 10_001
    assert len(store.list("doe 2026-00042")) == 1
    assert len(store.list(limit=100)) == 100
    seconds = time.thread_time() - before
    store.close()
    assert seconds < 1.5
