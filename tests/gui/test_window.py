from __future__ import annotations

import os
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pypdf
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication, QImage
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

import leukoscope
from leukoscope.domain.findings import Label
from leukoscope.gui import theme
from leukoscope.gui.main_window import MainWindow
from leukoscope.gui.widgets.tour import Tour
from leukoscope.workflow.app_dirs import AppDirs
from leukoscope.workflow.export import formats
from leukoscope.workflow.settings import Settings, load_settings, save_settings
from tests.gui.conftest import PATIENCE_MS, OpenWindow


def drop(window: MainWindow, mime: QMimeData, meanwhile: Callable[[], object] = lambda: None) -> None:
    where, action = QPoint(600, 400), Qt.DropAction.CopyAction
    left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    with warnings.catch_warnings():
        # Newer Qt marks this constructor as deprecated and has no other before 6.12.
        warnings.simplefilter("ignore", DeprecationWarning)
        entered = QDragEnterEvent(where, action, mime, left, none)
    window.dragEnterEvent(entered)
    assert window.drop_hint.words
    meanwhile()
    window.dropEvent(QDropEvent(QPointF(where), action, mime, left, none))
    assert not window.drop_hint.words


def test_first_start_shows_the_demo_case_judged(open_window: OpenWindow, home: AppDirs, qtbot: QtBot) -> None:
    save_settings(Settings(), home.config)
    window = open_window()
    qtbot.waitUntil(lambda: window.case.case is not None, timeout=PATIENCE_MS)
    assert window.page == "review"
    qtbot.waitUntil(lambda: bool(window.findChildren(Tour)), timeout=PATIENCE_MS)
    tour = window.findChildren(Tour)[0]
    tour.go(1)
    assert tour.index == 1
    tour.leave()
    assert not tour.isVisible()
    assert load_settings(home.config).tour_seen
    qtbot.waitUntil(lambda: window.case.cell_count > 6, timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: window.status.queue_text == "", timeout=PATIENCE_MS)
    assert not window.actions_by_id["toggle_map"].isChecked()
    window.actions_by_id["toggle_map"].trigger()
    qtbot.waitUntil(lambda: window.review.inspector.pair.mapped.image is not None, timeout=PATIENCE_MS)
    assert window.review.canvas.has_image
    assert len(window.review.inspector.cards) == 2
    window.show_page("worklist")
    count = window.case.cell_count
    qtbot.waitUntil(lambda: [one.cells for one in window.worklist.model.cases] == [count], timeout=PATIENCE_MS)


def test_dropped_files_are_judged_in_a_new_case(window: MainWindow, cell_files: list[Path], qtbot: QtBot) -> None:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path)) for path in cell_files])
    drop(window, mime)
    qtbot.waitUntil(lambda: window.status.queue_text != "", timeout=PATIENCE_MS)
    assert window.actions_by_id["cancel"].isEnabled()
    qtbot.waitUntil(lambda: window.case.cell_count == 3, timeout=PATIENCE_MS)
    assert window.page == "review"
    qtbot.waitUntil(lambda: window.review.gallery.model.rowCount() == 3, timeout=PATIENCE_MS)
    assert window.review.cell is not None
    qtbot.waitUntil(lambda: window.status.queue_text == "", timeout=PATIENCE_MS)


def test_pasted_pixels_are_judged(window: MainWindow, qtbot: QtBot) -> None:
    pixels = np.zeros((450, 450, 3), np.uint8)
    pixels[150:300, 150:300] = (120, 60, 150)
    image = QImage(pixels.data, 450, 450, 1350, QImage.Format.Format_RGB888).copy()
    QGuiApplication.clipboard().setImage(image)
    window.actions_by_id["paste"].trigger()
    qtbot.waitUntil(lambda: bool(window.case.frames), timeout=PATIENCE_MS)
    frame = window.case.frames[0]
    assert (frame.width, frame.height) == (450, 450)


def test_nothing_to_paste_is_said_in_place(window: MainWindow) -> None:
    QGuiApplication.clipboard().setText("no image")
    window.actions_by_id["paste"].trigger()
    assert "copy an image" in window.message.text


