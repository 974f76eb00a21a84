from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path

import pytest
from argon2 import PasswordHasher, Type, extract_parameters

from leukoscope.cases import audit_trail, lockout, people
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
    told = [(one.what, one.subject) for one in store.trail.entries()[::-1]]
    assert told == [
        ("account added", "Ольга Müller"),
        ("sign in", "Ольга Müller"),
        ("sign in refused", "Ольга Müller"),
        ("sign in refused", "Nobody"),
        ("sign in refused", ""),
    ]


def test_a_password_is_nowhere_to_be_read(store: CaseStore, tmp_path: Path) -> None:
    store.people.add("Ana", Role.TECHNICIAN, GOOD)
    assert all(GOOD.encode() not in path.read_bytes() for path in all_files(tmp_path))
    with store.database.reading() as session:
        row = session.get(PersonRow, 1)
        assert row is not None and row.secret.startswith("$argon2id$")


def test_a_password_costs_whoever_guesses_it_time_and_memory(full_hasher: Callable[[], PasswordHasher]) -> None:
    """The least that RFC 9106 recommends; the other tests take less."""
    used = extract_parameters(full_hasher().hash(GOOD))
    assert (used.type, used.time_cost >= 3, used.memory_cost >= 64 * 1024) == (Type.ID, True, True)


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


class Clock:
    """The wall clock and the ticks, each moved by hand."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now, self.ticks = datetime(2026, 5, 4, 8, 0, tzinfo=UTC), 1000.0
        clock = self

        class Moved(datetime):
            @classmethod
            def now(cls, tz: tzinfo | None = None) -> datetime:
                return clock.now

        for module in (people, audit_trail):
            monkeypatch.setattr(module, "datetime", Moved)
        monkeypatch.setattr(lockout, "ticks", lambda: clock.ticks)

    def passes(self, time: timedelta) -> None:
        self.now += time
        self.ticks += time.total_seconds()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


def lock_out(store: CaseStore, name: str = "Ana") -> None:
    store.people.add(name, Role.TECHNICIAN, GOOD)
    for _ in range(FAILURES_ALLOWED):
        with pytest.raises(AccessError):
            store.people.sign_in(name, "wrong")


def test_a_clock_that_is_put_forward_lifts_no_lock(store: CaseStore, clock: Clock) -> None:
    lock_out(store)
    clock.now += timedelta(days=1)
    with pytest.raises(AccessError, match="Too many"):
        store.people.sign_in("Ana", GOOD)
    clock.passes(timedelta(minutes=15, seconds=1))
    assert store.people.sign_in("Ana", GOOD).name == "Ana"


@pytest.mark.parametrize("elsewhere", [False, True])
def test_a_clock_that_goes_back_does_not_lengthen_a_lock(
    store: CaseStore, clock: Clock, monkeypatch: pytest.MonkeyPatch, elsewhere: bool
) -> None:
    """Also at a computer that was not there when it was locked, from the first try on."""
    lock_out(store)
    if elsewhere:
        monkeypatch.setattr(lockout, "boot", lambda: "another computer")
    clock.now -= timedelta(days=400)
    with pytest.raises(AccessError, match=r"1[56] min"):
        store.people.sign_in("Ana", GOOD)
    clock.passes(timedelta(minutes=15, seconds=1))
    assert store.people.sign_in("Ana", GOOD).name == "Ana"


def test_a_clock_that_goes_back_is_an_entry(store: CaseStore, clock: Clock) -> None:
    store.people.add("Ana", Role.TECHNICIAN, GOOD)
    clock.now -= timedelta(hours=1)
    store.people.add("Ben", Role.TECHNICIAN, GOOD)
    clock.now += timedelta(seconds=5)
    store.people.add("Cem", Role.TECHNICIAN, GOOD)
    told = [(one.what, one.old, one.new) for one in store.trail.entries()[::-1] if one.what == "clock went back"]
    assert told == [("clock went back", "2026-05-04T08:00:00+00:00", "2026-05-04T07:00:00+00:00")]
    assert store.trail.verify().sound


def test_every_name_costs_the_same_work(store: CaseStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """Known, unknown, locked, closed or empty: one comparison with one hash, so that time tells nobody which."""
    # An earlier test may have let passwords cost less.
    people._nobody.cache_clear()
    lock_out(store, "Locked")
    store.people.add("Known", Role.ADMINISTRATOR, GOOD)
    closed = store.people.add("Closed", Role.TECHNICIAN, GOOD)
    store.people.change(closed.id, active=False)
    work: list[str] = []
    hasher = people._hasher()
    verify, make = type(hasher).verify, type(hasher).hash

    def verified(self: object, secret: str, password: str) -> bool:
        work.append("verify " + secret.rpartition("$")[0].rpartition("$")[0])
        return verify(hasher, secret, password)

    def made(self: object, password: str) -> str:
        work.append("hash")
        return make(hasher, password)

    monkeypatch.setattr(type(hasher), "verify", verified)
    monkeypatch.setattr(type(hasher), "hash", made)
    done = {}
    for name, password in (("Known", "wrong"), ("Unknown", GOOD), ("Locked", GOOD), ("Closed", GOOD), ("", "")):
        work.clear()
        with pytest.raises(AccessError):
            store.people.sign_in(name, password)
        done[name] = list(work)
    assert len(done["Known"]) == 1
    assert {tuple(one) for one in done.values()} == {tuple(done["Known"])}
