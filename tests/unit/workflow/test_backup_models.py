"""Imported models survive a backup: whole, checked as received ones are, and never in the place of others."""

from __future__ import annotations

import hashlib
import json
import shutil
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from leukoscope.cases import unlocked_keys
from leukoscope.cases.cipher import Cipher
from leukoscope.cases.database import DATABASE_FILE
from leukoscope.cases.store import CaseStore
from leukoscope.cli.main import main
from leukoscope.domain.cases import CaseHeader
from leukoscope.domain.errors import StoreError
from leukoscope.domain.retention import Retention
from leukoscope.inference.library import BundleLibrary
from leukoscope.inference.manifest import file_sha256, read_manifest, write_manifest
from leukoscope.workflow import encryption
from leukoscope.workflow.app_dirs import AppDirs, shipped_models
from leukoscope.workflow.backup import BackedUp, back_up, back_up_daily
from leukoscope.workflow.opening import open_store
from leukoscope.workflow.restore import prepared_restore, restore
from leukoscope.workflow.store_keys import keep
from tests.unit.cases.builders import all_files

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


NETWORK = Path(__file__).parents[1] / "inference" / "keras2_files" / "average.keras"


def imported(user: Path, name: str, title: str = "Own") -> Path:
    """The shipped figures of shape under another name, as an imported model lies there."""
    folder = user / name
    shutil.copytree(shipped_models() / "morphology", folder)
    write_manifest(read_manifest(folder).model_copy(update={"name": name, "title": title}), folder)
    return folder


def network(user: Path, name: str) -> Path:
    """A small network, with the manifest of a shipped one."""
    folder = user / name
    folder.mkdir(parents=True)
    shutil.copyfile(NETWORK, folder / "model.keras")
    said = {"name": name, "novelty": None, "model_sha256": file_sha256(NETWORK)}
    write_manifest(read_manifest(shipped_models() / "hybrid").model_copy(update=said), folder)
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in all_files(folder)}


@pytest.fixture
def library(tmp_path: Path) -> BundleLibrary:
    """One imported model beside the shipped ones."""
    imported(tmp_path / "models", "own")
    return BundleLibrary(shipped_models(), tmp_path / "models")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[CaseStore]:
    store = CaseStore(tmp_path / "cases")
    store.create(CaseHeader("1"))
    yield store
    store.close()


@pytest.fixture
def backup(store: CaseStore, library: BundleLibrary, tmp_path: Path) -> Path:
    assert back_up(store, tmp_path / "all.zip", library=library) == BackedUp(0, 1)
    store.close()
    return tmp_path / "all.zip"


