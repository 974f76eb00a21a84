"""What is promised is on the disk, file and name, and only this user reads it."""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path

import pytest

from leukoscope.reports.part_file import part_file
from leukoscope.system import durable
from leukoscope.workflow.atomic_folder import swapped_folder

pytestmark = pytest.mark.skipif(os.name == "nt", reason="modes and folders of POSIX")


@pytest.fixture
def synced(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of what was brought onto the disk, in order, among renames."""
    done: list[str] = []
    real, rename = os.fsync, Path.replace

    def fsync(descriptor: int) -> None:
        done.append("sync " + Path(f"/proc/self/fd/{descriptor}").readlink().name)
        real(descriptor)

    def replace(self: Path, target: Path) -> Path:
        done.append(f"name {Path(target).name}")
        return rename(self, target)

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(Path, "replace", replace)
    return done


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_file_is_on_the_disk_before_it_has_its_name_and_the_name_after(tmp_path: Path, synced: list[str]) -> None:
    durable.write_private(tmp_path / "a", b"x")
    with part_file(tmp_path / "report.pdf") as stream:
        stream.write(b"pdf")
    told = [re.sub(r"\.(.+)\.[0-9a-f]{8}\.part", r"part of \1", one) for one in synced]
    folder = f"sync {tmp_path.name}"
    assert told == ["sync part of a", "name a", folder, "sync part of report.pdf", "name report.pdf", folder]
    assert {mode(path) for path in tmp_path.iterdir()} == {0o600}


def test_a_folder_that_leaves_is_private_whatever_wrote_into_it(tmp_path: Path, synced: list[str]) -> None:
    before = os.umask(0o022)
    try:
        with swapped_folder(tmp_path / "out") as stage:
            (stage / "deep").mkdir()
            (stage / "deep" / "file.dcm").write_bytes(b"x")
    finally:
        os.umask(before)
    assert (mode(tmp_path / "out"), mode(tmp_path / "out" / "deep")) == (0o700, 0o700)
    assert mode(tmp_path / "out" / "deep" / "file.dcm") == 0o600
    assert {"sync file.dcm", "sync deep", f"sync {tmp_path.name}"} <= set(synced)


def test_there_is_one_place_that_waits_for_the_disk(repository: Path) -> None:
    found = {path.name for path in (repository / "leukoscope").rglob("*.py") if "fsync" in path.read_text("utf-8")}
    assert found == {"durable.py"}
