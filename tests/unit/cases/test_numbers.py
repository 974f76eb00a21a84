"""One case for one number, in whichever spelling it comes, on both databases."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text

from leukoscope.cases.store import CaseStore
from leukoscope.domain.cases import CaseHeader
from leukoscope.domain.errors import NumberTakenError, StoreError
from leukoscope.workflow.store_check import check_store
from tests.unit.cases.earlier import go_back

SPELLINGS = ["a-1", "A-1", " a-1\r", "\x02A-1\x03", "a\u200b-1"]


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_case_is_found_in_every_spelling(both: CaseStore, spelling: str) -> None:
    case_id = both.create(CaseHeader("a-1"))
    assert both.find(spelling) == (case_id,)
    assert both.the_one(spelling) == case_id
    assert [one.id for one in both.list(spelling)] == [case_id]
    assert both.find("a-2") == ()
    assert both.the_one("") is None


def test_composed_and_decomposed_are_one_number(both: CaseStore) -> None:
    case_id = both.create(CaseHeader("Ha\u0308m-1"))
    assert both.find("Häm-1") == (case_id,)
    assert both.load(case_id).header.number == "Ha\u0308m-1"


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_second_case_of_one_number_is_refused(both: CaseStore, spelling: str) -> None:
    first = both.create(CaseHeader("a-1", "Doe"))
    with pytest.raises(NumberTakenError, match="“a-1” has this number already") as caught:
        both.create(CaseHeader(spelling, "Roe"))
    assert caught.value.case_id == first
    assert [one.header.patient for one in both.list()] == ["Doe"]


def test_a_number_is_not_changed_into_that_of_another_case(both: CaseStore) -> None:
    both.create(CaseHeader("A-1", "Doe"))
    second = both.create(CaseHeader("B-2", "Roe"))
    with pytest.raises(NumberTakenError, match="“A-1”"):
        both.update_header(second, CaseHeader("a-1", "Poe"))
    assert both.load(second).header == CaseHeader("B-2", "Roe")
    both.update_header(second, CaseHeader("b-2", "Roe"))
    assert both.find("B-2") == (second,)
    both.update_header(second, CaseHeader("C-3", "Roe"))
    assert (both.find("b-2"), both.find("c-3")) == ((), (second,))


def test_a_case_off_the_list_gives_its_number_free_and_comes_back_only_to_a_free_one(both: CaseStore) -> None:
    first = both.create(CaseHeader("7"))
    both.remove_case(first)
    assert both.find("7") == ()
    assert both.was_put_away("7")
    second = both.create(CaseHeader("7"))
    with pytest.raises(NumberTakenError):
        both.restore_case(first)
    both.update_header(second, CaseHeader("8"))
    both.restore_case(first)
    assert both.find("7") == (first,)


def test_cases_without_a_number_are_no_spellings_of_each_other(both: CaseStore) -> None:
    for number in ("", " ", "\x00", "\u200b"):
        both.create(CaseHeader(number))
    assert len(both.list()) == 4
    assert both.find("") == ()


def test_of_two_workstations_at_once_one_wins_and_the_other_is_told(tmp_path: Path, url: str) -> None:
    """Against the index itself too: the second is not even asked before it writes."""
    stores = [CaseStore(tmp_path / ("one" if not url else str(place)), url) for place in range(2)]
    together, outcomes = threading.Barrier(2), []

    def scan(store: CaseStore, number: str) -> None:
        together.wait()
        try:
            outcomes.append(store.create(CaseHeader(number)))
        except NumberTakenError as error:
            outcomes.append(error)

    for turn in range(5):
        threads = [
            threading.Thread(target=scan, args=(store, f"{letter}-{turn}"))
            for store, letter in zip(stores, "aA", strict=True)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sum(isinstance(one, int) for one in outcomes) == 5
    assert sum(isinstance(one, NumberTakenError) for one in outcomes) == 5
    with pytest.raises(StoreError, match="just taken this case number"), stores[0].database.writing() as session:
        session.execute(text("UPDATE cases SET number_key = 'a-0' WHERE number_key = 'a-1'"))
    for store in stores:
        store.close()


def old_store(folder: Path, url: str, numbers: list[str]) -> CaseStore:
    """A store as the version before wrote it, opened by this one."""
    store = CaseStore(folder, url)
    for place in range(len(numbers)):
        store.create(CaseHeader(f"number {place}", f"patient {place}"))
    go_back(store, "0005")
    with store.database.engine.begin() as connection:
        for place, number in enumerate(numbers):
            values = {"number": number, "old": f"number {place}"}
            connection.execute(text("UPDATE cases SET number = :number WHERE number = :old"), values)
    store.close()
    return CaseStore(folder, url)


def test_cases_of_one_number_in_an_old_store_are_all_kept_and_told_apart(tmp_path: Path, url: str) -> None:
    store = old_store(tmp_path, url, ["a-1", "A-1", "A-1 ", "b-2"])
    assert len(store.list()) == 4
    assert len(store.find("a-1")) == 3
    ids = {one.header.number: one.id for one in store.list()}
    assert store.the_one("A-1") == ids["A-1"]
    with pytest.raises(StoreError, match="3 cases have the number"):
        store.the_one("a\u200b-1")
    checks = {one.name: one for one in check_store(store)}
    assert not checks["database"].passed
    assert "Several cases have the number" in checks["database"].sentence
    with pytest.raises(NumberTakenError):
        store.create(CaseHeader("a-1"))
    header = store.load(ids["A-1"]).header
    store.update_header(ids["A-1"], replace(header, stain="MGG"))
    for number, new in (("A-1", "c-3"), ("A-1 ", "d-4")):
        store.update_header(ids[number], replace(store.load(ids[number]).header, number=new))
    assert store.find("A-1") == (ids["a-1"],)
    (database,) = (one for one in check_store(store) if one.name == "database")
    assert not any("Several cases have the number" in fault for fault in database.faults)
    store.close()


def test_an_old_store_opens_with_removed_twins(tmp_path: Path, url: str) -> None:
    store = old_store(tmp_path, url, ["x", "X"])
    first, second = sorted(store.find("x"))
    store.remove_case(first)
    with pytest.raises(NumberTakenError):
        store.create(CaseHeader("x"))
    assert store.find("x") == (second,)
    store.restore_case(first)
    assert store.find("x") == (second, first)
    store.close()
