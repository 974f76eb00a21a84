"""The command line asks who does it where people sign in: a password, or a token file for scheduled jobs."""

from __future__ import annotations

import io
import json
import os
import re
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from leukoscope.cases.tables import TokenRow
from leukoscope.cli.main import main
from leukoscope.cli.people import ROLES
from leukoscope.domain.errors import AccessError
from leukoscope.domain.people import Person, Role, computer_user
from leukoscope.workflow.app_dirs import HOME_VARIABLE, AppDirs
from leukoscope.workflow.permissions import NOT_BY_TOKEN, TERMS, Act
from tests.unit.cases.postgres import fresh_database, server
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
    "models import": (Act.MODELS, lambda out: ["models", "import", str(out), "--classes", "healthy,leukemic"]),
}
NEW = "another sentence"
STATES = ["technician", "reviewer", "administrator", "locked", "closed", "wrong", "nobody"]


@pytest.fixture(scope="module")
def postgres() -> Iterator[str]:
    with server() as address:
        yield address


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


def run(monkeypatch: pytest.MonkeyPatch, words: list[str], password: str = PASSWORD) -> int:
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{password}\n{NEW}\n"))
    return main(words)


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
        assert code == 0 or command in {"models remove", "models import"}, told.err
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


@pytest.fixture
def one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    """A scene for one test, in a file."""
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path / "home"))
    monkeypatch.setenv("LEUKOSCOPE_SHIPPED_MODELS", str(tmp_path / "no-models"))
    scene = Scene(AppDirs.of_user(), "")
    scene.accounts(True)
    yield scene
    scene.store.close()


def issue(one: Scene, monkeypatch: pytest.MonkeyPatch, path: Path, name: str = "Adam", *more: str) -> int:
    return run(monkeypatch, ["--as", "Adam", "people", "token", name, "--to", str(path), *more])


def test_a_token_is_for_this_user_alone_and_kept_as_its_hash(
    one: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "job.token"
    assert issue(one, monkeypatch, path) == 0
    if os.name != "nt":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    token = path.read_text(encoding="ascii").strip()
    files = [file for file in one.home.data.parent.rglob("*") if file.is_file()]
    assert files
    assert all(token.encode() not in file.read_bytes() for file in files)
    assert issue(one, monkeypatch, path) == 1
    assert path.read_text(encoding="ascii").strip() == token
    assert len(one.store.tokens.list()) == 1
    assert main(["check", "--token-file", str(path)]) == 0
    assert {each.who for each in one.store.trail.entries(limit=1)} == {"Adam"}
    (kept,) = one.store.tokens.list()
    assert kept.used_at is not None and kept.issued_by == "Adam"


@pytest.mark.skipif(os.name == "nt", reason="Windows has no modes")
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620])
def test_a_token_that_others_can_reach_is_not_taken(
    one: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], mode: int
) -> None:
    path = tmp_path / "job.token"
    assert issue(one, monkeypatch, path) == 0
    path.chmod(mode)
    assert main(["check", "--token-file", str(path)]) == 1
    assert "chmod 600" in capsys.readouterr().err


