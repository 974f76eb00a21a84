"""The Debian package and the archive that unpacks itself, of a small program."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="packages of Linux are made on Linux")


@pytest.fixture
def edition() -> str:
    return "full"


@pytest.fixture
def packed(packaging: Callable[[str], ModuleType], repository: Path, tmp_path: Path, edition: str) -> Path:
    """A folder with ``x.deb`` and ``x.run``."""
    program, icons = tmp_path / "program", tmp_path / "icons"
    (program / "_internal").mkdir(parents=True)
    (program / "licenses").mkdir()
    icons.mkdir()
    (program / "licenses" / "THIRD-PARTY.txt").write_text("nobody else\n", encoding="utf-8")
    (program / "_internal" / "Größe 王.txt").write_text("data\n", encoding="utf-8")
    (program / "_internal" / "link").symlink_to("Größe 王.txt")
    command = program / "leukoscope"
    command.write_text("#!/bin/sh\necho LeukoScope test\n", encoding="utf-8")
    command.chmod(0o755)
    (program / "leukoscope-window").hardlink_to(command)
    linux = packaging("linux_packages")
    for side in linux.ICON_SIDES:
        (icons / f"{side}.png").write_bytes(b"png")
    build = linux.Build(
        program,
        icons,
        repository,
        "1.2.3.dev4+gabc",
        edition,
        program,
        tmp_path / "kept",
        1_700_000_000,
        1_600_000_000,
        True,
    )
    size, sums = linux.compress(build, tmp_path / "tree.tar.xz")
    linux.debian_package(build, tmp_path / "tree.tar.xz", size, sums, tmp_path / "x.deb")
    linux.self_extracting(build, tmp_path / "tree.tar.xz", tmp_path / "x.run")
    return tmp_path


def said(*words: str | Path, **variables: str) -> str:
    command = [str(word) for word in words]
    run = subprocess.run(command, capture_output=True, text=True, check=True, env={**os.environ, **variables})
    return run.stdout


def test_debian_reads_the_package_and_its_files(packed: Path) -> None:
    fields = said("dpkg-deb", "--field", packed / "x.deb")
    assert "Version: 1.2.3~dev4+gabc" in fields
    assert "Depends: libc6 (>= " in fields
    said("dpkg-deb", "--extract", packed / "x.deb", packed / "out")
    out = packed / "out"
    assert said(out / "opt" / "leukoscope" / "leukoscope-window") == "LeukoScope test\n"
    assert (out / "opt/leukoscope/_internal/link").read_text(encoding="utf-8") == "data\n"
    assert (out / "usr/bin/leukoscope").readlink() == Path("/opt/leukoscope/leukoscope")
    said("dpkg-deb", "--control", packed / "x.deb", packed / "control")
    for line in (packed / "control" / "md5sums").read_text(encoding="utf-8").splitlines():
        total, _, name = line.partition("  ")
        assert said("md5sum", out / name).split()[0].lstrip("\\") == total


@pytest.mark.parametrize("edition", ["server"])
def test_the_servers_package_has_a_unit_and_an_account_and_no_window(packed: Path) -> None:
    fields = said("dpkg-deb", "--field", packed / "x.deb")
    assert "Package: leukoscope-server\n" in fields
    assert "Conflicts: leukoscope, leukoscope-lite\n" in fields
    depends = fields.partition("Depends: ")[2].splitlines()[0]
    assert "passwd" in depends and "libgl1" not in depends and "libxkbcommon0" not in depends
    said("dpkg-deb", "--raw-extract", packed / "x.deb", packed / "out")
    out = packed / "out"
    unit = (out / "usr/lib/systemd/system/leukoscope-server.service").read_text(encoding="utf-8")
    assert "EnvironmentFile=/etc/leukoscope/server.conf\n" in unit
    (documented,) = [line for line in unit.splitlines() if line.startswith("Documentation=file:/")]
    assert (out / documented.partition("file:/")[2]).is_file()
    assert (out / "DEBIAN/conffiles").read_text(encoding="utf-8") == "/etc/leukoscope/server.conf\n"
    assert (out / "etc/leukoscope/server.conf").is_file()
    for name in ("postinst", "prerm", "postrm"):
        assert os.access(out / "DEBIAN" / name, os.X_OK)
        said("sh", "-n", out / "DEBIAN" / name)
    assert [path.name for path in (out / "usr" / "bin").iterdir()] == ["leukoscope"]
    assert {path.name for path in (out / "usr" / "share").iterdir()} == {"doc"}


def test_the_archive_installs_upgrades_and_goes(packed: Path) -> None:
    home = packed / "Wohnung ü 王"
    home.mkdir()
    variables = {"HOME": str(home), "XDG_DATA_HOME": str(home / ".local" / "share")}
    for _ in range(2):
        said("sh", packed / "x.run", **variables)
    assert said(home / ".local" / "bin" / "leukoscope") == "LeukoScope test\n"
    entry = (home / ".local/share/applications/leukoscope.desktop").read_text(encoding="utf-8")
    assert f'Exec="{home}/.local/share/leukoscope-program/leukoscope-window" %F' in entry
    kept = home / ".local" / "share" / "LeukoScope" / "cases.db"
    kept.parent.mkdir()
    kept.write_text("cases", encoding="utf-8")
    said("sh", packed / "x.run", "--uninstall", **variables)
    # The desktop's own indexes of menus and file types stay; nothing in them is ours.
    left = [path for path in home.rglob("*") if path.is_file() or path.is_symlink()]
    assert [path for path in left if "leukoscope" in str(path.relative_to(home)).lower()] == [kept]
    said("sh", packed / "x.run", "--extract", packed / "only here", **variables)
    assert said(packed / "only here" / "leukoscope" / "leukoscope") == "LeukoScope test\n"
