"""Every act as every role, through the real workbench: whoever may not, changes nothing and is told what to do."""

from __future__ import annotations

import inspect
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import fields, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from leukoscope.cases.audit_trail import acting
from leukoscope.domain.cases import CaseHeader, CaseQuery, Priority
from leukoscope.domain.cells import Box
from leukoscope.domain.errors import AccessError, LeukoScopeError, NameNeededError, StoreError
from leukoscope.domain.findings import Label
from leukoscope.domain.frames import FrameOrigin, OriginKind
from leukoscope.domain.people import Person, Role, Rules
from leukoscope.domain.progress import CancelToken
from leukoscope.workflow.app_dirs import HOME_VARIABLE, AppDirs
from leukoscope.workflow.capture_service import CaptureService
from leukoscope.workflow.case_service import CaseService
from leukoscope.workflow.delivery.message import Channel
from leukoscope.workflow.delivery.service import DeliveryService
from leukoscope.workflow.encryption_switch import EncryptionSwitch
from leukoscope.workflow.export import formats
from leukoscope.workflow.export_service import ExportService
from leukoscope.workflow.judging_service import JudgingService
from leukoscope.workflow.model_registry import ModelRegistry
from leukoscope.workflow.operator_session import OperatorSession
from leukoscope.workflow.permissions import SETTING_ACTS, SIGN_IN_FIRST, TERMS, Act, acts_of_settings, refusal
from leukoscope.workflow.settings import Settings
from leukoscope.workflow.settings_service import SettingsService
from leukoscope.workflow.signing import CaseSigning
from leukoscope.workflow.stamp_service import StampService
from leukoscope.workflow.workbench import Workbench
from tests.unit.cases.postgres import fresh_database, server
from tests.unit.workflow.scene import PASSWORD, REASON, Scene

Call = Callable[[Scene, Workbench], object]
PIXELS = np.zeros((20, 20, 3), np.uint8)
ORIGIN = FrameOrigin(OriginKind.CLIPBOARD, "Pasted")
NONE_SENT = "nothing of this name"


def _send(scene: Scene, bench: Workbench) -> None:
    bench.delivery.send(bench.exports._case_export(), scene.case_id, Channel.HL7, lambda _: None, CancelToken())


def _where_possible(call: Callable[[Workbench], object]) -> Call:
    """Who may is told that there is no key yet, or that a server has the cases, by another error than who may not."""

    def run(_scene: Scene, bench: Workbench) -> None:
        with suppress(StoreError):
            call(bench)

    return run


def _own(bench: Workbench) -> int:
    person = bench.operator.person
    return 0 if person is None else person.id