def test_a_token_ends_by_its_day_by_hand_and_with_its_account(
    one: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    paths = [tmp_path / f"{number}.token" for number in range(3)]
    for path in paths:
        assert issue(one, monkeypatch, path, "Rene", "--days", "30") == 0
    with one.store.database.writing() as session:
        row = session.get(TokenRow, 1)
        assert row is not None
        assert timedelta(days=29) < row.expires_at - datetime.now(UTC) <= timedelta(days=30)
        row.expires_at = datetime.now(UTC) - timedelta(seconds=1)
    assert run(monkeypatch, ["people", "--as", "Adam", "revoke", "2"]) == 0
    capsys.readouterr()
    for path, said in zip(paths[:2], ("expired", "revoked"), strict=True):
        assert main(["check", "--token-file", str(path)]) == 1
        assert said in capsys.readouterr().err
    assert main(["check", "--token-file", str(paths[2])]) == 0
    for verb in ("deactivate", "activate"):
        assert run(monkeypatch, ["--as", "Adam", "people", verb, "rene"]) == 0
    capsys.readouterr()
    assert main(["check", "--token-file", str(paths[2])]) == 1
    assert "revoked" in capsys.readouterr().err
    told = [(each.what, each.who) for each in one.store.trail.entries() if each.what.startswith("token")]
    assert told.count(("token issued", "Adam")) == 3
    assert told.count(("token revoked", "Adam")) == 3
    assert told.count(("token refused", "Rene")) == 3


def test_one_s_own_token_and_nobody_else_s(
    one: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    mine, foreign = tmp_path / "mine", tmp_path / "foreign"
    assert run(monkeypatch, ["--as", "Tess", "people", "token", "Tess", "--to", str(mine)]) == 0
    assert issue(one, monkeypatch, tmp_path / "adam") == 0
    assert run(monkeypatch, ["--as", "Tess", "people", "token", "Adam", "--to", str(foreign)]) == 1
    assert not foreign.exists()
    assert run(monkeypatch, ["--as", "Tess", "people", "revoke", "2"]) == 1
    capsys.readouterr()
    assert run(monkeypatch, ["--as", "Tess", "people", "tokens"]) == 0
    assert capsys.readouterr().out.count("\n") == 1
    # A token makes no token, and a technician's opens no more than the technician may.
    for words in (["people", "token", "Tess", "--to", str(foreign)], ["backup", str(foreign)]):
        assert main(["--token-file", str(mine), *words]) == 1
        assert not foreign.exists()
    assert run(monkeypatch, ["--as", "Tess", "people", "revoke", "1"]) == 0


@pytest.mark.parametrize("days", ["0", "-1", "4000"])
def test_a_token_holds_for_some_days_and_no_file_stays_where_none_was_made(
    one: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, days: str
) -> None:
    assert issue(one, monkeypatch, tmp_path / "job.token", "Adam", "--days", days) == 1
    assert not (tmp_path / "job.token").exists()
    assert one.store.tokens.list() == ()


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"x" * 5000])
def test_what_is_no_token_file_is_said(one: Scene, tmp_path: Path, content: bytes) -> None:
    from leukoscope.workflow.token_files import read

    path = tmp_path / "job.token"
    path.write_bytes(content)
    path.chmod(0o600)
    if content == b"\xff\xfe":
        assert main(["check", "--token-file", str(path)]) == 1
    else:
        with pytest.raises(AccessError, match="no token file"):
            read(path)
    assert main(["check", "--token-file", str(tmp_path / "none")]) == 1


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


def told_of(scene: Scene, name: str) -> list[tuple[str, str, str, str]]:
    """What the trail says of an account that was changed: what, who, before, after."""
    entries = reversed(scene.store.trail.entries())
    return [
        (one.what, one.who, one.old, one.new)
        for one in entries
        if one.subject == name and one.what.startswith("account") and one.who != computer_user()
    ]