def test_bad_files_are_said_and_the_rest_goes_on(
    window: MainWindow, cell_files: list[Path], tmp_path: Path, qtbot: QtBot
) -> None:
    bad = tmp_path / "letter.png"
    bad.write_text("Dear colleague")
    window.importing.add_paths((bad, cell_files[0]))
    qtbot.waitUntil(lambda: len(window.case.frames) == 2, timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: "letter.png" in window.message.text, timeout=PATIENCE_MS)
    assert window.case.cell_count == 1
    window.review.show_image(window.case.frames[0].id)
    broken = window.review.shown_image.broken
    assert broken.isVisible()
    assert "letter.png" in broken.sentence


def test_labels_and_their_undo(judged: MainWindow, qtbot: QtBot) -> None:
    window = judged
    cell = window.review.cell
    assert cell is not None
    qtbot.keyClick(window, Qt.Key.Key_H)
    assert window.case.cell(cell.id).label is Label.HEALTHY  # type: ignore[union-attr]
    qtbot.keyClick(window, Qt.Key.Key_L)
    assert window.case.cell(cell.id).label is Label.LEUKEMIC  # type: ignore[union-attr]
    assert window.undo_stack.count() == 2
    window.actions_by_id["undo"].trigger()
    assert window.case.cell(cell.id).label is Label.HEALTHY  # type: ignore[union-attr]
    window.actions_by_id["undo"].trigger()
    assert window.case.cell(cell.id).decision is None  # type: ignore[union-attr]
    window.actions_by_id["redo"].trigger()
    stored: list[Label] = []
    case_id = window.case.id or 0
    window.bridge.read(
        lambda bench: bench.cases.load(case_id), lambda case: stored.extend(one.label for one in case.cells)
    )
    qtbot.waitUntil(lambda: len(stored) == 3, timeout=PATIENCE_MS)
    assert stored.count(Label.HEALTHY) >= 1


def test_a_removed_image_comes_back(judged: MainWindow, qtbot: QtBot) -> None:
    window = judged
    window.actions_by_id["remove_image"].trigger()
    qtbot.waitUntil(lambda: window.case.cell_count == 2, timeout=PATIENCE_MS)
    window.undo_stack.undo()
    qtbot.waitUntil(lambda: window.case.cell_count == 3, timeout=PATIENCE_MS)


def test_a_removed_case_comes_back(judged: MainWindow, qtbot: QtBot) -> None:
    window = judged
    number = window.case.case.header.number  # type: ignore[union-attr]
    window.actions_by_id["remove_case"].trigger()
    assert window.case.id is None and window.page == "worklist"
    qtbot.waitUntil(lambda: not window.worklist.model.cases, timeout=PATIENCE_MS)
    assert number in window.message.text
    window.undo_stack.undo()
    qtbot.waitUntil(lambda: window.case.cell_count == 3, timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: len(window.worklist.model.cases) == 1, timeout=PATIENCE_MS)


def test_the_header_is_saved_as_it_is_typed(judged: MainWindow, qtbot: QtBot) -> None:
    window = judged
    window.actions_by_id["edit_header"].trigger()
    field = window.case_bar.form.fields["patient"]
    field.setFocus()
    qtbot.keyClicks(field, "Doe, Jane")
    assert window.case.cell_count == 3, "letters typed into a field are no shortcuts"
    qtbot.waitUntil(lambda: window.case.case.header.patient == "Doe, Jane", timeout=PATIENCE_MS)  # type: ignore[union-attr]
    window.show_page("worklist")
    qtbot.waitUntil(lambda: window.worklist.model.cases[0].header.patient == "Doe, Jane", timeout=PATIENCE_MS)
    window.worklist.search.setText("nobody")
    qtbot.waitUntil(lambda: not window.worklist.model.cases, timeout=PATIENCE_MS)
    window.worklist.search.setText("jane")
    qtbot.waitUntil(lambda: len(window.worklist.model.cases) == 1, timeout=PATIENCE_MS)


def test_pdf_and_table_are_written(judged: MainWindow, tmp_path: Path, qtbot: QtBot) -> None:
    window = judged
    pdf, table = tmp_path / "report.pdf", tmp_path / "cells.csv"
    with qtbot.waitSignal(window.export_queue.exported, timeout=PATIENCE_MS):
        window.exporting.export_to(formats.PDF, pdf)
    assert window.case.case.header.number in pypdf.PdfReader(pdf).pages[0].extract_text()  # type: ignore[union-attr]
    assert "report.pdf" in window.message.text
    with qtbot.waitSignal(window.export_queue.exported, timeout=PATIENCE_MS):
        window.exporting.export_to(formats.TABLE, table)
    assert len(table.read_text(encoding="utf-8-sig").splitlines()) == 4


