"""A disk that does not give the remembered end of the trail is no person who took it away."""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from leukoscope.cases.anchors import ANCHOR_FILE
from leukoscope.cases.audit_trail import ANCHOR_FAULT
from leukoscope.cases.signing_keys import KEY_FILE
from leukoscope.cases.store import CaseStore
from leukoscope.domain.cases import CaseHeader
from leukoscope.domain.errors import DISK_BROKEN, DISK_FULL, StoreError

Break = Callable[[str, int], None]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[CaseStore]:
    store = CaseStore(tmp_path)
    store.create(CaseHeader("1", "Doe"))
    yield store
    store.close()


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> Iterator[Break]:
    """Makes the disk refuse to read files of a name; all is well again afterwards."""
    read = Path.read_bytes
    refused: dict[str, int] = {}

    def read_bytes(path: Path) -> bytes:
        if path.name in refused:
            raise OSError(refused[path.name], "refused", str(path))
        return read(path)

    monkeypatch.setattr(Path, "read_bytes", read_bytes)
    yield refused.__setitem__
    refused.clear()


@pytest.mark.parametrize(("number", "sentence"), [(errno.EIO, DISK_BROKEN), (errno.EDQUOT, DISK_FULL)])
def test_a_write_is_refused_and_nobody_is_accused(
    store: CaseStore, tmp_path: Path, broken: Break, monkeypatch: pytest.MonkeyPatch, number: int, sentence: str
) -> None:
    broken(ANCHOR_FILE, number)
    with pytest.raises(StoreError) as caught:
        store.update_header(1, CaseHeader("1", "Roe"))
    assert caught.value.message == sentence
    monkeypatch.undo()
    assert store.load(1).header.patient == "Doe"
    store.update_header(1, CaseHeader("1", "Roe"))
    assert store.trail.verify().sound
    assert ANCHOR_FAULT not in {one.what for one in store.trail.entries()}


def test_cases_are_not_opened_on_a_guess(
    store: CaseStore, tmp_path: Path, broken: Break, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.close()
    broken(ANCHOR_FILE, errno.EIO)
    with pytest.raises(StoreError) as caught:
        CaseStore(tmp_path)
    assert caught.value.message == DISK_BROKEN
    monkeypatch.undo()
    again = CaseStore(tmp_path)
    assert again.trail.verify().sound
    assert ANCHOR_FAULT not in {one.what for one in again.trail.entries()}
    again.close()


def test_an_anchor_that_somebody_put_something_else_for_is_told_of_as_ever(store: CaseStore, tmp_path: Path) -> None:
    (tmp_path / ANCHOR_FILE).unlink()
    (tmp_path / ANCHOR_FILE).mkdir()
    with pytest.raises(OSError):
        (tmp_path / ANCHOR_FILE).read_bytes()
    store.update_header(1, CaseHeader("1", "Roe"))
    assert ANCHOR_FAULT in {one.what for one in store.trail.entries()}


def test_a_key_that_the_disk_does_not_give_is_not_called_damaged(
    store: CaseStore, tmp_path: Path, broken: Break, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.close()
    broken(KEY_FILE, errno.EIO)
    with pytest.raises(StoreError) as caught:
        _open_and_write(tmp_path)
    assert caught.value.message == DISK_BROKEN
    monkeypatch.undo()
    whole = CaseStore(tmp_path)
    assert whole.trail.verify().sound
    whole.close()


def _open_and_write(folder: Path) -> None:
    store = CaseStore(folder)
    try:
        store.update_header(1, CaseHeader("1", "Roe"))
    finally:
        store.close()
