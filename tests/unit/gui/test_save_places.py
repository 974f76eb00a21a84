"""Where a dialog begins that asks for a file to be written."""

from __future__ import annotations

from pathlib import Path
from unittest.mock import MagicMock

import pytest
from PySide6.QtWidgets import QFileDialog, QWidget

from leukoscope.gui.session import FileDialogs


def test_a_bare_name_is_never_proposed_where_the_program_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    chosen = tmp_path / "stick" / "audit.csv"
    chosen.parent.mkdir()
    asked = MagicMock(return_value=(str(chosen), ""))
    monkeypatch.setattr(QFileDialog, "getSaveFileName", asked)
    dialogs = FileDialogs(MagicMock(spec=QWidget))
    assert dialogs.save_file("Export", "audit.csv", "CSV (*.csv)") == chosen
    assert Path(asked.call_args.args[2]).parent != tmp_path
    assert Path(asked.call_args.args[2]).is_absolute()
    dialogs.save_file("Save", "profile.site", "Site profiles (*.site)")
    assert asked.call_args.args[2] == str(chosen.parent / "profile.site"), "where the last file was saved"
    dialogs.save_file("Save", "/elsewhere/x.pdf", "PDF (*.pdf)")
    assert asked.call_args.args[2] == "/elsewhere/x.pdf"
