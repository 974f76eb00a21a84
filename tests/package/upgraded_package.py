"""A newer package over an older one, one edition over the other: the cases stay, and the program is whole.

Runs with ``make test-package``; needs root and debootstrap. The older package is today's with a lower version and
one file more; the older database is made by the first two of today's migrations.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine

import leukoscope.cases
from tests.package.clean_root import USER, clean_root, in_root, sh
from tests.package.programs import REPOSITORY
from tests.tools import tool

DIST = REPOSITORY / "dist"
HOME = Path("home", USER)
DATA = HOME / ".local" / "share" / "LeukoScope"
SETTINGS = HOME / ".config" / "LeukoScope" / "settings.json"
DATABASE = DATA / "cases" / "cases.db"
OLDER = "0.0.9"
GONE = Path("opt", "leukoscope", "_internal", "only-in-the-older-one.txt")
QUIET = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}


@pytest.fixture(scope="module", autouse=True)
def rights_and_tools() -> None:
    """Fail at once, with what helps, where a clean Debian cannot be made."""
    assert sys.platform == "linux" and os.geteuid() == 0, "run as root: sudo make test-package"
    for name in ("debootstrap",):
        tool(name)


def newest(pattern: str) -> Path:
    found = sorted(DIST.glob(pattern), key=lambda path: path.stat().st_mtime)
    if not found:
        pytest.fail(f"there is no dist/{pattern}; run make package first")
    return found[-1]


def older(package: Path, work: Path) -> Path:
    """The package with a lower version and a file that today's has not."""
    tree, made = work / "tree", work / "older.deb"
    sh("dpkg-deb", "--raw-extract", package, tree)
    control = tree / "DEBIAN" / "control"
    control.write_text(re.sub(r"(?m)^Version: .*$", f"Version: {OLDER}", control.read_text(encoding="utf-8")))
    (tree / GONE).write_text("of the older version", encoding="utf-8")
    sh("dpkg-deb", "-Znone", "--build", tree, made)
    shutil.rmtree(tree)
    return made


