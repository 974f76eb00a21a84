"""The command line asks who does it where people sign in: a password, or a token file for scheduled jobs."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from leukoscope.cases import refusal_log
from leukoscope.cli.main import main
from leukoscope.domain.people import Person, Role
from leukoscope.workflow.app_dirs import HOME_VARIABLE, AppDirs
from leukoscope.workflow.permissions import NOT_BY_TOKEN, TERMS, Act
from tests.unit.cases.postgres import fresh_database
from tests.unit.workflow.command_line import run
from tests.unit.workflow.scene import NAMES, PASSWORD, Scene

COMMANDS: dict[str, tuple[Act, Callable[[Path], list[str]]]] = {
    "export": (Act.EXPORT, lambda out: ["export", "1", "--format", "csv", "--out", str(out)]),
    "fingerprint": (Act.SEE, lambda _: ["export", "1", "--fingerprint"]),
    "backup": (Act.BACK_UP, lambda out: ["backup", str(out / "all.zip")]),
    "restore": (Act.RESTORE, lambda out: ["restore", "--dry-run", str(out.parent / "kept.zip")]),
    "audit export": (Act.EXPORT_TRAIL, lambda out: ["audit", "export", str(out / "trail.csv")]),
    "audit verify": (Act.SEE_TRAIL, lambda _: ["audit", "verify"]),
    "check": (Act.CHECK, lambda _: ["check"]),
    "people list": (Act.SEE_PEOPLE, lambda _: ["people", "list"]),
    "people add": (Act.PEOPLE, lambda out: ["people", "add", f"New {out.parent.name}", "--role", "technician"]),
    "people role": (Act.PEOPLE, lambda _: ["people", "role", "Spare", "reviewer"]),
    "people deactivate": (Act.PEOPLE, lambda _: ["people", "deactivate", "Spare"]),
    "people activate": (Act.PEOPLE, lambda _: ["people", "activate", "Spare"]),
    "people password": (Act.PEOPLE, lambda _: ["people", "password", "Spare"]),
    "people token": (Act.PEOPLE, lambda out: ["people", "token", "Spare", "--to", str(out / "spare")]),
    "people tokens": (Act.OWN_TOKEN, lambda _: ["people", "tokens"]),
    "models remove": (Act.MODELS, lambda _: ["models", "remove", "none"]),
    "models activate": (Act.MODELS, lambda _: ["models", "activate", "none", "--reason", "a comparison"]),
    "models use": (Act.MODELS, lambda _: ["models", "use", "none"]),
    "models compare": (Act.TEACH, lambda _: ["models", "compare", "none", "other"]),
    "models import": (Act.MODELS, lambda out: ["models", "import", str(out), "--classes", "healthy,leukemic"]),
    "models send": (Act.MODELS, lambda out: ["models", "send", "none", str(out / "m.zip")]),
    "models receive": (Act.MODELS, lambda out: ["models", "receive", str(out / "m.zip")]),
}
STATES = ["technician", "reviewer", "administrator", "locked", "closed", "wrong", "nobody"]


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.heavy)])
def scene(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    url = fresh_database(request.getfixturevalue("postgres")) if request.param == "postgresql" else ""
    root = tmp_path_factory.mktemp("commands")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(HOME_VARIABLE, str(root))
        patch.setenv("LEUKOSCOPE_SHIPPED_MODELS", str(root / "no-models"))
        scene = Scene(AppDirs.of_user(), url)
        assert main(["backup", str(root / "kept.zip")]) == 0
        scene.accounts(True)
        yield scene
        scene.store.close()


@pytest.fixture
def out(scene: Scene, tmp_path: Path) -> Path:
    """A folder for what is written, beside a backup."""
    folder = tmp_path / "out"
    folder.mkdir()
    (tmp_path / "kept.zip").write_bytes((scene.home.data.parent / "kept.zip").read_bytes())
    return folder


@pytest.fixture(params=STATES)
def somebody(request: pytest.FixtureRequest, scene: Scene) -> Iterator[tuple[str, Person | None]]:
    state = request.param
    person = None if state == "nobody" else scene.people[Role(state) if state in list(Role) else Role.ADMINISTRATOR]
    if person is not None:
        scene.set_account(person, active=state != "closed", locked=state == "locked")
    yield state, person
    if person is not None:
        scene.set_account(person)
    scene.set_account(scene.spare)


@pytest.mark.parametrize("command", list(COMMANDS))
@pytest.mark.parametrize("way", ["password", "token"])
def test_every_command_as_everybody(
    scene: Scene,
    somebody: tuple[str, Person | None],
    out: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    way: str,
    command: str,
) -> None:
    # The people of this module guess more often than an hour's entries may tell of.
    monkeypatch.setattr(refusal_log, "MOST_GUESSES", 10_000)
    state, person = somebody
    act, words = COMMANDS[command]
    who: list[str] = []
    password = "not the password" if state == "wrong" else PASSWORD
    if person is not None and way == "password":
        who = ["--as", person.name]
    elif person is not None:
        who = ["--token-file", str(token_file(scene, person, out.parent, state))]
    before = scene.kept()
    count = scene.store.trail.head().count
    if command.startswith("restore"):
        scene.store.close()
    code = run(monkeypatch, [*who, *words(out)], password)
    if command.startswith("restore"):
        scene.store = scene.open()
    told = capsys.readouterr()
    terms = TERMS[act]
    allowed = person is not None and state in list(Role) and person.role in terms.roles
    if allowed and (way == "password" or terms.by_token):
        assert code == 0 or command.startswith("models "), told.err
        assert "sign in" not in told.err.lower()
        assert person is not None and scene.entries_since(count) == {person.name}
        return
    assert code == 1
    assert told.out == ""
    assert list(out.iterdir()) == []
    assert sentence(state, way, terms.refusal, allowed=allowed) in told.err
    assert told.err.strip().endswith(".")
    now = scene.kept()
    # A sign-in that fails, or succeeds before the act is refused, is told in the trail; nothing else has changed.
    assert {one.what for one in since(scene, count)} <= {"sign in", "sign in refused", "token refused", "act refused"}
    assert now[2:] == before[2:]


def since(scene: Scene, count: int) -> list[object]:
    now = scene.store.trail.head().count
    return list(scene.store.trail.entries(limit=now - count)) if now > count else []


def token_file(scene: Scene, person: Person, folder: Path, state: str) -> Path:
    path = folder / "job.token"
    scene.set_account(person)
    text, _ = scene.store.tokens.issue(person.id, 1)
    scene.set_account(person, active=state != "closed", locked=state == "locked")
    path.write_text("leukoscope-of-nobody" if state == "wrong" else text, encoding="ascii")
    path.chmod(0o600)
    return path


def sentence(state: str, way: str, refusal: str, *, allowed: bool) -> str:
    if allowed:
        return NOT_BY_TOKEN
    wrong = "Name or password is wrong" if way == "password" else "token is not known"
    special = {
        "locked": "Too many wrong passwords",
        "closed": "may no longer be used",
        "wrong": wrong,
        "nobody": "People sign in here: write --as NAME",
    }
    return special.get(state, refusal)


def test_a_restore_is_told_under_the_name_of_who_did_it(
    one: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    backup = str(tmp_path / "all.zip")
    assert run(monkeypatch, ["backup", "--as", "Adam", backup]) == 0
    one.store.close()
    with closing(one.open()) as store:
        before = [(case.id, case.header) for case in store.list()]
    assert run(monkeypatch, ["restore", "--yes", backup]) == 1
    assert run(monkeypatch, ["restore", "--yes", "--as", "Tess", backup]) == 1
    assert "administrator" in capsys.readouterr().err
    assert (one.home.cases / "before").exists() is False
    with closing(one.open()) as store:
        assert [(case.id, case.header) for case in store.list()] == before
    assert run(monkeypatch, ["restore", "--yes", "--as", "Adam", backup]) == 0
    one.store = one.open()
    (told,) = [each for each in one.store.trail.entries() if each.what == "backup restored"]
    assert told.who == "Adam"


def test_a_damaged_list_of_people_who_sign_in_is_not_gone_around(
    one: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A newer version's list cannot be opened, and says that people sign in: nobody puts something in its place."""
    import sqlite3
    from contextlib import closing

    backup = str(tmp_path / "all.zip")
    assert run(monkeypatch, ["--as", "Adam", "backup", backup]) == 0
    one.store.close()
    with closing(sqlite3.connect(one.home.cases / "cases.db")) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.commit()
    assert main(["restore", "--yes", backup]) == 1
    assert "newer version" in capsys.readouterr().err
    # What tells of nobody can be replaced: that is what a backup is for.
    for name in ("cases.db", "cases.db-wal", "cases.db-shm"):
        (one.home.cases / name).unlink(missing_ok=True)
    (one.home.cases / "cases.db").write_bytes(b"no database at all" * 1000)
    assert main(["restore", "--yes", backup]) == 0
    one.store = one.open()
    assert one.store.people.rules().accounts


