"""How long the list of cases takes to open, to search and to sort when there are 100,000 of them."""

from __future__ import annotations

import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import insert

from leukoscope.cases.saving import header_columns
from leukoscope.cases.store import CaseStore
from leukoscope.cases.tables import CaseRow
from leukoscope.domain.cases import CaseHeader, CaseQuery, Order

CASES, SHOWN = 100_000, 2000
LIMIT_S = 0.3
NAMES = ("Müller, Anna", "Doe, Jane", "Παπαδόπουλος, Νίκος", "王小明", "O'Neill, Sam")


def fill(store: CaseStore, count: int) -> None:
    """Write that many cases behind the program's back: only the list is timed."""
    start = datetime(2026, 1, 1, tzinfo=UTC)
    rows = [
        {
            **header_columns(CaseHeader(f"2026-{n:06d}", NAMES[n % 5], "Blood", "MGG")),
            "state": ("open", "reviewed", "signed")[n % 3],
            "priority": ("routine", "urgent", "stat")[n % 3],
            "created_at": start + timedelta(minutes=n),
            "changed_at": start + timedelta(minutes=2 * n),
            "frame_count": 3,
            "leukemic_count": n % 50,
            "healthy_count": n % 70,
            "unsure_count": n % 7,
            "version": 1,
        }
        for n in range(count)
    ]
    with store.database.writing() as session:
        session.execute(insert(CaseRow), rows)


def timed(store: CaseStore, query: CaseQuery) -> float:
    """Best of five, in seconds."""
    best = 9.9
    for _ in range(5):
        begin = time.perf_counter()
        found = store.list(query.search, SHOWN, 0, query)
        best = min(best, time.perf_counter() - begin)
        assert found
    return best


def main() -> None:
    """Print the times."""
    with tempfile.TemporaryDirectory() as folder:
        store = CaseStore(Path(folder))
        fill(store, CASES)
        store.close()
        begin = time.perf_counter()
        store = CaseStore(Path(folder))
        store.list("", SHOWN)
        print(f"open store and list of {CASES:,}: {time.perf_counter() - begin:.3f} s (limit {LIMIT_S})")
        for name, query in (
            ("last changed first", CaseQuery()),
            ("search 0417", CaseQuery("0417")),
            ("search müller 99", CaseQuery("müller 99")),
            ("by patient", CaseQuery(order=Order.PATIENT, descending=False)),
            ("by priority", CaseQuery(order=Order.PRIORITY)),
        ):
            print(f"{name:22} {timed(store, query):.3f} s")
        store.close()


if __name__ == "__main__":
    main()
