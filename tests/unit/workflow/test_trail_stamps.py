"""A third party says when the trail was so: with a real authority, and with tokens that are wrong, old or another's."""

from __future__ import annotations

import base64
import json
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

import pytest

from leukoscope.cases.store import CaseStore
from leukoscope.cli.main import main
from leukoscope.domain.cases import CaseHeader
from leukoscope.domain.errors import AccessError, ExchangeError, SettingsError, StoreError
from leukoscope.exchange import timestamps
from leukoscope.workflow.app_dirs import HOME_VARIABLE, AppDirs
from leukoscope.workflow.opening import open_store
from leukoscope.workflow.operator_session import OperatorSession
from leukoscope.workflow.settings import Settings, load_settings
from leukoscope.workflow.stamp_service import StampService
from leukoscope.workflow.trail_heads import export_head
from leukoscope.workflow.trail_stamps import Stamper, held_against_stamps, read_stamps, stamp_head, stamps_file
from tests.unit.workflow.authority import Authority, authority, make_certificates, reply

PATIENCE_S = 60.0


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Authority]:
    with authority(tmp_path_factory.mktemp("authority")) as here:
        yield here


@pytest.fixture
def tsa(running: Authority) -> Iterator[Authority]:
    """The authority as it answers usually."""
    usual = running.answer
    yield running
    running.answer, running.status, running.drips = usual, 200, False


@pytest.fixture
def store(tmp_path: Path) -> Iterator[CaseStore]:
    with closing(CaseStore(tmp_path / "cases")) as store:
        store.create(CaseHeader("1"))
        yield store


@pytest.fixture
def settings(tsa: Authority, tmp_path: Path) -> Settings:
    (tmp_path / "drive").mkdir()
    return Settings(
        timestamp_address=tsa.address,
        timestamp_trusted=str(tsa.trusted),
        trail_head_file=str(tmp_path / "drive" / "head.json"),
    )


@pytest.fixture
def kept(settings: Settings, tmp_path: Path) -> Path:
    return stamps_file(settings, tmp_path / "cases")


def faults(store: CaseStore, kept: Path, trusted: Path) -> list[str]:
    return [one.sentence for one in held_against_stamps(store, store.trail.verify(), kept, trusted).faults]


def test_the_end_of_the_trail_is_stamped_and_verify_says_who_and_when(
    store: CaseStore, settings: Settings, kept: Path, tsa: Authority
) -> None:
    before = datetime.now(UTC).replace(microsecond=0)
    stamp = stamp_head(store, settings, kept)
    assert before <= stamp.at <= datetime.now(UTC)
    assert stamp.authority == "CN=Stamps of the lab"
    assert kept.name == "head.json.stamps"
    assert kept.stat().st_mode & 0o777 == 0o600
    store.create(CaseHeader("2"))
    stamp_head(store, settings, kept)
    check = held_against_stamps(store, store.trail.verify(), kept, tsa.trusted)
    assert check.sound
    (note,) = [one for one in check.notes if "stamped by" in one]
    assert "up to entry 2" in note
    assert "CN=Stamps of the lab" in note
    assert f"{stamp.at:%Y-%m-%d}" in note
    assert "2 timestamps" in note


def test_a_trail_that_was_written_anew_is_found_by_its_timestamp(
    store: CaseStore, settings: Settings, kept: Path, tsa: Authority, tmp_path: Path
) -> None:
    """Somebody has everything, the key included, and makes another past: the authority does not join in."""
    stamp_head(store, settings, kept)
    with closing(CaseStore(tmp_path / "other")) as other:
        other.create(CaseHeader("1"))
        assert other.trail.verify().sound
        assert faults(other, kept, tsa.trusted) == [
            "Entry 1 is not the one of which timestamp 1 of “head.json.stamps” tells."
        ]
    with closing(CaseStore(tmp_path / "empty")) as empty:
        assert "has no entry 1 any more" in faults(empty, kept, tsa.trusted)[0]


def swapped(kept: Path, **changes: object) -> None:
    raw = json.loads(kept.read_text())
    raw["stamps"][0].update(changes)
    kept.write_text(json.dumps(raw))