def test_an_export_that_cannot_be_written_is_said_in_place(judged: MainWindow, tmp_path: Path, qtbot: QtBot) -> None:
    with qtbot.waitSignal(judged.export_queue.failed, timeout=PATIENCE_MS):
        judged.exporting.export_to(formats.PDF, tmp_path / "no-such-folder" / "report.pdf")
    assert judged.message.text


def test_the_report_page_previews_the_pdf(judged: MainWindow, qtbot: QtBot) -> None:
    judged.show_page("report")
    qtbot.waitUntil(lambda: judged.report.pages >= 1, timeout=PATIENCE_MS)


def test_the_theme_switches_and_is_kept(window: MainWindow, home: AppDirs) -> None:
    assert theme.current().name == "dark"
    window.actions_by_id["toggle_theme"].trigger()
    assert theme.current().name == "light"
    app = QApplication.instance()
    assert isinstance(app, QApplication) and theme.LIGHT.window in app.styleSheet()
    assert load_settings(home.config).theme == "light"


def test_models_are_shown_checked_and_chosen(window: MainWindow, qtbot: QtBot) -> None:
    window.show_page("models")
    qtbot.waitUntil(lambda: len(window.models.rows) == 2, timeout=PATIENCE_MS)
    window.models.card.verify_wanted.emit("ensemble")
    qtbot.waitUntil(lambda: bool(window.models.card.checks), timeout=PATIENCE_MS)
    assert all(check.passed for check in window.models.card.checks)
    window.models.rows["hybrid"].judges.setChecked(False)
    qtbot.waitUntil(lambda: window.bridge.bench.settings.current.models == ("ensemble",), timeout=PATIENCE_MS)
    window.models.rows["ensemble"].judges.setChecked(False)
    assert window.models.rows["ensemble"].judges.isChecked()
    assert "At least one" in window.models.message.text


def test_a_refused_model_is_said_in_the_form(window: MainWindow, tmp_path: Path, qtbot: QtBot) -> None:
    file = tmp_path / "letter.keras"
    file.write_text("Dear colleague")
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(file))])
    drop(window, mime)
    form = window.models.form
    assert window.page == "models" and form.file.text() == str(file)
    form.attempt.click()
    qtbot.waitUntil(lambda: "letter.keras" in form.message.text, timeout=PATIENCE_MS)
    assert form.attempt.isEnabled() and not form.start.isEnabled()


def test_closing_during_work_does_not_hang(open_window: OpenWindow, cell_files: list[Path], qtbot: QtBot) -> None:
    window = open_window(*cell_files)
    qtbot.waitUntil(lambda: window.status.queue_text != "", timeout=PATIENCE_MS)
    began = time.monotonic()
    window.close()
    assert time.monotonic() - began < 30


LATER = (
    "PIL",
    "cryptography.x509",
    "imagecodecs",
    "leukoscope.inference.library",
    "leukoscope.sources.decoder",
    "openvino",
    "psycopg",
    "pydantic",
    "scipy",
    "tifffile",
)
"""What no first page needs: of images, models, servers and the timestamp authority."""


def test_the_window_starts_without_what_its_first_page_does_not_need(home: AppDirs) -> None:
    code = (
        "import sys\n"
        "from leukoscope.gui import app\n"
        "def probe(window, usable=app._probe):\n"
        f"    print('early', sorted(set({LATER!r}) & set(sys.modules)))\n"
        "    usable(window)\n"
        "app._probe = probe\n"
        "code = app.run(())\n"
        "heavy = sorted({'tensorflow', 'keras'} & set(sys.modules))\n"
        "print('heavy', heavy)\n"
        "sys.exit(code)\n"
    )
    script = f"if __name__ == '__main__':\n    exec({code!r})\n"
    path = home.logs / "start.py"
    path.write_text(script)
    here = str(Path(leukoscope.__file__).parents[1])
    environment = {**os.environ, "LEUKOSCOPE_STARTUP_PROBE": "1", "PYTHONPATH": here}
    run = subprocess.run(
        [sys.executable, str(path)], capture_output=True, text=True, env=environment, timeout=240, check=True
    )
    assert "early []" in run.stdout
    assert "heavy []" in run.stdout
    assert any(line.startswith("usable ") for line in run.stdout.splitlines())
