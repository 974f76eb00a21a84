"""Damaged settings: set aside and said, the last good copy in force, and never another place's cases."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

import pytest

from leukoscope.domain.errors import SettingsError
from leukoscope.workflow.app_dirs import AppDirs
from leukoscope.workflow.case_place import database_address
from leukoscope.workflow.settings import (
    GOOD_COPY,
    SETTINGS_FILE,
    Settings,
    heal_settings,
    load_settings,
    save_settings,
)

DAMAGED = ["", "{", "[]", "null", '{"theme": "light", "database": "postgresql://x', "\x00" * 40, "[" * 100_000]
SET = Settings(theme="light", operator="Ana", database="postgresql://leuko@db/cases")


@pytest.fixture
def home(tmp_path: Path) -> AppDirs:
    home = AppDirs(tmp_path / "data", tmp_path / "cache", tmp_path / "config", tmp_path / "logs")
    home.make()
    return home


@pytest.mark.parametrize("damage", DAMAGED)
def test_the_last_good_copy_is_in_force_and_the_damaged_file_stays(home: AppDirs, damage: str) -> None:
    save_settings(SET, home.config)
    (home.config / SETTINGS_FILE).write_text(damage)
    assert load_settings(home.config) == SET, "also before anything was healed"
    assert database_address(home) == SET.database
    said = heal_settings(home.config)
    assert "the last good ones are in force" in said
    assert load_settings(home.config) == SET
    assert database_address(home) == SET.database
    (aside,) = home.config.glob("settings.damaged-*.json")
    assert aside.read_text() == damage
    assert heal_settings(home.config) == ""


def test_without_a_copy_a_file_that_names_a_database_stays_and_nothing_is_opened(home: AppDirs) -> None:
    (home.config / SETTINGS_FILE).write_text('{"database": "postgresql://leuko@db/cases", "theme"')
    assert heal_settings(home.config) == ""
    with pytest.raises(SettingsError, match="shared database"):
        database_address(home)


def test_without_a_copy_any_other_damaged_file_is_set_aside(home: AppDirs) -> None:
    (home.config / SETTINGS_FILE).write_text('{"theme": "li')
    assert "every setting has its default" in heal_settings(home.config)
    assert load_settings(home.config) == Settings()
    assert heal_settings(home.config) == ""


def test_settings_that_the_disk_does_not_give_are_not_set_aside(home: AppDirs, monkeypatch: pytest.MonkeyPatch) -> None:
    save_settings(SET, home.config)
    read = Path.read_bytes

    def read_bytes(path: Path) -> bytes:
        if path.name == SETTINGS_FILE:
            raise OSError(errno.EIO, "refused", str(path))
        return read(path)

    monkeypatch.setattr(Path, "read_bytes", read_bytes)
    assert "did not give the settings" in heal_settings(home.config)
    assert load_settings(home.config) == SET
    monkeypatch.undo()
    assert heal_settings(home.config) == ""
    assert list(home.config.glob("settings.damaged-*.json")) == []
    assert load_settings(home.config) == SET


@pytest.mark.skipif(os.name == "nt", reason="modes of POSIX")
def test_settings_are_for_this_user_only(home: AppDirs) -> None:
    save_settings(SET, home.config)
    for name in (SETTINGS_FILE, GOOD_COPY):
        assert stat.S_IMODE((home.config / name).stat().st_mode) == 0o600
