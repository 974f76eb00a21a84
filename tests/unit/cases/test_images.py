from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from leukoscope.cases.images import ImageStore
from leukoscope.domain.errors import StoreError

DATA = b"the bytes of an image file"
SHA256 = hashlib.sha256(DATA).hexdigest()


def test_an_image_lies_where_its_hash_says(tmp_path: Path) -> None:
    images = ImageStore(tmp_path)
    assert images.put(DATA) == (SHA256, True)
    assert (tmp_path / SHA256[:2] / SHA256).read_bytes() == DATA
    assert images.read(SHA256) == DATA


def test_the_same_bytes_are_kept_once(tmp_path: Path) -> None:
    images = ImageStore(tmp_path)
    images.put(DATA)
    assert images.put(DATA) == (SHA256, False)
    assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == 1


def test_a_changed_file_is_never_given_out(tmp_path: Path) -> None:
    images = ImageStore(tmp_path)
    images.put(DATA)
    images.path(SHA256).write_bytes(DATA + b"!")
    with pytest.raises(StoreError, match="damaged"):
        images.read(SHA256)


def test_a_damaged_file_is_healed_when_the_image_comes_again(tmp_path: Path) -> None:
    images = ImageStore(tmp_path)
    images.put(DATA)
    images.path(SHA256).write_bytes(b"")
    assert images.put(DATA) == (SHA256, True)
    assert images.read(SHA256) == DATA


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="missing"):
        ImageStore(tmp_path).read(SHA256)


@pytest.mark.parametrize("name", ["", "abc", "../" + "a" * 61, "A" * 64, "a" * 65])
def test_only_hashes_are_names(tmp_path: Path, name: str) -> None:
    with pytest.raises(StoreError):
        ImageStore(tmp_path).read(name)


def test_a_folder_that_cannot_be_written_is_said_and_left_clean(tmp_path: Path) -> None:
    (tmp_path / SHA256[:2]).write_text("a file where a folder should be")
    with pytest.raises(StoreError, match="cannot be saved"):
        ImageStore(tmp_path).put(DATA)
    assert [path.name for path in tmp_path.iterdir()] == [SHA256[:2]]
