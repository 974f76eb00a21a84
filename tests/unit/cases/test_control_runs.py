"""Control runs are kept in the audit trail, on both databases."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import text

from leukoscope.cases.store import CaseStore
from leukoscope.domain.errors import AccessError, ControlError
from leukoscope.domain.people import Presence, Role, Rules
from leukoscope.workflow.control.runs import ControlRuns, instruments
from leukoscope.workflow.operator_session import OperatorSession

FIGURES = {"light": 214.3, "focus": 0.23}


@pytest.fixture
def runs(both: CaseStore) -> ControlRuns:
    return ControlRuns(both.trail, OperatorSession(both, Presence, lambda _: None))


def test_a_run_is_kept_with_who_and_when(runs: ControlRuns) -> None:
    runs.keep(" Basler  100x ", FIGURES, 5, "slide 3")
    (kept,) = runs.all()
    assert (kept.run.instrument, kept.run.figures, kept.run.fields) == ("Basler 100x", FIGURES, 5)
    assert kept.run.note == "slide 3"
    assert kept.run.at.tzinfo is not None
    assert kept.who


def test_a_run_left_out_stays_with_its_reason(runs: ControlRuns, both: CaseStore) -> None:
    runs.keep("Basler 100x", FIGURES, 5)
    runs.keep("Basler 40x", FIGURES, 5)
    first, second = runs.all()
    runs.exclude(first.number, "oil on the slide")
    kept = runs.all()
    assert [one.run.excluded for one in kept] == [True, False]
    assert kept[0].run.note == "oil on the slide"
    assert instruments(kept) == ("Basler 40x", "Basler 100x")
    assert both.trail.verify().sound
    with pytest.raises(ControlError, match="no control run"):
        runs.exclude(second.number + 50, "x")
    with pytest.raises(ControlError, match="Say why"):
        runs.exclude(second.number, "  ")


@pytest.mark.parametrize(
    ("instrument", "figures", "sentence"),
    [(" ", FIGURES, "Name camera"), ("x" * 81, FIGURES, "Name camera"), ("Basler", {}, "Nothing could be measured")],
)
def test_what_is_no_run_is_refused(
    runs: ControlRuns, instrument: str, figures: dict[str, float], sentence: str
) -> None:
    with pytest.raises(ControlError, match=sentence):
        runs.keep(instrument, figures, 5)
    assert runs.all() == ()


def test_a_technician_measures_but_leaves_nothing_out(both: CaseStore) -> None:
    both.people.add("Root", Role.ADMINISTRATOR, "long enough 1")
    both.people.add("Tech", Role.TECHNICIAN, "long enough 2")
    both.people.set_rules(Rules(accounts=True))
    desk = OperatorSession(both, Presence, lambda _: None)
    runs = ControlRuns(both.trail, desk)
    with pytest.raises(AccessError, match="Sign in first"):
        runs.keep("Basler 100x", FIGURES, 5)
    desk.sign_in("Tech", "long enough 2")
    runs.keep("Basler 100x", FIGURES, 5)
    with pytest.raises(AccessError, match="technician"):
        runs.exclude(runs.all()[0].number, "oil")
    assert runs.all()[0].who == "Tech"


def test_a_run_edited_behind_the_back_is_found(both: CaseStore, runs: ControlRuns, tmp_path: Path) -> None:
    runs.keep("Basler 100x", FIGURES, 5)
    with both.database.writing() as session:
        for name in ("audit_no_update", "audit_update"):
            if session.get_bind().dialect.name == "sqlite":
                session.execute(text(f"DROP TRIGGER IF EXISTS {name}"))
        if session.get_bind().dialect.name == "postgresql":
            session.execute(text("ALTER TABLE audit DISABLE TRIGGER ALL"))
        else:
            for (trigger,) in session.execute(
                text("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'audit'")
            ).all():
                session.execute(text(f'DROP TRIGGER "{trigger}"'))
        session.execute(text("UPDATE audit SET new = replace(new, '214.3', '200.0') WHERE what = 'control run'"))
    assert not both.trail.verify().sound
