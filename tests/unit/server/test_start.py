"""How the server is started: by whom, where it listens, and when it refuses to."""

from __future__ import annotations

import re
import ssl
import threading
import time
from pathlib import Path

import httpx
import pytest
import trustme

from leukoscope.cli.main import main
from leukoscope.domain.people import Role
from leukoscope.server.running import GRACE_S
from leukoscope.workflow.app_dirs import HOME_VARIABLE
from tests.unit.server.images import begin, events
from tests.unit.server.running import PASSWORD, folders, running
from tests.unit.workflow.command_line import run
from tests.unit.workflow.scene import Scene


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--address", "0.0.0.0"], "need an encrypted line"), (["--address", "::"], "need an encrypted line"),
        (["--address", "lab.example"], "need an encrypted line"), (["--key", "k.pem"], "both --certificate and --key"),
        (["--certificate", "c.pem", "--key", "k.pem"], "no certificate with its key"),
        (["--port", "99999"], "up to 65535"), ([], "The server needs accounts"),
    ],
)  # fmt: skip
def test_it_does_not_start_where_others_could_listen_in_or_nobody_has_a_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: list[str], sentence: str
) -> None:
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path))
    monkeypatch.chdir(tmp_path)
    assert main(["serve", *words]) == 1
    assert sentence in capsys.readouterr().err


def test_an_encrypted_line_and_a_port_that_is_taken(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    small_bundles: Path,
    small_graphs: Path,
) -> None:
    authority = trustme.CA()
    own = authority.issue_cert("127.0.0.1")
    own.cert_chain_pems[0].write_to_path(tmp_path / "own.pem")
    own.private_key_pem.write_to_path(tmp_path / "key.pem")
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    home = tmp_path / "home"
    words = ["--certificate", str(tmp_path / "own.pem"), "--key", str(tmp_path / "key.pem")]
    with running(home, small_bundles, small_graphs, *words) as server:
        assert server.address.startswith("https://")
        with httpx.Client(base_url=server.address, verify=trusting) as one:
            assert one.get("/health").status_code == 200
            headers = {"Authorization": f"Bearer {server.tokens[Role.TECHNICIAN]}"}
            assert one.get("/api/v1/cases", headers=headers).status_code == 200
        with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
            httpx.get(f"{server.address}/health")
        with pytest.raises(httpx.HTTPError):
            httpx.get(f"{server.address.replace('https', 'http')}/health")
        # A line that waits for news does not keep the server from its end.
        client = httpx.Client(base_url=server.address, verify=trusting, headers=headers)
        waiting = threading.Thread(target=events, args=(client, f"/api/v1/cases/{begin(client)}/events"))
        waiting.start()
        monkeypatch.setenv(HOME_VARIABLE, str(home))
        assert main(["serve", "--port", server.address.rpartition(":")[2]]) == 1
        assert "cannot listen at 127.0.0.1" in capsys.readouterr().err
        ending = time.monotonic()
    # A caller who keeps an encrypted line without listening to it is waited for so long, and no longer.
    assert time.monotonic() - ending < GRACE_S + 20
    waiting.join(30)
    assert not waiting.is_alive()
    client.close()


def test_a_token_is_made_listed_and_revoked(
    one: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "analyzer.token"
    token = ["serve", "token", "--as", "Adam"]
    assert run(monkeypatch, [*token, "create", "Tess", "--to", str(file), "--days", "30"]) == 0
    assert file.stat().st_mode & 0o077 == 0
    capsys.readouterr()
    assert run(monkeypatch, [*token, "list"]) == 0
    listed = capsys.readouterr().out
    number = re.match(r"\s*(\d+)", listed)
    assert number is not None and "Tess" in listed and "holds" in listed
    assert file.read_text(encoding="ascii").strip() not in listed
    assert run(monkeypatch, [*token, "revoke", number[1]]) == 0
    assert run(monkeypatch, [*token, "list"]) == 0
    assert "revoked" in capsys.readouterr().out
    assert run(monkeypatch, ["serve", "token", "create", "Tess", "--to", str(tmp_path / "other")]) == 1


def test_accounts_are_turned_on_without_a_window(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path))
    assert run(monkeypatch, ["serve", "accounts", "Adam"], PASSWORD) == 0
    assert "Adam is administrator" in capsys.readouterr().out
    assert run(monkeypatch, ["people", "--as", "Adam", "list"], PASSWORD) == 0
    assert folders(tmp_path).cases.is_dir()
