"""Every command opens the cases through one place, and never those of another place."""

from __future__ import annotations

import ast
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from leukoscope.cases.store import CaseStore
from leukoscope.cli.main import main
from leukoscope.domain.cases import CaseHeader
from leukoscope.domain.errors import SettingsError
from leukoscope.workflow.app_dirs import HOME_VARIABLE, AppDirs
from leukoscope.workflow.case_place import MARKER, database_address
from leukoscope.workflow.opening import open_repository
from leukoscope.workflow.workbench import Workbench
from tests.unit.cases.builders import all_files, analysis

NOWHERE = "postgresql://leuko:secret@127.0.0.1:9/none"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AppDirs:
    """A home with a case “1” in the local list."""
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path / "home"))
    home = AppDirs.of_user()
    store = CaseStore(home.cases)
    store.frames.add(store.create(CaseHeader("1", "Other patient")), analysis(b"x"), b"x")
    store.close()
    return home


def settings(home: AppDirs, text: str) -> None:
    (home.config / "settings.json").write_text(text, encoding="utf-8")


COMMANDS: dict[str, Callable[[Path], list[str]]] = {
    "export": lambda out: ["export", "1", "--as", "pdf,csv,json,zip", "--out", str(out)],
    "fingerprint": lambda _: ["export", "1", "--fingerprint"],
    "backup": lambda out: ["backup", str(out / "all.zip")],
    "audit": lambda out: ["audit", "export", str(out / "trail.csv")],
    "verify": lambda _: ["audit", "verify"],
    "check": lambda _: ["check"],
}


@pytest.mark.parametrize("command", list(COMMANDS))
@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        (json.dumps({"database": NOWHERE}), "does not answer"),
        (json.dumps({"database": 7}), "not a text"),
        ('{"database": "postgresql://leuko:secret@127.0.0', "settings"),
    ],
    ids=["not there", "no text", "cut off"],
)
def test_no_command_takes_the_local_list_for_a_shared_one(
    home: AppDirs, tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str, said: str, sentence: str
) -> None:
    settings(home, said)
    out = tmp_path / "out"
    assert main(COMMANDS[command](out)) == 1
    told = capsys.readouterr()
    assert sentence in told.err
    assert "secret" not in told.err + told.out
    assert told.out == ""
    assert not out.exists() or all_files(out) == []


def test_a_restore_that_cannot_reach_the_shared_database_leaves_the_local_list(
    home: AppDirs, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["backup", str(tmp_path / "all.zip")]) == 0
    settings(home, json.dumps({"database": NOWHERE}))
    before = (home.cases / "cases.db").read_bytes()
    assert main(["restore", "--yes", str(tmp_path / "all.zip")]) == 1
    assert "does not answer" in capsys.readouterr().err
    assert (home.cases / "cases.db").read_bytes() == before


@pytest.mark.parametrize("left", [None, "", "{", "[]", "{}"])
def test_settings_that_are_lost_do_not_hide_a_shared_database(home: AppDirs, left: str | None) -> None:
    (home.cases / MARKER).write_text("{}")
    if left is not None:
        settings(home, left)
    with pytest.raises(SettingsError, match="shared database"):
        database_address(home)
    with pytest.raises(SettingsError, match="shared database"):
        Workbench(home, lambda _: None)
    settings(home, '{"database": ""}')
    open_repository(home).close()
    assert not (home.cases / MARKER).exists()


@pytest.mark.parametrize("left", [None, "", "{", "[]", '{"theme": "light"}', '{"database": ""}'])
def test_damaged_settings_do_not_stop_who_shares_nothing(home: AppDirs, left: str | None) -> None:
    if left is not None:
        settings(home, left)
    casebook = open_repository(home)
    assert [one.header.number for one in casebook.store.list()] == ["1"]
    casebook.close()


def test_nothing_else_opens_a_store(repository: Path) -> None:
    """Who opens the user's cases some other way may open the wrong ones."""
    allowed = {
        "leukoscope/workflow/opening.py",
        "leukoscope/workflow/case_repository.py",
        # Stores of their own, which are thrown away, and the shared one that is held alone.
        "leukoscope/workflow/batch_report.py",
        "leukoscope/workflow/backup.py",
        "leukoscope/workflow/restore.py",
        "leukoscope/workflow/restore_targets.py",
        # An empty one, to be compared with; and the one on this computer's disk, which alone can be encrypted.
        "leukoscope/cases/schema_check.py",
        "leukoscope/workflow/encryption.py",
    }
    found = set()
    for path in sorted((repository / "leukoscope").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            called = node.func if isinstance(node, ast.Call) else None
            if isinstance(called, ast.Name) and called.id in {"CaseStore", "CaseRepository", "Database"}:
                found.add(path.relative_to(repository).as_posix())
    assert found - allowed <= {"leukoscope/cases/store.py", "leukoscope/cases/copying.py"}
