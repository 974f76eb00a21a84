"""The Windows setup itself, under Wine: silent, for one and for all, odd folders, upgrade, removal, exit codes.

Runs with ``make test-package-windows``. The real setup's script packs a program of a few files here, so that each case
takes seconds; ``windows_installed.py`` looks at the real one.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path, PureWindowsPath
from typing import TYPE_CHECKING

import pytest

from tests.package.clean_root import wait_for
from tests.package.programs import REPOSITORY, windows_name
from tests.package.wine import kept_running, packaging_module, registry, start_line, wine_root

if TYPE_CHECKING:
    from resources.packaging.wine_root import WineRoot

SCRIPT = REPOSITORY / "resources" / "packaging" / "windows" / "leukoscope.nsi"
UNINSTALL = r"Software\Microsoft\Windows\CurrentVersion\Uninstall\LeukoScope"
OPEN_WITH = r"Software\Classes\Applications\leukoscope-window.exe"
MODELS = r"Software\Classes\LeukoScope.Model\shell\open\command"
PLACES = (r"C:\Programme von A\LeukoScope", r"C:\Prüf 王 é\Ленко\LeukoScope", r"C:\a&b (x86) 100%\LeukoScope")
DONE, CANCELLED, STOPPED, TOO_OLD, IS_OPEN = range(5)
WAITS = "#include <windows.h>\nint main(void) { Sleep(120000); return 0; }\n"
PROGRAMS = ("leukoscope-window", "leukoscope")


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WineRoot]:
    """A fresh Windows, as Wine pretends it."""
    with kept_running(wine_root(tmp_path_factory.mktemp("Windows") / "prefix")) as made:
        yield made


@pytest.fixture(scope="module")
def setup(root: WineRoot, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A setup of version 1.0.0 with two programs that wait."""
    return make_setup(root, tmp_path_factory.mktemp("newer"), "1.0.0")


def make_setup(root: WineRoot, work: Path, version: str, *extra: str) -> Path:
    """Pack a small program with the script that packs the real one."""
    program, source = work / "program", work / "waits.c"
    (program / "_internal" / "models").mkdir(parents=True)
    (program / "licenses").mkdir()
    (program / "licenses" / "THIRD-PARTY.txt").write_text("none", encoding="utf-8")
    for name in ("Größe 王.txt", "models/graph.bin", *extra):
        (program / "_internal" / name).write_text(version, encoding="utf-8")
    source.write_text(WAITS, encoding="ascii")
    for name in PROGRAMS:
        root.run("x86_64-w64-mingw32-gcc", "-mwindows", "-o", program / f"{name}.exe", source)
    packaging_module("staging").draw_icons(REPOSITORY, work / "icons")
    made = work / f"LeukoScope-{version}-setup.exe"
    words = {"PROGRAM": program, "TARGET": made, "VERSION": version, "NUMBERS": f"{version}.0", "KILOBYTES": 100}
    words |= {"ICON": work / "icons" / "leukoscope.ico", "PICTURE": work / "icons" / "setup.bmp"}
    root.run("makensis", "-V2", "-DFAST", "-DSIXTY_FOUR", *(f"-D{key}={value}" for key, value in words.items()), SCRIPT)
    return made


def install(root: WineRoot, setup: Path, *words: str) -> int:
    """Install silently."""
    return start_line(root, " ".join([f'"{windows_name(setup)}"', "/S", *words]))


def remove(root: WineRoot, place: str, *words: str) -> int:
    """Uninstall silently and wait for it, which an uninstaller does only when it is told its folder."""
    return start_line(root, " ".join([f'"{place}\\uninstall.exe"', "/S", *words, f"_?={place}"]))


def here(root: WineRoot, place: str) -> Path:
    """A folder of drive ``C:``, as it is called on this machine."""
    return root.drive_c.joinpath(*PureWindowsPath(place).parts[1:])


