from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from leukoscope.cases.people import FAILURES_ALLOWED
from leukoscope.cases.store import CaseStore
from leukoscope.cases.tables import PersonRow
from leukoscope.domain.errors import AccessError
from leukoscope.domain.people import Role, Rules

from .builders import all_files

GOOD = "a short sentence"


@pytest.fixture
def store(both: CaseStore) -> CaseStore:
    return both


def test_a_person_signs_in_with_name_and_password_whatever_the_case_of_the_name(store: CaseStore) -> None:
    store.people.add("Ольга Müller", Role.REVIEWER, GOOD)
    assert store.people.sign_in(" ольга MÜLLER ", GOOD).role is Role.REVIEWER
    for name, password in (("Ольга Müller", "wrong"), ("Nobody", GOOD), ("", "")):
        with pytest.raises(AccessError, match="wrong"):
            store.people.sign_in(name, password)
    assert [one.what for one in store.trail.entries()] == ["sign in refused", "sign in", "account added"]


def test_a_password_is_nowhere_to_be_read(store: CaseStore, tmp_path: Path) -> None:
    store.people.add("Ana", Role.TECHNICIAN, GOOD)
    assert all(GOOD.encode() not in path.read_bytes() for path in all_files(tmp_path))
    with store.database.reading() as session:
        row = session.get(PersonRow, 1)
        assert row is not None and row.secret.startswith("$argon2id$")


def test_five_wrong_passwords_lock_for_a_quarter_of_an_hour(store: CaseStore) -> None:
    person = store.people.add("Ana", Role.TECHNICIAN, GOOD)
    for _ in range(FAILURES_ALLOWED):
        with pytest.raises(AccessError):
            store.people.sign_in("Ana", "wrong")
    with pytest.raises(AccessError, match="Too many"):
        store.people.sign_in("Ana", GOOD)
    until = store.people.get(person.id).locked_until
    assert until is not None
    assert timedelta(minutes=14) < until - datetime.now(UTC) <= timedelta(minutes=15)
    with store.database.writing() as session:
        row = session.get(PersonRow, person.id)
        assert row is not None
        row.locked_until = datetime.now(UTC) - timedelta(seconds=1)
    assert store.people.sign_in("Ana", GOOD).locked_until is None


def test_accounts_are_off_until_an_administrator_is_there(store: CaseStore) -> None:
    assert store.people.rules() == Rules(accounts=False, two_people=False, lock_minutes=10)
    with pytest.raises(AccessError, match="administrator first"):
        store.people.set_rules(Rules(accounts=True))
    boss = store.people.add("Boss", Role.ADMINISTRATOR, GOOD)
    store.people.set_rules(Rules(accounts=True, two_people=True, lock_minutes=3))
    assert store.people.rules() == Rules(True, True, 3)
    for change in ({"role": Role.REVIEWER}, {"active": False}):
        with pytest.raises(AccessError, match="must stay"):
            store.people.change(boss.id, **change)  # type: ignore[arg-type]
    assert store.people.list() == (boss,)


def test_names_are_unique_and_passwords_long_enough(store: CaseStore) -> None:
    store.people.add("Ana", Role.TECHNICIAN, GOOD)
    for name, password in (("ANA", GOOD), (" ", GOOD), ("Ben", "short")):
        with pytest.raises(AccessError):
            store.people.add(name, Role.TECHNICIAN, password)
    assert len(store.people.list()) == 1


def test_who_may_no_longer_sign_in_is_told(store: CaseStore) -> None:
    person = store.people.add("Ana", Role.TECHNICIAN, GOOD)
    store.people.change(person.id, active=False)
    with pytest.raises(AccessError, match="no longer"):
        store.people.sign_in("Ana", GOOD)
    store.people.change(person.id, active=True)
    store.people.set_password(person.id, "another sentence")
    assert store.people.sign_in("Ana", "another sentence").id == person.id
