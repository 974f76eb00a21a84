"""Features and examples live and go with their cells, on both databases, and in backups."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from leukoscope.cases.cell_features import CellFeatures
from leukoscope.cases.store import CaseStore
from leukoscope.domain.cases import CaseFrame, CaseHeader
from leukoscope.domain.errors import StoreError
from leukoscope.domain.findings import BundleId, Label
from leukoscope.domain.labels import named
from leukoscope.workflow.backup import back_up
from leukoscope.workflow.restore import restore
from leukoscope.workflow.store_check import check_store
from tests.unit.cases.builders import HYBRID, analysis

VECTORS = np.random.default_rng(4).normal(size=(3, 40)).astype(np.float16)


def filled(store: CaseStore, number: str = "1", data: bytes = b"image", *, done: bool = True) -> tuple[int, CaseFrame]:
    """A case of three cells: a blast that the program called leukemic, one healthy that it called so, one unsure."""
    case_id = store.create(CaseHeader(number, "Doe"))
    frame = store.frames.add(case_id, analysis(data), data)
    store.decide(frame.cells[0].id, named("blast"), "Ana")
    store.decide(frame.cells[1].id, Label.LEUKEMIC, "Ana")
    store.decide(frame.cells[2].id, Label.UNSURE, "Ana")
    if done:
        store.signing.mark_reviewed(case_id)
    return case_id, frame


def keep(store: CaseStore, frame: CaseFrame) -> None:
    rows = [
        CellFeatures(cell.id, f"{frame.id}-{cell.id}", vector)
        for cell, vector in zip(frame.cells, VECTORS, strict=True)
    ]
    store.features.put(HYBRID, rows)


def test_features_are_found_by_cell_and_by_content_and_go_with_the_case(both: CaseStore) -> None:
    case_id, frame = filled(both)
    keep(both, frame)
    keep(both, frame)
    ids = [cell.id for cell in frame.cells]
    found = both.features.read(HYBRID, [*ids, 999])
    assert sorted(found) == sorted(ids) == sorted(both.features.there(HYBRID))
    for cell_id, vector in zip(ids, VECTORS, strict=True):
        np.testing.assert_array_equal(found[cell_id], vector)
    np.testing.assert_array_equal(
        both.features.alike(HYBRID, {f"{frame.id}-{ids[2]}", "none"}).popitem()[1], VECTORS[2]
    )
    assert not both.features.there(BundleId("hybrid", "1.0.1", "a" * 64))
    both.features.put(HYBRID, [CellFeatures(999, "gone", VECTORS[0])])
    assert 999 not in both.features.there(HYBRID)
    both.known_cells.keep_example(ids[0], "Ana")
    left = both.erasing.erase(case_id, "asked for", "Ana")
    both.erasing.finish(left)
    assert not both.features.there(HYBRID)
    assert not both.known_cells.examples()


def test_only_decided_cells_of_reviewed_cases_in_the_list_are_known(both: CaseStore) -> None:
    case_id, frame = filled(both)
    filled(both, "2", b"other", done=False)
    known = both.known_cells.decided()
    assert [(one.id, one.said.word, one.by) for one in known] == [
        (frame.cells[0].id, "blast", "Ana"), (frame.cells[1].id, "leukemic", "Ana"),
    ]  # fmt: skip
    before = both.known_cells.revision()
    both.remove_case(case_id)
    assert both.known_cells.revision() != before
    assert not both.known_cells.decided()


def test_corrections_are_counted_since_a_moment(both: CaseStore) -> None:
    _, frame = filled(both)
    # The blast was called leukemic by the program too; the second was called healthy.
    assert both.known_cells.corrected_since(None) == 1
    last = max(one.at for one in both.known_cells.decided())
    assert both.known_cells.corrected_since(last) == 0
    both.decide(frame.cells[0].id, named("monocyte"), "Ben")
    assert both.known_cells.corrected_since(last) == 1
    assert both.known_cells.corrected_since(None) == 2


def test_an_example_says_who_keeps_it_and_needs_a_decision(both: CaseStore) -> None:
    _, frame = filled(both)
    both.known_cells.keep_example(frame.cells[0].id, "Ana")
    both.known_cells.keep_example(frame.cells[0].id, "Ben")
    (only,) = both.known_cells.examples()
    assert (only.cell.said.code, only.kept_by) == ("blast", "Ana")
    with pytest.raises(StoreError, match="Say first what this cell is"):
        both.known_cells.keep_example(frame.cells[2].id, "Ana")
    told = next((one.what, one.new, one.who) for one in both.trail.entries())
    assert told == ("example kept", "blast", "Ana")
    both.known_cells.remove_example(frame.cells[0].id, "Ben")
    both.known_cells.remove_example(frame.cells[0].id, "Ben")
    assert not both.known_cells.examples()
    assert [one.what for one in both.trail.entries()][:2] == ["example removed", "example kept"]
    assert all(not one.faults for one in check_store(both))


def test_both_are_in_a_backup(both: CaseStore, tmp_path: Path) -> None:
    _, frame = filled(both)
    keep(both, frame)
    both.known_cells.keep_example(frame.cells[0].id, "Ana")
    back_up(both, tmp_path / "backup.zip")
    restored = tmp_path / "two" / "cases"
    restored.parent.mkdir()
    restore(restored, tmp_path / "backup.zip")
    again = CaseStore(restored)
    try:
        assert again.features.there(HYBRID) == {cell.id for cell in frame.cells}
        assert [one.cell.id for one in again.known_cells.examples()] == [frame.cells[0].id]
    finally:
        again.close()