def test_without_accounts_nobody_is_asked_and_a_name_may_be_said(one: Scene, tmp_path: Path) -> None:
    one.accounts(False)
    assert main(["backup", str(tmp_path / "a.zip")]) == 0
    assert "(computer user)" in one.store.trail.entries(limit=1)[0].who
    assert main(["--as", "Ana", "backup", str(tmp_path / "b.zip")]) == 0
    assert one.store.trail.entries(limit=1)[0].who == "Ana"


def test_a_format_after_export_is_none_s_name(
    one: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["--as", "Tess", "export", "1", "--as", "csv,json", "--out", str(tmp_path / "out")]
    assert run(monkeypatch, words) == 0
    assert len(list((tmp_path / "out").iterdir())) == 2
    assert json.loads((tmp_path / "out" / "1.json").read_text(encoding="utf-8"))
    with pytest.raises(SystemExit):
        main(["export", "1", "--as", "Tess"])
    assert "before the command" in capsys.readouterr().err


def test_what_touches_no_case_asks_nobody(one: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert main(["models", "list"]) == 0
    assert main(["people", "--token-file", str(tmp_path / "none"), "list"]) == 1
    with pytest.raises(SystemExit):
        main(["check", "--as", "Tess", "--token-file", str(tmp_path / "none")])
    assert run(monkeypatch, ["check", "--as", "Tess"], "") == 1
    assert set(NAMES.values()) == {"Tess", "Rene", "Adam"}
