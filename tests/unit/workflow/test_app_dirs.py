"""Where the program keeps things."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from leukoscope.workflow.app_dirs import HOME_VARIABLE, AppDirs


def test_a_program_on_a_stick_keeps_everything_beside_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(HOME_VARIABLE, raising=False)
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "leukoscope-window.exe"))
    beside = tmp_path / HOME_VARIABLE
    beside.mkdir()
    home = AppDirs.of_user()
    folders = (home.data, home.cache, home.config, home.logs)
    assert all(folder.is_relative_to(beside.resolve()) and folder.is_dir() for folder in folders)


def test_the_variable_says_more_than_the_folder_beside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path / "named"))
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "leukoscope-window.exe"))
    (tmp_path / HOME_VARIABLE).mkdir()
    assert AppDirs.of_user().data.is_relative_to(tmp_path / "named")


def test_from_source_no_folder_beside_python_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(HOME_VARIABLE, raising=False)
    for name in ("XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(name, str(tmp_path / "usual"))
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    (tmp_path / HOME_VARIABLE).mkdir()
    assert not AppDirs.of_user().data.is_relative_to(tmp_path / HOME_VARIABLE)
