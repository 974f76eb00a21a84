"""A case of thousands of cells opens at once, and so does a list of thousands of cases."""

from __future__ import annotations

import time
from pathlib import Path

from sqlalchemy import insert

from leukoscope.cases.saving import header_columns
from leukoscope.cases.store import CaseStore
from leukoscope.cases.tables import CaseRow
from leukoscope.domain.cases import CaseHeader

from .builders import analysis


def test_2500_cells_with_five_maps_open_quickly(tmp_path: Path) -> None:
    store = CaseStore(tmp_path)
    case_id = store.create(CaseHeader("1"))
    names = ("lite0", "attention", "lite1", "lite2", "tokens")
    big = analysis(b"field", cells=2500, side=60, names=names)
    store.add_analysis(case_id, big, b"field")
    before = time.thread_time()
    case = store.load(case_id)
    seconds = time.thread_time() - before
    store.close()
    assert len(case.cells) == 2500
    assert all(len(opinion.maps) == 5 for opinion in case.cells[7].finding.opinions)
    assert seconds < 1.0


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
