"""The key of the trail, kept where the system keeps keys or in a file; stores of before are taken up."""

from __future__ import annotations

import json
import os
import shutil
import stat
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from leukoscope.cases.anchors import NEXT_ANCHOR
from leukoscope.cases.signing_keys import KEY_FILE, SERVICE, KeptKeys
from leukoscope.cases.store import CaseStore
from leukoscope.cases.system_keyring import SystemKeyring
from leukoscope.domain.audit import (
    ERASED,
    FOUND_WAITING,
    IMAGE_READ,
    KEPT_ASIDE,
    KNOWN_WAITING,
    NONE_THERE,
    RESUMED,
    START,
    STOPPED,
    AuditEntry,
    erasure_digest,
)
from leukoscope.domain.cases import CaseHeader
from leukoscope.domain.errors import StoreError

from .tampered_store import Store, a_store_in_use


class Drawer:
    """A keyring that works, until it is locked."""

    def __init__(self) -> None:
        self.secrets: dict[str, str] = {}
        self.is_locked = False

    def get(self, name: str) -> str | None:
        return None if self.is_locked else self.secrets.get(name)

    def put(self, name: str, secret: str) -> bool:
        if not self.is_locked:
            self.secrets[name] = secret
        return not self.is_locked

    def drop(self, name: str) -> None:
        self.secrets.pop(name, None)


