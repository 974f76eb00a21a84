"""A person names a cell by its class: kept, counted, told in the trail, told to who comes too late."""

from __future__ import annotations

from pathlib import Path

import pytest

from leukoscope.cases.store import CaseStore
from leukoscope.domain.cases import CaseCell, CaseHeader
from leukoscope.domain.errors import ConflictError
from leukoscope.domain.findings import Label
from leukoscope.domain.labels import PersonLabel, named
from tests.unit.cases.builders import analysis
from tests.unit.cases.earlier import go_back


@pytest.fixture
def store(tmp_path: Path) -> CaseStore:
    made = CaseStore(tmp_path)
    made.frames.add(made.create(CaseHeader("A-1")), analysis(cells=3), b"image")
    return made


def first(store: CaseStore) -> CaseCell:
    return store.load(1).cells[0]


def counts(store: CaseStore) -> tuple[int, int, int, int, int]:
    (one,) = store.list()
    return one.leukemic, one.healthy, one.unsure, one.named, one.cells


def test_a_class_is_kept_with_its_verdict_and_its_person(store: CaseStore) -> None:
    store.decide(first(store).id, named("neutrophil"), "Ana")
    decision = first(store).decision
    assert decision is not None
    assert (decision.said, decision.by) == (PersonLabel(Label.HEALTHY, "neutrophil"), "Ana")
    assert (first(store).label, first(store).code) == (Label.HEALTHY, "neutrophil")


def test_counts_follow_the_class_and_its_undoing(store: CaseStore) -> None:
    before, cell = counts(store), first(store)
    store.decide(cell.id, named("erythroblast"), "Ana")
    assert counts(store)[3:] == (1, 3)
    assert sum(counts(store)[:3]) == 2
    assert not first(store).needs_person
    store.manual_edits.remove(cell.id, "Ana")
    assert counts(store)[3:] == (0, 2)
    store.manual_edits.restore(cell.id, "Ana")
    (frame,) = store.load(1).frames
    store.frames.remove(frame.id)
    assert counts(store) == (0, 0, 0, 0, 0)
    store.frames.restore(frame.id)
    assert counts(store)[3:] == (1, 3)
    store.decide(cell.id, named("blast"), "Ana")
    assert counts(store)[3] == 0
    assert first(store).label is Label.LEUKEMIC
    store.decide(cell.id, None, "Ana")
    assert counts(store) == before
    assert first(store).code == cell.code


def test_the_trail_tells_classes(store: CaseStore) -> None:
    cell = first(store)
    store.decide(cell.id, named("neutrophil"), "Ana")
    store.decide(cell.id, named("eosinophil"), "Ben")
    store.decide(cell.id, None, "Ben")
    told = [(one.old, one.new, one.who) for one in store.trail.entries(1) if one.what == "label"]
    program = cell.finding.label.value
    expected = [(program, "neutrophil", "Ana"), ("neutrophil", "eosinophil", "Ben"), ("eosinophil", program, "Ben")]
    assert sorted(told) == sorted(expected)
    assert store.trail.verify().sound


def test_who_comes_too_late_hears_the_class(store: CaseStore) -> None:
    cell = first(store)
    store.decide(cell.id, named("neutrophil"), "Ana", seen=(None,))
    with pytest.raises(ConflictError, match="Ana has labeled this cell neutrophil meanwhile"):
        store.decide(cell.id, named("monocyte"), "Ben", seen=(None,))
    with pytest.raises(ConflictError):
        # The same verdict is not the same label.
        store.decide(cell.id, Label.HEALTHY, "Ben", seen=(None,))
    store.decide(cell.id, named("monocyte"), "Ben", seen=(named("neutrophil"),))
    assert first(store).code == "monocyte"


def test_cases_from_before_the_migration_keep_their_labels_and_counts(tmp_path: Path) -> None:
    store = CaseStore(tmp_path)
    store.frames.add(store.create(CaseHeader("A-1")), analysis(cells=3), b"image")
    store.decide(first(store).id, Label.HEALTHY, "Ana")
    before = counts(store)
    go_back(store, "0010")
    store.close()
    again = CaseStore(tmp_path)
    assert counts(again) == before
    decision = first(again).decision
    assert decision is not None and decision.said == PersonLabel(Label.HEALTHY)
    again.close()
