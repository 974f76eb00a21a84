"""Every library and program in the Windows package against what a Windows 10 has: nothing of Wine, nothing that lacks.

Runs with ``make test-package-windows``, and on Windows.
"""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path

import pefile
import pytest

from tests.package.programs import program_folder
from tests.package.wine import packaging_module

PROGRAMS = {".dll", ".pyd", ".exe"}
X64 = 0x8664
IMPORTS = ("IMAGE_DIRECTORY_ENTRY_IMPORT", "IMAGE_DIRECTORY_ENTRY_DELAY_IMPORT")
WINDOWS_10 = set(Path(__file__).with_name("windows-10-libraries.txt").read_text(encoding="ascii").split())
"""Without ``.dll``; ``icuuc`` since version 1703. LeukoScope needs 1809, as its Qt does."""
API_SETS = re.compile(r"(api|ext)-ms-win-[a-z0-9-]+-l\d+-\d+-\d+")


@pytest.fixture(scope="module")
def libraries() -> list[Path]:
    found = [path for path in program_folder().rglob("*") if path.suffix.lower() in PROGRAMS]
    assert len(found) > 100
    return found


def imports(library: Path) -> set[str]:
    """Names of the libraries that one wants, in small letters."""
    with pefile.PE(str(library), fast_load=True) as read:
        read.parse_data_directories([pefile.DIRECTORY_ENTRY[name] for name in IMPORTS])
        assert read.FILE_HEADER.Machine == X64, library
        tables = (getattr(read, "DIRECTORY_ENTRY_IMPORT", []), getattr(read, "DIRECTORY_ENTRY_DELAY_IMPORT", []))
        return {entry.dll.decode("ascii").lower() for table in tables for entry in table}


def test_each_finds_what_it_imports_in_the_package_or_in_windows_10(libraries: list[Path]) -> None:
    shipped = {path.name.lower() for path in libraries}
    missing: dict[str, list[str]] = defaultdict(list)
    for library in libraries:
        for name in imports(library) - shipped:
            plain = name.removesuffix(".dll")
            if plain not in WINDOWS_10 and not API_SETS.fullmatch(plain):
                missing[name].append(library.name)
    assert not missing


def test_nothing_of_wine_and_no_stand_in_of_ours_went_along(libraries: list[Path]) -> None:
    is_from_wine = packaging_module("windows_runtime").is_from_wine
    assert not [path.name for path in libraries if is_from_wine(path)]
    assert not [path.name for path in libraries if path.name.lower().startswith(("icuuc", "api-ms-win", "ucrtbase"))]


def test_the_program_says_its_version_and_has_its_icon() -> None:
    for name in ("leukoscope-window.exe", "leukoscope.exe"):
        with pefile.PE(str(program_folder() / name)) as read:
            strings = {
                key.decode(): value.decode()
                for block in read.FileInfo[0]
                if block.Key == b"StringFileInfo"
                for table in block.StringTable
                for key, value in table.entries.items()
            }
            kinds = {pefile.RESOURCE_TYPE.get(one.id) for one in read.DIRECTORY_ENTRY_RESOURCE.entries}
        assert strings["ProductName"] == "LeukoScope"
        assert strings["ProductVersion"] and re.fullmatch(r"\d+\.\d+\.\d+\.\d+", strings["FileVersion"])
        assert "RT_GROUP_ICON" in kinds


def test_the_program_asks_for_no_more_rights_and_for_long_paths() -> None:
    """Dots per inch of each screen are Qt's to ask for, when it starts."""
    with pefile.PE(str(program_folder() / "leukoscope-window.exe")) as read:
        (kind,) = [
            one for one in read.DIRECTORY_ENTRY_RESOURCE.entries if one.id == pefile.RESOURCE_TYPE["RT_MANIFEST"]
        ]
        place = kind.directory.entries[0].directory.entries[0].data.struct
        manifest = read.get_data(place.OffsetToData, place.Size).decode("utf-8")
    assert 'level="asInvoker"' in manifest
    assert re.search(r"<longPathAware[^>]*>true</longPathAware>", manifest)
    assert "{8e0f7a12-bfb3-4fe8-b9a5-48fd50a15a9a}" in manifest, "Windows 10 and newer treat it as one of theirs"
