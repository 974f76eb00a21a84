"""Encryption at rest: nothing readable is left, everything works as before, and an interruption loses nothing."""

from __future__ import annotations

import io
import random
import signal
import stat
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from leukoscope.cases import unlocked_keys
from leukoscope.cases.cipher import Cipher
from leukoscope.cases.encrypted_file import PIECE, EncryptedReader, EncryptedWriter
from leukoscope.cases.images import ImageStore
from leukoscope.cases.store import CaseStore
from leukoscope.cli.main import main
from leukoscope.domain.cases import CaseHeader
from leukoscope.domain.errors import StoreError
from leukoscope.workflow import encryption
from leukoscope.workflow.app_dirs import AppDirs
from leukoscope.workflow.backup import back_up, back_up_daily
from leukoscope.workflow.opening import keys_of, open_store
from leukoscope.workflow.restore import restore
from leukoscope.workflow.store_check import check_store
from leukoscope.workflow.store_keys import KEY_FILE, keep
from tests.forked_programs import run_program
from tests.unit.cases.builders import analysis
from tests.unit.workflow.scene import PASSWORD, Scene

PLANTED = "Quillfeather-Oberanger"
PIXELS = b"pixels of a planted image " * 40


@pytest.fixture
def home(data_home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[AppDirs]:
    """A home with a case of a planted name; there is no keyring."""
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    unlocked_keys.lock_all()
    made = AppDirs.of_user()
    with closing(open_store(made)) as store:
        case_id = store.create(CaseHeader("1", PLANTED))
        store.frames.add(case_id, analysis(PIXELS), PIXELS)
        back_up_daily(store)
    yield made
    unlocked_keys.lock_all()


@pytest.fixture
def cipher(home: AppDirs) -> Cipher:
    made = Cipher.new()
    keep(home, made)
    return made


def readable(folder: Path) -> list[str]:
    """Files below a folder in which the planted name or image can be read."""
    wanted = (PLANTED.encode(), PLANTED.casefold().encode(), PIXELS[:26])
    files = [one for one in folder.rglob("*") if one.is_file()]
    return sorted(one.name for one in files if any(text in one.read_bytes() for text in wanted))


def whole(store: CaseStore) -> bool:
    case = store.load(store.list()[0].id)
    return (
        case.header.patient == PLANTED
        and store.read_image(case.frames[0].sha256) == PIXELS
        and all(check.passed for check in check_store(store))
        and store.trail.verify().sound
    )


def test_nothing_of_a_patient_can_be_read_and_everything_works(home: AppDirs, cipher: Cipher, tmp_path: Path) -> None:
    assert len(readable(home.cases)) >= 3
    steps: list[tuple[int, int]] = []
    encryption.turn_on(home, cipher, lambda done, count: steps.append((done, count)))
    assert readable(home.cases) == []
    assert steps[-1] == (3, 3)
    assert encryption.in_the_clear(home) == 0
    with closing(open_store(home)) as store:
        assert whole(store)
        second = store.create(CaseHeader("2", PLANTED))
        store.frames.add(second, analysis(b"more " + PIXELS), b"more " + PIXELS)
        assert back_up(store, tmp_path / "backup" / "all.zip").images == 2
        (tmp_path / "second").mkdir()
        back_up_daily(store, second=str(tmp_path / "second"))
    assert readable(home.cases) == []
    assert readable(tmp_path / "backup") == []
    assert readable(tmp_path / "second") == []
    assert restore(home.cases, tmp_path / "backup" / "all.zip", keys=keys_of(home)) == 0
    with closing(open_store(home)) as store:
        assert len(store.list()) == 2
    assert readable(home.cases) == []
    encryption.turn_off(home)
    assert len(readable(home.cases)) >= 3
    with closing(open_store(home)) as store:
        assert [one.new for one in store.trail.entries() if one.what == "encryption"][:1] == ["False"]
        assert store.trail.verify().sound
        assert all(check.passed for check in check_store(store))


def test_a_backup_of_either_kind_comes_back_in_the_kind_of_the_store(
    home: AppDirs, cipher: Cipher, tmp_path: Path
) -> None:
    with closing(open_store(home)) as store:
        back_up(store, tmp_path / "clear.zip")
    encryption.turn_on(home, cipher)
    with closing(open_store(home)) as store:
        back_up(store, tmp_path / "sealed.zip")
    restore(home.cases, tmp_path / "clear.zip", keys=keys_of(home))
    assert readable(home.cases) == []
    with closing(open_store(home)) as store:
        assert whole(store)
    encryption.turn_off(home)
    restore(home.cases, tmp_path / "sealed.zip", keys=keys_of(home))
    assert encryption.in_the_clear(home) > 0
    unlocked_keys.lock_all()
    (home.config / KEY_FILE).unlink()
    with closing(open_store(home)) as store:
        assert whole(store)
    with pytest.raises(StoreError, match="leukoscope encryption recover"):
        restore(home.cases, tmp_path / "sealed.zip", keys=keys_of(home))


def test_without_the_key_or_with_another_one_a_clear_sentence_is_said(home: AppDirs, cipher: Cipher) -> None:
    encryption.turn_on(home, cipher)
    unlocked_keys.lock_all()
    (home.config / KEY_FILE).unlink()
    with pytest.raises(StoreError, match="leukoscope encryption recover"):
        open_store(home)
    with pytest.raises(StoreError, match="encrypted with another key"):
        encryption.recover(home, Cipher.new().recovery_key)
    with pytest.raises(StoreError, match="no recovery key"):
        encryption.recover(home, cipher.recovery_key[:-4] + "AAAA")
    assert not encryption.recover(home, f"  {cipher.recovery_key.lower().replace('-', ' ')} \n")
    assert stat.S_IMODE((home.config / KEY_FILE).stat().st_mode) == 0o600
    unlocked_keys.lock_all()
    with closing(open_store(home)) as store:
        assert whole(store)


def test_nobody_turns_it_on_while_the_cases_are_open(home: AppDirs, cipher: Cipher) -> None:
    with closing(open_store(home)), pytest.raises(StoreError, match="open in a window"):
        encryption.turn_on(home, cipher)
    assert encryption.in_the_clear(home) == 3


KILLED = """
import os, signal, sys
from leukoscope.cases import converting, images
from leukoscope.workflow import encryption, store_keys
from leukoscope.workflow.app_dirs import AppDirs
home, left = AppDirs.of_user(), [int(sys.argv[2])]
store_keys.bring(home)
real = os.fsync
def dying(descriptor):
    left[0] -= 1
    if left[0] < 0:
        os.kill(os.getpid(), signal.SIGKILL)
    real(descriptor)
os.fsync = dying
if sys.argv[1] == "on":
    encryption.turn_on(home, store_keys.keys_at_hand()[0])
else:
    encryption.turn_off(home)
"""


@pytest.mark.parametrize("way", ["on", "off"])
def test_a_kill_at_any_write_leaves_cases_that_open_and_can_go_on(home: AppDirs, cipher: Cipher, way: str) -> None:
    kills = 0
    if way == "off":
        encryption.turn_on(home, cipher)
    for writes in (1, 2, 4, 6, 9):
        code = f"from leukoscope.workflow import store_keys\n{KILLED}"
        keyed = code.replace("store_keys.bring(home)", f"store_keys.keep(home, C(bytes.fromhex('{cipher.key.hex()}')))")
        keyed = "from leukoscope.cases.cipher import Cipher as C\n" + keyed
        keyed = keyed.replace("real = os.fsync", "real = os.fsync", 1)
        done = run_program(keyed, way, str(writes))
        kills += done.returncode == -signal.SIGKILL
        with closing(open_store(home)) as store:
            assert whole(store), (way, writes)
    assert kills
    if way == "on":
        encryption.turn_on(home, cipher)
        assert readable(home.cases) == []
    else:
        encryption.turn_off(home)
        assert encryption.in_the_clear(home) >= 3
    with closing(open_store(home)) as store:
        assert whole(store)


def test_an_image_is_opened_only_where_it_was_sealed_for(tmp_path: Path) -> None:
    cipher = Cipher.new()
    unlocked_keys.unlock(cipher)
    images = ImageStore(tmp_path / "images", cipher)
    first, second = images.put(b"first")[0], images.put(b"second")[0]
    assert images.put(b"first") == (first, False)
    images.path(second).write_bytes(images.path(first).read_bytes())
    with pytest.raises(StoreError, match="damaged"):
        images.read(second)
    assert images.put(b"second") == (second, True)
    assert images.read(second) == b"second"
    unlocked_keys.lock_all()


def test_a_sealed_file_reads_anywhere_and_notices_every_change() -> None:
    cipher, dice = Cipher.new(), random.Random(5)
    unlocked_keys.unlock(cipher)
    for size in (0, 1, PIECE - 1, PIECE, PIECE + 1, 2 * PIECE, 3 * PIECE + 17):
        data, stream = dice.randbytes(size), io.BytesIO()
        writer = EncryptedWriter(stream, cipher)
        for start in range(0, size, 300_001):
            writer.write(data[start : start + 300_001])
        writer.finish()
        reader = EncryptedReader(stream)
        assert reader.read() == data
        for _ in range(20):
            place = dice.randrange(size + 1)
            reader.seek(place)
            assert reader.read(50) == data[place : place + 50]
        for length in (len(stream.getvalue()) - 1, PIECE + 16 + 37):
            if length < len(stream.getvalue()):
                with pytest.raises(StoreError, match="damaged"):
                    EncryptedReader(io.BytesIO(stream.getvalue()[:length]))
        wrong = bytearray(stream.getvalue())
        wrong[dice.randrange(37, len(wrong))] ^= 1
        with pytest.raises(StoreError, match="damaged"):
            EncryptedReader(io.BytesIO(bytes(wrong))).read()
    unlocked_keys.lock_all()


def test_a_sealed_zip_is_no_zip_for_others(home: AppDirs, cipher: Cipher, tmp_path: Path) -> None:
    encryption.turn_on(home, cipher)
    with closing(open_store(home)) as store:
        back_up(store, tmp_path / "all.zip")
        back_up(store, tmp_path / "all.zip")
    assert not zipfile.is_zipfile(tmp_path / "all.zip")


def test_the_command_shows_the_recovery_key_once_and_asks_for_it(
    home: AppDirs, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("nonsense\n"))
    assert main(["encryption", "on"]) == 1
    assert encryption.in_the_clear(home) == 3
    capsys.readouterr()

    class Reader(io.StringIO):
        def readline(self, _size: int = -1) -> str:  # type: ignore[override]
            shown = capsys.readouterr().out
            return next(line.strip() for line in shown.splitlines() if line.count("-") > 8)

    monkeypatch.setattr(sys, "stdin", Reader())
    assert main(["encryption", "on"]) == 0
    capsys.readouterr()
    assert main(["encryption", "status"]) == 0
    assert "encryption is on; 0 files are in the clear" in capsys.readouterr().out
    assert main(["check"]) == 0
    assert main(["audit", "verify"]) == 0
    assert main(["encryption", "off"]) == 0
    assert encryption.in_the_clear(home) == 3


def test_only_an_administrator_turns_it_on_and_off_also_when_it_is_encrypted(
    data_home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LEUKOSCOPE_SHIPPED_MODELS", str(data_home / "no-models"))
    scene = Scene(AppDirs.of_user(), "")
    scene.accounts(True)
    scene.store.close()
    key = Cipher.new()
    keep(scene.home, key)

    def told(words: list[str], typed: str) -> str:
        monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
        assert main(words) == 1
        return capsys.readouterr().err

    assert "People sign in here" in told(["encryption", "on"], "")
    assert "Only an administrator" in told(["encryption", "on", "--as", "Tess"], f"{PASSWORD}\n")
    encryption.turn_on(scene.home, key)
    assert "Only an administrator" in told(["encryption", "off", "--as", "Tess"], f"{PASSWORD}\n")
    unlocked_keys.lock_all()
    (scene.home.config / KEY_FILE).unlink()
    assert "encryption recover" in told(["restore", "--yes", str(data_home / "any.zip")], "")
    keep(scene.home, key)
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{PASSWORD}\n"))
    assert main(["encryption", "off", "--as", "Adam"]) == 0
    with closing(open_store(scene.home)) as store:
        assert next(one.who for one in store.trail.entries() if one.what == "encryption") == "Adam"


def test_another_sqlite_in_the_process_is_not_taken_for_it() -> None:
    """TensorFlow offers a SQLite of its own to everybody, under the same names."""
    code = (
        "import tensorflow; from leukoscope.cases import sqlite_files as files;"
        "connection = files._sqlcipher().connect(':memory:');"
        "print(connection.execute('PRAGMA cipher_version').fetchone()[0])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=240)
    assert done.stdout.strip()[:1].isdigit()
