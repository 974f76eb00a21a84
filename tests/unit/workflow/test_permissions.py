"""Every act as every role, through the real workbench: whoever may not, changes nothing and is told what to do."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import fields
from datetime import UTC, datetime

import pytest

from leukoscope.domain.errors import AccessError, LeukoScopeError, NameNeededError
from leukoscope.domain.people import Person, Role
from leukoscope.workflow.app_dirs import HOME_VARIABLE, AppDirs
from leukoscope.workflow.capture_service import CaptureService
from leukoscope.workflow.case_service import CaseService
from leukoscope.workflow.control_service import ControlService
from leukoscope.workflow.delivery.service import DeliveryService
from leukoscope.workflow.encryption_switch import EncryptionSwitch
from leukoscope.workflow.export_service import ExportService
from leukoscope.workflow.judging_service import JudgingService
from leukoscope.workflow.maintenance import MaintenanceService
from leukoscope.workflow.model_registry import ModelRegistry
from leukoscope.workflow.operator_session import OperatorSession
from leukoscope.workflow.own_model.history import ModelHistory
from leukoscope.workflow.permissions import SETTING_ACTS, SIGN_IN_FIRST, TERMS, Act, acts_of_settings, refusal
from leukoscope.workflow.reread_service import RereadService
from leukoscope.workflow.settings import Settings
from leukoscope.workflow.settings_service import SettingsService
from leukoscope.workflow.signing import CaseSigning
from leukoscope.workflow.similar.service import SimilarService
from leukoscope.workflow.stamp_service import StampService
from leukoscope.workflow.teaching_service import TeachingService
from leukoscope.workflow.workbench import Workbench
from tests.unit.cases.postgres import fresh_database
from tests.unit.workflow.calls import CALLS, FREE, MADE_UP, Call
from tests.unit.workflow.scene import PASSWORD, Scene

ROLES = list(Role)
# A locked screen and an account that is none any more refuse everybody: one role of each stays in ``make test``.
_QUICK = {"screen": Role.TECHNICIAN, "locked": Role.REVIEWER, "closed": Role.ADMINISTRATOR}
STATES = [
    *((role, "open") for role in ROLES),
    *(
        pytest.param((role, how), marks=[] if role is kept else [pytest.mark.heavy])
        for role in ROLES
        for how, kept in _QUICK.items()
    ),
]


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.heavy)])
def scene(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    url = fresh_database(request.getfixturevalue("postgres")) if request.param == "postgresql" else ""
    root = tmp_path_factory.mktemp("scene")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(HOME_VARIABLE, str(root))
        patch.setenv("LEUKOSCOPE_SHIPPED_MODELS", str(root / "no-models"))
        scene = Scene(AppDirs.of_user(), url)
        yield scene
        scene.store.close()


@pytest.fixture(scope="module", params=[*STATES, None], ids=lambda one: "nobody" if one is None else " ".join(one))
def here(request: pytest.FixtureRequest, scene: Scene) -> Iterator[tuple[Workbench, Person | None, str]]:
    """Somebody who signed in, and then was locked, or closed by somebody else."""
    scene.accounts(True)
    with scene.bench() as bench:
        if request.param is None:
            yield bench, None, "nobody"
        else:
            role, how = request.param
            person = scene.people[role]
            bench.operator.sign_in(person.name, PASSWORD)
            if how == "screen":
                bench.operator.lock()
            scene.set_account(person, active=how != "closed", locked=how == "locked")
            with suppress(AccessError):
                # What is asked for very often goes by what is known since a moment.
                bench.cases.search()
            yield bench, person, how
            scene.set_account(person)
    scene.accounts(False)


def refused(call: Call, scene: Scene, bench: Workbench) -> AccessError | None:
    """Why it was refused; what else can go wrong with it is none of this."""
    try:
        call(scene, bench)
    except AccessError as error:
        return error
    except LeukoScopeError:
        return None
    finally:
        bench._jobs.wait()
    return None


SENTENCES = {
    "screen": SIGN_IN_FIRST,
    "nobody": SIGN_IN_FIRST,
    "closed": "This account may no longer be used; ask an administrator.",
}


@pytest.mark.parametrize("name", list(CALLS))
def test_every_act_as_everybody(here: tuple[Workbench, Person | None, str], scene: Scene, name: str) -> None:
    bench, person, how = here
    act, call = CALLS[name]
    if name == "operator.revoke_token":
        scene.foreign_token = scene.store.tokens.issue(scene.spare.id, 1)[1].id
    before = scene.kept()
    count = scene.store.trail.head().count
    error = refused(call, scene, bench)
    if how == "open" and person is not None and person.role in TERMS[act].roles:
        assert error is None, error
        assert scene.entries_since(count) <= {person.name, *made_by_the_scene(name)}
        return
    assert error is not None, f"{name} was done"
    assert type(error) is AccessError
    wanted = SENTENCES.get(how) or (None if how == "locked" else TERMS[act].refusal)
    if name.startswith("own"):
        assert error.message
    elif wanted:
        assert error.message == wanted
    else:
        # The minutes that are left: fewer where the acts before took long.
        assert re.match(r"Too many wrong passwords; try again in ([1-9]|10) min", error.message)
    after = scene.kept()
    told = scene.store.trail.entries(limit=after[0].count - count) if after[0].count > count else ()
    told = tuple(one for one in told if one.what != "case added")
    # An account is one's own only for whoever is signed in.
    acts = {act, Act.PEOPLE} if name.startswith("own") else {act}
    assert {(one.what, one.subject, one.reason) for one in told} <= {
        ("act refused", each.value, error.message) for each in acts
    }
    before, after = before[1:], after[1:]
    if name == "cases.erase":
        # The scene itself made the case that was not erased.
        assert len(after[1]) == len(before[1]) + 1  # type: ignore[arg-type]
    else:
        assert after == before


def made_by_the_scene(name: str) -> set[str]:
    """Who else may stand in the trail: the scene, which has no operator, makes a case to erase."""
    from leukoscope.domain.people import computer_user

    return {computer_user()} if name == "cases.erase" else set()


def test_every_method_is_an_act_or_free() -> None:
    parts = {
        "": Workbench, "operator.": OperatorSession, "signing.": CaseSigning, "models.": ModelRegistry,
        "delivery.": DeliveryService, "encryption.": EncryptionSwitch, "cases.": CaseService,
        "capture.": CaptureService, "judging.": JudgingService, "exports.": ExportService,
        "settings.": SettingsService, "stamps.": StampService, "control.": ControlService, "rereads.": RereadService,
        "site.": TeachingService,
        "similar.": SimilarService, "maintenance.": MaintenanceService, "versions.": ModelHistory,
    }  # fmt: skip
    public = {
        prefix + name
        for prefix, kind in parts.items()
        for name, _ in inspect.getmembers(kind)
        if not name.startswith("_")
    }
    assert public == (set(CALLS) - MADE_UP) | FREE


def test_every_setting_belongs_to_an_act() -> None:
    assert set(SETTING_ACTS) == {one.name for one in fields(Settings)}
    assert acts_of_settings(["window", "theme", "palette"]) == (Act.LOOK,)
    assert acts_of_settings(["something new"]) == (Act.SET_UP,)


def test_every_act_has_terms_and_says_what_to_do() -> None:
    assert set(TERMS) == set(Act)
    now = datetime.now(UTC)
    for act, terms in TERMS.items():
        assert Role.ADMINISTRATOR in terms.roles
        for role in Role:
            said = refusal(act, Person(1, "Ana", role), now)
            assert bool(said) == (role not in terms.roles)
            assert not said or said.endswith("sign in.")


@pytest.mark.parametrize("name", list(CALLS))
@pytest.mark.parametrize("named", [True, False])
def test_one_person_does_everything_as_ever(scene: Scene, alone: Workbench, name: str, named: bool) -> None:
    act, call = CALLS[name]
    if name in {"own password", "own token"}:
        return
    if name == "operator.revoke_token":
        scene.foreign_token = scene.store.tokens.issue(scene.spare.id, 1)[1].id
    alone.settings.save(person_day="2020-01-01")
    if named:
        alone.operator.say_name("Ana")
    error = refused(call, scene, alone)
    if TERMS[act].named and not named:
        assert isinstance(error, NameNeededError)
    else:
        assert error is None, error


@pytest.fixture(scope="module")
def alone(scene: Scene) -> Iterator[Workbench]:
    scene.accounts(False)
    with scene.bench() as bench:
        yield bench
