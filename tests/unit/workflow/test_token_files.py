"""Tokens for scheduled jobs: whose they are, how they end, and what is no token file."""

from __future__ import annotations

import os
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from leukoscope.cases.tables import TokenRow
from leukoscope.cli.main import main
from leukoscope.domain.errors import AccessError
from tests.unit.workflow.command_line import issue, run
from tests.unit.workflow.scene import Scene


def test_a_token_is_for_this_user_alone_and_kept_as_its_hash(
    one: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "job.token"
    assert issue(monkeypatch, path) == 0
    if os.name != "nt":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    token = path.read_text(encoding="ascii").strip()
    files = [file for file in one.home.data.parent.rglob("*") if file.is_file()]
    assert files
    assert all(token.encode() not in file.read_bytes() for file in files)
    assert issue(monkeypatch, path) == 1
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
    assert issue(monkeypatch, path) == 0
    path.chmod(mode)
    assert main(["check", "--token-file", str(path)]) == 1
    assert "chmod 600" in capsys.readouterr().err


def test_a_token_ends_by_its_day_by_hand_and_with_its_account(
    one: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    paths = [tmp_path / f"{number}.token" for number in range(3)]
    for path in paths:
        assert issue(monkeypatch, path, "Rene", "--days", "30") == 0
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
    assert issue(monkeypatch, tmp_path / "adam") == 0
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
    assert issue(monkeypatch, tmp_path / "job.token", "Adam", "--days", days) == 1
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
