"""The same image twice in a case: said in the window, and added anyway with one press."""

from __future__ import annotations

import shutil
from pathlib import Path

from pytestqt.qtbot import QtBot

from leukoscope.gui.main_window import MainWindow
from leukoscope.gui.widgets.buttons import PushButton

from .conftest import PATIENCE_MS


def test_a_copy_is_said_and_can_be_added_anyway(judged: MainWindow, cell_files: list[Path], qtbot: QtBot) -> None:
    shutil.copyfile(cell_files[0], cell_files[0].with_name("again.png"))
    judged.importing.add_paths((cell_files[0].with_name("again.png"),))
    wanted = "“again.png” is the same image as “cell-0.png”; it is left out."
    qtbot.waitUntil(lambda: judged.message.text == wanted, timeout=PATIENCE_MS)
    assert judged.review.gallery.model.rowCount() == 3
    (add,) = (one for one in judged.message.findChildren(PushButton) if one.text() == "Add anyway")
    add.click()
    qtbot.waitUntil(lambda: judged.review.gallery.model.rowCount() == 4, timeout=PATIENCE_MS)
