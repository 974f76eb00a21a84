"""The end of the trail lies elsewhere too: the whole data folder put back from an older copy is found by it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from leukoscope.cases.store import CaseStore
from leukoscope.domain.cases import CaseHeader
from leukoscope.domain.errors import StoreError
from leukoscope.workflow.trail_heads import export_head, held_against
from leukoscope.workflow.views import tell_of_view


@pytest.fixture
def store(tmp_path: Path) -> Iterator[CaseStore]:
    with closing(CaseStore(tmp_path / "cases")) as store:
        store.create(CaseHeader("1"))
        yield store


def sentences(store: CaseStore, file: Path | None, printed: str = "") -> list[str]:
    return [one.sentence for one in held_against(store, store.trail.verify(), file, printed).faults]


def test_an_older_copy_of_everything_is_found_by_the_exported_head(store: CaseStore, tmp_path: Path) -> None:
    store.close()
    shutil.copytree(tmp_path / "cases", tmp_path / "older")
    head = tmp_path / "drive" / "head.json"
    head.parent.mkdir()
    with closing(CaseStore(tmp_path / "cases")) as later:
        later.create(CaseHeader("2"))
        anchor = export_head(later, head)
        assert sentences(later, head, anchor.head.short) == []
        assert head.stat().st_mode & 0o777 == 0o600
    with closing(CaseStore(tmp_path / "older")) as back:
        assert back.trail.verify().sound
        assert sentences(back, head) == ["The trail has no entry 3 any more, of which the file “head.json” tells."]
        assert sentences(back, None, anchor.head.short) == [
            "The trail has no entry 3 any more, of which the report tells."
        ]


def test_another_entry_and_a_changed_file_are_said(store: CaseStore, tmp_path: Path) -> None:
    head = tmp_path / "head.json"
    export_head(store, head)
    assert sentences(store, None, "1-00000000") == ["Entry 1 is not the one of which the report tells."]
    head.write_text(json.dumps({**json.loads(head.read_text()), "count": 1}))
    assert sentences(store, head)[0] == "The file “head.json” was changed; its signature is wrong."
    with pytest.raises(StoreError, match="as the report prints it"):
        held_against(store, store.trail.verify(), None, "57")
    with pytest.raises(StoreError, match="holds no end"):
        held_against(store, store.trail.verify(), tmp_path / "none.json")


def test_a_view_by_others_is_told_once_a_day(store: CaseStore) -> None:
    store.trail.actor = "Ana"
    case_id = store.create(CaseHeader("2"))
    now = datetime.now(UTC)
    assert not tell_of_view(store, case_id, "Ana", now), "she began it"
    assert not tell_of_view(store, case_id, "", now), "nobody has said who it is"
    assert tell_of_view(store, case_id, "Ben", now)
    assert not tell_of_view(store, case_id, "Ben", now)
    assert [(one.what, one.who) for one in store.trail.entries(case_id)] == [("viewed", "Ben"), ("case added", "Ana")]
