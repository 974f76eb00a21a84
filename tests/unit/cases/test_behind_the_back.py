"""Every edit behind the program's back is found and named, on both databases, by ``audit verify`` and ``check``."""

from __future__ import annotations

import re
import shutil
from contextlib import closing
from pathlib import Path

import pytest

from leukoscope.cases.store import CaseStore
from leukoscope.workflow.store_check import check_store

from .postgres import copy_database
from .tampering import EDITS, Store, a_store_in_use


@pytest.fixture(scope="module")
def made_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("used") / "cases"
    a_store_in_use(folder, "")
    return folder


@pytest.fixture(scope="module")
def made_shared(tmp_path_factory: pytest.TempPathFactory, postgres: str) -> Path:
    folder = tmp_path_factory.mktemp("shared") / "cases"
    a_store_in_use(folder, copy_database(postgres, "used", "template1"))
    copy_database(postgres, "used_as_made", "used")
    return folder


@pytest.fixture(params=["sqlite", "postgresql"])
def used(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    """A store in use: made once, and copied for each test under the same name."""
    shared = request.param == "postgresql"
    made: Path = request.getfixturevalue("made_shared" if shared else "made_file")
    shutil.copytree(made, tmp_path / "cases")
    if not shared:
        return Store(tmp_path / "cases", "")
    return Store(tmp_path / "cases", copy_database(request.getfixturevalue("postgres"), "used", "used_as_made"))


def faults(store: Store) -> list[str]:
    with closing(CaseStore(store.folder, store.url)) as opened:
        return [fault.sentence for fault in opened.trail.verify().faults]


def test_a_store_that_nobody_edited_is_sound(used: Store) -> None:
    assert faults(used) == []
    with closing(CaseStore(used.folder, used.url)) as store:
        assert [one.sentence for one in check_store(store) if not one.passed] == []


@pytest.mark.parametrize("edit", EDITS)
def test_every_edit_is_found_and_named(used: Store, edit: str) -> None:
    act, named = EDITS[edit]
    act(used)
    with closing(CaseStore(used.folder, used.url)) as store:
        told = [fault.sentence for fault in store.trail.verify().faults]
        assert any(re.search(named, one) for one in told), told
        checked = [one.sentence for one in check_store(store) if not one.passed]
        assert any(re.search(named, one) for one in checked), checked