CALLS: dict[str, tuple[Act, Call]] = {
    "cases.create": (Act.NEW_CASE, lambda s, b: b.cases.create(CaseHeader(s.fresh()))),
    "cases.open_demo": (Act.NEW_CASE, lambda s, b: b.cases.open_demo()),
    "cases.open_number": (Act.NEW_CASE, lambda s, b: b.cases.open_number(s.fresh())),
    "cases.import_orders": (Act.IMPORT_ORDERS, lambda s, b: b.cases.import_orders(s.list)),
    "cases.set_priority": (
        Act.PRIORITY,
        lambda s, b: b.cases.set_priority(s.case_id, Priority.STAT),
    ),
    "cases.update_header": (
        Act.HEADER,
        lambda s, b: b.cases.update_header(s.case_id, CaseHeader("1", s.fresh())),
    ),
    "cases.remove_frame": (Act.IMAGES, lambda s, b: b.cases.remove_frame(s.case_id, s.frame.id)),
    "cases.restore_frame": (Act.IMAGES, lambda s, b: b.cases.restore_frame(s.case_id, s.frame.id)),
    "cases.put_away": (Act.PUT_AWAY, lambda s, b: b.cases.put_away(s.other)),
    "cases.bring_back": (Act.PUT_AWAY, lambda s, b: b.cases.bring_back(s.other)),
    "cases.erase": (Act.ERASE, lambda s, b: b.cases.erase(s.victim(), REASON)),
    "judging.decide": (Act.LABEL, lambda s, b: b.judging.decide(s.frame.cells[0].id, Label.HEALTHY)),
    "judging.draw_cell": (Act.CELLS, lambda s, b: b.judging.draw_cell(s.case_id, s.frame, Box(0, 0, 30, 30))),
    "judging.remove_cell": (Act.CELLS, lambda s, b: b.judging.remove_cell(s.frame.cells[1].id)),
    "judging.restore_cell": (Act.CELLS, lambda s, b: b.judging.restore_cell(s.frame.cells[1].id)),
    "capture.add_paths": (Act.ADD_IMAGES, lambda s, b: b.capture.add_paths(s.case_id, [s.out / "none.png"])),
    "capture.add_pixels": (Act.ADD_IMAGES, lambda s, b: b.capture.add_pixels(s.case_id, PIXELS, ORIGIN)),
    "capture.add_pasted": (Act.ADD_IMAGES, lambda s, b: b.capture.add_pasted(s.case_id, b"no image", ORIGIN)),
    "capture.take_twice": (Act.ADD_IMAGES, lambda s, b: b.capture.take_twice(s.case_id, [])),
    "capture.live_judgement": (
        Act.CAPTURE,
        lambda s, b: b.capture.live_judgement(lambda _: None, lambda _: None).close(),
    ),
    "judging.set_scale": (Act.JUDGE_AGAIN, lambda s, b: b.judging.set_scale(s.case_id, [], 0.1)),
    "judging.judge_again": (Act.JUDGE_AGAIN, lambda s, b: b.judging.judge_again(s.case_id, [])),
    "judging.take_again_back": (Act.JUDGE_AGAIN, lambda s, b: b.judging.take_again_back(s.case_id, [])),
    "judging.resume": (Act.QUEUE, lambda s, b: b.judging.resume(s.case_id)),
    "judging.cancel": (Act.QUEUE, lambda s, b: b.judging.cancel()),
    "judging.remove_waiting": (Act.IMAGES, lambda s, b: b.judging.remove_waiting(s.case_id, [])),
    "judging.restore_waiting": (Act.IMAGES, lambda s, b: b.judging.restore_waiting(s.case_id, [])),
    "exports.write_deidentified": (
        Act.EXPORT,
        lambda s, b: b.exports.write_deidentified(s.case_id, s.out / "nobody.zip"),
    ),
    "exports.preview": (Act.EXPORT, lambda s, b: b.exports.preview(s.case_id)),
    "encryption.new_key": (Act.ENCRYPT, _where_possible(lambda b: b.encryption.new_key())),
    "encryption.prepare_on": (Act.ENCRYPT, _where_possible(lambda b: b.encryption.prepare_on())),
    "encryption.prepare_off": (Act.ENCRYPT, _where_possible(lambda b: b.encryption.prepare_off())),
    "exports.write": (Act.EXPORT, lambda s, b: b.exports.write(s.case_id, formats.TABLE, s.out / "case.csv")),
    "exports.send": (Act.SEND, lambda s, b: b.exports.send(s.case_id, Channel.HL7)),
    "settings.save": (Act.LOOK, lambda s, b: b.settings.save(operator=s.fresh())),
    "settings.change": (
        Act.SET_UP,
        lambda s, b: b.settings.change(lambda now: replace(now, laboratory=s.fresh())),
    ),
    "signing.mark_reviewed": (Act.REVIEW, lambda s, b: b.signing.mark_reviewed(s.case_id)),
    "signing.sign": (Act.SIGN, lambda s, b: b.signing.sign(s.case_id, "Ana", "Reviewed", PASSWORD)),
    "signing.amend": (Act.AMEND, lambda s, b: b.signing.amend(s.case_id, "Wrong stain")),
    "cases.search": (Act.SEE_LIST, lambda s, b: b.cases.search()),
    "cases.find": (Act.SEE_LIST, lambda s, b: b.cases.find(CaseQuery(), 10)),
    "cases.load": (Act.SEE, lambda s, b: b.cases.load(s.case_id)),
    "cases.frame": (Act.SEE, lambda s, b: b.cases.frame(s.frame)),
    "cases.cell_image": (Act.SEE, lambda s, b: b.cases.cell_image(s.frame, s.frame.cells[0])),
    "judging.waiting": (Act.SEE, lambda s, b: b.judging.waiting(s.case_id)),
    "cases.holding_backups": (Act.SEE, lambda s, b: b.cases.holding_backups(s.case_id)),
    "signing.audit": (Act.SEE_TRAIL, lambda s, b: b.signing.audit(s.case_id)),
    "signing.verify_audit": (Act.SEE_TRAIL, lambda s, b: b.signing.verify_audit()),
    "delivery.messages": (Act.SEE_OUTBOX, lambda s, b: b.delivery.messages()),
    "operator.people": (Act.SEE_PEOPLE, lambda s, b: b.operator.people()),
    "signing.export_audit": (Act.EXPORT_TRAIL, lambda s, b: b.signing.export_audit(s.out / "trail.csv")),
    "models.choose": (Act.MODELS, lambda s, b: b.models.choose(["none"])),
    "models.install": (
        Act.MODELS,
        lambda s, b: b.models.install(s.list, ("healthy", "leukemic"), None, "0..1"),
    ),
    "models.remove": (Act.MODELS, lambda s, b: b.models.remove("none")),
    "delivery.send": (Act.SEND, _send),
    "delivery.take_back": (Act.PUT_AWAY, lambda s, b: b.delivery.take_back(s.other)),
    "delivery.retry": (Act.SEND, lambda s, b: b.delivery.retry(NONE_SENT)),
    "delivery.cancel": (Act.SEND, lambda s, b: b.delivery.cancel(NONE_SENT)),
    "operator.set_rules": (
        Act.RULES,
        lambda s, b: b.operator.set_rules(Rules(b.operator.rules.accounts, False, 10 + s.count % 2)),
    ),
    "operator.add": (Act.PEOPLE, lambda s, b: b.operator.add(s.fresh(), Role.TECHNICIAN, PASSWORD)),
    "operator.change": (Act.PEOPLE, lambda s, b: b.operator.change(s.spare.id, role=Role.REVIEWER)),
    "operator.set_password": (Act.PEOPLE, lambda s, b: b.operator.set_password(s.spare.id, PASSWORD)),
    "operator.issue_token": (Act.PEOPLE, lambda s, b: b.operator.issue_token(s.spare.id, 1)),
    "operator.revoke_token": (Act.PEOPLE, lambda s, b: b.operator.revoke_token(s.foreign_token)),
    "operator.tokens": (Act.OWN_TOKEN, lambda s, b: b.operator.tokens()),
    "own password": (Act.OWN_PASSWORD, lambda s, b: b.operator.set_password(_own(b), PASSWORD)),
    "own token": (Act.OWN_TOKEN, lambda s, b: b.operator.revoke_token(b.operator.issue_token(_own(b), 1)[1].id)),
    "stamps.set_address": (Act.SET_UP, lambda s, b: b.stamps.set_address("")),
    "stamps.set_trusted": (Act.SET_UP, lambda s, b: b.stamps.set_trusted("")),
    "stamps.try_it": (Act.SET_UP, lambda s, b: b.stamps.try_it()),
}
FREE = {
    # The life of the program, what it remembers about its window, and stopping what one waits for oneself.
    "start", "close", "settings.remember", "judging.wait_idle", "judging.trouble", "stop", "cases.hold",
    "settings.current", "settings.forget_paths", "delivery",
    "delivery.close", "operator.lock",
    # Of models and of encryption, which tell of no patient.
    "models.installed", "models.chosen", "models.verify", "encryption.standing",
    # Messages of a case whose rows are gone already: also done by the program itself, after it was killed in between.
    "delivery.erase",
    # Taking the place asks for a password or token itself; without accounts a name is enough.
    "operator.sign_in", "operator.sign_in_by_token", "operator.confirm", "operator.say_name", "operator.turn_on",
    "operator.turn_on_with_new",
    # Who is here, and what they may do.
    "operator.person", "operator.is_open", "operator.name", "operator.needs_name", "operator.decider",
    "operator.present_today", "operator.may",
    "operator.why_not", "operator.require", "operator.look", "operator.doing", "operator.bound", "operator.asked",
    "operator.new_administrator",
}  # fmt: skip
MADE_UP = {"own password", "own token"}
ROLES = list(Role)
STATES = [
    *((role, "open") for role in ROLES),
    *((role, how) for role in ROLES for how in ("screen", "locked", "closed")),
]


@pytest.fixture(scope="module")
def postgres() -> Iterator[str]:
    with server() as address:
        yield address


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
    assert {(one.what, one.subject, one.reason) for one in told} <= {("act refused", act.value, error.message)}
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
        "settings.": SettingsService, "stamps.": StampService,
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


@pytest.fixture
def one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    """A scene for one test, in a file."""
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path))
    monkeypatch.setenv("LEUKOSCOPE_SHIPPED_MODELS", str(tmp_path / "no-models"))
    scene = Scene(AppDirs.of_user(), "")
    scene.accounts(True)
    yield scene
    scene.store.close()


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
