"""The version of a package, from what git says."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture
def versions(packaging: Callable[[str], ModuleType]) -> ModuleType:
    return packaging("versions")


@pytest.mark.parametrize(
    ("described", "version", "debian", "windows"),
    [
        ("v1.2.3-0-gabcdef01", "1.2.3", "1.2.3", "1.2.3.0"),
        ("v1.2.3-7-gabcdef01", "1.2.3.post7+gabcdef01", "1.2.3+post7+gabcdef01", "1.2.3.7"),
        ("v1.2.3-0-gabcdef01-dirty", "1.2.3.post0+gabcdef01.dirty", "1.2.3+post0+gabcdef01.dirty", "1.2.3.0"),
        ("v2.0-rc1-0-gabcdef01", "2.0rc1", "2.0rc1", "2.0.0.0"),
        ("", "0.1.0.dev42+gabcdef01", "0.1.0~dev42+gabcdef01", "0.1.0.42"),
    ],
)
def test_a_tag_gives_the_version(versions: ModuleType, described: str, version: str, debian: str, windows: str) -> None:
    found = versions.from_description(described, "0.1.0", 42, "abcdef01")
    assert found == version
    assert versions.debian(found) == debian
    assert versions.four_numbers(found) == windows


def test_the_checkout_has_a_version_and_a_copy_can_be_marked(
    versions: ModuleType, repository: Path, tmp_path: Path
) -> None:
    assert versions.four_numbers(versions.of_checkout(repository))
    (tmp_path / "leukoscope").mkdir()
    copy = tmp_path / "leukoscope" / "__init__.py"
    copy.write_text((repository / "leukoscope" / "__init__.py").read_text(encoding="utf-8"), encoding="utf-8")
    versions.write_into(tmp_path, "9.8.7")
    scope: dict[str, str] = {}
    exec(copy.read_text(encoding="utf-8"), scope)
    assert scope["__version__"] == "9.8.7"
