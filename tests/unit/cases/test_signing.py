from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from leukoscope.cases.store import CaseStore
from leukoscope.domain.cases import CaseHeader, CaseState, Priority, Signature
from leukoscope.domain.errors import AccessError, ConflictError, StoreError, UnsureLeftError
from leukoscope.domain.findings import Label
from leukoscope.domain.people import Rules

from .builders import analysis

HEADER = CaseHeader("1", "Doe")


@pytest.fixture
def store(both: CaseStore) -> CaseStore:
    return both


@pytest.fixture
def case_id(store: CaseStore) -> int:
    """A case of three cells, one of them unsure."""
    case_id = store.create(HEADER)
    store.frames.add(case_id, analysis(b"x", cells=3), b"x")
    return case_id


def signature(name: str = "Dr. Ana") -> Signature:
    return Signature(name, "Reviewed", datetime.now(UTC).replace(microsecond=0))


def decide_unsure(store: CaseStore, case_id: int, by: str = "Ben") -> None:
    for cell in store.load(case_id).cells:
        if cell.finding.label is Label.UNSURE and cell.decision is None:
            store.decide(cell.id, Label.UNSURE, by)


def sign(store: CaseStore, case_id: int, report: bytes = b"%PDF first") -> Signature:
    one = signature()
    store.signing.sign(case_id, one, report, store.load(case_id).version)
    return one


def test_a_case_with_an_undecided_unsure_cell_is_not_signed_and_says_which(store: CaseStore, case_id: int) -> None:
    waiting = next(cell for cell in store.load(case_id).cells if cell.label is Label.UNSURE)
    for step in (lambda: sign(store, case_id), lambda: store.signing.mark_reviewed(case_id)):
        with pytest.raises(UnsureLeftError, match="1 unsure cell waits") as caught:
            step()
        assert caught.value.cell_id == waiting.id
    assert store.load(case_id).state is CaseState.OPEN
    assert store.load(case_id).signatures == ()


def test_from_open_to_reviewed_signed_and_amended(store: CaseStore, case_id: int) -> None:
    decide_unsure(store, case_id)
    store.signing.mark_reviewed(case_id)
    assert store.load(case_id).state is CaseState.REVIEWED
    first = sign(store, case_id)
    assert store.load(case_id).state is CaseState.SIGNED
    store.signing.amend(case_id, "Wrong patient", "Dr. Ana")
    assert store.load(case_id).state is CaseState.AMENDED
    store.update_header(case_id, replace(HEADER, patient="Roe"))
    second = sign(store, case_id, b"%PDF second")
    case = store.load(case_id)
    assert case.signatures == (first, second)
    assert [(one.reason, one.by) for one in case.amendments] == [("Wrong patient", "Dr. Ana")]
    kept = [store.read_image(sha256) for _, sha256 in store.signing.reports(case_id)]
    assert kept == [b"%PDF first", b"%PDF second"]
    told = [one.what for one in store.trail.entries(case_id)[::-1]][3:]
    assert told == ["state", "sign", "state", "amend", "state", "header", "sign", "state"]


WRITES: dict[str, Callable[[CaseStore, int], object]] = {
    "header": lambda store, case_id: store.update_header(case_id, replace(HEADER, notes="x")),
    "priority": lambda store, case_id: store.set_priority(case_id, Priority.STAT),
    "image": lambda store, case_id: store.frames.add(case_id, analysis(b"y"), b"y"),
    "label": lambda store, case_id: store.decide(store.load(case_id).cells[0].id, Label.HEALTHY, "Ben"),
    "remove image": lambda store, case_id: store.frames.remove(store.load(case_id).frames[0].id),
    "remove case": lambda store, case_id: store.remove_case(case_id),
    "review": lambda store, case_id: store.signing.mark_reviewed(case_id),
}


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
def test_a_signed_case_is_read_only(store: CaseStore, case_id: int, write: Callable[[CaseStore, int], object]) -> None:
    decide_unsure(store, case_id)
    sign(store, case_id)
    before, trail = store.load(case_id), store.trail.head()
    with pytest.raises(StoreError, match="amend it"):
        write(store, case_id)
    after = store.load(case_id)
    assert (after.header, after.version, store.trail.head()) == (before.header, before.version, trail)
    store.signing.amend(case_id, "Needs more", "Dr. Ana")
    write(store, case_id)


def test_an_amendment_needs_a_reason_and_a_signature(store: CaseStore, case_id: int) -> None:
    with pytest.raises(StoreError, match="not signed"):
        store.signing.amend(case_id, "why", "Ana")
    decide_unsure(store, case_id)
    sign(store, case_id)
    with pytest.raises(StoreError, match="reason"):
        store.signing.amend(case_id, "  ", "Ana")
    with pytest.raises(StoreError, match="signed already"):
        sign(store, case_id)


def test_two_people_where_the_lab_asks_for_them(store: CaseStore, case_id: int) -> None:
    store.people.set_rules(Rules(two_people=True))
    decide_unsure(store, case_id, by="dr. ana")
    with pytest.raises(AccessError, match="somebody else"):
        sign(store, case_id)
    one = signature("Dr. Ben")
    store.signing.sign(case_id, one, b"%PDF", store.load(case_id).version)
    assert store.load(case_id).signatures == (one,)


def test_what_was_printed_is_what_is_signed(store: CaseStore, case_id: int) -> None:
    decide_unsure(store, case_id)
    printed = store.load(case_id).version
    store.update_header(case_id, replace(HEADER, patient="Other"))
    with pytest.raises(ConflictError, match="changed since"):
        store.signing.sign(case_id, signature(), b"%PDF", printed)
    assert store.load(case_id).state is CaseState.OPEN


# Two workstations ------------------------------------------------------------------------------------------------


def test_two_people_write_different_fields_and_nobody_loses_work(store: CaseStore, case_id: int) -> None:
    store.update_header(case_id, replace(HEADER, patient="Roe"), HEADER)
    store.update_header(case_id, replace(HEADER, stain="MGG"), HEADER)
    assert store.load(case_id).header == CaseHeader("1", "Roe", stain="MGG")
    assert store.list("roe mgg")[0].id == case_id


def test_the_second_into_the_same_field_sees_what_the_first_wrote(store: CaseStore, case_id: int) -> None:
    store.update_header(case_id, replace(HEADER, patient="Roe"), HEADER)
    with pytest.raises(ConflictError, match="“Roe” as patient") as caught:
        store.update_header(case_id, replace(HEADER, patient="Poe"), HEADER)
    assert "Poe" in caught.value.message
    assert store.load(case_id).header.patient == "Roe"


def test_the_second_label_on_a_cell_sees_the_first(store: CaseStore, case_id: int) -> None:
    cell = store.load(case_id).cells[0]
    store.decide(cell.id, Label.HEALTHY, "Ana", seen=(None,))
    with pytest.raises(ConflictError, match="Ana has labeled this cell healthy"):
        store.decide(cell.id, Label.UNSURE, "Ben", seen=(None,))
    store.decide(cell.id, Label.HEALTHY, "Ben", seen=(None,))
    store.decide(cell.id, None, "Ana", seen=(Label.HEALTHY,))
    with pytest.raises(ConflictError, match="taken the label"):
        store.decide(cell.id, Label.UNSURE, "Ben", seen=(Label.HEALTHY,))
    assert store.load(case_id).cells[0].decision is None
