"""What a program does with the file of an open database beside SQLite must not let go of SQLite's locks on it.

Found by the campaign: a system frees all locks of a process on a file when the process closes that file anywhere. A
second program that opened and closed the same cases then took itself for the last one and put the log away under the
first one, whose next write was refused, or lost.
"""

from __future__ import annotations

import gc
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from leukoscope.cases import sqlite_files
from leukoscope.cases.store import CaseStore
from leukoscope.domain.cases import CaseHeader
from leukoscope.workflow.backup import back_up, back_up_daily
from tests.forked_programs import run_program

ANOTHER = """
import sys
from pathlib import Path
from leukoscope.cases.store import CaseStore
store = CaseStore(Path(sys.argv[1]))
print(",".join(sorted(one.header.number for one in store.list())))
store.close()
"""


def another_program(folder: Path) -> str:
    """Opens the cases, lists them, ends."""
    done = run_program(ANOTHER, str(folder))
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


ACTS: dict[str, Callable[[CaseStore, Path], object]] = {
    "daily copy": lambda store, _: back_up_daily(store),
    "backup": lambda store, folder: back_up(store, folder / "backup.zip"),
    "another store of the same folder": lambda store, _: CaseStore(store.folder).close(),
    "which kind it is": lambda store, _: sqlite_files.is_plain(store.folder / "cases.db"),
}


def test_another_program_that_opens_and_closes_the_cases_takes_nothing_away(tmp_path: Path) -> None:
    store = CaseStore(tmp_path / "cases")
    numbers = ["0"]
    try:
        store.create(CaseHeader("0"))
        for name, act in ACTS.items():
            act(store, tmp_path)
            assert another_program(store.folder) == ",".join(numbers), name
            numbers.append(str(len(numbers)))
            store.create(CaseHeader(numbers[-1]))
    finally:
        store.close()
    assert another_program(tmp_path / "cases") == ",".join(numbers)


def test_a_connection_counts_for_as_long_as_it_is_open(tmp_path: Path) -> None:
    file = tmp_path / "a.db"
    one, other = sqlite_files.connect(file), sqlite_files.connect(file)
    one.close()
    one.close()
    assert sqlite_files._use_of(file) is not None
    del other
    gc.collect()
    assert sqlite_files._use_of(file) is None


def test_a_file_that_cannot_be_looked_at_is_one_that_cannot_be_opened(tmp_path: Path) -> None:
    """Found by the campaign: the disk’s own words reached the person."""
    with pytest.raises(sqlite3.OperationalError, match="unable to open"):
        sqlite_files.connect(tmp_path)
    with pytest.raises(sqlite3.OperationalError, match="unable to open"):
        sqlite_files.make_engine(tmp_path)
