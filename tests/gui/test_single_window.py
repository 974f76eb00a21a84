"""A second start brings the first window forward and hands it its files."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from pytestqt.qtbot import QtBot

from leukoscope.gui.single_window import SingleWindow

SECOND = (
    "import sys; from pathlib import Path; from PySide6.QtCore import QCoreApplication;"
    "from leukoscope.gui.single_window import SingleWindow;"
    "app = QCoreApplication([]); second = SingleWindow(Path(sys.argv[1]));"
    "sys.exit(0 if not second.is_first and second.hand_over((Path(sys.argv[2]),)) else 1)"
)


def test_a_second_start_hands_its_files_to_the_first(tmp_path: Path, qtbot: QtBot) -> None:
    first = SingleWindow(tmp_path)
    assert first.is_first
    first.listen()
    named = tmp_path / "Zelle 王 ü.png"
    with (
        subprocess.Popen([sys.executable, "-c", SECOND, str(tmp_path), str(named)]) as second,
        qtbot.waitSignal(first.asked, timeout=60_000) as heard,
    ):
        pass
    assert second.returncode == 0
    assert heard.args == [(named,)]
    first.close()


def test_the_place_is_free_again_after_the_first_window(tmp_path: Path, qtbot: QtBot) -> None:
    first = SingleWindow(tmp_path)
    assert not SingleWindow(tmp_path).is_first
    first.close()
    assert SingleWindow(tmp_path).is_first


def test_homes_do_not_know_each_other(tmp_path: Path, qtbot: QtBot) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    one, two = SingleWindow(tmp_path / "one"), SingleWindow(tmp_path / "two")
    assert one.is_first
    assert two.is_first
