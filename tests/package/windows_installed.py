"""The real Windows setup under Wine: small, quick, and a program that works where it lies. Leaves it installed.

Runs with ``make test-package-windows``; what follows it there tests the program that this installs.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from tests.package.programs import INSTALLED, REPOSITORY, WINDOWS_EDITION, call, program_folder, windows_name
from tests.package.wine import installed_root, start_line

LARGEST = {"LeukoScope": 450e6, "LeukoScope-Lite": 230e6}
INSTALL_SECONDS = 60.0
PLACE = "C:\\" + "\\".join(INSTALLED.parts[INSTALLED.parts.index("drive_c") + 1 :])


def newest_setup() -> Path:
    """What ``make package-windows`` built last."""
    found = sorted(
        (REPOSITORY / "dist").glob(f"{WINDOWS_EDITION}-[0-9]*-setup.exe"), key=lambda one: one.stat().st_mtime
    )
    if not found:
        pytest.fail(f"there is no dist/{WINDOWS_EDITION}-*-setup.exe; run make package-windows first")
    return found[-1]


def test_the_setup_is_small_enough() -> None:
    size = newest_setup().stat().st_size
    print(f"\n{newest_setup().name}: {size / 1e6:.0f} MB")
    assert size <= LARGEST[WINDOWS_EDITION]


def test_it_installs_silently() -> None:
    root = installed_root()
    root.stop()
    shutil.rmtree(INSTALLED.parent, ignore_errors=True)
    begun = time.perf_counter()
    code = start_line(root, f'"{windows_name(newest_setup())}" /S /CurrentUser /D={PLACE}')
    seconds = time.perf_counter() - begun
    load = os.getloadavg()[0]
    print(f"\n{WINDOWS_EDITION}: installed in {seconds:.0f} s (load {load:.1f})")
    assert code == 0
    assert (INSTALLED / "leukoscope-window.exe").is_file()
    # On a machine that does other work as well, a clock says little.
    assert seconds < INSTALL_SECONDS or load > 3


def ask(*words: str | Path, **variables: str | Path) -> subprocess.CompletedProcess[bytes]:
    """Run the installed command line."""
    called = call(program_folder(), *words, variables=variables)
    return subprocess.run(**called, capture_output=True, check=False, timeout=600)


def test_a_name_that_the_code_page_lacks_is_printed_all_the_same(tmp_path: Path) -> None:
    """A pipe gets the machine's code page, 1252 here, whatever Python's variables say."""
    picture = tmp_path / "细胞 Größe é.png"
    picture.write_bytes(b"no picture")
    done = ask("analyze", picture, "--out", tmp_path / "out", LEUKOSCOPE_HOME=tmp_path)
    assert done.returncode != 0
    assert b"Traceback" not in done.stderr
    assert b"UnicodeEncodeError" not in done.stderr


def test_without_a_home_named_the_data_lie_in_the_users_folder() -> None:
    root = installed_root()
    done = subprocess.run(
        root.wine(INSTALLED / "leukoscope.exe", "check"), capture_output=True, check=False, timeout=600
    )
    assert done.returncode == 0, done.stderr
    (local,) = root.drive_c.glob("users/root/AppData/Local")
    assert (local / "LeukoScope" / "cases").is_dir()
    assert (local / "LeukoScope" / "Logs").is_dir()


def test_from_a_stick_everything_lies_beside_the_program() -> None:
    beside = INSTALLED / "LEUKOSCOPE_HOME"
    beside.mkdir()
    try:
        done = subprocess.run(
            installed_root().wine(INSTALLED / "leukoscope.exe", "check"), capture_output=True, check=False, timeout=600
        )
        assert done.returncode == 0, done.stderr
        assert (beside / "data" / "cases").is_dir() and (beside / "logs").is_dir()
    finally:
        shutil.rmtree(beside)


@pytest.mark.parametrize("place", ["long", "network"])
def test_long_and_network_paths(tmp_path: Path, place: str, shared_data: Path) -> None:
    """A path of more than 260 letters, and one that begins with two backslashes."""
    folder = tmp_path / "/".join(["Ordner mit einem langen Namen für Bilder"] * 8) if place == "long" else tmp_path
    folder.mkdir(parents=True, exist_ok=True)
    picture = folder / "cell.png"
    source = next(path for path in sorted((shared_data / "cnmc_fold1" / "all").iterdir()) if path.is_file())
    shutil.copyfile(source, picture)
    name: str | Path = picture if place == "long" else "\\\\?\\" + windows_name(picture)
    assert place != "long" or len(str(picture)) > 260
    done = ask("analyze", name, "--no-maps", "--out", folder / "out", LEUKOSCOPE_HOME=tmp_path / "home", PYTHONUTF8="1")
    assert done.returncode == 0, done.stderr.decode("utf-8", "replace")
    assert (folder / "out" / "findings.json").is_file()
