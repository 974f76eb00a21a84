"""The lab's own microscope in the window: from a folder of labeled cells to a report that names the profile, and back.

Once with the mouse, once by keyboard alone; real cells drawn by the program, real small models, the real window.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pypdf import PdfReader
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from leukoscope.domain.site_profiles import mark_in
from leukoscope.gui.main_window import MainWindow
from leukoscope.workflow.export.formats import PDF
from leukoscope.workflow.site.profile_library import ProfileLibrary
from tests.e2e.test_keyboard import CTRL, KEY, SHIFT, Keyboard
from tests.gui.conftest import PATIENCE_MS
from tests.labeled_cells import write_labeled_cells


@pytest.fixture(scope="module")
def cells(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Cells of seven patients of each side: some of them are locked away."""
    return write_labeled_cells(tmp_path_factory.mktemp("labeled"))


class Mouse:
    """A hand on the mouse."""

    def __init__(self, window: MainWindow, qtbot: QtBot) -> None:
        self.window, self.qtbot = window, qtbot

    def click(self, widget: QWidget) -> None:
        """Click in the middle of what can be seen and used."""
        self.wait(lambda: widget.isVisible() and widget.isEnabled())
        QTest.mouseClick(widget, Qt.MouseButton.LeftButton)

    def drop(self, *paths: Path) -> None:
        """Let files go over the window."""
        mime = QMimeData()
        mime.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
        event = QDropEvent(
            QPointF(QPoint(600, 400)), Qt.DropAction.CopyAction, mime, Qt.MouseButton.LeftButton,
            Qt.KeyboardModifier.NoModifier,
        )  # fmt: skip
        self.window.dropEvent(event)

    def wait(self, done: Callable[[], bool]) -> None:
        """Watch until something is so."""
        self.qtbot.waitUntil(done, timeout=PATIENCE_MS)


@pytest.fixture
def mouse(window: MainWindow, qtbot: QtBot) -> Iterator[Mouse]:
    """A usable window, and a hand on the mouse."""
    yield Mouse(window, qtbot)


def marks(window: MainWindow) -> list[str]:
    """Which profile judged each image of the case, in the order of the images."""
    frames = window.case.frames
    return [mark_in(frame.cells[0].finding.opinions[0].bundle.version) for frame in frames]


def report_text(window: MainWindow, out: Path, qtbot: QtBot) -> str:
    """What the report of the open case says."""
    case, queue = window.case, window.export_queue
    window.exporting.export_to(PDF, out)
    qtbot.waitUntil(lambda: out.exists() and queue.running is None, timeout=PATIENCE_MS)
    assert case.id
    return "".join(page.extract_text() for page in PdfReader(out).pages)


def test_by_mouse(mouse: Mouse, cells: Path, cell_files: list[Path], tmp_path: Path) -> None:
    window, quality, qtbot = mouse.window, mouse.window.quality, mouse.qtbot
    window.importing.add_paths(tuple(cell_files[:1]))
    mouse.wait(lambda: len(window.case.frames) == 1 and not window.status.queue_text)
    mouse.click(window.rail.button("quality"))
    mouse.wait(lambda: quality.profiles.speaking.text() == "The shipped models")
    mouse.click(quality.steps._buttons["proof"])
    mouse.click(quality.empty.button)
    assert quality.step == "cells"

    mouse.drop(cells)
    mouse.wait(quality.cells.next.isVisible)
    assert quality.cells.summary.text().startswith("56 cells of 14 patients")
    assert "Nothing is missing" in quality.cells.enough.text()
    mouse.click(quality.cells.next)
    quality.teach.name.setText("Our Lab")
    mouse.click(quality.teach.start)
    mouse.wait(lambda: "small letters" in quality.teach.message.text)
    quality.teach.name.setText("our-lab")
    mouse.click(quality.teach.start)
    mouse.wait(lambda: quality.step == "proof" and not quality.teach.work.isVisible())
    assert quality.proof.verdict.text().startswith("Better than the shipped models")
    assert "4 patients are locked away" in quality.proof.locked.text()
    assert "nobody has looked yet" in quality.proof.locked.text()
    mouse.click(quality.proof.look)
    mouse.wait(lambda: "looked at once" in quality.proof.locked.text())
    assert "16 cells of 4 locked patients" in quality.proof.source.text()
    mouse.click(quality.proof.back)

    mouse.click(quality.proof.next)
    mouse.click(quality.activation.activate)
    mouse.wait(lambda: window.status.profile_text == "Site profile: our-lab.1")
    mouse.wait(quality.activation.retire.isVisible)

    window.show_page("review")
    window.importing.add_paths(tuple(cell_files[1:]))
    mouse.wait(lambda: len(window.case.frames) == 3 and not window.status.queue_text)
    first, second, third = marks(window)
    assert first == "", "an image that was judged before keeps who judged it"
    assert second == third
    assert second.startswith("our-lab.1.")
    assert second in report_text(window, tmp_path / "with.pdf", qtbot)

    mouse.click(window.rail.button("quality"))
    mouse.wait(quality.profiles.back.isVisible)
    mouse.click(quality.profiles.back)
    mouse.wait(lambda: window.status.profile_text == "")
    mouse.wait(lambda: quality.profiles.back.text() == "Go back to our-lab.1")
    window.bridge.bench.judging.judge_again(window.case.id)
    mouse.wait(lambda: marks(window) == ["", "", ""] and not window.status.queue_text)