def older_database(file: Path) -> None:
    """A database as version 0.0.9 left it: at the second revision, with a case."""
    file.parent.mkdir(parents=True)
    config = Config()
    config.set_main_option("script_location", str(Path(leukoscope.cases.__file__).with_name("migrations")))
    engine = create_engine(f"sqlite:///{file}")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0002")
    engine.dispose()
    values = {
        "number": "2025-0042", "patient": "Müller, Änne 王", "specimen": "Blood", "stain": "MGG", "operator": "A.",
        "notes": "", "search_text": "2025-0042 müller", "state": "open", "created_at": "2025-11-23 08:00:00.000000",
        "changed_at": "2025-11-23 08:00:00.000000", "frame_count": 0, "leukemic_count": 0, "healthy_count": 0,
        "unsure_count": 0,
    }  # fmt: skip
    with closing(sqlite3.connect(file)) as connection:
        known = {row[1]: row for row in connection.execute("PRAGMA table_info(cases)")}
        values |= {name: 0 if "INT" in row[2] else "routine" for name, row in known.items()
                   if row[3] and row[4] is None and name not in values and name != "id"}  # fmt: skip
        places = ", ".join("?" * len(values))
        connection.execute(f"INSERT INTO cases ({', '.join(values)}) VALUES ({places})", tuple(values.values()))
        connection.commit()


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A clean Debian with the older light edition, and what a person has made with it."""
    work = tmp_path_factory.mktemp("upgrade")
    package = newest("leukoscope-lite_*.deb")
    with clean_root(work / "clean") as place:
        shutil.copyfile(older(package, work), place / "tmp" / "older.deb")
        shutil.copyfile(package, place / "tmp" / "newer.deb")
        shutil.copyfile(newest("leukoscope_*.deb"), place / "tmp" / "full.deb")
        sh("chroot", place, "apt-get", "update")
        names = [
            re.sub(r"\(.*?\)", "", part).strip() for part in sh("dpkg-deb", "-f", package, "Depends").stdout.split(",")
        ]
        sh("chroot", place, "apt-get", "install", "-y", "--no-install-recommends", *names, env=QUIET)
        sh("chroot", place, "dpkg", "-i", "/tmp/older.deb", env=QUIET)
        assert (place / GONE).is_file()
        older_database(place / DATABASE)
        for kept, text in (
            (place / SETTINGS, json.dumps({"laboratory": "Labor Süd", "operator": "A. Weber"})),
            (place / DATA / "models" / "notes.txt", "our own"),
        ):
            kept.parent.mkdir(parents=True, exist_ok=True)
            kept.write_text(text, encoding="utf-8")
        sh("chroot", place, "chown", "-R", f"{USER}:{USER}", f"/home/{USER}")
        yield place


def fingerprints(root: Path) -> dict[str, str]:
    """Every file of the person."""
    files = sorted(path for path in (root / HOME).rglob("*") if path.is_file())
    return {str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def revision(root: Path) -> str:
    with closing(sqlite3.connect(root / DATABASE)) as connection:
        return str(connection.execute("SELECT version_num FROM alembic_version").fetchone()[0])


def numbers(root: Path) -> list[str]:
    with closing(sqlite3.connect(root / DATABASE)) as connection:
        return [row[0] for row in connection.execute("SELECT number FROM cases")]


def test_the_newer_one_takes_the_older_ones_place_and_touches_nothing_of_the_person(root: Path) -> None:
    before = fingerprints(root)
    sh("chroot", root, "dpkg", "-i", "/tmp/newer.deb", env=QUIET)
    assert not (root / GONE).exists()
    assert fingerprints(root) == before
    assert sh(*in_root(root, "leukoscope", "self-test"), check=False).returncode == 0


def test_the_first_start_brings_the_database_up_and_keeps_the_old_one(root: Path) -> None:
    assert revision(root) == "0002"
    done = sh(*in_root(root, "leukoscope", "check"), check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert revision(root) != "0002" and numbers(root) == ["2025-0042"]
    (kept,) = (root / DATABASE.parent / "backups").glob("cases-0002-*.db")
    with closing(sqlite3.connect(kept)) as connection:
        assert connection.execute("SELECT patient FROM cases").fetchone()[0] == "Müller, Änne 王"
    assert json.loads((root / SETTINGS).read_text(encoding="utf-8"))["laboratory"] == "Labor Süd"


def test_the_full_edition_takes_the_light_ones_place_and_back(root: Path) -> None:
    before = {name: one for name, one in fingerprints(root).items() if "/cases/" in name or "/models/" in name}
    for package, name, gone in (
        ("full", "leukoscope", "leukoscope-lite"),
        ("newer", "leukoscope-lite", "leukoscope"),
    ):
        sh("chroot", root, "apt-get", "install", "-y", "--no-install-recommends", f"/tmp/{package}.deb", env=QUIET)
        states = sh("chroot", root, "dpkg-query", "-W", "-f", "${Package} ${db:Status-Status}\n").stdout.splitlines()
        assert f"{name} installed" in states and f"{gone} installed" not in states
        assert sh(*in_root(root, "leukoscope", "self-test"), check=False).returncode == 0
    after = fingerprints(root)
    assert {name: after[name] for name in before} == before


def test_cases_of_a_newer_version_are_refused_and_left_alone(root: Path) -> None:
    with closing(sqlite3.connect(root / DATABASE)) as connection:
        now = revision(root)
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.commit()
    done = sh(*in_root(root, "leukoscope", "check"), check=False)
    assert done.returncode != 0
    assert "newer version of LeukoScope" in done.stdout + done.stderr
    assert revision(root) == "9999" and numbers(root) == ["2025-0042"]
    with closing(sqlite3.connect(root / DATABASE)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = ?", (now,))
        connection.commit()


def test_the_archive_over_an_older_one_leaves_nothing_of_it(root: Path) -> None:
    shutil.copyfile(newest("leukoscope-lite-[0-9]*.run"), root / "tmp" / "leukoscope.run")
    program = root / HOME / ".local" / "share" / "leukoscope-program"
    sh(*in_root(root, "sh", "/tmp/leukoscope.run"))
    (program / "_internal" / "only-in-the-older-one.txt").write_text("older", encoding="utf-8")
    before = numbers(root)
    sh(*in_root(root, "sh", "/tmp/leukoscope.run"))
    assert not (program / "_internal" / "only-in-the-older-one.txt").exists()
    assert not program.with_name("leukoscope-program.old").exists()
    inside = f"/{HOME}/.local/share/leukoscope-program/leukoscope"
    assert sh(*in_root(root, inside, "check"), check=False).returncode == 0
    assert numbers(root) == before
