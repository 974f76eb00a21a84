"""Cells that people draw and take out: kept, counted, undone, on the trail."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from leukoscope.cases.store import CaseStore
from leukoscope.domain.cases import CaseFrame, CaseHeader, Signature
from leukoscope.domain.errors import AccessError, StoreError
from leukoscope.domain.findings import Label
from leukoscope.domain.fingerprint import case_fingerprint

from .builders import analysis, finding


@pytest.fixture
def store(tmp_path: Path) -> Iterator[CaseStore]:
    store = CaseStore(tmp_path / "cases")
    yield store
    store.close()


@pytest.fixture
def frame(store: CaseStore) -> CaseFrame:
    """One image with a leukemic, a healthy and an unsure cell."""
    return store.frames.add(store.create(CaseHeader("1")), analysis(b"image"), b"image")


def counts(store: CaseStore) -> tuple[int, int, int]:
    (line,) = store.list()
    return line.leukemic, line.healthy, line.unsure


def test_a_drawn_cell_comes_last_and_says_who_drew_it(store: CaseStore, frame: CaseFrame) -> None:
    given = finding(6, frame.sha256)
    cell = store.manual_edits.add(frame.id, given, "A. Weber")
    assert cell.added is not None
    assert cell.added.by == "A. Weber"
    assert [one.bundle for one in cell.finding.opinions] == [one.bundle for one in given.opinions]
    (line,) = store.list()
    loaded = store.load(line.id)
    assert [one.id for one in loaded.cells][-1] == cell.id
    assert [one.added is None for one in loaded.cells] == [True, True, True, False]
    assert counts(store) == (2, 1, 1)


def test_a_removed_cell_counts_no_longer_but_stays(store: CaseStore, frame: CaseFrame) -> None:
    gone = frame.cells[0]
    store.manual_edits.remove(gone.id, "A. Weber")
    store.manual_edits.remove(gone.id, "somebody else, later")
    (line,) = store.list()
    (loaded,) = store.load(line.id).frames
    assert [cell.id for cell in loaded.cells] == [cell.id for cell in frame.cells[1:]]
    (removed,) = loaded.removed_cells
    assert removed.id == gone.id
    assert removed.removed is not None and removed.removed.by == "A. Weber"
    assert counts(store) == (0, 1, 1)
    store.decide(gone.id, Label.HEALTHY, "A. Weber")
    assert counts(store) == (0, 1, 1)
    store.frames.remove(frame.id)
    assert counts(store) == (0, 0, 0)
    store.frames.restore(frame.id)
    assert counts(store) == (0, 1, 1)
    store.manual_edits.restore(gone.id, "A. Weber")
    assert counts(store) == (0, 2, 1)
    assert store.load(line.id).frames[0].removed_cells == ()


def test_every_step_is_on_the_trail(store: CaseStore, frame: CaseFrame) -> None:
    cell = store.manual_edits.add(frame.id, finding(6, frame.sha256), "A. Weber")
    store.manual_edits.remove(cell.id, "B. Klein")
    store.manual_edits.restore(cell.id, "B. Klein")
    (line,) = store.list()
    newest = store.trail.entries(line.id, 3)
    assert [(one.what, one.who, one.subject) for one in newest[::-1]] == [
        ("cell added", "A. Weber", f"cell {cell.id}"),
        ("cell removed", "B. Klein", f"cell {cell.id}"),
        ("cell restored", "B. Klein", f"cell {cell.id}"),
    ]
    box = cell.finding.cell.box
    assert newest[2].new == f"{box.x}, {box.y}, {box.width} x {box.height}"
    assert store.trail.verify().sound


def test_a_signed_case_keeps_its_cells(store: CaseStore, frame: CaseFrame) -> None:
    (line,) = store.list()
    store.decide(frame.cells[2].id, Label.HEALTHY, "A. Weber")
    version = store.version(line.id)
    store.signing.sign(line.id, Signature("B. Klein", "Reviewed", datetime.now(UTC)), b"%PDF", version)
    for change in (
        lambda: store.manual_edits.remove(frame.cells[0].id, "A. Weber"),
        lambda: store.manual_edits.add(frame.id, finding(6, frame.sha256), "A. Weber"),
    ):
        with pytest.raises(StoreError, match="signed"):
            change()
    assert len(store.load(line.id).cells) == 3


def test_a_removed_unsure_cell_waits_for_nobody(store: CaseStore, frame: CaseFrame) -> None:
    (line,) = store.list()
    store.manual_edits.remove(frame.cells[2].id, "A. Weber")
    store.signing.mark_reviewed(line.id)


def test_who_draws_or_removes_has_decided(store: CaseStore, frame: CaseFrame) -> None:
    store.people.set_rules(replace(store.people.rules(), two_people=True))
    (line,) = store.list()
    store.manual_edits.remove(frame.cells[2].id, "A. Weber")
    store.manual_edits.add(frame.id, finding(6, frame.sha256), "C. Roth")
    for name in ("A. Weber", "c. roth"):
        with pytest.raises(AccessError):
            store.signing.check(line.id, name)
    store.signing.check(line.id, "B. Klein")


def test_the_fingerprint_tells_handwork(store: CaseStore, frame: CaseFrame) -> None:
    (line,) = store.list()
    before = case_fingerprint(store.load(line.id))
    store.manual_edits.remove(frame.cells[0].id, "A. Weber")
    without = case_fingerprint(store.load(line.id))
    store.manual_edits.restore(frame.cells[0].id, "A. Weber")
    assert case_fingerprint(store.load(line.id)) == before != without


def test_what_is_gone_is_said(store: CaseStore) -> None:
    with pytest.raises(StoreError, match="no longer"):
        store.manual_edits.remove(77, "A. Weber")
    with pytest.raises(StoreError, match="no longer"):
        store.manual_edits.add(77, finding(0, "0" * 64), "A. Weber")
