"""A case leaves the window without who it is."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from leukoscope.cases.store import CaseStore
from leukoscope.domain.cases import CaseHeader

from .conftest import PATIENCE_MS, OpenWindow


def test_the_name_that_is_offered_and_what_is_written_tell_nothing(
    kept: CaseStore, open_quiet: OpenWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    case_id = kept.create(CaseHeader("QUILLFEATHER-77", "Quillfeather"))
    window = open_quiet()
    window.case.open(case_id)
    qtbot.waitUntil(lambda: window.case.case is not None and window.case.case.id == case_id, timeout=PATIENCE_MS)
    offered: list[str] = []

    def typed(_parent: object, _title: str, wanted: str, _kinds: str) -> tuple[str, str]:
        offered.append(Path(wanted).name)
        return str(tmp_path / "research"), ""

    monkeypatch.setattr(QFileDialog, "getSaveFileName", typed)
    window.actions_by_id["export_deidentified"].trigger()
    file = tmp_path / "research.zip"
    qtbot.waitUntil(file.exists, timeout=PATIENCE_MS)
    assert re.fullmatch(r"deidentified-[0-9a-f]{8}\.zip", offered[0])
    with zipfile.ZipFile(file) as archive:
        assert "README.txt" in archive.namelist()
        assert not any(b"quillfeather" in archive.read(name).lower() for name in archive.namelist())
