"""What lies beside the case store is encrypted and written in the clear with it, and stays readable at every step."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from leukoscope.cases import unlocked_keys
from leukoscope.cases.cipher import Cipher, is_encrypted
from leukoscope.cases.unlocked_keys import State, cipher_of
from leukoscope.domain.errors import CancelledError
from leukoscope.domain.progress import CancelToken
from leukoscope.system.temporary_files import STAGES, Stages
from leukoscope.workflow import encryption
from leukoscope.workflow.app_dirs import AppDirs
from leukoscope.workflow.begin import begin_stages
from leukoscope.workflow.delivery.message import Channel
from leukoscope.workflow.delivery.outbox import Outbox, erase_messages
from leukoscope.workflow.encryption_switch import Conversion
from leukoscope.workflow.loose_files import SET_ASIDE, loose_files
from leukoscope.workflow.opening import open_store
from leukoscope.workflow.orders_in.inbox import FOLDER, Arrival, Inbox
from leukoscope.workflow.orders_in.kept_message import Source
from leukoscope.workflow.settings import Settings, load_settings, save_settings
from leukoscope.workflow.store_check import check_encryption
from leukoscope.workflow.store_keys import KEY_FILE, keep
from leukoscope.workflow.store_repair import repair_store

NAME = b"Quillfeather-Oberanger"
MESSAGE = b"MSH|PID|1||" + NAME


@pytest.fixture
def home(data_home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[AppDirs]:
    """A home with a message that waits, an image that was set aside, and a folder that was used last."""
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    unlocked_keys.lock_all()
    made = AppDirs.of_user()
    with closing(open_store(made)) as store:
        store.images.put(b"image of nobody " + NAME)
        repair_store(store)
    outbox = Outbox(made.outbox)
    for case_id in (1, 2):
        with outbox.putting(Channel.HL7, case_id, f"7{case_id}") as put:
            put("message.hl7", MESSAGE)
            put("second.dcm", b"DICM" + NAME)
    with closing(Inbox(made.cases / FOLDER)) as inbox:
        inbox.keep([Arrival(MESSAGE, Source.LINE, "HIS|KH", "1", "ORM^O01", b"1")], lambda one: one)
    places = {"folder-images": f"/scans/{NAME.decode()}", "case": "1"}
    save_settings(Settings(window=places), made.config)
    yield made
    unlocked_keys.lock_all()


@pytest.fixture
def cipher(home: AppDirs) -> Cipher:
    made = Cipher.new()
    keep(home, made)
    return made


def readable(home: AppDirs) -> set[str]:
    files = (one for one in home.data.parent.rglob("*") if one.is_file())
    return {one.name for one in files if NAME in one.read_bytes()}


def sends(home: AppDirs) -> bool:
    """Whether the outbox has both messages, whole."""
    outbox = Outbox(home.outbox, cipher=lambda: cipher_of(home.cases))
    messages = outbox.messages()
    return len(messages) == 2 and all(
        [one.read_bytes() for one in outbox.payload(message)] == [MESSAGE, b"DICM" + NAME] for message in messages
    )


def test_everything_beside_the_cases_becomes_unreadable_and_works(home: AppDirs, cipher: Cipher) -> None:
    assert readable(home) >= {"message.hl7", "second.dcm", "settings.json", "settings.last-good.json", "orders.db"}
    (home.outbox / ".torn.part" / "payload").mkdir(parents=True)
    (home.outbox / ".torn.part" / "payload" / "message.hl7").write_bytes(MESSAGE)
    (home.cases / "images" / "ab").mkdir(parents=True, exist_ok=True)
    (home.cases / "images" / "ab" / "abc.01234567.part").write_bytes(NAME)
    encryption.turn_on(home, cipher)
    assert readable(home) == set()
    assert sends(home)
    assert load_settings(home.config).window == {"case": "1"}
    (aside,) = [one.path for one in loose_files(home) if SET_ASIDE in one.path.parts]
    with closing(open_store(home)) as store:
        # Put back by hand, it opens: it was sealed for its own name.
        goal = store.images.path(aside.name)
        goal.parent.mkdir(exist_ok=True)
        aside.rename(goal)
        assert NAME in store.images.read(aside.name)
    with closing(Inbox(home.cases / FOLDER, cipher_of(home.cases))) as inbox:
        assert [body for _, body in inbox.waiting()] == [MESSAGE]
        inbox.keep([Arrival(MESSAGE, Source.LINE, "HIS|KH", "2", "ORM^O01", b"1")], lambda one: one)
        assert readable(home) == set()
    outbox = Outbox(home.outbox, cipher=lambda: cipher_of(home.cases))
    outbox.not_sent(outbox.messages()[0], f"They say: no {NAME.decode()}.", again=False)
    assert readable(home) == set()
    erase_messages(home.outbox, 1)
    assert [one.case_id for one in Outbox(home.outbox).messages()] == [2]
    encryption.turn_off(home)
    assert readable(home) >= {"message.hl7", "second.dcm", "orders.db"}


def test_a_file_in_another_message_s_place_is_refused(home: AppDirs, cipher: Cipher) -> None:
    encryption.turn_on(home, cipher)
    first, second = sorted(home.outbox.iterdir())
    (first / "item.json").write_bytes((second / "item.json").read_bytes())
    assert len(Outbox(home.outbox).messages()) == 1


@pytest.mark.parametrize("on", [True, False])
def test_stopped_after_any_file_everything_opens_and_goes_on(home: AppDirs, cipher: Cipher, on: bool) -> None:
    if not on:
        encryption.turn_on(home, cipher)
    way = Conversion(home, cipher if on else None, "")
    stops = 0
    while True:
        cancel = CancelToken()
        before = encryption.in_the_clear(home)
        try:
            way.run(partial(stop_after_one, home, before, cancel), cancel)
            break
        except CancelledError:
            stops += 1
        assert sends(home)
        check = check_encryption(home)
        assert check.passed
        assert check.notes
        assert encryption.encryption_state(home).is_half_done
    assert stops >= 5
    with closing(open_store(home)) as store:
        assert store.trail.verify().sound
    assert encryption.encryption_state(home).state is (State.ON if on else State.OFF)
    assert (encryption.in_the_clear(home) == 0) == on


def stop_after_one(home: AppDirs, before: int, cancel: CancelToken, _done: int, _count: int) -> None:
    if encryption.in_the_clear(home) != before:
        cancel.cancel()


def test_files_in_the_clear_are_counted_only_where_they_should_not_be(home: AppDirs, cipher: Cipher) -> None:
    assert encryption.in_the_clear(home) > 0
    assert check_encryption(home).sentence == "encryption is off"
    encryption.turn_on(home, cipher)
    assert check_encryption(home).sentence == "encryption is on; 0 files are in the clear"


def test_a_file_that_comes_in_in_the_clear_is_found_and_encrypted(home: AppDirs, cipher: Cipher) -> None:
    encryption.turn_on(home, cipher)
    assert check_encryption(home).passed
    Outbox(home.outbox).retry(Outbox(home.outbox).messages()[0].id)
    check = check_encryption(home)
    assert not check.passed
    assert "1 files are in the clear" in check.sentence
    encryption.turn_on(home, cipher)
    assert check_encryption(home).passed


def test_notes_of_what_is_under_way_are_sealed_and_settled_with_the_key(
    home: AppDirs, cipher: Cipher, tmp_path: Path
) -> None:
    encryption.turn_on(home, cipher)
    stage = tmp_path / f"{NAME.decode()}.01234567.part"
    stage.write_bytes(b"half")
    try:
        begin_stages(home)
        with STAGES.noted(stage):
            (note,) = home.stages.glob("*.json")
            kept = note.read_bytes()
            assert is_encrypted(kept)
        gone = json.dumps({"paths": [str(stage), "", ""], "owner": [os.getpid(), 1.0]}).encode()
        note.write_bytes(cipher.encrypt(gone, f"stage/{note.name}"))
        unlocked_keys.lock_all()
        keys = (home.config / KEY_FILE).read_bytes()
        (home.config / KEY_FILE).unlink()
        begin_stages(home)
        assert note.exists(), "without the key it waits"
        with STAGES.noted(stage):
            assert len(list(home.stages.glob("*.json"))) == 1, "and nothing is noted in the clear"
        (home.config / KEY_FILE).write_bytes(keys)
        begin_stages(home)
        assert not note.exists()
        assert not stage.exists()
    finally:
        STAGES.__dict__.update(Stages().__dict__)