def test_accounts_are_kept_at_the_command_line_and_told(
    one: Scene, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def people(*words: str) -> str:
        assert run(monkeypatch, ["people", "--as", "Adam", *words]) == 0, capsys.readouterr().err
        return capsys.readouterr().out

    assert people("add", "Zoé", "--role", "reviewer") == "The account of Zoé was made; its role is reviewer.\n"
    assert one.store.people.sign_in("zoé", NEW).role is Role.REVIEWER
    assert people("role", "zoé", "technician") == "The role of Zoé is technician.\n"
    assert people("deactivate", "Zoé") == "The account of Zoé is deactivated.\n"
    assert re.search(r"(?m)^Zoé +technician +deactivated$", people("list"))
    with pytest.raises(AccessError, match="no longer"):
        one.store.people.sign_in("Zoé", NEW)
    assert people("activate", "Zoé") == "The account of Zoé is active.\n"
    one.store.people.set_password(person_id(one, "Zoé"), PASSWORD)
    assert people("password", "Zoé") == "The account of Zoé has a new password.\n"
    assert one.store.people.sign_in("Zoé", NEW).name == "Zoé"
    assert told_of(one, "Zoé") == [
        ("account added", "Adam", "", "reviewer"),
        ("account role", "Adam", "reviewer", "technician"),
        ("account active", "Adam", "True", "False"),
        ("account active", "Adam", "False", "True"),
        ("account password", "Adam", "", ""),
    ]
    assert one.store.trail.verify().faults == ()


def person_id(scene: Scene, name: str) -> int:
    return next(each.id for each in scene.store.people.list() if each.name == name)


def test_what_cannot_be_done_with_an_account_is_one_sentence_and_changes_nothing(
    one: Scene, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = one.store.people.list()

    def said(*words: str, typed: str = f"{PASSWORD}\n{NEW}\n") -> str:
        monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
        assert main(["--as", "Adam", "people", *words]) == 1
        return capsys.readouterr().err.strip()

    assert said("add", "tess", "--role", "technician").startswith("There is an account of this name already")
    assert "at least 10 characters" in said("add", "Zoé", "--role", "reviewer", typed=f"{PASSWORD}\nshort\n")
    assert said("add", "Zoé", "--role", "reviewer", typed=f"{PASSWORD}\n").startswith("No password was given")
    assert said("role", "Nobody", "reviewer").startswith("There is no account “Nobody”")
    assert said("deactivate", "Nobody").startswith("There is no account")
    one.store.people.change(person_id(one, "Root"), active=False)
    assert said("deactivate", "Adam").startswith("One administrator must stay")
    assert said("role", "Adam", "reviewer").startswith("One administrator must stay")
    one.store.people.change(person_id(one, "Root"), active=True)
    assert one.store.people.list() == before
    with pytest.raises(SystemExit):
        main(["--as", "Adam", "people", "role", "Tess", "captain"])
    with pytest.raises(SystemExit):
        main(["--as", "Adam", "people", "add", "Zoé"])


def test_everybody_changes_the_own_password_and_nobody_else_s(
    one: Scene, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, ["--as", "Tess", "people", "password", "Adam"]) == 1
    assert "Only an administrator" in capsys.readouterr().err
    assert run(monkeypatch, ["--as", "Tess", "people", "password"]) == 0
    assert one.store.people.sign_in("Tess", NEW).name == "Tess"
    assert run(monkeypatch, ["--as", "Tess", "people", "password", "Tess"], NEW) == 0


def test_the_first_administrator_is_made_where_nobody_signs_in_yet(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path))
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{PASSWORD}\n"))
    assert main(["people", "add", "Root", "--role", "administrator"]) == 0
    assert main(["people", "password"]) == 1
    assert "whose password" in capsys.readouterr().err
    assert main(["people", "list"]) == 0
    assert capsys.readouterr().out.split() == ["Root", "administrator", "active"]
    assert {role.value for role in Role} == set(ROLES)


def test_the_new_password_is_typed_twice_at_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal of its own, in which somebody types."""
    import pty

    from leukoscope.cli.sign_in import ask_new_password

    leader, follower = pty.openpty()
    with os.fdopen(follower, "r", encoding="utf-8") as terminal, os.fdopen(leader, "wb", buffering=0) as typing:
        monkeypatch.setattr(sys, "stdin", terminal)
        answers = iter([NEW, NEW, NEW, "something else"])

        def typed(_prompt: str) -> str:
            typing.write(f"{next(answers)}\n".encode())
            return terminal.readline().rstrip("\n")

        monkeypatch.setattr("getpass.getpass", typed)
        assert ask_new_password("Zoé") == NEW
        with pytest.raises(AccessError, match="differ"):
            ask_new_password("Zoé")
