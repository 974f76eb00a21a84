"""Rights are read inside the transaction of the act: who lost them at another workstation in between writes nothing.

Between the first look and the transaction another program closes, demotes or locks the person; on both databases.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from leukoscope.cases.store import CaseStore
from leukoscope.cases.tables import PersonRow
from leukoscope.domain.cases import CaseHeader, Priority
from leukoscope.domain.errors import AccessError
from leukoscope.domain.findings import Label
from leukoscope.domain.people import Person, Role, Rules
from leukoscope.workflow.app_dirs import HOME_VARIABLE, AppDirs
from leukoscope.workflow.operator_session import OperatorSession
from leukoscope.workflow.permissions import Act
from tests.unit.cases.postgres import copy_database
from tests.unit.workflow.scene import PASSWORD, Scene


@pytest.fixture(scope="module")
def shared(postgres: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A server with an empty list to copy."""
    CaseStore(tmp_path_factory.mktemp("empty"), copy_database(postgres, "rights_before", "template1")).close()
    return postgres


@pytest.fixture(params=["sqlite", "postgresql"])
def scene(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    on_server = request.param == "postgresql"
    url = copy_database(request.getfixturevalue("shared"), "rights", "rights_before") if on_server else ""
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path))
    monkeypatch.setenv("LEUKOSCOPE_SHIPPED_MODELS", str(tmp_path / "no-models"))
    scene = Scene(AppDirs.of_user(), url)
    scene.accounts(True)
    yield scene
    scene.store.close()


@pytest.fixture
def elsewhere(scene: Scene) -> Iterator[CaseStore]:
    """Another program with the same cases."""
    store = scene.open()
    yield store
    store.close()


def closed(store: CaseStore, person: Person) -> None:
    store.people.change(person.id, active=False)


def demoted(store: CaseStore, person: Person) -> None:
    store.people.change(person.id, role=Role.TECHNICIAN)


def locked_out(store: CaseStore, person: Person) -> None:
    for _ in range(5):
        with suppress(AccessError):
            store.people.sign_in(person.name, "not the password")


ACTS: dict[str, tuple[Act, Callable[[Scene, CaseStore], object]]] = {
    "amend": (Act.AMEND, lambda s, store: store.signing.amend(s.case_id, "Wrong stain", "Rene")),
    "export of the trail": (Act.EXPORT_TRAIL, lambda _, store: store.create(CaseHeader("beside it"))),
}


@pytest.mark.parametrize("happened", [closed, demoted, locked_out])
@pytest.mark.parametrize("name", list(ACTS))
def test_who_lost_the_right_after_the_desk_looked_writes_nothing(
    scene: Scene, elsewhere: CaseStore, happened: Callable[[CaseStore, Person], None], name: str
) -> None:
    act, write = ACTS[name]
    rene = scene.people[Role.REVIEWER]
    with scene.bench() as bench:
        bench.operator.sign_in("Rene", PASSWORD)
        store = bench._repository.store
        with pytest.raises(AccessError) as raised, bench.operator.doing(act):
            happened(elsewhere, rene)
            before = store.trail.head().count
            write(scene, store)
        told = store.trail.entries(limit=store.trail.head().count - before)
    assert [(one.what, one.who, one.subject) for one in told] == [("act refused", "Rene", act.value)]
    assert told[0].reason == raised.value.message
    assert len(scene.store.list()) == 2


def test_an_account_that_is_deleted_or_accounts_that_are_turned_on_in_between(
    scene: Scene, elsewhere: CaseStore
) -> None:
    scene.accounts(False)
    with scene.bench() as bench:
        bench.operator.say_name("Ana")
        with pytest.raises(AccessError, match="Sign in first"), bench.operator.doing(Act.PRIORITY):
            elsewhere.people.set_rules(Rules(accounts=True))
            bench._repository.store.set_priority(scene.case_id, Priority.STAT)
        assert scene.store.list()[0].priority is not Priority.STAT


def test_a_writer_that_waits_for_the_lock_sees_what_the_one_before_it_wrote(scene: Scene, elsewhere: CaseStore) -> None:
    """Somebody is closed by a transaction that is not committed when the act begins: the operator cannot know yet."""
    cell = scene.frame.cells[0].id
    errors: list[BaseException | None] = []
    looked = threading.Event()
    with scene.bench() as bench:
        bench.operator.sign_in("Tess", PASSWORD)

        def act() -> None:
            with bench.operator.doing(Act.LABEL) as by:
                looked.set()
                bench._repository.store.decide(cell, Label.HEALTHY, by)

        def run() -> None:
            try:
                act()
                errors.append(None)
            except AccessError as error:
                errors.append(error)

        thread = threading.Thread(target=run)
        with elsewhere.database.writing() as session:
            row = session.get(PersonRow, scene.people[Role.TECHNICIAN].id)
            assert row is not None
            row.active = False
            session.flush()
            thread.start()
            assert looked.wait(30), "the operator must let the act begin"
        thread.join(30)
        (error,) = errors
        assert isinstance(error, AccessError), error
        assert "no longer be used" in error.message
        assert scene.store.load(scene.case_id).cells[0].decision is None


def test_work_in_the_background_ends_when_its_person_is_closed(scene: Scene, elsewhere: CaseStore) -> None:
    """Orders are taken one by one in another thread: each transaction asks anew."""
    with scene.bench() as bench:
        bench.operator.sign_in("Tess", PASSWORD)
        store = bench._repository.store
        with bench.operator.doing(Act.IMPORT_ORDERS):
            work = bench.operator.bound(lambda number: store.create(CaseHeader(number)))
        bench.operator.lock()
        work("31")
        closed(elsewhere, scene.people[Role.TECHNICIAN])
        with pytest.raises(AccessError, match="no longer"):
            work("32")
        numbers = {one.header.number for one in store.list()}
        assert "31" in numbers
        assert "32" not in numbers
        assert store.trail.entries(limit=1)[0].what == "act refused"


def test_a_token_that_is_revoked_in_between_opens_nothing_more(scene: Scene, elsewhere: CaseStore) -> None:
    from leukoscope.domain.people import Presence

    text, token = scene.store.tokens.issue(scene.people[Role.ADMINISTRATOR].id, 1)
    operator = OperatorSession(scene.store, Presence, lambda _: None)
    operator.sign_in_by_token(text)
    with operator.doing(Act.BACK_UP):
        scene.store.create(CaseHeader("allowed"))
    with pytest.raises(AccessError, match="revoked"), operator.doing(Act.BACK_UP):
        elsewhere.tokens.revoke(token.id)
        scene.store.create(CaseHeader("refused"))
    with pytest.raises(AccessError, match="revoked"):
        operator.require(Act.BACK_UP)
    assert "refused" not in {one.header.number for one in scene.store.list()}


def test_what_the_program_does_by_itself_needs_nobody(scene: Scene) -> None:
    with scene.bench() as bench:
        bench._repository.store.create(CaseHeader("by itself"))
        scene.store.trail.tell("daily backup written", subject=datetime.now(UTC).isoformat())
    assert datetime.now(UTC) - scene.store.list()[0].created_at < timedelta(minutes=5)
