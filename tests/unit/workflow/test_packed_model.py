"""A model in one signed file: it arrives as it was packed, or is refused and leaves nothing."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from leukoscope.cases.signing_keys import KeptKeys, short_key
from leukoscope.domain.errors import BundleError, CancelledError
from leukoscope.domain.progress import CancelToken
from leukoscope.inference.library import BundleLibrary
from leukoscope.inference.manifest import file_sha256, write_manifest
from leukoscope.workflow.app_dirs import shipped_models
from leukoscope.workflow.packed_model import CONTENTS_FILE, pack_model, unpack_model


def nothing(text: str, done: int, total: int) -> None:
    """Nobody looks."""


@pytest.fixture
def keys(tmp_path: Path) -> KeptKeys:
    (tmp_path / "keys").mkdir()
    return KeptKeys(tmp_path / "keys")


@pytest.fixture
def here(tmp_path: Path) -> BundleLibrary:
    return BundleLibrary(tmp_path / "none", tmp_path / "user")


@pytest.fixture
def packed(tmp_path: Path, keys: KeptKeys) -> Path:
    """The shipped figures of shape, packed."""
    there = BundleLibrary(shipped_models(), tmp_path / "nobody")
    pack_model(there.get("morphology"), tmp_path / "m.zip", keys, nothing, CancelToken())
    return tmp_path / "m.zip"


@pytest.mark.parametrize("name", ["morphology", "hybrid"])
def test_a_model_arrives_as_it_was_packed(name: str, tmp_path: Path, keys: KeptKeys, here: BundleLibrary) -> None:
    there = BundleLibrary(shipped_models(), tmp_path / "nobody")
    steps: list[tuple[int, int]] = []
    key = pack_model(
        there.get(name), tmp_path / "m.zip", keys, lambda text, done, total: steps.append((done, total)), CancelToken()
    )
    assert key == short_key(keys.public)
    assert steps[-1][0] == steps[-1][1] == len(steps) - 1
    bundle = unpack_model(tmp_path / "m.zip", key, here, nothing, CancelToken())
    assert bundle.manifest == there.get(name).manifest
    assert all(check.passed for check in here.verify(name))
    assert [one.name for one in here.user.iterdir()] == [name]
    with pytest.raises(BundleError, match="already; remove it first"):
        unpack_model(tmp_path / "m.zip", key, here, nothing, CancelToken())
    with pytest.raises(BundleError, match="choose another name"):
        pack_model(there.get(name), tmp_path / "m.zip", keys, nothing, CancelToken())


def refused(file: Path, key: str, here: BundleLibrary, match: str) -> None:
    with pytest.raises(BundleError, match=match):
        unpack_model(file, key, here, nothing, CancelToken())
    assert not here.user.exists() or list(here.user.iterdir()) == []


def test_only_the_key_that_people_named_is_taken(packed: Path, keys: KeptKeys, here: BundleLibrary) -> None:
    for key in ("", keys.public[:8], "0" * 16):
        refused(packed, key, here, f"key {short_key(keys.public)}")


def rewritten(file: Path, change: Callable[[dict[str, bytes]], None]) -> Path:
    """The same file with other contents."""
    with zipfile.ZipFile(file) as old:
        members = {name: old.read(name) for name in old.namelist()}
    change(members)
    with zipfile.ZipFile(file, "w") as new:
        for name, data in members.items():
            new.writestr(name, data)
    return file


def another_sum(members: dict[str, bytes]) -> None:
    said = json.loads(members[CONTENTS_FILE])
    said["files"]["card.md"] = "0" * 64
    members[CONTENTS_FILE] = json.dumps(said).encode()


def another_name(members: dict[str, bytes]) -> None:
    members[CONTENTS_FILE] = members[CONTENTS_FILE].replace(b'"morphology"', b'"other"')


CHANGES: dict[str, Callable[[dict[str, bytes]], None]] = {
    "a file": lambda members: members.update({"card.md": b"# Changed"}),
    "a sum": another_sum,
    "the name": another_name,
    "one more file": lambda members: members.update({"../../evil.py": b"x"}),
    "one file less": lambda members: members.pop("card.md") and None,
    "no signature": lambda members: members.update({CONTENTS_FILE: b"{}"}),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_what_was_changed_is_refused(
    change: Callable[[dict[str, bytes]], None], packed: Path, keys: KeptKeys, here: BundleLibrary
) -> None:
    refused(rewritten(packed, change), keys.public, here, "damaged or changed after it was packed")


def test_what_is_no_packed_model_is_refused(tmp_path: Path, here: BundleLibrary) -> None:
    (tmp_path / "a.zip").write_bytes(b"no archive")
    refused(tmp_path / "a.zip", "0" * 16, here, "damaged or changed")
    with zipfile.ZipFile(tmp_path / "b.zip", "w") as other:
        other.writestr("readme.txt", "hello")
    refused(tmp_path / "b.zip", "0" * 16, here, "no model that this program packed")
    refused(tmp_path / "none.zip", "0" * 16, here, "cannot be read")


def test_the_model_itself_is_checked_in_every_container(tmp_path: Path, keys: KeptKeys, here: BundleLibrary) -> None:
    """A signature says who packed it, not that it is safe."""
    for container in ("keras", "onnx", "saved_model"):
        there = BundleLibrary(tmp_path / container, tmp_path / "nobody")
        manifest = BundleLibrary(shipped_models(), tmp_path / "nobody").get("hybrid").manifest
        manifest = manifest.model_copy(update={"container": container, "novelty": None})
        folder = there.shipped / "hybrid"
        folder.mkdir(parents=True)
        (folder / manifest.model_file).write_bytes(b"import os")
        (folder / "card.md").write_text("# Card", encoding="utf-8")
        sha256 = file_sha256(folder / manifest.model_file)
        write_manifest(manifest.model_copy(update={"model_sha256": sha256}), folder)
        key = pack_model(there.get("hybrid"), tmp_path / f"{container}.zip", keys, nothing, CancelToken())
        with zipfile.ZipFile(tmp_path / f"{container}.zip") as packed:
            assert manifest.model_file in packed.namelist()
        refused(tmp_path / f"{container}.zip", key, here, r"“model\.\w+” ")


def test_both_can_be_stopped_and_leave_nothing(
    tmp_path: Path, packed: Path, keys: KeptKeys, here: BundleLibrary
) -> None:
    cancel = CancelToken()
    cancel.cancel()
    there = BundleLibrary(shipped_models(), tmp_path / "nobody")
    with pytest.raises(CancelledError):
        pack_model(there.get("morphology"), tmp_path / "n.zip", keys, nothing, cancel)
    assert not list(tmp_path.glob("*n.zip*"))
    with pytest.raises(CancelledError):
        unpack_model(packed, keys.public, here, nothing, cancel)
    assert list(here.user.iterdir()) == []
