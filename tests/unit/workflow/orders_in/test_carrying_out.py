"""What messages do to cases, and what only a person can do."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from leukoscope.cases.store import CaseStore
from leukoscope.domain.cases import CaseHeader, CaseState, Signature
from leukoscope.workflow.orders_in.carrying_out import carry_out
from leukoscope.workflow.orders_in.kept_message import ACTOR
from tests.unit.workflow.orders_in.messages import case, message, order


@pytest.fixture
def store(tmp_path: Path) -> Iterator[CaseStore]:
    store = CaseStore(tmp_path / "cases")
    yield store
    store.close()


def sign(store: CaseStore, case_id: int) -> None:
    store.signing.mark_reviewed(case_id)
    store.signing.sign(case_id, Signature("Rene", "Reviewed", datetime.now(UTC)), b"report", store.version(case_id))


def told(store: CaseStore, body: bytes) -> list[str]:
    return [one.kind for one in carry_out(store, body)]


def adt(kind: str, *segments: str) -> bytes:
    return message(kind, "A1", *segments)


def test_an_order_begins_a_case_and_its_senders_number_is_kept(store: CaseStore) -> None:
    assert told(store, order("F1")) == []
    begun = case(store, "F1")
    assert begun.header == CaseHeader("F1", "Muster, Maria", patient_id="4711", birth_date="1970-01-02", sex="female")
    assert store.case_orders.placer(begun.id) == "PF1^HIS"
    assert {one.who for one in store.trail.entries(begun.id)} == {ACTOR}


def test_carried_out_twice_changes_nothing_more(store: CaseStore) -> None:
    bodies = [order("F1"), order("F1", act="XO", patient="Muster^Marie"), order("F2"), order("F2", act="CA")]
    for body in bodies:
        carry_out(store, body)
        before = [(one.what, one.subject, one.new) for one in store.trail.entries()]
        assert told(store, body) == []
        assert [(one.what, one.subject, one.new) for one in store.trail.entries()] == before
    assert [one.header.number for one in store.list()] == ["F1"]


def test_changes_cancellations_and_merges_leave_a_signed_case_to_a_person(store: CaseStore) -> None:
    carry_out(store, order("F1"))
    sign(store, case(store, "F1").id)
    before = store.load(case(store, "F1").id)
    assert told(store, order("F1", act="XO", patient="Muster^Marie")) == ["StoreError"]
    assert told(store, order("F1", act="CA")) == ["cancelled signed"]
    assert told(store, adt("ADT^A08", "PID|1||4711^^^KH^PI||Other^Name")) == ["signed"]
    assert told(store, adt("ADT^A40", "PID|1||9^^^KH^PI", "MRG|4711^^^KH^PI")) == ["signed"]
    after = store.load(before.id)
    assert (after.header, after.state, after.version) == (before.header, CaseState.SIGNED, before.version)


def test_a_change_of_a_patient_changes_all_of_their_open_cases(store: CaseStore) -> None:
    for number in ("F1", "F2"):
        carry_out(store, order(number))
    carry_out(store, order("F3", known="5000", patient="Else^Somebody"))
    assert told(store, adt("ADT^A08", "PID|1||4711^^^KH^PI||New^Name||19700103|")) == []
    assert {(one.header.patient, one.header.birth_date, one.header.sex) for one in store.list("New")} == {
        ("New, Name", "1970-01-03", "female")
    }
    assert len(store.list("New")) == 2 and case(store, "F3").header.patient == "Else, Somebody"


def test_what_a_person_wrote_of_a_patient_stays_and_is_said(store: CaseStore) -> None:
    carry_out(store, order("F1"))
    key = case(store, "F1").id
    store.update_header(key, CaseHeader("F1", "Typed, By Hand", patient_id="4711"))
    assert told(store, adt("ADT^A08", "PID|1||4711^^^KH^PI||New^Name")) == ["kept"]
    assert case(store, "F1").header.patient == "Typed, By Hand"


def test_a_merge_moves_open_cases_to_the_number_that_stays(store: CaseStore) -> None:
    carry_out(store, order("F1", known="1"))
    # A number that a person typed is given up by the hospital all the same.
    by_hand = store.create(CaseHeader("F2", patient_id="1"))
    assert told(store, adt("ADT^A40", "PID|1||2^^^KH^PI||Muster^Maria", "MRG|1^^^KH^PI")) == []
    assert {one.header.patient_id for one in store.list()} == {"2"}
    assert [one.new for one in store.trail.entries(by_hand) if one.subject == "patient_id"] == ["2"]
    assert told(store, order("F1", control="later", act="XO", known="2", patient="Muster^Maria")) == []


def test_an_order_for_the_number_of_another_patient_is_a_persons(store: CaseStore) -> None:
    carry_out(store, order("F1"))
    assert told(store, order("F1", control="x", known="9", patient="Else^Somebody")) == ["other patient"]
    assert case(store, "F1").header.patient_id == "4711"


def test_a_patient_without_a_case_is_nobodys_matter(store: CaseStore) -> None:
    assert told(store, adt("ADT^A08", "PID|1||77^^^KH^PI||New^Name||no date|")) == []
