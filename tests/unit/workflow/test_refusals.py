"""What is refused is an entry of the audit trail: who, what and why; never so many that they fill the disk."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from leukoscope.cases.refusal_log import MOST_IN_AN_HOUR
from leukoscope.domain.audit import REFUSED, AuditEntry
from leukoscope.domain.cases import CaseHeader
from leukoscope.domain.errors import AccessError
from leukoscope.domain.people import Role, computer_user
from leukoscope.workflow.app_dirs import HOME_VARIABLE, AppDirs
from leukoscope.workflow.permissions import Act
from leukoscope.workflow.refusals import Refusals
from leukoscope.workflow.workbench import Workbench
from tests.unit.workflow.scene import PASSWORD, REASON, Scene


@pytest.fixture
def scene(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path))
    monkeypatch.setenv("LEUKOSCOPE_SHIPPED_MODELS", str(tmp_path / "no-models"))
    scene = Scene(AppDirs.of_user(), "")
    scene.accounts(True)
    yield scene
    scene.store.close()


@pytest.fixture
def bench(scene: Scene) -> Iterator[Workbench]:
    with scene.bench() as bench:
        yield bench


def refusals(scene: Scene) -> list[AuditEntry]:
    return [one for one in reversed(scene.store.trail.entries()) if one.what == REFUSED]


def test_role_lock_and_closed_account_are_told_with_who_and_why(scene: Scene, bench: Workbench) -> None:
    tess = scene.people[Role.TECHNICIAN]
    bench.operator.sign_in("Tess", PASSWORD)
    with pytest.raises(AccessError):
        bench.cases.erase(scene.case_id, REASON)
    scene.set_account(tess, locked=True)
    with pytest.raises(AccessError):
        bench.cases.update_header(scene.case_id, CaseHeader("1", "Smith"))
    scene.set_account(tess, active=False)
    with pytest.raises(AccessError):
        bench.cases.load(scene.case_id)
    scene.set_account(tess)
    bench.operator.lock()
    with pytest.raises(AccessError):
        bench.cases.create(CaseHeader("9", "Smith"))
    told = refusals(scene)
    assert [(one.who, one.subject, one.reason) for one in told] == [
        ("Tess", "erase a case for good", "Only an administrator can erase a case; ask one to sign in."),
        ("Tess", "write a header", told[1].reason),
        ("Tess", "see a case and its images", "This account may no longer be used; ask an administrator."),
        (computer_user(), "begin a case", "Sign in first."),
    ]
    assert told[1].reason.startswith("Too many wrong passwords")
    assert {one.case_id for one in told} == {None}
    texts = " ".join(f"{one.subject} {one.old} {one.new} {one.reason}" for one in told)
    assert not any(name in texts for name in ("Doe", "Smith", "Roe"))
    assert scene.store.trail.verify().faults == ()


def test_what_a_window_shows_anew_behind_its_lock_is_no_try(scene: Scene, bench: Workbench) -> None:
    bench.operator.sign_in("Tess", PASSWORD)
    bench.operator.lock()
    before = scene.store.trail.head()
    for _ in range(5):
        with pytest.raises(AccessError, match="Sign in first"):
            bench.cases.search()
    assert scene.store.trail.head() == before


def test_the_same_refusal_is_told_once_in_ten_minutes_and_the_others_are_counted(scene: Scene) -> None:
    now = [0.0]
    told = Refusals(scene.store.refusal_log, lambda: now[0])
    for _ in range(1000):
        told.tell(Act.ERASE, "Tess", "Only an administrator.")
    assert len(refusals(scene)) == 1
    told.tell(Act.AMEND, "Tess", "A technician cannot.")
    assert refusals(scene)[-1].new == "999 more before it"
    # After a restart the database knows.
    Refusals(scene.store.refusal_log).tell(Act.ERASE, "Tess", "Only an administrator.")
    assert len(refusals(scene)) == 2


def test_many_names_and_acts_do_not_fill_the_disk(scene: Scene) -> None:
    for number in range(60):
        Refusals(scene.store.refusal_log).tell(Act.ERASE, f"name {number}", "Only an administrator.")
    assert len(refusals(scene)) == MOST_IN_AN_HOUR
    # An hour later it goes on.
    moved(scene, timedelta(hours=1))
    Refusals(scene.store.refusal_log).tell(Act.ERASE, "name 1", "Only an administrator.")
    assert len(refusals(scene)) == MOST_IN_AN_HOUR + 1


def moved(scene: Scene, by: timedelta) -> None:
    """All refusals happened earlier."""
    with closing(sqlite3.connect(scene.store.database.file)) as connection:
        for trigger in ("audit_no_update", "audit_no_delete"):
            connection.execute(f"DROP TRIGGER {trigger}")
        for number, at in connection.execute("SELECT number, at FROM audit").fetchall():
            earlier = (datetime.fromisoformat(at) - by).astimezone(UTC).isoformat()
            connection.execute("UPDATE audit SET at = ? WHERE number = ?", (earlier, number))
        connection.commit()


def test_guessed_names_and_tokens_do_not_fill_the_disk_either(scene: Scene) -> None:
    before = scene.store.trail.head().count
    for number in range(70):
        with pytest.raises(AccessError):
            scene.store.people.sign_in(f"nobody {number}", PASSWORD)
        with pytest.raises(AccessError):
            scene.store.tokens.sign_in(f"leukoscope-{number}")
    told = scene.store.trail.entries(limit=scene.store.trail.head().count - before)
    assert 110 <= len(told) <= 125
    assert {one.what for one in told} == {"sign in refused", "token refused"}


def test_a_refusal_that_cannot_be_written_stays_a_refusal(scene: Scene, bench: Workbench) -> None:
    bench.operator.sign_in("Tess", PASSWORD)
    with closing(sqlite3.connect(scene.store.database.file)) as connection:
        connection.execute(
            "CREATE TRIGGER full BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END"
        )
        connection.commit()
    with pytest.raises(AccessError, match="Only an administrator"):
        bench.cases.erase(scene.case_id, REASON)
    assert refusals(scene) == []