def test_wrong_foreign_and_cut_tokens_are_named(
    store: CaseStore, settings: Settings, kept: Path, tsa: Authority, tmp_path: Path
) -> None:
    stamp_head(store, settings, kept)
    raw = json.loads(kept.read_text())["stamps"][0]
    answer = base64.b64decode(raw["answer"])
    # Of another authority, though it calls itself the same.
    make_certificates(tmp_path / "foreign", "Stamps of the lab")
    assert "was not made by the authority" in faults(store, kept, tmp_path / "foreign" / "ca.pem")[0]
    # Of another end of the trail.
    swapped(kept, head={**raw["head"], "count": 1, "after": 7})
    assert "was not made by the authority" in faults(store, kept, tsa.trusted)[0]
    # Changed in one bit of its signature, cut, and no token at all.
    for wrong in (answer[:-1] + bytes([answer[-1] ^ 1]), answer[: len(answer) // 2], b"", b"hello"):
        swapped(kept, head=raw["head"], answer=base64.b64encode(wrong).decode())
        assert "imestamp" in faults(store, kept, tsa.trusted)[0]
    swapped(kept, answer=raw["answer"])
    assert faults(store, kept, tsa.trusted) == []
    kept.write_text("no timestamps")
    with pytest.raises(StoreError, match="cannot be read"):
        faults(store, kept, tsa.trusted)


def test_certificates_that_had_expired_or_are_for_something_else_are_refused(
    store: CaseStore, settings: Settings, kept: Path, tsa: Authority, tmp_path: Path
) -> None:
    for name, more in (("expired", {"until": timedelta(days=-1)}), ("other purpose", {"purpose": False})):
        folder = tmp_path / name
        make_certificates(folder, name, **more)  # type: ignore[arg-type]
        request = {}

        def answer(query: bytes, folder: Path = folder, request: dict[str, bytes] = request) -> bytes:
            request["query"] = query
            return reply_anyway(folder, query)

        tsa.answer = answer
        theirs = replace(settings, timestamp_trusted=str(folder / "ca.pem"))
        with pytest.raises(ExchangeError) as raised:
            stamp_head(store, theirs, kept)
        assert raised.value.message == (timestamps.NOT_THEIRS if name == "expired" else timestamps.REFUSED)
        assert request["query"], "it was asked"
        assert not kept.exists()


def reply_anyway(folder: Path, query: bytes) -> bytes:
    """OpenSSL itself refuses to stamp with a certificate of another purpose: then it says that it does not."""
    import subprocess

    try:
        return reply(folder, query)
    except subprocess.CalledProcessError:
        return b"0\x05" + b"0\x03\x02\x01\x02"


def test_an_answer_to_another_question_is_not_kept(
    store: CaseStore, settings: Settings, kept: Path, tsa: Authority
) -> None:
    """Replayed: a token that was good yesterday."""
    stamp_head(store, settings, kept)
    old = read_stamps(kept)[0].answer
    tsa.answer = lambda _: old
    with pytest.raises(ExchangeError, match="not made by the authority"):
        stamp_head(store, settings, kept)
    for body in (b"", b"<html>", b"x" * (timestamps.LARGEST + 10)):
        tsa.answer = lambda _, body=body: body  # type: ignore[misc]
        with pytest.raises(ExchangeError, match="something else than a timestamp"):
            stamp_head(store, settings, kept)
    tsa.answer, tsa.status = (lambda _: b""), 503
    with pytest.raises(ExchangeError, match="does not answer") as busy:
        stamp_head(store, settings, kept)
    assert busy.value.again
    tsa.status = 302
    with pytest.raises(ExchangeError, match="something else"):
        stamp_head(store, settings, kept)
    assert len(read_stamps(kept)) == 1


def test_a_server_that_says_nothing_or_little_is_given_up(
    store: CaseStore, settings: Settings, kept: Path, tsa: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timestamps, "CALL_S", 0.3)
    monkeypatch.setattr(timestamps, "WHOLE_S", 1.0)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        nobody = replace(settings, timestamp_address=f"http://127.0.0.1:{silent.getsockname()[1]}/")
        begun = time.monotonic()
        with pytest.raises(ExchangeError, match="does not answer"):
            stamp_head(store, nobody, kept)
    tsa.drips = True
    with pytest.raises(ExchangeError, match="does not answer"):
        stamp_head(store, settings, kept)
    assert time.monotonic() - begun < 20
    refused = replace(settings, timestamp_address="http://127.0.0.1:9/")
    with pytest.raises(ExchangeError, match="does not answer"):
        stamp_head(store, refused, kept)


def test_what_is_no_address_or_certificate_is_said(store: CaseStore, settings: Settings, kept: Path) -> None:
    for address in ("tsa.example", "ftp://tsa.example/", "http://", "http://x:port/", "file:///etc/passwd"):
        with pytest.raises(SettingsError, match="begins with http"):
            stamp_head(store, replace(settings, timestamp_address=address), kept)
    for trusted in ("", "/nowhere/ca.pem", __file__):
        with pytest.raises(SettingsError, match="certificate"):
            stamp_head(store, replace(settings, timestamp_trusted=trusted), kept)


def test_it_is_off_until_an_address_is_set_and_work_never_waits_for_it(
    store: CaseStore, settings: Settings, kept: Path, tsa: Authority, tmp_path: Path
) -> None:
    now = [settings]
    tsa.status = 503
    assert Settings().timestamp_address == ""
    stamper = Stamper(store, lambda: now[0], tmp_path / "cases", tries_s=(0.05,))
    stamper.start()
    try:
        # Asked again and again while it is not there; cases are begun meanwhile.
        assert tsa.asked.acquire(timeout=PATIENCE_S) and tsa.asked.acquire(timeout=PATIENCE_S)
        store.create(CaseHeader("2"))
        assert not kept.exists()
        tsa.status = 200
        deadline = time.monotonic() + PATIENCE_S
        while not kept.exists() and time.monotonic() < deadline:
            assert tsa.asked.acquire(timeout=PATIENCE_S)
            stamper._closed.wait(0.2)
        assert len(read_stamps(kept)) == 1
    finally:
        stamper.close(PATIENCE_S)
    assert not stamper._worker.is_alive()
    assert faults(store, kept, tsa.trusted) == []


def test_it_is_stamped_once_a_day(store: CaseStore, settings: Settings, kept: Path, tsa: Authority) -> None:
    now = [datetime.now(UTC)]
    stamper = Stamper(store, lambda: settings, kept.parent, lambda: now[0])
    assert stamper._is_done()
    now[0] = datetime.now(UTC)
    assert stamper._is_done()
    now[0] += timedelta(hours=19)
    assert stamper._is_done()
    assert len(read_stamps(kept)) == 1
    for hours in (2, -200):
        now[0] += timedelta(hours=hours)
        assert stamper._is_done()
    assert len(read_stamps(kept)) == 3, "on the next day, and where the clock went back"


def test_the_command_sets_it_stamps_and_verifies(
    tsa: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path))
    home = AppDirs.of_user()
    with closing(open_store(home)) as store:
        store.create(CaseHeader("1"))
        export_head(store, tmp_path / "head.json")
    assert main(["audit", "timestamp"]) == 1
    assert "begins with http" in capsys.readouterr().err
    assert main(["audit", "timestamp", "--by", tsa.address, "--trusted", str(tsa.trusted)]) == 0
    assert "by CN=Stamps of the lab; kept in " in capsys.readouterr().out
    assert load_settings(home.config).timestamp_address == tsa.address
    assert main(["audit", "verify"]) == 0
    assert "note   The trail up to entry 2 was there on " in capsys.readouterr().out
    kept = home.cases / "audit-head.stamps"
    swapped(kept, answer=base64.b64encode(b"hello").decode())
    assert main(["audit", "verify"]) == 1
    assert "FAILED Timestamp 1 of “audit-head.stamps”, of entry 2" in capsys.readouterr().out
    assert main(["audit", "timestamp", "--by", "off"]) == 0
    assert load_settings(home.config).timestamp_address == ""


def test_the_window_sets_and_tries_an_authority_only_for_who_may(
    store: CaseStore, settings: Settings, kept: Path, tsa: Authority, tmp_path: Path
) -> None:
    now = replace(settings, timestamp_address="", timestamp_trusted="")

    def change(by: Callable[[Settings], Settings]) -> Settings:
        nonlocal now
        now = by(now)
        return now

    operator = MagicMock(spec=OperatorSession)
    stamps = StampService(store, lambda: now, tmp_path / "cases", change, operator)
    with pytest.raises(SettingsError, match="begins with http"):
        stamps.try_it()
    with pytest.raises(SettingsError, match="begins with http"):
        stamps.set_address("tsa.example")
    (tmp_path / "none.pem").write_text("no certificate")
    with pytest.raises(SettingsError, match="holds no certificate"):
        stamps.set_trusted(str(tmp_path / "none.pem"))
    assert (now.timestamp_address, now.timestamp_trusted) == ("", "")
    assert stamps.set_address(f" {tsa.address} ").timestamp_address == tsa.address
    assert stamps.set_trusted(str(tsa.trusted)).timestamp_trusted == str(tsa.trusted)
    assert stamps.try_it().authority == "CN=Stamps of the lab"
    assert len(read_stamps(kept)) == 1
    operator.require.side_effect = AccessError("Only an administrator.")
    for refused in (stamps.try_it, lambda: stamps.set_address(""), lambda: stamps.set_trusted("")):
        with pytest.raises(AccessError):
            refused()
    assert now.timestamp_address == tsa.address
    assert len(read_stamps(kept)) == 1
    operator.require.side_effect = None
    assert stamps.set_address("").timestamp_address == ""


def test_two_stamps_at_once_are_both_kept(
    store: CaseStore, settings: Settings, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when somebody tries it while the daily one is under way."""
    ask, asked = timestamps.new_timestamp, 0

    def with_another(*args: Any) -> Any:
        nonlocal asked
        asked += 1
        answer = ask(*args)
        if asked == 1:
            stamp_head(store, settings, kept)
        return answer

    monkeypatch.setattr(timestamps, "new_timestamp", with_another)
    stamp_head(store, settings, kept)
    assert len(read_stamps(kept)) == 2