@pytest.mark.parametrize("kind", ["clear", "encrypted"])
def test_imported_models_come_back_with_the_cases(
    kind: str, data_home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    home, target = AppDirs.of_user(), tmp_path / "all.zip"
    imported(home.models, "own-shape")
    network(home.models, "own-network")
    before = contents(home.models)
    with closing(open_store(home)) as store:
        store.create(CaseHeader("1"))
    if kind == "encrypted":
        monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
        cipher = Cipher.new()
        keep(home, cipher)
        encryption.turn_on(home, cipher)
    assert main(["backup", str(target)]) == 0
    assert "imported models in it: 2" in capsys.readouterr().out
    assert zipfile.is_zipfile(target) is (kind == "clear")
    shutil.rmtree(home.models)
    assert main(["restore", str(target), "--dry-run"]) == 0
    assert "models: come back 2, here already 0" in capsys.readouterr().out
    assert contents(home.models) == {}
    assert main(["restore", str(target), "--yes"]) == 0
    assert "0 images were added; imported models added: 2" in capsys.readouterr().out
    assert contents(home.models) == before
    with closing(open_store(home)) as store:
        told = [one.subject for one in store.trail.entries() if one.what == "model restored"]
        assert told == ["own-shape", "own-network"]
    unlocked_keys.lock_all()


def test_what_is_here_stays(backup: Path, library: BundleLibrary, tmp_path: Path) -> None:
    with prepared_restore(tmp_path / "cases", backup, library=library) as ready:
        assert ready.plan.models.there == ("own",)
        assert ready.put_back() == 0
    shutil.rmtree(library.user)
    imported(library.user, "own", title="Another")
    before = contents(library.user)
    restore(tmp_path / "cases", backup, library=library)
    assert contents(library.user) == before
    with closing(CaseStore(tmp_path / "cases")) as store:
        assert "The model “own” of this backup does not come back" in store.trail.entries()[0].reason


def rewritten(backup: Path, change: Callable[[dict[str, bytes]], None], *, listed: bool, mode: int = 0o600) -> Path:
    """The backup with other files in it."""
    with zipfile.ZipFile(backup) as archive:
        files = {name: archive.read(name) for name in archive.namelist() if name != "sha256.json"}
        said = json.loads(archive.read("sha256.json"))
    change(files)
    if listed:
        said["files"] = {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
    target = backup.with_name("changed.zip")
    with zipfile.ZipFile(target, "w") as archive:
        for name, data in files.items():
            info = zipfile.ZipInfo(name)
            info.external_attr = (0o600 if name == DATABASE_FILE else mode) << 16
            archive.writestr(info, data)
        archive.writestr("sha256.json", json.dumps(said))
    return target


def test_a_planted_model_changes_nothing(backup: Path, tmp_path: Path) -> None:
    away = BundleLibrary(shipped_models(), tmp_path / "new")
    before = contents(tmp_path / "cases")

    def refused(file: Path, match: str) -> None:
        with pytest.raises(StoreError, match=match):
            restore(tmp_path / "cases", file, library=away)
        assert contents(tmp_path / "cases") == before
        assert contents(tmp_path / "new") == {}

    for name in ("models/../own/card.md", "models/own/../../x", "models/own/evil.py", "models/own.part/manifest.json",
                 "models/own/", "models/other/card.md"):  # fmt: skip
        refused(rewritten(backup, lambda files, name=name: files.update({name: b"x"}), listed=True), "damaged")
    refused(rewritten(backup, lambda _: None, listed=True, mode=0o120777), "damaged")
    refused(
        rewritten(backup, lambda files: files.update({"models/own/card.md": b"other"}), listed=False),
        "The model “own” in it is damaged",
    )


def unsafe(files: dict[str, bytes]) -> None:
    """A network that is none, with a manifest that fits it."""
    manifest = read_manifest(shipped_models() / "hybrid").model_copy(
        update={"name": "own", "novelty": None, "model_sha256": hashlib.sha256(b"import os").hexdigest()}
    )
    files["models/own/manifest.json"] = manifest.model_dump_json().encode()
    files["models/own/model.keras"] = b"import os"


def test_an_unsafe_model_is_refused_and_the_cases_come_back_without_it(backup: Path, tmp_path: Path) -> None:
    away = BundleLibrary(shipped_models(), tmp_path / "new")
    file = rewritten(backup, unsafe, listed=True)
    with pytest.raises(StoreError, match=r"model “own” in it may not be used: “model.keras”"):
        restore(tmp_path / "cases", file, library=away)
    assert restore(tmp_path / "cases", file, library=away, despite_faults=True) == 0
    assert contents(tmp_path / "new") == {}
    with closing(CaseStore(tmp_path / "cases")) as store:
        assert "may not be used" in store.trail.entries()[0].reason


def test_a_model_that_is_not_whole_is_named_and_not_written(
    store: CaseStore, library: BundleLibrary, tmp_path: Path
) -> None:
    target = tmp_path / "all.zip"
    folder = network(library.user, "broken")
    (folder / "model.keras").write_bytes(b"half")
    with pytest.raises(StoreError, match="model “broken” is not as it was imported"):
        back_up(store, target, library=library)
    assert not target.exists()
    with pytest.raises(StoreError, match="written without what is lost: The model “broken”"):
        back_up(store, target, library=library, despite_faults=True)
    with zipfile.ZipFile(target) as archive:
        inside = {name.split("/")[1] for name in archive.namelist() if name.startswith("models/")}
    assert inside == {"own"}


def test_each_copy_at_the_second_place_brings_back_the_models_of_its_day(
    store: CaseStore, library: BundleLibrary, tmp_path: Path
) -> None:
    second = tmp_path / "drive"
    second.mkdir()
    days: list[dict[str, bytes]] = []
    for day, title in enumerate(("First", "First", "Second")):
        shutil.rmtree(library.user)
        imported(library.user, "own", title=title)
        days.append(contents(library.user))
        back_up_daily(store, NOON + timedelta(days=day), second=str(second), library=library)
    (place,) = second.iterdir()
    assert len(list((place / "models").iterdir())) == 2
    store.close()
    for day in (0, 2):
        away = BundleLibrary(shipped_models(), tmp_path / f"new-{day}")
        copy = place / f"daily-2026-11-{23 + day}.db"
        restore(tmp_path / "elsewhere" / str(day), copy, library=away)
        assert contents(away.user) == days[day]
    with closing(CaseStore(tmp_path / "cases")) as again:
        one = Retention(1, 0, 0)
        back_up_daily(again, NOON + timedelta(days=3), second=str(second), library=library, keep=one)
    (kept,) = (place / "models").iterdir()
    (kept / "card.md").write_text("other", encoding="utf-8")
    with pytest.raises(StoreError, match="The model “own” in it is damaged"):
        restore(tmp_path / "elsewhere" / "3", place / "daily-2026-11-26.db", library=library)
    (place / "daily-2026-11-26.models.json").write_text("{", encoding="utf-8")
    with pytest.raises(StoreError, match="This backup is damaged"):
        restore(tmp_path / "elsewhere" / "3", place / "daily-2026-11-26.db", library=library)
