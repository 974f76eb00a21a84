"""Whose name stands beside a decision: asked for once a day, another one in the middle of it, never nobody's."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from leukoscope.cases.acting import acting
from leukoscope.cases.store import CaseStore
from leukoscope.domain.cases import CaseHeader, CaseState, Priority, Signature
from leukoscope.domain.errors import AccessError, NameNeededError
from leukoscope.domain.findings import Label
from leukoscope.domain.people import Presence, Role, computer_user
from leukoscope.workflow.app_dirs import AppDirs
from leukoscope.workflow.operator_session import OperatorSession
from leukoscope.workflow.permissions import Act
from leukoscope.workflow.settings import load_settings
from leukoscope.workflow.workbench import Workbench
from tests.unit.cases.builders import analysis

PASSWORD = "a short sentence"


class Clock:
    """A day that a test turns."""

    def __init__(self) -> None:
        self.day = date(2026, 11, 28)

    def __call__(self) -> date:
        return self.day


class Kept:
    """What is kept of who works here."""

    def __init__(self) -> None:
        self.present = Presence()

    def keep(self, present: Presence) -> None:
        self.present = present


@pytest.fixture
def store(tmp_path: Path) -> Iterator[CaseStore]:
    store = CaseStore(tmp_path)
    yield store
    store.close()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def operator(store: CaseStore, clock: Clock) -> OperatorSession:
    kept = Kept()
    return OperatorSession(store, lambda: kept.present, kept.keep, clock)


def test_a_name_holds_until_midnight_and_another_person_can_take_the_place(
    operator: OperatorSession, clock: Clock
) -> None:
    assert operator.needs_name
    with pytest.raises(NameNeededError, match="Write your name first"):
        operator.decider()
    assert operator.say_name("  Ana   Pérez ") == "Ana Pérez"
    assert operator.decider() == "Ana Pérez"
    operator.say_name("Ben")
    assert operator.decider() == "Ben"
    clock.day += timedelta(days=1)
    assert operator.name == ""
    assert operator.needs_name
    clock.day -= timedelta(days=2)
    assert operator.needs_name


@pytest.mark.parametrize("name", ["", "   ", "–", "x" * 121])
def test_what_is_no_name_is_said(operator: OperatorSession, name: str) -> None:
    with pytest.raises(AccessError, match="name"):
        operator.say_name(name)
    assert operator.needs_name


def test_with_accounts_the_signed_in_person_is_it_and_nobody_writes_another_name(operator: OperatorSession) -> None:
    operator.say_name("Ana")
    operator.turn_on("Root", PASSWORD)
    assert operator.decider() == "Root"
    assert not operator.needs_name
    with pytest.raises(AccessError, match="sign in"):
        operator.say_name("Ben")
    assert operator.decider() == "Root"


def test_nobody_signed_in_decides_nothing(store: CaseStore, operator: OperatorSession) -> None:
    operator.turn_on("Root", PASSWORD)
    fresh = OperatorSession(store, Presence, lambda _: None)
    with pytest.raises(AccessError, match="Sign in first"):
        fresh.decider()
    assert not fresh.needs_name


def test_work_is_done_in_the_name_of_who_asked_for_it_whoever_sits_here_by_then(
    store: CaseStore, operator: OperatorSession
) -> None:
    operator.say_name("Ana")
    work = operator.bound(lambda: store.create(CaseHeader("1")))
    operator.say_name("Ben")
    threading.Thread(target=work).run()
    store.create(CaseHeader("2"))
    assert [one.who for one in store.trail.entries()] == ["Ben", "Ana"]
    with acting("Cem"):
        assert operator.decider() == "Cem"


def test_no_entry_of_the_trail_is_nobody_s(store: CaseStore, operator: OperatorSession, clock: Clock) -> None:
    store.create(CaseHeader("1"))
    assert store.trail.entries()[0].who == computer_user()
    assert "(computer user)" in computer_user()
    operator.say_name("Ana")
    store.create(CaseHeader("2"))
    assert store.trail.entries()[0].who == "Ana"
    clock.day += timedelta(days=1)
    store.create(CaseHeader("3"))
    assert store.trail.entries()[0].who == computer_user()


def test_only_an_administrator_erases_where_people_sign_in(operator: OperatorSession) -> None:
    operator.say_name("Ana")
    assert operator.require(Act.ERASE) == "Ana"
    operator.turn_on("Root", PASSWORD)
    assert operator.require(Act.ERASE) == "Root"
    operator.add("Ben", Role.REVIEWER, PASSWORD)
    operator.sign_in("Ben", PASSWORD)
    with pytest.raises(AccessError, match="Only an administrator"):
        operator.require(Act.ERASE)


@pytest.fixture
def bench(data_home: Path) -> Iterator[Workbench]:
    bench = Workbench(AppDirs.of_user(), lambda _: None)
    yield bench
    bench.close()


def test_every_kind_of_decision_asks_for_a_name_and_carries_it(bench: Workbench) -> None:
    store = bench._repository.store
    case_id = store.create(CaseHeader("1"))
    frame = store.frames.add(case_id, analysis(cells=3), b"image")
    cell = frame.cells[0].id
    decisions = {
        "label": lambda: bench.judging.decide(cell, Label.HEALTHY),
        "take back": lambda: bench.judging.decide(cell, None),
        "cell removed": lambda: bench.judging.remove_cell(cell),
        "cell restored": lambda: bench.judging.restore_cell(cell),
        "header": lambda: bench.cases.update_header(case_id, CaseHeader("1", "Doe")),
        "priority": lambda: bench.cases.set_priority(case_id, Priority.STAT),
        "image removed": lambda: bench.cases.remove_frame(case_id, frame.id),
        "image restored": lambda: bench.cases.restore_frame(case_id, frame.id),
        "case removed": lambda: bench.cases.put_away(case_id),
        "case restored": lambda: bench.cases.bring_back(case_id),
        "review": lambda: bench.signing.mark_reviewed(case_id),
    }
    before = store.trail.head()
    for name, decide in decisions.items():
        with pytest.raises(NameNeededError):
            decide()
        assert store.trail.head() == before, name
    bench.operator.say_name("Ana")
    for other in frame.cells:
        bench.judging.decide(other.id, Label.HEALTHY)
    for name, decide in decisions.items():
        count = store.trail.head().count
        decide()
        told = store.trail.entries(limit=store.trail.head().count - count)
        assert told, name
        assert {one.who for one in told} == {"Ana"}, name
        if name == "take back":
            bench.judging.decide(cell, Label.HEALTHY)
    assert store.load(case_id).state is CaseState.REVIEWED
    now = Signature("Dr. Ben", "Reviewed", store.load(case_id).created_at)
    store.signing.sign(case_id, now, b"%PDF", store.load(case_id).version)
    bench.signing.amend(case_id, "Wrong stain")
    assert store.load(case_id).amendments[0].by == "Ana"
    assert "" not in {one.who for one in store.trail.entries()}


def test_the_name_is_there_again_after_a_restart_of_the_same_day_and_offered_after_it(bench: Workbench) -> None:
    for name in ("Ana", "Ben", "ana"):
        bench.operator.say_name(name)
    kept = load_settings(bench.home.config)
    assert kept.people == ("ana", "Ben")
    assert kept.present == Presence("ana", date.today().isoformat())
    bench.settings.save(operator="Cem")
    assert bench.operator.decider() == "Cem"
