"""What a person may do changes while a program is open: by the lock, by another program, by wrong passwords."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

import pytest

from leukoscope.cases.acting import acting
from leukoscope.domain.errors import AccessError
from leukoscope.domain.findings import Label
from leukoscope.domain.people import Role
from leukoscope.workflow.export import formats
from leukoscope.workflow.permissions import SIGN_IN_FIRST, Act
from tests.unit.workflow.scene import PASSWORD, REASON, Scene


def test_what_was_asked_for_before_the_lock_is_done_and_what_comes_after_is_not(one: Scene) -> None:
    cell = one.frame.cells[0].id
    with one.bench() as bench:
        bench.operator.sign_in("Tess", PASSWORD)
        before = bench.operator.bound(lambda: bench.judging.decide(cell, Label.HEALTHY))
        bench.operator.lock()
        after = bench.operator.bound(lambda: bench.judging.decide(cell, Label.LEUKEMIC))
        in_another_thread(before)
        with pytest.raises(AccessError, match=SIGN_IN_FIRST):
            in_another_thread(after)
        assert one.store.load(one.case_id).cells[0].label is Label.HEALTHY
        bench.operator.sign_in("Rene", PASSWORD)
        with pytest.raises(AccessError, match="Another person"):
            in_another_thread(after)
        in_another_thread(before)
        assert one.store.trail.entries(limit=1)[0].who == "Tess"
        one.set_account(one.people[Role.TECHNICIAN], active=False)
        with pytest.raises(AccessError, match="no longer"):
            in_another_thread(before)


def in_another_thread(work: Callable[[], object]) -> None:
    raised: list[AccessError] = []

    def run() -> None:
        try:
            work()
        except AccessError as error:
            raised.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    if raised:
        raise raised[0]


def test_a_name_that_is_claimed_opens_nothing(one: Scene) -> None:
    with one.bench() as bench:
        for who in ("", "Tess"):
            if who:
                bench.operator.sign_in(who, PASSWORD)
            with acting("Root"), pytest.raises(AccessError):
                bench.cases.erase(one.case_id, REASON)
            with acting("Adam"), pytest.raises(AccessError):
                bench.judging.decide(one.frame.cells[0].id, Label.HEALTHY)


def test_another_role_counts_from_the_next_act_on(one: Scene) -> None:
    with one.bench() as bench:
        bench.operator.sign_in("Adam", PASSWORD)
        bench.settings.change(lambda now: replace(now, laboratory="One"))
        one.set_account(one.people[Role.ADMINISTRATOR], role=Role.TECHNICIAN)
        assert bench.operator.may(Act.SET_UP)
        with pytest.raises(AccessError, match="Only an administrator"):
            bench.settings.change(lambda now: replace(now, laboratory="Two"))
        assert bench.settings.current.laboratory == "One"
        assert not bench.operator.may(Act.SET_UP)
        assert "administrator" in bench.operator.why_not(Act.SET_UP)
        bench.judging.decide(one.frame.cells[0].id, Label.HEALTHY)


def test_accounts_that_somebody_else_turns_on_close_this_program_too(one: Scene) -> None:
    one.accounts(False)
    with one.bench() as bench:
        bench.operator.say_name("Ana")
        bench.judging.decide(one.frame.cells[0].id, Label.HEALTHY)
        one.accounts(True)
        assert bench.operator.is_open
        with pytest.raises(AccessError, match=SIGN_IN_FIRST):
            bench.judging.decide(one.frame.cells[0].id, Label.LEUKEMIC)
        assert not bench.operator.is_open
        bench.operator.sign_in("Tess", PASSWORD)
        bench.judging.decide(one.frame.cells[0].id, Label.LEUKEMIC)
        assert one.store.trail.entries(limit=1)[0].who == "Tess"


def test_who_was_locked_out_by_wrong_passwords_does_nothing_more(one: Scene) -> None:
    with one.bench() as bench:
        bench.operator.sign_in("Tess", PASSWORD)
        for _ in range(5):
            with suppress(AccessError):
                one.store.people.sign_in("Tess", "not the password")
        with pytest.raises(AccessError, match="Too many wrong passwords"):
            bench.exports.write(one.case_id, formats.TABLE, one.out / "case.csv")
        bench._jobs.wait()
        assert not (one.out / "case.csv").exists()
        assert not bench.operator.is_open


def test_who_is_locked_is_remembered_by_the_window_only(one: Scene) -> None:
    """What the window notes about itself is kept behind the lock too, and nothing else with it."""
    with one.bench() as bench:
        bench.operator.sign_in("Tess", PASSWORD)
        bench.operator.lock()
        bench.settings.remember(geometry="x")
        assert bench.settings.current.window["geometry"] == "x"
        with pytest.raises(AccessError):
            bench.settings.save(window={}, hl7_node="elsewhere:1")
        assert (
            bench.settings.current.window["geometry"],
            bench.settings.current.hl7_node,
        ) == ("x", "")