def test_without_a_desktop_the_key_lies_in_a_file_that_only_this_user_reads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The real library, and its backend for a computer that keeps no keys."""
    import keyring
    from keyring.backends.fail import Keyring

    monkeypatch.setattr(keyring.core, "_keyring_backend", Keyring())
    keys = KeptKeys(tmp_path, SystemKeyring(SERVICE))
    assert not keys.is_in_vault
    assert os.name == "nt" or stat.S_IMODE((tmp_path / KEY_FILE).stat().st_mode) == 0o600
    assert KeptKeys(tmp_path, SystemKeyring(SERVICE)).key().private == keys.key().private


def test_a_keyring_that_forgets_at_once_is_not_believed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import keyring
    from keyring.backends.null import Keyring

    monkeypatch.setattr(keyring.core, "_keyring_backend", Keyring())
    assert not KeptKeys(tmp_path, SystemKeyring(SERVICE)).is_in_vault


def test_where_the_system_keeps_keys_the_file_holds_only_the_public_one(tmp_path: Path) -> None:
    drawer = Drawer()
    keys = KeptKeys(tmp_path, drawer)
    assert keys.is_in_vault
    private = keys.key().private.hex()
    assert private not in (tmp_path / KEY_FILE).read_text()
    keys.keep_in("file")
    assert drawer.secrets == {}
    assert KeptKeys(tmp_path).key().private.hex() == private
    KeptKeys(tmp_path, drawer).keep_in("keyring")
    assert KeptKeys(tmp_path, drawer).key().private.hex() == private
    assert private not in (tmp_path / KEY_FILE).read_text()


def test_a_locked_keyring_lets_look_and_verify_but_not_save(tmp_path: Path) -> None:
    drawer = Drawer()
    with closing(CaseStore(tmp_path / "cases", keys=KeptKeys(tmp_path, drawer))) as store:
        store.create(CaseHeader("1"))
    drawer.is_locked = True
    with closing(CaseStore(tmp_path / "cases", keys=KeptKeys(tmp_path, drawer))) as store:
        assert store.trail.verify().sound
        with pytest.raises(StoreError, match="keyring, which cannot be reached"):
            store.create(CaseHeader("2"))
        assert len(store.list()) == 1


def test_a_damaged_key_is_said_and_no_new_one_made(tmp_path: Path) -> None:
    with closing(CaseStore(tmp_path)) as store:
        store.create(CaseHeader("1"))
    (tmp_path / KEY_FILE).write_text("{")
    with pytest.raises(StoreError, match=r"put signing-key\.json back"):
        CaseStore(tmp_path)
    assert (tmp_path / KEY_FILE).read_text() == "{"


OF_WAITING_IMAGES = {*KNOWN_WAITING, IMAGE_READ, KEPT_ASIDE, NONE_THERE, STOPPED, RESUMED}
"""An earlier version told of no image that waits."""


def as_of_before(store: Store) -> None:
    """What an earlier version left: entries without digests and signatures, an anchor without one, no key."""
    entries: list[AuditEntry] = []
    for entry in store.entries():
        if entry.what in OF_WAITING_IMAGES:
            continue
        old = replace(
            entry,
            number=len(entries) + 1,
            previous=entries[-1].seal if entries else START,
            digests="",
            signer="",
            signature="",
        )
        if old.what == ERASED:
            # It vouches for the seals of what it blanked, and those were other ones then.
            old = replace(old, old=erasure_digest(one for one in entries if one.erased and one.case_id == old.case_id))
        entries.append(replace(old, seal=old.computed_seal()))
    store.write_entries(entries)
    store.anchor.write_text(json.dumps({"count": len(entries), "seal": entries[-1].seal}))
    for name in (KEY_FILE, NEXT_ANCHOR):
        (store.folder / name).unlink()


def test_a_store_of_before_is_taken_up_and_what_was_before_is_said_to_be_unsigned(used: Store) -> None:
    old, url = used, used.url
    as_of_before(old)
    before = len(old.entries())
    with closing(CaseStore(old.folder, url)) as store:
        check = store.trail.verify()
        assert check.sound, check.faults
        assert check.notes[0] == f"Entries 1 to {before} are older than the signatures of the trail and are not signed."
        assert {one.what for one in store.trail.entries() if one.number > before} == {
            "sealed as found",
            FOUND_WAITING,
        }
    old.run("UPDATE cases SET patient = 'Roe' WHERE id = 1")
    with closing(CaseStore(old.folder, url)) as store:
        assert ["Case 1 was changed" in one.sentence for one in store.trail.verify().faults] == [True]


def test_a_store_that_came_from_another_computer_says_whose_keys_signed(tmp_path: Path) -> None:
    a_store_in_use(tmp_path / "first", "")
    shutil.copytree(tmp_path / "first", tmp_path / "second")
    for name in (KEY_FILE, NEXT_ANCHOR, "audit-head.json"):
        (tmp_path / "second" / name).unlink()
    with closing(CaseStore(tmp_path / "second")) as store:
        store.create(CaseHeader("new"))
        check = store.trail.verify()
        assert check.sound, check.faults
        assert ["of another installation" in note for note in check.notes] == [True, False]


def test_a_kill_between_commit_and_anchor_is_no_fault(tmp_path: Path) -> None:
    """The intent tells of the transaction; only the anchor before it may lag behind."""
    with closing(CaseStore(tmp_path)) as store:
        store.create(CaseHeader("1"))
        anchor = (tmp_path / "audit-head.json").read_bytes()
        store.create(CaseHeader("2"))
    (tmp_path / "audit-head.json").write_bytes(anchor)
    with closing(CaseStore(tmp_path)) as store:
        assert store.trail.verify().sound
        assert len(store.trail.entries()) == 2


def test_what_was_accepted_stays_on_record_and_a_later_edit_is_a_fault_again(used: Store) -> None:
    store, url = used, used.url
    store.run("UPDATE cases SET patient = 'Roe' WHERE id = 1", "DELETE FROM amendments")
    store.anchor.unlink()
    with closing(CaseStore(store.folder, url)) as opened:
        assert len(opened.trail.verify().faults) == 3
        assert len(opened.trail.accept("The server was moved by hand; ticket 7.")) == 3
        assert opened.trail.verify().sound
        told = [one for one in opened.trail.entries() if one.what == "faults accepted"]
        assert {one.reason for one in told} == {"The server was moved by hand; ticket 7."}
        assert any("Amendment 1 of case 1 was taken away" in one.old for one in told)
    store.run("UPDATE cases SET patient = 'Poe' WHERE id = 1")
    with closing(CaseStore(store.folder, url)) as opened:
        assert len(opened.trail.verify().faults) == 1


@pytest.mark.parametrize("act", ["taken away", "put back"])
def test_an_anchor_that_changes_while_the_program_runs_stays_on_record(tmp_path: Path, act: str) -> None:
    with closing(CaseStore(tmp_path)) as store:
        store.create(CaseHeader("1"))
        old = (tmp_path / "audit-head.json").read_bytes()
        store.create(CaseHeader("2"))
        (tmp_path / "audit-head.json").unlink()
        if act == "put back":
            (tmp_path / "audit-head.json").write_bytes(old)
        store.create(CaseHeader("3"))
        store.create(CaseHeader("4"))
        told = [one.sentence for one in store.trail.verify().faults]
    assert len(told) == 1 and "While the program ran, audit-head.json was taken away" in told[0]