@pytest.mark.parametrize(
    ("place", "words", "top"),
    [
        (PLACES[0], "/AllUsers", "HKEY_LOCAL_MACHINE"),
        (PLACES[1], "/CurrentUser", "HKEY_CURRENT_USER"),
        (PLACES[2], "/CurrentUser", "HKEY_CURRENT_USER"),
    ],
)
def test_silently_into_any_folder_and_away_again(root: WineRoot, setup: Path, place: str, words: str, top: str) -> None:
    assert install(root, setup, words, f"/D={place}") == DONE
    folder = here(root, place)
    assert (folder / "_internal" / "Größe 王.txt").read_text(encoding="utf-8") == "1.0.0"
    assert {path.name for path in folder.iterdir()} == {
        "_internal", "licenses", "leukoscope.exe", "leukoscope-window.exe", "uninstall.exe"
    }  # fmt: skip
    keys = [f"{top}\\{key}" for key in (UNINSTALL, MODELS, OPEN_WITH + r"\SupportedTypes", r"Software\LeukoScope")]
    entry, models, open_with, ours = registry(root, *keys)
    assert entry["DisplayVersion"] == "1.0.0"
    assert entry["InstallLocation"] == place
    assert entry["QuietUninstallString"] == f'"{place}\\uninstall.exe" /S {words}'
    assert models == {"": f'"{place}\\leukoscope-window.exe" "%1"'}
    assert set(open_with) >= {".png", ".jpg", ".tif", ".tiff", ".bmp"}
    assert ours == {"Folder": place}
    assert links(root) == ["LeukoScope.lnk"]

    (folder / "mine.txt").write_text("of the person", encoding="utf-8")
    assert remove(root, place, words) == DONE
    # Told its folder, an uninstaller runs from it and stays there itself.
    assert {path.name for path in folder.iterdir()} <= {"mine.txt", "uninstall.exe"}
    for path in folder.iterdir():
        path.unlink()
    assert registry(root, *keys) == [{}, {}, {}, {}]
    assert links(root) == []


def links(root: WineRoot) -> list[str]:
    """Our entries in the Start menu of anyone."""
    return sorted(path.name for path in root.drive_c.rglob("LeukoScope*.lnk") if "Start Menu" in str(path))


def test_the_folder_that_is_proposed_is_not_that_of_the_data(root: WineRoot, setup: Path) -> None:
    assert install(root, setup, "/CurrentUser") == DONE
    place = registry(root, f"HKEY_CURRENT_USER\\{UNINSTALL}")[0]["InstallLocation"]
    assert place.lower().endswith(r"\appdata\local\programs\leukoscope")
    assert remove(root, place, "/CurrentUser") == DONE
    assert install(root, setup, "/AllUsers") == DONE
    place = registry(root, f"HKEY_LOCAL_MACHINE\\{UNINSTALL}")[0]["InstallLocation"]
    assert place == r"C:\Program Files\LeukoScope"
    assert remove(root, place, "/AllUsers") == DONE


def test_a_newer_version_leaves_nothing_of_the_older_and_every_datum(
    root: WineRoot, setup: Path, tmp_path: Path
) -> None:
    place = r"C:\Upgrade\LeukoScope"
    older = make_setup(root, tmp_path, "0.9.0", "only-in-the-older-one.txt")
    assert install(root, older, "/CurrentUser", f"/D={place}") == DONE
    folder = here(root, place)
    (data,) = root.drive_c.glob("users/*/AppData/Local")
    case = data / "LeukoScope" / "cases" / "cases.db"
    case.parent.mkdir(parents=True)
    case.write_bytes(b"of the person")
    beside = folder / "LEUKOSCOPE_HOME" / "data" / "cases.db"
    beside.parent.mkdir(parents=True)
    beside.write_bytes(b"from a stick")
    # Nobody says where: the folder of before is found.
    assert install(root, setup, "/CurrentUser") == DONE
    assert not (folder / "_internal" / "only-in-the-older-one.txt").exists()
    assert (folder / "_internal" / "Größe 王.txt").read_text(encoding="utf-8") == "1.0.0"
    assert registry(root, f"HKEY_CURRENT_USER\\{UNINSTALL}")[0]["DisplayVersion"] == "1.0.0"
    assert remove(root, place, "/CurrentUser") == DONE
    assert case.read_bytes() == b"of the person"
    assert beside.read_bytes() == b"from a stick"


@pytest.mark.parametrize("open_one", PROGRAMS)
def test_an_open_program_is_left_whole(root: WineRoot, setup: Path, open_one: str) -> None:
    place = rf"C:\Open {open_one}\LeukoScope"
    assert install(root, setup, "/CurrentUser", f"/D={place}") == DONE
    folder = here(root, place)
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
    with subprocess.Popen(root.wine(f"{place}\\{open_one}.exe")) as running:
        try:
            wait_for(lambda: install(root, setup, "/CurrentUser") == IS_OPEN, "a refusal", 60)
            assert remove(root, place, "/CurrentUser") == IS_OPEN
            assert {path: path.stat().st_mtime_ns for path in folder.rglob("*")} == before
        finally:
            root.run_wine("taskkill", "/f", "/im", f"{open_one}.exe")
            running.wait(60)
    assert remove(root, place, "/CurrentUser") == DONE


def test_a_windows_that_is_too_old_is_told_so(root: WineRoot, setup: Path) -> None:
    place = r"C:\Too old\LeukoScope"
    version = r"HKCU\Software\Wine\AppDefaults\LeukoScope-1.0.0-setup.exe"
    root.run_wine("reg", "add", version, "/v", "Version", "/d", "win81", "/f")
    try:
        assert install(root, setup, "/CurrentUser", f"/D={place}") == TOO_OLD
    finally:
        root.run_wine("reg", "delete", version, "/f")
    assert not here(root, place).exists()