def test_by_keyboard(window: MainWindow, qtbot: QtBot, cells: Path, tmp_path: Path) -> None:
    hands, quality = Keyboard(window, qtbot), window.quality
    few = tmp_path / "few"
    for side in cells.iterdir():
        for patient in sorted(side.iterdir())[:3]:
            (few / side.name).mkdir(parents=True, exist_ok=True)
            patient_copy = few / side.name / patient.name
            patient_copy.mkdir()
            for file in patient.iterdir():
                (patient_copy / file.name).write_bytes(file.read_bytes())
    hands.press(KEY.Key_5, CTRL)
    hands.wait(lambda: window.page == "quality" and quality.cells.cases.hasFocus())
    hands.press(KEY.Key_Space)
    hands.wait(lambda: "no labeled cell" in quality.cells.message.text)
    hands.picture("quality-none")
    hands.walk_to("Choose a folder…")
    hands.answer_dialog(str(few), KEY.Key_Space, Qt.KeyboardModifier.NoModifier)
    hands.wait(quality.cells.next.isVisible)
    assert "24 cells of 6 patients" in quality.cells.summary.text()
    hands.picture("quality-cells")
    hands.wait(quality.cells.next.hasFocus)
    hands.press(KEY.Key_Space)
    hands.walk_to("Name of the profile")
    hands.press(KEY.Key_A, CTRL)
    hands.type("few-cells")
    hands.wait(lambda: quality.step == "proof" and not quality.teach.work.isVisible())
    assert quality.proof.verdict.text().startswith("Too few cells")
    hands.picture("quality-proof")
    hands.walk_to("Go on: activate")
    hands.press(KEY.Key_Space)
    assert not quality.activation.activate.isEnabled(), "without a reason"
    hands.walk_to("Reason")
    hands.picture("quality-activate")
    hands.type("the only cells we have")
    hands.wait(lambda: window.status.profile_text == "Site profile: few-cells.1")
    # The status line hears of it before the list of profiles has been read again.
    hands.wait(quality.profiles.back.isVisible)
    hands.picture("quality-speaks")
    hands.walk_to("Go back to the shipped models")
    hands.press(KEY.Key_Space)
    hands.wait(lambda: window.status.profile_text == "")
    hands.press(KEY.Key_T, CTRL | SHIFT)
    audit = window.operator.audit_sheet
    hands.wait(audit.isVisible)
    hands.press(KEY.Key_Escape)
    entries = window.bridge.bench.signing.audit()
    assert any(one.what == "site profile in force" and one.reason == "the only cells we have" for one in entries)


def test_teaching_that_is_stopped_leaves_nothing(window: MainWindow, qtbot: QtBot, cells: Path) -> None:
    mouse, quality = Mouse(window, qtbot), window.quality
    mouse.click(window.rail.button("quality"))
    mouse.drop(cells / "blast" / "b-1" / "0.png")
    assert "nothing was read" in quality.cells.message.text
    window.teaching.read(cells)
    mouse.click(quality.cells.next)
    mouse.click(quality.teach.start)
    mouse.click(quality.teach.work.stop)
    mouse.wait(lambda: "nothing has changed" in quality.teach.message.text)
    library = ProfileLibrary(window.bridge.bench.home.data / "site")
    assert library.list() == ()
    assert quality.teach.start.isEnabled()
